"""Random readers with rules of their own, in random zones, through two days of random alerts."""

import random
from collections import defaultdict
from datetime import datetime, time, timedelta

import pytest

from digest.audience.core.alert_rules import AlertAim, AlertRules, day_began, judge
from digest.audience.preferring.alert_rules import set_alert_rules
from digest.kit.clock import now as clock
from digest.models import Alert, Delivery, Send, Subscriber
from digest.outbound.delivery.planning import plan
from digest.outbound.delivery.planning.fanout import fan_out
from tests.scenes import scene

pytestmark = pytest.mark.django_db(transaction=True)
ZONES = ("UTC", "Asia/Kathmandu", "America/Santiago", "Pacific/Apia", "Asia/Singapore")
State = Delivery.State


def reader(number: int, chance: random.Random) -> tuple[int, str, AlertRules]:
    """One, with their zone and their rules."""
    made = scene.reader(None, f"reader{number}@readers.example", now=clock())
    zone = chance.choice(ZONES)
    Subscriber.objects.filter(pk=made.subscriber_id).update(time_zone=zone)
    night = (time(chance.randrange(24)), time(chance.randrange(24), 30))
    rules = AlertRules(
        topics=frozenset(chance.sample([1, 2, 3], chance.choice([0, 0, 1, 2]))),
        biggest_only=chance.random() < 0.3,
        most_a_day=chance.choice([None, 1, 2]),
        quiet=night if chance.random() < 0.5 else None,
    )
    assert set_alert_rules(made.address_id, rules)
    return made.address_id, zone, rules


def fanned_out(alert: Alert, revision: int, now: datetime) -> dict[int, Delivery]:
    ids = plan.plan_alert(alert.pk, revision, now=now).send_ids
    send = Send.objects.get(pk__in=ids, channel="email")
    fan_out(send.pk, now=now)
    return {each.address_id: each for each in Delivery.objects.filter(send_id=send.pk)}


@pytest.mark.parametrize("seed", range(4))
def test_each_gets_what_their_rules_say_never_more_a_day_and_what_follows_it_alone(
    seed: int,
) -> None:
    chance = random.Random(seed)
    readers = [reader(number, chance) for number in range(12)]
    had: dict[int, list[datetime]] = defaultdict(list)
    moment = clock()
    for _ in range(10):
        moment += timedelta(minutes=chance.randrange(20, 600))
        aim = AlertAim(
            frozenset(chance.sample([1, 2, 3], chance.randrange(3))), chance.random() < 0.3
        )
        told = scene.alert(
            now=moment, topic_ids=sorted(aim.topics), is_biggest=aim.is_biggest
        )  # fmt: skip
        rows, gets = fanned_out(told.alert, 1, moment), set()
        for address_id, zone, rules in readers:
            since = day_began(zone, moment)
            today = sum(at >= since for at in had[address_id])
            verdict = judge(rules, aim, had_today=today, zone=zone, now=moment)
            assert (address_id in rows) == verdict.concerns
            if not verdict.concerns:
                continue
            row = rows[address_id]
            assert (row.state == State.SKIPPED) == verdict.over_limit
            if verdict.over_limit:
                continue
            gets.add(address_id)
            had[address_id].append(moment)
            assert rules.most_a_day is None or today < rules.most_a_day, "never more a day"
            assert row.next_try_at is not None
            if verdict.held_until is None:
                assert row.next_try_at <= moment
            else:
                assert row.next_try_at >= verdict.held_until, "held, never dropped"
        if chance.random() < 0.5:
            later = moment + timedelta(minutes=5)
            scene.alert_revision(told.alert, 2, "correction", now=later)
            follows = fanned_out(told.alert, 2, later)
            assert set(follows) == gets, "exactly those who get it"
            assert all(row.state != State.SKIPPED for row in follows.values())
    assert any(had.values())
