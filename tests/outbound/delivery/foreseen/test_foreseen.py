"""As a reader gets it: the foreseen verdict is what the senders then do, and gives its reason."""

from datetime import time, timedelta
from typing import Any

import pytest

from digest.audience.core.alert_rules import AlertAim
from digest.audience.leaving.suppress import suppress
from digest.kit.clock import now as clock
from digest.models import (
    AlertRule,
    Delivery,
    Edition,
    Mute,
    Schedule,
    Send,
    Slot,
    Subscriber,
    Subscription,
    Suppression,
)
from digest.newsdesk.editions import curate
from digest.newsdesk.editions.compose import compose_due
from digest.newsdesk.editions.core.rank import EditionWindow
from digest.newsdesk.editions.personal import PersonalEdition, compose_personal, foresee
from digest.outbound.delivery.foreseen import alerts, digests, editions
from digest.outbound.delivery.foreseen.verdict import ForeseenVerdict
from digest.outbound.delivery.planning import plan
from digest.outbound.delivery.planning.fanout import fan_out
from tests.newsdesk import desk
from tests.scenes import scene

pytestmark = pytest.mark.django_db


def reader(**rule: Any) -> Subscription:
    made = scene.reader(None, f"r{Subscriber.objects.count()}@readers.example", now=clock())
    if rule:
        AlertRule.objects.create(subscription=made, **rule)
    return made


def foreseen_alert(made: Subscription, alert: Any, **aim: Any) -> ForeseenVerdict:
    (verdict,) = alerts.verdicts(
        alert.alert, AlertAim(**aim), ("en",), made.subscriber, now=clock()
    )
    return verdict


@pytest.mark.parametrize(
    ("rule", "gets", "told"),
    [
        ({}, True, "They asked for breaking news."),
        ({"biggest_only": True}, False, "only the biggest"),
        ({"topic_ids": [4]}, False, "alerts only on"),
        ({"topic_ids": [7]}, True, "They asked for breaking news."),
        ({"most_a_day": 0}, False, "as many alerts today"),
    ],
)
def test_an_alert_is_foreseen_as_it_is_fanned_out(
    rule: dict[str, Any], gets: bool, told: str
) -> None:
    made = reader(**rule)
    frozen = scene.alert(now=clock(), topic_ids=[7])
    verdict = foreseen_alert(made, frozen, topics=frozenset({7}))
    assert (verdict.gets, told in verdict.because) == (gets, True)
    (send_id,) = Send.objects.filter(
        pk__in=plan.plan_alert(frozen.alert_id, 1, now=clock()).send_ids, channel="email"
    ).values_list("pk", flat=True)
    fan_out(send_id, now=clock())
    row = Delivery.objects.filter(send_id=send_id, address_id=made.address_id).first()
    assert gets == (row is not None and row.state == Delivery.State.PENDING)


def test_quiet_hours_are_told_with_their_end() -> None:
    hour = clock().hour
    made = reader(quiet_from=time(hour), quiet_until=time((hour + 2) % 24))
    verdict = foreseen_alert(made, scene.alert(now=clock()))
    assert verdict.gets
    assert verdict.not_before is not None
    assert clock() < verdict.not_before <= clock() + timedelta(hours=2)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"state": "paused"}, "paused it"),
        ({"state": "pending", "confirmed_at": None}, "not confirmed yet"),
        ({"state": "ended", "ended_reason": "reader", "ended_at": clock()}, "They ended it"),
    ],
)
def test_a_wish_that_brings_nothing_is_told(change: dict[str, Any], told: str) -> None:
    made = reader()
    Subscription.objects.filter(pk=made.pk).update(**change)
    verdict = foreseen_alert(made, scene.alert(now=clock()))
    assert (verdict.gets, told in verdict.because) == (False, True)


def test_a_barred_address_is_told() -> None:
    made = reader()
    suppress(made.address_id, Suppression.Reason.BOUNCE, now=clock())
    assert "barred from all mail" in foreseen_alert(made, scene.alert(now=clock())).because


def test_items_of_an_edition_say_why_they_are_left_out_and_what_is_known() -> None:
    letter = desk.newsletter(size=5)
    kept = desk.story("Border talks", ["A", "B"])
    muted = desk.story("Missile test", ["A"])
    killed = desk.story("Old news", ["A"])
    (pk,) = compose_due(now=desk.NOW).edition_ids
    edition = Edition.objects.get(pk=pk)
    made = scene.reader(letter, "r@readers.example", now=desk.NOW)
    Mute.objects.create(subscriber=made.subscriber, story=muted, at=desk.NOW)
    curate.kill(
        pk, edition.items.get(story=killed).pk, lock_version=edition.lock_version,
        member=desk.editor(), now=desk.NOW,
    )  # fmt: skip
    found = {each.headline: each for each in editions.items(edition, made.subscriber, now=desk.NOW)}
    assert found[kept.headline].shown
    assert found[kept.headline].remark == ""
    assert (found[muted.headline].shown, found[muted.headline].remark) == (True, editions.MUTED)
    assert (found[killed.headline].shown, found[killed.headline].remark) == (False, editions.KILLED)
    (verdict,) = editions.verdicts(edition, made.subscriber, now=desk.NOW)
    assert (verdict.gets, verdict.language) == (True, "en")
    stranger = scene.reader(None, "s@readers.example", now=desk.NOW)
    (verdict,) = editions.verdicts(edition, stranger.subscriber, now=desk.NOW)
    assert "have not asked for it" in verdict.because


def schedule_of(made: Subscription, *topics: str) -> Schedule:
    for name in topics:
        Subscription.objects.create(
            subscriber=made.subscriber, address=made.address, topic=desk.topic(name),
            state="active", created_at=desk.NOW, confirmed_at=desk.NOW,
        )  # fmt: skip
    return Schedule.objects.create(
        subscriber=made.subscriber, address=made.address, channel="email", local_time=time(7),
        time_zone="Asia/Singapore", next_due_at=desk.SLOT,
        last_window_end=desk.SLOT - timedelta(hours=24),
    )  # fmt: skip


def test_a_digest_is_foreseen_with_a_reason_for_every_story_left_out() -> None:
    desk.story("Border talks", ["A", "B"], topics=["Korea"])
    desk.story("국경 회담", ["C"], topics=["Korea"], language="ko")
    muted = desk.story("Missile test", ["A"], topics=["Korea"])
    desk.story("Elsewhere", ["A"], topics=["Trade"])
    made = scene.reader(None, "r@readers.example", now=desk.NOW)
    Mute.objects.create(subscriber=made.subscriber, story=muted, at=desk.NOW)
    shown = digests.foreseen(schedule_of(made, "Korea"), now=desk.NOW)
    assert (shown.verdict.gets, shown.due_at) == (True, desk.SLOT)
    assert shown.content is not None
    assert [each.headline for each in shown.content.items] == ["Border talks"]
    left = {each.headline: each.remark for each in shown.items if not each.shown}
    assert set(left) == {"국경 회담", "Missile test"}
    assert "language they read (en)" in left["국경 회담"]
    assert "no more of this story" in left["Missile test"]
    assert not Edition.objects.exists()
    assert not Slot.objects.exists()


def test_who_follows_nothing_has_no_digest() -> None:
    made = scene.reader(None, "r@readers.example", now=desk.NOW)
    shown = digests.foreseen(schedule_of(made), now=desk.NOW)
    assert (shown.verdict.gets, shown.content) == (False, None)
    assert "follow no topic" in shown.verdict.because


def test_what_is_foreseen_is_what_is_composed() -> None:
    for number in range(16):
        desk.story(f"Story {number}", ["A", "B"][: number % 2 + 1], topics=["Korea"])
    wanted = PersonalEdition(
        "a" * 64, [desk.topic("Korea").pk], "en",
        EditionWindow(desk.SLOT - timedelta(hours=24), desk.SLOT, "UTC"), desk.SLOT,
        desk.SLOT.date(), "Korea",
    )  # fmt: skip
    seen = foresee(wanted)
    edition = Edition.objects.get(pk=compose_personal(wanted, now=desk.NOW).edition_id or 0)
    assert seen.content is not None
    composed = edition.items.order_by("position").values_list("story__headline", flat=True)
    assert [each.headline for each in seen.content.items] == list(composed)
    assert len(seen.left_out) == 4
    assert all("others are stronger" in each.reason for each in seen.left_out)
