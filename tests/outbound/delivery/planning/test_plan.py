"""Planning: whoever asks and however often, one send per source, revision and channel."""

from datetime import timedelta

import pytest

from digest.audience.joining.subscribe import SignUp, subscribe
from digest.audience.models.schedules import SlotBatch
from digest.kit.clock import now
from digest.models import AlertRevision, Letter, Send, Subscription
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
    assert set(Send.objects.values_list("revision", "channel", "state")) == {
        (1, "email", "cancelled"),
        # Nobody reads alerts there.
        (1, "whatsapp", "done"),
        (2, "email", "pending"),
        (2, "whatsapp", "pending"),
    }


def test_each_letter_is_sent_once_when_it_is_due_and_not_when_it_was_answered() -> None:
    moment = now()
    scene.newsletter(channels=["email"])
    for hours, newsletters in enumerate([("top-reads",), ("top-reads", "other")]):
        scene.newsletter(slug="other", name="Other", channels=["email"]) if hours else None
        wish = SignUp("email", "new@readers.example", newsletters=newsletters)
        subscribe(wish, now=moment)
    first, second = Letter.objects.order_by("due_at")
    assert len(plan.plan_missing(now=moment).send_ids) == 1
    assert plan.plan_missing(now=moment).send_ids == ()
    hour = moment + timedelta(hours=1)
    assert len(plan.plan_missing(now=hour).send_ids) == 1
    sends = Send.objects.filter(kind="service").order_by("source_id")
    assert [(each.source_id, each.lane) for each in sends] == [
        (first.pk, "transactional"),
        (second.pk, "transactional"),
    ]
    third = subscribe(SignUp("email", "b@readers.example", newsletters=("other",)), now=hour)
    Subscription.objects.filter(pk__in=third.pending).update(state="active")
    assert plan.plan_missing(now=hour).send_ids == ()


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
