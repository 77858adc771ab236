"""On the sheet: the rule is stopped and let, and whose approval it waits for."""

from datetime import timedelta

import pytest
from django.test import Client

from digest.kit.clock import now
from digest.models import Edition, Newsletter
from tests.web import desk_day

pytestmark = pytest.mark.django_db


@pytest.fixture
def edition() -> Edition:
    moment = now()
    desk_day.stories(moment)
    return desk_day.edition(moment)


def editor(name: str) -> Client:
    client = Client()
    client.force_login(desk_day.member(name))
    return client


def page(client: Client, edition: Edition) -> str:
    return client.get(f"/desk/editions/{edition.public_id}/").content.decode()


def act(client: Client, edition: Edition, verb: str, **fields: object) -> tuple[int, str]:
    edition.refresh_from_db()
    answer = client.post(
        f"/desk/editions/{edition.public_id}/{verb}",
        {"lock_version": edition.lock_version} | fields,
    )
    return answer.status_code, answer.content.decode()


def test_the_rule_is_stopped_and_let_on_the_sheet(edition: Edition) -> None:
    Newsletter.objects.update(publishes_by_rule=True, cut_off=timedelta(minutes=5))
    ann = editor("Ann Ito")
    assert "unless you stop it" in page(ann, edition)
    act(ann, edition, "stop")
    assert "since an editor stopped the rule" in page(ann, edition)
    act(ann, edition, "let")
    assert "unless you stop it" in page(ann, edition)


def test_who_changed_it_last_is_told_that_somebody_else_approves(edition: Edition) -> None:
    Newsletter.objects.update(pairs_of_eyes=2)
    ann, vera = editor("Ann Ito"), editor("Vera Lind")
    act(ann, edition, "kill", item=edition.items.all()[0].pk)
    assert "Somebody else approves it" in page(ann, edition)
    status, words = act(ann, edition, "approve")
    assert status == 422
    assert "Two pairs of eyes must see it" in words
    assert act(vera, edition, "approve")[0] == 302
    edition.refresh_from_db()
    assert edition.state == "approved"


def test_the_first_of_two_is_told_so_and_the_second_lets_it_go(edition: Edition) -> None:
    Newsletter.objects.update(pairs_of_eyes=2)
    ann, vera = editor("Ann Ito"), editor("Vera Lind")
    assert "You are the first of two" in page(ann, edition)
    act(ann, edition, "approve")
    assert "approved by Ann Ito; it goes when somebody else approves it too" in page(vera, edition)
    assert "You are the first of two" not in page(vera, edition)
    act(vera, edition, "approve")
    edition.refresh_from_db()
    assert edition.state == "approved"
