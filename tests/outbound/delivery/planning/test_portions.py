"""An alert's readers are written down in portions: the same ones as at once, whatever is killed."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.db import transaction

from digest.audience.preferring import alert_order
from digest.kit.clock import now as clock
from digest.models import (
    AlertRevision,
    AlertRule,
    AlertWatch,
    Delivery,
    Send,
    Subscriber,
    Subscription,
)
from digest.outbound.delivery.control import controls
from digest.outbound.delivery.control.sweep import sweep
from digest.outbound.delivery.figures.progress import figures
from digest.outbound.delivery.planning import fanout, plan, takeover
from digest.outbound.delivery.planning.fanout import fan_out
from tests.scenes import scene
from tests.scenes.ordered_channels import on
from tests.scenes.portions import half_written, in_portions

pytestmark = pytest.mark.django_db
State = Delivery.State
CHANNELS = ("email", "webpush", "telegram")
ZONES = ("UTC", "Asia/Singapore", "America/New_York", "Australia/Lord_Howe")
# Address, state, why, for what, in which words, and until when it is held.
Rows = dict[int, tuple[int, str | None, int | None, int, datetime | None]]


class Killed(BaseException):
    """As SIGKILL: nothing catches it."""


@pytest.fixture(autouse=True)
def some_channels(settings: Any) -> None:
    settings.DIGEST_CHANNELS = list(CHANNELS)


def audience(chance: random.Random, count: int) -> list[Subscription]:
    """Readers of one channel or of several in an order, each with rules or none."""
    made = []
    for number in range(count):
        mine = [on(each, number) for each in chance.sample(CHANNELS, chance.choice((1, 1, 2, 3)))]
        if chance.random() < 0.4:
            for each in mine[1:]:
                alert_order.join(mine[0].address_id, each.address_id)
        for each in mine:
            Subscriber.objects.filter(pk=each.subscriber_id).update(
                time_zone=chance.choice(ZONES), locale=chance.choice(("en", "de", "ko"))
            )
            if chance.random() < 0.5:
                AlertRule.objects.update_or_create(subscription=each, defaults=rules(chance))
        made += mine
    chance.shuffle(made)
    return made


def rules(chance: random.Random) -> dict[str, Any]:
    hours = chance.sample(range(24), 2) if chance.random() < 0.5 else None
    return {
        "topic_ids": sorted(chance.sample(range(1, 4), chance.choice((0, 0, 1, 2)))),
        "biggest_only": chance.random() < 0.2,
        "most_a_day": chance.choice((None, None, 1, 2)),
        "quiet_from": time(hours[0]) if hours else None,
        "quiet_until": time(hours[1]) if hours else None,
    }


def planned(alert_id: int, revision: int, now: datetime) -> list[Send]:
    ids = plan.plan_alert(alert_id, revision, now=now).send_ids
    return list(Send.objects.filter(pk__in=ids).order_by("pk"))


def written(send: Send, now: datetime) -> Rows:
    return {
        each.address_id: (
            each.state, each.reply, each.subscription_id, each.message_id,
            # What is due at once is due by the clock of its own portion.
            each.next_try_at
            if each.next_try_at and each.next_try_at > clock() + timedelta(minutes=1)
            else None,
        )
        for each in Delivery.objects.filter(send_id=send.pk)
    }  # fmt: skip


def watched(send: Send) -> set[int]:
    return set(AlertWatch.objects.filter(send_id=send.pk).values_list("address_id", flat=True))


def at_once(sends: list[Send], now: datetime, patch: pytest.MonkeyPatch) -> list[Any]:
    """What a fan-out in one portion writes for each of them; taken back."""
    with patch.context() as within, transaction.atomic():
        in_portions(within, 10**6, 1, 10**6)
        for send in sends:
            assert fan_out(send.pk, now=now).last is None
        found = [(written(each, now), watched(each)) for each in sends]
        transaction.set_rollback(True)
    return found


def gone_on_with(send: Send, now: datetime, chance: random.Random, patch: Any) -> int:
    """Fan out, killed now and then in the middle of a portion or between two; how often."""
    kills = 0
    while True:
        with patch.context() as within, deadly(within, chance):
            try:
                fan_out(send.pk, now=now)
            except Killed:
                kills += 1
        send.refresh_from_db()
        if send.fan_out_after is None and send.fanned_out_at:
            return kills


@contextmanager
def deadly(patch: pytest.MonkeyPatch, chance: random.Random) -> Iterator[None]:
    """Each portion is the last one with a chance of a third: before it, in it, or behind it."""

    def perhaps(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            if chance.random() < 0.15:
                raise Killed
            found = real(*args, **kwargs)
            if chance.random() < 0.15:
                raise Killed
            return found

        return call

    patch.setattr(takeover, "watch", perhaps(takeover.watch))
    patch.setattr(fanout, "_others_wait", perhaps(fanout._others_wait))
    yield


@pytest.mark.parametrize("seed", range(5))
def test_portions_and_kills_write_what_one_fan_out_writes(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance, now = random.Random(seed), clock()
    audience(chance, 20)
    sizes = chance.choice((1, 3, 5)), chance.choice((1, 2, 4)), chance.choice((4, 9, 40))
    kills = 0
    for _ in range(2):
        aim = {"topic_ids": chance.sample(range(1, 4), 2), "is_biggest": chance.random() < 0.5}
        sends = planned(scene.alert(now=now, **aim).alert_id, 1, now)
        for send in sends:
            # Each on its own, as the others of the alert stand by then.
            ((rows, watches),) = at_once([send], now, monkeypatch)
            in_portions(monkeypatch, *sizes)
            kills += gone_on_with(send, now, chance, monkeypatch)
            assert without_words(written(send, now)) == without_words(rows)
            assert watched(send) == watches
            assert send.total == len(rows)
            assert send.state == ("running" if rows else "done")
    assert kills


def without_words(rows: Rows) -> dict[int, Any]:
    """But for the message's id: what was taken back used up one."""
    return {key: (*row[:3], row[4]) for key, row in rows.items()}


@pytest.mark.parametrize("kind", ["correction", "withdrawal"])
@pytest.mark.parametrize("seed", range(4))
def test_what_follows_in_the_middle_reaches_who_had_it_and_a_correction_all_others_too(
    kind: str, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance, now = random.Random(seed), clock()
    audience(chance, 20)
    revision = scene.alert(now=now, topic_ids=chance.sample(range(1, 4), 2))
    sends = planned(revision.alert_id, 1, now)
    (email,) = (each for each in sends if each.channel == "email")
    ((whole, _),) = at_once([email], now, monkeypatch)
    in_portions(monkeypatch, chance.choice((2, 4)), 2, 8)
    for _ in range(chance.randrange(4)):
        fanout._fan_out(email.pk, now, 0)
    had = set()
    for row in Delivery.objects.filter(send_id=email.pk, state=State.PENDING):
        fate = chance.choice((State.PENDING, State.SENT, State.UNKNOWN, State.FAILED))
        if fate != State.PENDING:
            Delivery.objects.filter(send_id=email.pk, address_id=row.address_id).update(
                state=fate, next_try_at=None, sent_at=clock() if fate == State.SENT else None
            )
        if fate in (State.SENT, State.UNKNOWN):
            had.add(row.address_id)
    scene.alert_revision(
        revision.alert, 2, kind, now=now, topic_ids=revision.topic_ids, is_biggest=False
    )
    second = next(each for each in planned(revision.alert_id, 2, now) if each.channel == "email")
    # Whoever was writing the first comes back too late: nobody is added to it.
    before = set(written(email, now))
    fan_out(email.pk, now=now)
    assert set(written(email, now)) == before
    gone_on_with(second, now, chance, monkeypatch)
    told = {key for key, row in written(second, now).items() if row[0] != State.SKIPPED}
    if kind == "withdrawal":
        assert told == had
    else:
        assert told == {key for key, row in whole.items() if row[0] != State.SKIPPED}


def close(send: Send) -> None:
    """All that is written has gone out."""
    Delivery.objects.filter(send_id=send.pk).update(
        state=State.SENT, sent_at=clock(), next_try_at=None
    )


def test_a_half_written_alert_is_not_over_and_is_gone_on_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    send = half_written(5, monkeypatch)
    close(send)
    swept = sweep(now=clock())
    send.refresh_from_db()
    assert (swept.finished, send.state) == (0, "running")
    assert swept.to_fan_out["alerts"] == (send.pk,)
    fan_out(send.pk, now=clock())
    assert Delivery.objects.filter(send_id=send.pk).count() == 5
    close(send)
    assert sweep(now=clock()).finished == 1


def test_one_whose_last_portion_is_empty_ends_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    send = half_written(2, monkeypatch)
    close(send)
    fan_out(send.pk, now=clock())
    send.refresh_from_db()
    assert (send.state, send.total, send.fan_out_after) == ("done", 2, None)


def test_a_pause_holds_the_rest_back_and_loses_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    send = half_written(5, monkeypatch)
    controls.pause(send.pk, now=clock())
    assert sweep(now=clock()).to_fan_out["alerts"] == (send.pk,)
    fan_out(send.pk, now=clock())
    send.refresh_from_db()
    assert (send.state, send.total, send.fan_out_after) == ("paused", 5, None)


def test_what_was_called_off_in_the_middle_is_not_gone_on_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    send = half_written(5, monkeypatch)
    controls.cancel(send.pk, now=clock())
    assert not sweep(now=clock()).to_fan_out
    assert fan_out(send.pk, now=clock()).total == 2
    assert set(Delivery.objects.values_list("state", flat=True)) == {State.CANCELLED}


def test_an_alert_too_late_to_begin_is_held_and_one_that_began_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    send = half_written(5, monkeypatch)
    done = fan_out(send.pk, now=clock() + timedelta(hours=2))
    assert (done.held, done.total, done.last) == (False, 5, None)


def test_figures_in_the_middle_are_of_those_written(monkeypatch: pytest.MonkeyPatch) -> None:
    send = half_written(5, monkeypatch)
    row = Delivery.objects.filter(send_id=send.pk).first()
    assert row is not None
    Delivery.objects.filter(send_id=send.pk, address_id=row.address_id).update(
        state=State.SENT, sent_at=clock(), next_try_at=None
    )
    found = figures(send.pk)
    assert found is not None
    assert (found.total, found.queued, found.sent) == (2, 1, 1)
    fan_out(send.pk, now=clock())
    found = figures(send.pk)
    assert found is not None
    assert (found.total, found.queued, found.sent) == (5, 4, 1)


def test_who_was_told_in_passing_is_neither_told_nor_counted_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Another channel of theirs had passed it on before their portion's turn came."""
    send = half_written(5, monkeypatch)
    last = Subscription.objects.order_by("-address_id")[0]
    AlertRule.objects.create(subscription=last, most_a_day=1)
    other = Send.objects.create(
        kind="alert", source_id=10**6, channel="email", lane="alerts", state="done", total=1,
        due_at=clock(), grace=timedelta(hours=1), created_at=clock(), fanned_out_at=clock(),
    )  # fmt: skip
    message = Delivery.objects.filter(send_id=send.pk)[0].message_id
    for pk in (send.pk, other.pk):
        Delivery.objects.create(
            send_id=pk, address_id=last.address_id, message_id=message, state=State.SENT,
            sent_at=clock(),
        )  # fmt: skip
    Send.objects.filter(pk=send.pk).update(total=3)
    fan_out(send.pk, now=clock())
    send.refresh_from_db()
    assert send.total == 5
    assert written(send, clock())[last.address_id][0] == State.SENT


def test_a_correction_on_top_of_two_that_were_called_off_leaves_nobody_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    send = half_written(9, monkeypatch)
    alert = AlertRevision.objects.get().alert
    for number, portions in ((2, 2), (3, 9)):
        scene.alert_revision(alert, number, AlertRevision.Kind.CORRECTION, now=clock())
        ids = plan.plan_alert(alert.pk, number, now=clock()).send_ids
        send = Send.objects.get(pk__in=ids, channel="email")
        for _ in range(portions):
            fanout._fan_out(send.pk, clock(), 0)
    assert Delivery.objects.filter(send_id=send.pk).count() == 9
    assert Delivery.objects.filter(send_id=send.pk, state=State.PENDING).count() == 9
