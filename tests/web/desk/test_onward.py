"""Where a form leads on to: a page of ours, whatever stands in its field."""

import pytest
from django.test import Client, RequestFactory

from digest.kit.clock import now
from digest.staff.access import Role
from digest.web.desk.signing_in import onward_of
from tests.web import desk_day

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("onward", ["true", "desk", "a.b", "//evil.example/", "/desk/alerts/"])
def test_a_word_that_is_no_address_is_no_fault_of_ours(onward: str) -> None:
    client = Client()
    client.force_login(desk_day.member(role=Role.CHIEF))
    edition = desk_day.edition(now())
    for path, form in (
        (f"/desk/editions/{edition.public_id}/skip", {}),
        ("/desk/calendar/move", {"newsletter": edition.newsletter.slug}),
    ):
        answer = client.post(path, {"next": onward, **form})
        assert answer.status_code < 500, path


def test_the_door_leads_a_word_to_the_desk() -> None:
    assert onward_of(RequestFactory().get("/desk/sign-in", {"next": "true"})).startswith("/desk/")
