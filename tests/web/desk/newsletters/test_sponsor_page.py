"""Sponsors on the desk: booked by who makes newsletters, and refused beside the field."""

import pytest
from django.test import Client

from digest.models import Sponsorship
from digest.staff.access import Role
from tests.newsdesk.newsletters.test_sponsors import FORM
from tests.scenes import scene
from tests.web import desk_day

pytestmark = pytest.mark.django_db
PAGE = "/desk/newsletters/top-reads/sponsors"
LATER = {"first": "2099-11-23", "last": "2099-11-29"}


@pytest.fixture
def desk(client: Client) -> Client:
    scene.newsletter()
    client.force_login(desk_day.member("Vera Lind", Role.CHIEF))
    return client


def test_a_sponsor_is_booked_shown_and_taken_away(desk: Client) -> None:
    assert b"Nobody has booked it" in desk.get(PAGE).content
    done = desk.post(PAGE, FORM | LATER, follow=True).content.decode()
    assert "Harbour Bank is booked from 2099-11-23 to 2099-11-29." in done
    assert "Save &lt;b&gt;more&lt;/b&gt;" in done
    twice = desk.post(PAGE, FORM | LATER)
    assert twice.status_code == 422 and "choose other dates" in twice.content.decode()
    booking = Sponsorship.objects.get().pk
    gone = desk.post(f"{PAGE}/cancel", {"booking": booking}, follow=True).content.decode()
    assert "Harbour Bank is taken away." in gone
    again = desk.post(f"{PAGE}/cancel", {"booking": "9" * 40}, follow=True).content.decode()
    assert "gone already" in again


def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(desk: Client) -> None:
    page = desk.post(PAGE, FORM | LATER | {"url": "bank.example"})
    assert page.status_code == 422
    said = page.content.decode()
    assert 'id="url-wrong"' in said and 'value="bank.example"' in said
    assert not Sponsorship.objects.exists()


def test_an_editor_books_nothing(desk: Client) -> None:
    desk.force_login(desk_day.member("Ed Rowe", Role.EDITOR))
    assert desk.post(PAGE, FORM | LATER).status_code == 403
