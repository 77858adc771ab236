"""A jump of bounces on the desk: an editor sees it and decides, once."""

from typing import Any

import pytest
from django.test import Client

from digest.kit.clock import now
from digest.models import BounceHold, HardBounce, Suppression
from digest.outbound.returns import holds
from digest.outbound.returns.core.bounce_jump import LEAST
from digest.staff.access import Role
from tests.outbound.returns.test_holds import bounce, sent_to
from tests.web import desk_day

pytestmark = pytest.mark.django_db


@pytest.fixture
def hold() -> BounceHold:
    for copy in sent_to(LEAST):
        bounce(copy)
    HardBounce.objects.filter(pk=HardBounce.objects.first().pk).update(words="<script>x</script>")
    return BounceHold.objects.get()


def desk(client: Client, role: Role = Role.EDITOR) -> Client:
    client.force_login(desk_day.member(role=role))
    return client


def press(client: Client, hold: object, decision: str) -> Any:
    form = {"hold": hold, "decision": decision}
    return client.post("/desk/bounces/decide", form, follow=True)


@pytest.mark.parametrize(("hold_id", "decision"), [("x", "shut"), ("9" * 30, "shut"), (1, "")])
def test_a_form_that_is_not_ours_is_refused(client: Client, hold_id: object, decision: str) -> None:
    assert press(desk(client), hold_id, decision).status_code == 400


def test_an_editor_sees_what_is_held_and_why(client: Client, hold: BounceHold) -> None:
    page = desk(client).get("/desk/bounces/").content.decode()
    assert "readers.example" in page and "10 of our 10 readers" in page
    assert "9 × 550 5.1.1" in page and "&lt;script&gt;" in page and "<script>x" not in page
    assert "/desk/bounces/" in client.get("/desk/sends/").content.decode()


@pytest.mark.parametrize(("decision", "shut"), [("shut", LEAST), ("forget", 0)])
def test_an_editor_decides_once(client: Client, hold: BounceHold, decision: str, shut: int) -> None:
    desk(client)
    answer = press(client, hold.pk, decision)
    assert "Nothing is held." in answer.content.decode()
    again = press(client, hold.pk, "shut")
    assert "decided this already" in again.content.decode()
    holds.carry_out(now=now())
    assert Suppression.objects.count() == shut
    assert "/desk/bounces/" not in client.get("/desk/sends/").content.decode()


def test_who_only_looks_decides_nothing(client: Client, hold: BounceHold) -> None:
    desk(client, Role.READER)
    assert "An editor decides" in client.get("/desk/bounces/").content.decode()
    assert press(client, hold.pk, "shut").status_code == 403
    assert client.get("/desk/bounces/decide").status_code == 405
    hold.refresh_from_db()
    assert hold.decision == ""
