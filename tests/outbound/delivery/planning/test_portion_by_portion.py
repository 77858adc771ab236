"""How large an alert's portions are, and whom each of them calls."""

import random
from datetime import timedelta
from typing import Any

import pytest

from digest.audience.core.spans import AddressSpan
from digest.kit.clock import now as clock
from digest.models import Delivery, Run, Send
from digest.outbound.delivery.core import shards
from digest.outbound.delivery.planning import fanout, plan
from digest.outbound.delivery.planning.fanout import fan_out
from tests.scenes import scene
from tests.scenes.portions import half_written, in_portions

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def some_channels(settings: Any) -> None:
    settings.DIGEST_CHANNELS = ["email", "webpush", "telegram"]


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, tuple[int, ...], int]]:
    """What was called: with how many rows there were by then."""
    calls = []

    def call(stage: str, *ids: int) -> bool:
        calls.append((stage, ids, Delivery.objects.count()))
        return True

    monkeypatch.setattr("digest.kit.wake.call", call)
    return calls


@pytest.mark.django_db(transaction=True)
def test_senders_are_called_when_the_first_portion_is_written(
    monkeypatch: pytest.MonkeyPatch, woken: list[Any]
) -> None:
    scene.readers(9, None, now=clock())
    in_portions(monkeypatch, 2, 2, 4)
    monkeypatch.setattr(fanout, "_SHARED_FROM", 5)
    ids = plan.plan_alert(scene.alert(now=clock()).alert_id, 1, now=clock()).send_ids
    others = Send.objects.filter(pk__in=ids).exclude(channel="email")
    others.update(state="cancelled")
    send = Send.objects.get(pk__in=ids, channel="email")
    woken.clear()
    Run.objects.create(
        id="00000000-0000-0000-0000-000000000001", send_id=send.pk,
        leased_until=clock() + timedelta(minutes=1),
    )  # fmt: skip
    fan_out(send.pk, now=clock())
    # A second one once it is many.
    assert woken == [("send:alerts", (send.pk,), 2), ("send:alerts", (send.pk,), 6)]


@pytest.mark.django_db(transaction=True)
def test_a_portion_calls_a_sender_where_all_have_left(
    monkeypatch: pytest.MonkeyPatch, woken: list[Any]
) -> None:
    send = half_written(5, monkeypatch)
    woken.clear()
    fan_out(send.pk, now=clock())
    assert woken == [("send:alerts", (send.pk,), 4), ("send:alerts", (send.pk,), 5)]


@pytest.mark.django_db(transaction=True)
def test_the_rest_waits_for_channels_that_have_nothing_yet(
    monkeypatch: pytest.MonkeyPatch, woken: list[Any]
) -> None:
    scene.readers(9, None, now=clock())
    in_portions(monkeypatch, 2, 2, 4)
    ids = plan.plan_alert(scene.alert(now=clock()).alert_id, 1, now=clock()).send_ids
    send = Send.objects.get(pk__in=ids, channel="email")
    assert fan_out(send.pk, now=clock()).total == 2
    assert woken[-1] == ("fan_out:alerts", (send.pk,), 2)
    for pk in ids:
        fan_out(pk, now=clock())
    Delivery.objects.exclude(send_id=send.pk).delete()
    fan_out(send.pk, now=clock())
    assert Delivery.objects.filter(send_id=send.pk).count() == 9
    monkeypatch.setattr("digest.kit.wake.call", lambda *args: False)
    Send.objects.filter(pk=send.pk).delete()


def test_without_a_broker_nothing_is_left_for_later(monkeypatch: pytest.MonkeyPatch) -> None:
    scene.readers(9, None, now=clock())
    in_portions(monkeypatch, 2, 2, 4)
    ids = plan.plan_alert(scene.alert(now=clock()).alert_id, 1, now=clock()).send_ids
    send = Send.objects.get(pk__in=ids, channel="email")
    assert fan_out(send.pk, now=clock()).total == 9


@pytest.mark.parametrize(
    ("last", "written", "size"),
    [(0, 0, 2_000), (2_000, 1_700, 8_000), (8_000, 9_000, 32_000), (32_000, 42_000, 50_000),
     (0, 42_000, 50_000), (50_000, 10**6, 50_000), (2_000, 0, 8_000)],
)  # fmt: skip
def test_portions_grow_up_to_a_bound(last: int, written: int, size: int) -> None:
    assert shards.size_of_next(last, written) == size


@pytest.mark.parametrize("seed", range(50))
def test_portions_leave_no_gap_and_end(seed: int) -> None:
    chance = random.Random(seed)
    readers = sorted(chance.sample(range(1, 400), chance.randrange(60)))
    told_to = chance.choice((None, 0, chance.randrange(400)))
    left, seen = AddressSpan(0, max(readers, default=0)), []
    while True:
        size = chance.choice((1, 2, 7, 30))
        ahead = [each for each in readers if each > left.after]
        bound = ahead[size - 1] if len(ahead) >= size else None
        shard = shards.next_shard(left, bound, told_to)
        assert shard.span.after == left.after <= shard.span.to <= left.to
        portion = [each for each in ahead if each <= shard.span.to]
        assert len(portion) <= size
        assert all(
            shard.hears_first == (told_to is not None and each > told_to) for each in portion
        )
        seen += portion
        if shard.is_last:
            break
        left = AddressSpan(shard.span.to, left.to)
    assert seen == readers
