"""An alert's fan-out goes by each reader's rules, and what follows it by who had it."""

import random
from datetime import UTC, datetime, time, timedelta

import pytest

from digest.audience.core.alert_rules import AlertAim, judge
from digest.audience.leaving.erase import erase
from digest.kit.clock import now as clock
from digest.models import AlertRevision, AlertRule, Delivery, Send, Subscriber, Subscription
from digest.outbound.delivery.planning import plan
from digest.outbound.delivery.planning.fanout import fan_out
from tests.scenes import scene

pytestmark = pytest.mark.django_db
State = Delivery.State
ZONES = ("UTC", "Asia/Singapore", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")


def reader(number: int, zone: str = "UTC", **rule: object) -> Subscription:
    made = scene.reader(None, f"reader{number}@readers.example", now=clock())
    Subscriber.objects.filter(pk=made.subscriber_id).update(time_zone=zone)
    if rule:
        AlertRule.objects.create(subscription=made, **rule)
    return made


def issued(*, topics: tuple[int, ...] = (), is_biggest: bool = False) -> AlertRevision:
    return scene.alert(now=clock(), topic_ids=list(topics), is_biggest=is_biggest)


def sent(alert_id: int, revision: int = 1, *, now: datetime | None = None) -> dict[int, Delivery]:
    """The rows by email of a revision, by address."""
    ids = plan.plan_alert(alert_id, revision, now=now or clock()).send_ids
    send = Send.objects.get(pk__in=ids, channel="email")
    fan_out(send.pk, now=now or clock())
    return {row.address_id: row for row in Delivery.objects.filter(send_id=send.pk)}


@pytest.mark.parametrize("seed", range(6))
def test_the_fan_out_decides_as_the_rules_do(seed: int) -> None:
    chance = random.Random(seed)
    readers = {}
    for number in range(40):
        zone = chance.choice(ZONES)
        quiet = chance.sample(range(24), 2) if chance.random() < 0.5 else None
        rule = {
            "topic_ids": sorted(chance.sample(range(1, 5), chance.choice((0, 0, 1, 2)))),
            "biggest_only": chance.random() < 0.3,
            "most_a_day": chance.choice((None, None, 1, 2)),
            "quiet_from": time(quiet[0]) if quiet else None,
            "quiet_until": time(quiet[1]) if quiet else None,
        }
        readers[reader(number, zone, **(rule if chance.random() < 0.8 else {}))] = zone
    now = clock()
    for _ in range(3):
        topics, is_biggest = tuple(chance.sample(range(1, 5), 2)), chance.random() < 0.5
        had = {}
        for each in readers:
            rows = Delivery.objects.filter(address_id=each.address_id).exclude(state=State.SKIPPED)
            had[each] = rows.count()
        rows = sent(issued(topics=topics, is_biggest=is_biggest).alert_id, now=now)
        aim = AlertAim(frozenset(topics), is_biggest)
        for each, zone in readers.items():
            rule = AlertRule.objects.filter(pk=each.pk).first()
            row = rows.get(each.address_id)
            if rule is None:
                assert row is not None and row.state == State.PENDING
                continue
            wanted = judge(rule.rules(), aim, had_today=had[each], zone=zone, now=now)
            assert (row is not None) == wanted.concerns
            if row is None:
                continue
            assert (row.state == State.SKIPPED) == wanted.over_limit
            if wanted.held_until:
                assert row.next_try_at == wanted.held_until
            elif not wanted.over_limit:
                assert row.next_try_at and row.next_try_at < clock() + timedelta(minutes=5)


def test_what_a_limit_dropped_says_so_and_is_counted() -> None:
    each = reader(1, most_a_day=1)
    assert sent(issued().alert_id)[each.address_id].state == State.PENDING
    second = sent(issued().alert_id)[each.address_id]
    assert (second.state, second.next_try_at) == (State.SKIPPED, None)
    assert "a day" in (second.reply or "")


def test_revisions_of_one_alert_are_one_of_a_day() -> None:
    each = reader(1, most_a_day=2)
    first = issued()
    sent(first.alert_id)
    scene.alert_revision(first.alert, 2, AlertRevision.Kind.CORRECTION, now=clock())
    sent(first.alert_id, 2)
    assert sent(issued().alert_id)[each.address_id].state == State.PENDING
    assert sent(issued().alert_id)[each.address_id].state == State.SKIPPED


def test_a_correction_goes_to_those_who_had_or_were_to_have_the_alert() -> None:
    had, quiet, over = reader(1), reader(2, quiet_from=time(), quiet_until=time(23, 59)), reader(3)
    AlertRule.objects.create(subscription=over, most_a_day=1)
    sent(issued().alert_id)
    first = issued()
    rows = sent(first.alert_id)
    assert rows[over.address_id].state == State.SKIPPED
    late, gone = reader(4), reader(5)
    AlertRule.objects.filter(pk=quiet.pk).update(biggest_only=True)
    Delivery.objects.filter(address_id=had.address_id).update(
        state=State.SENT, next_try_at=None, sent_at=clock()
    )
    erase(gone.address_id, now=clock())
    scene.alert_revision(first.alert, 2, AlertRevision.Kind.CORRECTION, now=clock())
    followed = sent(first.alert_id, 2)
    assert set(followed) == {had.address_id, quiet.address_id}
    assert late.address_id not in followed


def test_a_correction_of_what_never_began_is_what_readers_hear_first() -> None:
    each = reader(1)
    first = issued()
    plan.plan_alert(first.alert_id, 1, now=clock())
    scene.alert_revision(first.alert, 2, AlertRevision.Kind.CORRECTION, now=clock())
    assert set(sent(first.alert_id, 2)) == {each.address_id}


def test_what_is_withdrawn_while_it_is_held_is_never_heard_of() -> None:
    reader(1, quiet_from=time(), quiet_until=time(23, 59))
    first = issued()
    now = datetime.now(UTC).replace(hour=3)
    assert all(row.next_try_at and row.next_try_at > now for row in sent(first.alert_id).values())
    scene.alert_revision(first.alert, 2, AlertRevision.Kind.WITHDRAWAL, now=clock())
    assert sent(first.alert_id, 2) == {}
    assert not Send.objects.filter(source_id=first.alert_id, revision=1, state="running").exists()


def test_a_zone_that_nobody_knows_holds_up_nobody() -> None:
    each, other = reader(1, "Mars/Olympus", most_a_day=1), reader(2)
    assert set(sent(issued().alert_id)) == {each.address_id, other.address_id}


def test_the_schedules_zone_counts_where_there_is_one() -> None:
    from digest.models import Schedule

    # In Singapore, eight hours ahead, it is quiet for this hour and the next one.
    now = clock()
    quiet = [time((now.hour + 8 + hours) % 24) for hours in (0, 2)]
    each = reader(1, "UTC", quiet_from=quiet[0], quiet_until=quiet[1])
    Schedule.objects.create(
        subscriber_id=each.subscriber_id, address_id=each.address_id, channel="email",
        local_time=time(7), time_zone="Asia/Singapore", is_active=False,
    )  # fmt: skip
    row = sent(issued().alert_id, now=now)[each.address_id]
    until = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=2)
    assert row.next_try_at == until
