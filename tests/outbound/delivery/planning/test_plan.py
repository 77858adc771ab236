"""Planning: whoever asks and however often, one send per source, revision and channel."""

from datetime import timedelta

import pytest

from digest.audience.models.schedules import SlotBatch
from digest.kit.clock import now
from digest.models import Address, AlertRevision, Send, Subscription
from digest.outbound.delivery.planning import plan
from digest.outbound.delivery.planning.fanout import fan_out
from tests.scenes import scene

pytestmark = pytest.mark.django_db


def test_an_edition_goes_out_on_each_channel_it_is_offered_on() -> None:
    frozen = scene.edition(scene.newsletter(channels=["email", "whatsapp", "chat"]), now=now())
    planned = plan.plan_edition(frozen.edition_id, 1, now=now())
    sends = Send.objects.filter(pk__in=planned.send_ids)
    assert sorted(send.channel for send in sends) == ["email", "whatsapp"]
    assert {send.lane for send in sends} == {"digests"}
    assert {send.grace for send in sends} == {timedelta(minutes=30)}


def test_channels_that_are_switched_off_are_left_out(settings: object) -> None:
    settings.DIGEST_CHANNELS = ["email"]  # type: ignore[attr-defined]
    frozen = scene.edition(scene.newsletter(channels=["email", "whatsapp"]), now=now())
    assert len(plan.plan_edition(frozen.edition_id, 1, now=now()).send_ids) == 1


def test_planning_twice_gives_the_same_sends() -> None:
    frozen = scene.edition(scene.newsletter(), now=now())
    first = plan.plan_edition(frozen.edition_id, 1, now=now())
    assert plan.plan_edition(frozen.edition_id, 1, now=now()) == first
    assert Send.objects.count() == 1


def test_an_alert_goes_out_on_every_channel_in_its_own_lane() -> None:
    frozen = scene.alert(now=now())
    plan.plan_alert(frozen.alert_id, 1, now=now())
    assert set(Send.objects.values_list("channel", "lane")) == {
        ("email", "alerts"),
        ("whatsapp", "alerts"),
    }


def test_a_correction_ends_what_it_corrects() -> None:
    scene.readers(3, None, now=now())
    frozen = scene.alert(now=now())
    for send_id in plan.plan_alert(frozen.alert_id, 1, now=now()).send_ids:
        fan_out(send_id, now=now())
    scene.alert_revision(frozen.alert, 2, AlertRevision.Kind.CORRECTION, now=now())
    plan.plan_alert(frozen.alert_id, 2, now=now())
    assert set(Send.objects.values_list("revision", "state")) == {
        (1, "cancelled"),
        (2, "pending"),
    }


def test_a_confirmation_is_sent_once_per_round_of_asking() -> None:
    wish = scene.reader(scene.newsletter(), "new@readers.example", now=now())
    Subscription.objects.filter(pk=wish.pk).update(state="pending", confirmed_at=None)
    Address.objects.update(confirm_round=1, confirm_asked_at=now(), verified_at=None)
    assert len(plan.plan_missing(now=now()).send_ids) == 1
    assert plan.plan_missing(now=now()).send_ids == ()
    Address.objects.update(confirm_round=2, confirm_asked_at=now())
    plan.plan_missing(now=now())
    sends = Send.objects.filter(kind="service")
    assert sorted(sends.values_list("revision", "lane")) == [
        (1, "transactional"),
        (2, "transactional"),
    ]


def test_what_a_lost_wake_up_left_behind_is_found() -> None:
    newsletter = scene.newsletter()
    scene.edition(newsletter, now=now())
    scene.alert(now=now())
    SlotBatch.objects.create(channel="email", due_at=now(), created_at=now())
    planned = plan.plan_missing(now=now())
    kinds = Send.objects.filter(pk__in=planned.send_ids).values_list("kind", flat=True)
    assert sorted(kinds) == ["alert", "alert", "edition", "slots"]
    assert plan.plan_missing(now=now()).send_ids == ()


def test_what_was_published_long_ago_is_left_alone() -> None:
    scene.edition(scene.newsletter(), now=now() - timedelta(days=8))
    assert plan.plan_missing(now=now()).send_ids == ()


def test_only_the_kinds_asked_for_are_planned() -> None:
    scene.edition(scene.newsletter(), now=now())
    assert plan.plan_missing(now=now(), kinds={"alert"}).send_ids == ()
    assert len(plan.plan_missing(now=now(), kinds={"edition"}).send_ids) == 1
