"""A run: claims, hands over, records; nobody lost, nobody three times."""

import threading
import time
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection, transaction

from digest.audience.models.suppressions import Suppression
from digest.kit.clock import now
from digest.models import Attempt, Delivery, Send, Subscription
from digest.outbound.channels.base import Patience, Rejected, Unreachable
from digest.outbound.delivery.control import controls
from digest.outbound.delivery.ledger.claim import Claimed
from digest.outbound.delivery.ledger.journal import IntentState, read
from digest.outbound.delivery.ledger.recover import journals
from digest.outbound.delivery.pacing.domain_limits import DomainLimits
from digest.outbound.delivery.planning.fanout import fan_out
from digest.outbound.delivery.planning.plan import plan_edition
from digest.outbound.delivery.sending.send import send_some
from tests.scenes import scene
from tests.scenes.scripted import CRASH, LOSE, POISON, Scripted

pytestmark = pytest.mark.django_db(transaction=True)

State = Delivery.State


def states(send: Send) -> Counter[State]:
    rows = Delivery.objects.filter(send_id=send.pk).values_list("state", flat=True)
    return Counter(State(each) for each in rows)


def first_value(send: Send) -> str:
    row = Delivery.objects.filter(send_id=send.pk).order_by("address_id").first()
    assert row is not None
    return row.address.value


def make_due(send: Send) -> None:
    Delivery.objects.filter(send_id=send.pk, state=State.DEFERRED).update(next_try_at=now())


def test_everybody_gets_one_and_the_send_is_done() -> None:
    send = scene.running_edition(150, now=now())
    channel = Scripted()
    progress = send_some(send.pk, channel=channel)
    assert (progress.sent, progress.left, progress.ended) == (150, 0, "drained")
    assert len(channel.taken) == 150
    assert set(channel.taken.values()) == {1}
    assert states(send) == {State.SENT: 150}
    send.refresh_from_db()
    assert send.state == Send.State.DONE
    assert send.finished_at is not None
    row = Delivery.objects.filter(send_id=send.pk).first()
    assert row is not None
    assert (row.code, row.attempts, row.leased_by) == (250, 1, None)
    assert row.provider_id


def test_never_more_in_flight_than_connections() -> None:
    send = scene.running_edition(60, now=now())
    channel = Scripted(delay=0.005)
    send_some(send.pk, channel=channel, connections=7)
    assert channel.most_in_flight == 7


def test_each_copy_carries_its_own_key_and_links() -> None:
    send = scene.running_edition(3, now=now())
    channel = Scripted()
    send_some(send.pk, channel=channel)
    assert len({copy.key for copy in channel.copies}) == 3
    assert len({copy.links.unsubscribe for copy in channel.copies}) == 3
    assert all("/unsubscribe/" in copy.links.unsubscribe for copy in channel.copies)
    assert len({id(copy.words) for copy in channel.copies}) == 1


def test_refuses_to_run_inside_a_transaction() -> None:
    with transaction.atomic(), pytest.raises(RuntimeError, match="outside"):
        send_some(1)


def test_a_second_run_sends_nothing_again() -> None:
    send = scene.running_edition(20, now=now())
    channel = Scripted()
    send_some(send.pk, channel=channel)
    again = send_some(send.pk, channel=channel)
    assert again.sent == 0
    assert sum(channel.taken.values()) == 20


def test_two_runs_at_once_share_the_work() -> None:
    send = scene.running_edition(400, now=now())
    channels = [Scripted(delay=0.002), Scripted(delay=0.002)]

    def work(channel: Scripted) -> None:
        send_some(send.pk, channel=channel)
        connection.close()

    threads = [threading.Thread(target=work, args=(each,)) for each in channels]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    both = channels[0].taken + channels[1].taken
    assert len(both) == 400
    assert set(both.values()) == {1}
    assert all(each.taken for each in channels)


def test_a_permanent_refusal_fails_and_a_passing_one_waits() -> None:
    send = scene.running_edition(5, now=now())
    values = [row.address.value for row in Delivery.objects.filter(send_id=send.pk)]
    channel = Scripted()
    channel.script[values[0]] = [Rejected("5.1.1 No such user", 550, permanent=True)]
    channel.script[values[1]] = [Rejected("4.2.0 Greylisted", 450, permanent=False)]
    progress = send_some(send.pk, channel=channel)
    assert (progress.sent, progress.failed, progress.deferred) == (3, 1, 1)
    failed = Delivery.objects.get(send_id=send.pk, state=State.FAILED)
    assert (failed.code, failed.reply) == (550, "5.1.1 No such user")
    deferred = Delivery.objects.get(send_id=send.pk, state=State.DEFERRED)
    assert deferred.next_try_at is not None
    assert deferred.next_try_at > now() + timedelta(seconds=60)
    assert sorted(Attempt.objects.values_list("result", flat=True)) == ["deferred", "failed"]
    make_due(send)
    send_some(send.pk, channel=channel)
    assert states(send) == {State.SENT: 4, State.FAILED: 1}


def test_nobody_fails_at_the_first_try_because_the_send_lay_still_for_days() -> None:
    send = scene.running_edition(3, now=now())
    Send.objects.filter(pk=send.pk).update(started_at=now() - timedelta(days=5))
    channel = Scripted(default=Rejected("4.2.0 Greylisted", 450, permanent=False))
    assert send_some(send.pk, channel=channel).deferred == 3
    assert states(send) == {State.DEFERRED: 3}


def test_a_lost_answer_is_repeated_once_with_the_same_key() -> None:
    send = scene.running_edition(4, now=now())
    value = first_value(send)
    channel = Scripted()
    channel.script[value] = [LOSE]
    send_some(send.pk, channel=channel)
    make_due(send)
    send_some(send.pk, channel=channel)
    assert channel.taken[value] == 2
    copies = {copy.key for copy in channel.copies if copy.to.value == value}
    assert len(copies) == 1
    assert states(send) == {State.SENT: 4}


def test_an_earlier_intent_is_settled_on_file_before_its_row_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    send = scene.running_edition(1, now=now())
    channel = Scripted()
    channel.script[first_value(send)] = [LOSE]
    send_some(send.pk, channel=channel)
    make_due(send)
    seen: list[IntentState] = []
    sort = DomainLimits.sort

    async def look(self: DomainLimits, rows: Iterable[Claimed]) -> Any:
        """Note what a run that is killed right after its claim leaves behind."""
        for path in journals().glob("*.journal"):
            legacy = read(path.read_bytes())
            if legacy is not None and legacy.send_id == send.pk:
                seen.extend(legacy.states.values())
        return await sort(self, rows)

    monkeypatch.setattr(DomainLimits, "sort", look)
    send_some(send.pk, channel=channel)
    assert seen[:1] == [IntentState.REFUSED]
    assert states(send) == {State.SENT: 1}


@pytest.mark.parametrize("fault", [LOSE, POISON])
def test_nobody_ever_gets_three(fault: str) -> None:
    send = scene.running_edition(4, now=now())
    value = first_value(send)
    channel = Scripted()
    channel.script[value] = [fault] * 9
    for _ in range(5):
        send_some(send.pk, channel=channel)
        make_due(send)
    assert channel.taken[value] == 2
    assert states(send) == {State.SENT: 3, State.UNKNOWN: 1}
    send.refresh_from_db()
    assert send.state == Send.State.DONE
    assert list(Attempt.objects.values_list("result", flat=True)) == ["unknown", "unknown"]


def test_nobody_gets_three_by_retrying_the_failed() -> None:
    send = scene.running_edition(1, now=now())
    value = first_value(send)
    channel = Scripted()
    channel.script[value] = [LOSE, Rejected("no", 550, permanent=True), LOSE, LOSE]
    for _ in range(4):
        send_some(send.pk, channel=channel)
        make_due(send)
        controls.retry_failed(send.pk, now=now())
    assert channel.taken[value] == 2
    assert states(send) == {State.UNKNOWN: 1}


def test_a_poisoned_row_stops_nobody_else() -> None:
    send = scene.running_edition(30, now=now())
    value = first_value(send)
    channel = Scripted()
    channel.script[value] = [CRASH] * 9
    for _ in range(7):
        send_some(send.pk, channel=channel)
        make_due(send)
    assert channel.taken[value] == 0
    assert states(send) == {State.SENT: 29, State.FAILED: 1}


def test_a_relay_that_is_down_ends_the_run_and_loses_nobody() -> None:
    send = scene.running_edition(200, now=now())
    channel = Scripted(default=Unreachable("Connection refused"))
    progress = send_some(send.pk, channel=channel, connections=5)
    assert progress.stalled
    assert progress.deferred < 30
    assert states(send)[State.SENDING] == 0
    channel.default = "accept"
    make_due(send)
    send_some(send.pk, channel=channel)
    assert states(send) == {State.SENT: 200}


def test_a_refusal_of_everything_pauses_the_send_and_says_why() -> None:
    send = scene.running_edition(50, now=now())
    refusal = Rejected("5.7.8 Bad credentials", 535, permanent=True, scope="channel")
    progress = send_some(send.pk, channel=Scripted(default=refusal), connections=3)
    assert progress.stalled
    send.refresh_from_db()
    assert send.state == Send.State.PAUSED
    assert "Bad credentials" in send.state_reason
    assert states(send)[State.FAILED] == 0
    controls.resume(send.pk, now=now())
    make_due(send)
    assert send_some(send.pk, channel=Scripted()).sent == 50


@pytest.mark.parametrize("stop", [controls.pause, controls.cancel])
def test_a_control_stops_a_run_within_two_seconds(stop: object) -> None:
    send = scene.running_edition(3000, now=now())
    channel = Scripted(delay=0.02)
    run = threading.Thread(
        target=lambda: (send_some(send.pk, channel=channel, connections=10), connection.close())
    )
    run.start()
    deadline = time.monotonic() + 20
    while sum(channel.taken.values()) < 200 and time.monotonic() < deadline:
        time.sleep(0.01)
    asked = time.monotonic()
    stop(send.pk, now=now())  # type: ignore[operator]
    run.join(20)
    assert time.monotonic() - asked < 2
    taken = sum(channel.taken.values())
    assert 200 <= taken < 3000
    found = states(send)
    assert found[State.SENT] == taken
    assert found[State.SENDING] == 0
    if stop is controls.cancel:
        controls.cancel(send.pk, now=now())
        assert states(send) == {State.SENT: taken, State.CANCELLED: 3000 - taken}
    else:
        assert found[State.PENDING] == 3000 - taken
        assert send_some(send.pk, channel=channel).ended == "stopped"


def test_a_run_ends_after_its_seconds_and_says_what_is_left() -> None:
    send = scene.running_edition(1000, now=now())
    progress = send_some(send.pk, channel=Scripted(delay=0.05), connections=5, seconds=0.3)
    assert progress.ended == "time"
    assert 0 < progress.sent < 200
    assert progress.left == 1000 - progress.sent
    assert states(send)[State.SENDING] == 0


def test_who_left_after_the_fan_out_gets_nothing() -> None:
    moment = now()
    newsletter = scene.newsletter()
    stays = scene.reader(newsletter, "stays@readers.example", now=moment)
    leaves = scene.reader(newsletter, "leaves@readers.example", now=moment)
    complains = scene.reader(newsletter, "complains@readers.example", now=moment)
    erased = scene.reader(newsletter, "erased@readers.example", now=moment)
    frozen = scene.edition(newsletter, now=moment)
    (send_id,) = plan_edition(frozen.edition_id, 1, now=moment).send_ids
    assert fan_out(send_id, now=moment).total == 4
    Subscription.objects.filter(pk=leaves.pk).update(
        state="ended", ended_at=moment, ended_reason="reader"
    )
    Suppression.objects.create(
        fingerprint=bytes(complains.address.fingerprint),
        channel="email",
        reason="complaint",
        at=moment,
    )
    erased.address.delete()
    channel = Scripted()
    progress = send_some(send_id, channel=channel)
    assert dict(channel.taken) == {stays.address.value: 1}
    assert progress.skipped == 3
    reasons = Delivery.objects.filter(send_id=send_id, state=State.SKIPPED)
    assert sorted(row.reply or "" for row in reasons) == [
        "Suppressed: complaint.",
        "The address was erased.",
        "The subscription is ended.",
    ]


def test_who_leaves_during_a_send_gets_nothing_a_second_later() -> None:
    send = scene.running_edition(600, now=now())
    last = Delivery.objects.filter(send_id=send.pk).order_by("-address_id").first()
    assert last is not None
    channel = Scripted(delay=0.02)
    seen: list[float] = []

    def leave(copy: object) -> None:
        seen.append(time.monotonic())

    channel.before = leave
    run = threading.Thread(
        target=lambda: (send_some(send.pk, channel=channel, connections=4), connection.close())
    )
    run.start()
    while not seen:
        time.sleep(0.005)
    Subscription.objects.filter(pk=last.subscription_id).update(
        state="ended", ended_at=now(), ended_reason="reader"
    )
    run.join(60)
    assert channel.taken[last.address.value] == 0
    assert states(send) == {State.SENT: 599, State.SKIPPED: 1}


@pytest.mark.parametrize(
    ("allowed", "reached"),
    [
        ([], set()),
        (["a@readers.example"], {"a@readers.example"}),
        (["@other.example"], {"c@other.example"}),
        (["*"], {"a@readers.example", "b@readers.example", "c@other.example"}),
    ],
)
def test_outside_production_only_listed_addresses_are_contacted(
    allowed: list[str], reached: set[str], settings: django_settings
) -> None:
    settings.DIGEST_ALLOWED_RECIPIENTS = allowed
    newsletter = scene.newsletter()
    for value in ("a@readers.example", "b@readers.example", "c@other.example"):
        scene.reader(newsletter, value, now=now())
    frozen = scene.edition(newsletter, now=now())
    (send_id,) = plan_edition(frozen.edition_id, 1, now=now()).send_ids
    fan_out(send_id, now=now())
    channel = Scripted()
    progress = send_some(send_id, channel=channel)
    assert set(channel.taken) == reached
    assert progress.skipped == 3 - len(reached)
    skipped = Delivery.objects.filter(send_id=send_id, state=State.SKIPPED)
    assert all("DIGEST_ALLOWED_RECIPIENTS" in (row.reply or "") for row in skipped)


def test_slow_answers_do_not_cost_the_lease(settings: django_settings) -> None:
    settings.DIGEST_LEASE = timedelta(seconds=1)
    send = scene.running_edition(4, now=now())
    channel = Scripted(delay=2.5)
    progress = send_some(send.pk, channel=channel)
    assert progress.sent == 4
    assert states(send) == {State.SENT: 4}


def test_an_answer_that_takes_too_long_counts_as_lost() -> None:
    send = scene.running_edition(2, now=now())
    progress = send_some(send.pk, channel=Scripted(delay=30), patience=Patience(0.3, 0.3))
    assert progress.deferred == 2
    assert set(Delivery.objects.values_list("lost_answers", flat=True)) == {1}
