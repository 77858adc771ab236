"""Canaries measure every alert, call when one is late, and try the path on quiet days."""

import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from structlog.testing import capture_logs

from digest.audience.joining.canaries import add_canary, remove_canary
from digest.kit.clock import now as clock
from digest.models import Address, Alert, Delivery, Send, Subscription
from digest.outbound.channels.base import Rejected
from digest.outbound.delivery.canaries.trial import try_path, try_path_if_due
from digest.outbound.delivery.canaries.watch import watch_canaries
from digest.outbound.delivery.figures.arrival import arrival, canaries
from digest.outbound.delivery.figures.arrival_metrics import Arrivals
from digest.outbound.delivery.planning.fanout import fan_out
from digest.outbound.delivery.planning.plan import plan_alert
from digest.outbound.delivery.sending.send import send_some
from digest.staff.access import Role
from tests.scenes import scene
from tests.scenes.scripted import Scripted
from tests.web import desk_day

pytestmark = [pytest.mark.django_db(transaction=True)]
State = Delivery.State
CANARY = "canary@meridian.example"


@pytest.fixture(autouse=True)
def by_email(settings: Any) -> None:
    settings.DIGEST_CHANNELS = ["email"]
    settings.DIGEST_ALLOWED_RECIPIENTS = ["*"]


def issued(*, ago: timedelta = timedelta(), readers: int = 3) -> Send:
    """An alert, fanned out, of so long ago."""
    scene.readers(readers, None, now=clock())
    revision = scene.alert(now=clock() - ago)
    ids = plan_alert(revision.alert_id, 1, now=clock()).send_ids
    fan_out(ids[0], now=clock())
    return Send.objects.get(pk=ids[0])


def sent_after(send: Send, *seconds: float) -> None:
    rows = Delivery.objects.filter(send_id=send.pk).order_by("address_id")
    for row, each in zip(rows, seconds, strict=True):
        at = send.due_at + timedelta(seconds=each)
        row.state, row.sent_at, row.next_try_at = State.SENT, at, None
        row.save(update_fields=["state", "sent_at", "next_try_at"])


def test_an_alerts_figures_are_those_of_its_readers() -> None:
    send = issued(ago=timedelta(minutes=10), readers=100)
    assert arrival(send) is None
    sent_after(send, *(each / 10 for each in range(1, 100)), 7_200.0)
    found = arrival(send)
    assert found is not None
    # The last was held by quiet hours, or put off: it is not of those who got it as an alert.
    assert (found.accepted, found.first, found.half) == (99, 0.1, 5.0)
    assert (found.ninety, found.p99) == (9.0, 9.9)


def test_a_canary_gets_what_readers_get_and_is_told_apart() -> None:
    add_canary("email", CANARY, now=clock())
    assert add_canary("email", CANARY, now=clock()) == Address.objects.get().pk
    assert Subscription.objects.count() == 1
    send = issued()
    (waiting,) = canaries(send)
    assert (waiting.value, waiting.seconds) == (CANARY, None)
    send_some(send.pk, channel=Scripted())
    (done,) = canaries(send)
    assert done.seconds is not None and done.seconds < 30 and not done.is_seen
    Delivery.objects.filter(address_id=done.address_id).update(
        outcome=Delivery.Outcome.DELIVERED, outcome_at=send.due_at + timedelta(seconds=42)
    )
    (seen,) = canaries(send)
    assert (seen.seconds, seen.is_seen) == (42.0, True)
    assert remove_canary("email", CANARY, now=clock()) and canaries(send) == ()
    assert not remove_canary("email", CANARY, now=clock())


@pytest.mark.parametrize("is_fanned_out", [True, False])
def test_after_a_minute_without_it_there_is_one_alarm(is_fanned_out: bool) -> None:
    add_canary("email", CANARY, now=clock())
    send = issued(ago=timedelta(seconds=70))
    if not is_fanned_out:
        Send.objects.update(fanned_out_at=None, state="pending")
    with capture_logs() as told:
        assert watch_canaries(now=clock()).told == 1
        again = watch_canaries(now=clock())
    assert (again.late, again.told) == (1, 0)
    (alarm,) = (each for each in told if each["log_level"] == "error")
    assert alarm["send"] == send.pk and CANARY not in str(alarm), "masked"
    Send.objects.update(fanned_out_at=clock(), state="running")
    send_some(send.pk, channel=Scripted())
    Delivery.objects.update(sent_at=send.due_at + timedelta(seconds=5))
    assert watch_canaries(now=clock()).late == 0


def test_nobody_calls_before_the_minute_nor_for_one_that_was_left_out() -> None:
    add_canary("email", CANARY, now=clock())
    issued(ago=timedelta(seconds=30))
    assert watch_canaries(now=clock()).late == 0
    send = issued(ago=timedelta(seconds=90))
    row = Delivery.objects.filter(send_id=send.pk, address__value=CANARY)
    assert watch_canaries(now=clock()).late == 1
    row.update(state=State.SKIPPED)
    assert watch_canaries(now=clock()).late == 0


def test_a_refused_canary_is_late() -> None:
    add_canary("email", CANARY, now=clock())
    send, channel = issued(ago=timedelta(seconds=70)), Scripted()
    channel.script[CANARY] = [Rejected("550 no", 550, permanent=True)]
    send_some(send.pk, channel=channel)
    assert watch_canaries(now=clock()).late == 1


def test_a_trial_goes_to_canaries_alone_by_the_road_of_an_alert() -> None:
    add_canary("email", CANARY, now=clock())
    scene.readers(5, None, now=clock())
    (send_id,) = try_path(now=clock()).send_ids
    channel = Scripted()
    progress = send_some(send_id, channel=channel)
    assert (progress.sent, progress.left) == (1, 0)
    (copy,) = channel.copies
    assert copy.to.value == CANARY and "trial" in copy.words.fields["subject"].lower()
    send = Send.objects.get()
    assert (send.state, send.lane) == (Send.State.DONE, Send.Lane.ALERTS)
    assert canaries(send)[0].seconds is not None


def test_the_path_is_tried_on_quiet_days_alone(settings: Any) -> None:
    add_canary("email", CANARY, now=clock())
    assert try_path_if_due(now=clock()).send_ids == (), "unless it is asked for"
    settings.DIGEST_CANARY_EVERY = timedelta(hours=1)
    issued()
    assert try_path_if_due(now=clock()).send_ids == ()
    later = clock() + timedelta(hours=2)
    assert len(try_path_if_due(now=later).send_ids) == 1
    assert try_path_if_due(now=later + timedelta(minutes=5)).send_ids == ()


def figures() -> dict[tuple[str, ...], float]:
    return {
        (each.name, *each.labels.values()): each.value
        for metric in Arrivals().collect()
        for each in metric.samples
    }


def test_metrics_tell_of_the_latest_alert() -> None:
    add_canary("email", CANARY, now=clock())
    assert figures() == {}
    send = issued(ago=timedelta(seconds=100))
    waiting = figures()
    assert waiting["digest_canaries_late", "email"] == 1
    assert 100 <= waiting["digest_canary_seconds", "email"] < 160
    sent_after(send, 1, 2, 3, 4)
    told = figures()
    assert told["digest_alert_seconds", "email", "0.99"] == 4
    assert (told["digest_canary_seconds", "email"], told["digest_canaries_late", "email"]) == (1, 0)


def test_the_desk_says_how_soon_it_was_there(client: Client) -> None:
    client.force_login(desk_day.member(role=Role.CHIEF))
    add_canary("email", CANARY, now=clock())
    send = issued(ago=timedelta(seconds=100))
    address = f"/desk/alerts/{Alert.objects.get().public_id}/"
    page = client.get(address).content.decode()
    assert "has waited for" in page and "over a minute" in page and CANARY not in page
    sent_after(send, 1, 2, 3, 4)
    page = client.get(address).content.decode()
    assert "90 % in" in page and "was accepted after 1.0 s" in page
    assert "over a minute" not in page


def run(*words: str) -> Any:
    said = StringIO()
    call_command("canaries", *words, "--json", stdout=said)
    return json.loads(said.getvalue())


def test_canaries_by_hand() -> None:
    with pytest.raises(CommandError, match="no canary yet"):
        run("try")
    assert run("add", "email", "Canary@Meridian.example") == {"address": CANARY}
    assert run("list") == {"canaries": [{"channel": "email", "address": CANARY, "seconds": None}]}
    (send_id,) = run("try")["sends"]
    send_some(send_id, channel=Scripted())
    assert run("list")["canaries"][0]["seconds"] < 60
    assert run("remove", "email", CANARY) == {"address": CANARY}
    for words in (("remove", "email", CANARY), ("add", "pigeon", "x"), ("add", "email", "x")):
        with pytest.raises(CommandError):
            run(*words)
