"""Queries: what the readers of due schedules wish, and what reached them lately."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q

from digest.audience.core.languages import scripted
from digest.audience.core.signatures import REMEMBERED, DigestWish
from digest.audience.models.alert_rules import AlertRule
from digest.audience.models.schedules import Schedule, Slot
from digest.audience.models.subscribers import Mute
from digest.audience.models.subscriptions import Subscription
from digest.audience.models.suppressions import Suppression
from digest.kit.sql import one_of


def wishes_of(due: Sequence[Schedule]) -> dict[int, DigestWish]:
    """Each schedule's wish by its id; without those that follow no topic or may not be written to.

    What else reaches a reader counts on all of their addresses.
    """
    topics = _topics(due)
    people = [each.subscriber_id for each in due if each.address_id in topics]
    newsletters, alerts = _beside(people)
    muted = _muted(people)
    return {
        each.pk: DigestWish(
            topics=followed,
            locale=each.subscriber.locale,
            languages=scripted(each.subscriber.reads, each.subscriber.locale),
            newsletters=tuple(sorted(newsletters.get(each.subscriber_id, ()))),
            alerts=each.subscriber_id in alerts,
            muted=tuple(sorted(muted.get(each.subscriber_id, ()))),
        )
        for each in due
        if (followed := topics.get(each.address_id))
    }


def bases_had(due: Sequence[Schedule], *, now: datetime) -> dict[int, set[str]]:
    """The bases of the digests that each schedule's reader was sent within a month."""
    found: dict[int, set[str]] = defaultdict(set)
    rows = Slot.objects.filter(
        one_of("digest_slot.schedule_id", [each.pk for each in due]),
        state=Slot.State.BATCHED,
        local_date__gte=(now - REMEMBERED).date(),
    ).values_list("schedule_id", "signature__base")
    for schedule_id, base in rows.distinct():
        found[schedule_id].add(base)
    return found


def _topics(due: Sequence[Schedule]) -> dict[int, tuple[int, ...]]:
    """Active topics by address, for addresses that may be written to."""
    barred = {
        bytes(each)
        for each in Suppression.objects.filter(
            one_of("digest_suppression.fingerprint", [bytes(s.address.fingerprint) for s in due])
        ).values_list("fingerprint", flat=True)
    }
    open_to = [
        schedule.address_id
        for schedule in due
        if schedule.address.verified_at and bytes(schedule.address.fingerprint) not in barred
    ]
    found: dict[int, list[int]] = defaultdict(list)
    rows = Subscription.objects.filter(
        one_of("digest_subscription.address_id", open_to),
        topic__isnull=False,
        state=Subscription.State.ACTIVE,
    )
    for address_id, topic_id in rows.values_list("address_id", "topic_id").order_by("topic_id"):
        found[address_id].append(topic_id)
    return {address_id: tuple(ids) for address_id, ids in found.items()}


def _beside(people: Sequence[int]) -> tuple[dict[int, set[int]], set[int]]:
    """The newsletters each person gets, and who gets every alert.

    Whose rules may leave one out counts as told by none: the digest would hide what they never got.
    """
    newsletters: dict[int, set[int]] = defaultdict(set)
    alerts: set[int] = set()
    rows = Subscription.objects.filter(
        one_of("digest_subscription.subscriber_id", people),
        topic=None,
        state=Subscription.State.ACTIVE,
    )
    partly = Q(alerts=True) & AlertRule.may_drop()
    for subscriber_id, newsletter_id, wants in rows.exclude(partly).values_list(
        "subscriber_id", "newsletter_id", "alerts"
    ):
        if newsletter_id is not None:
            newsletters[subscriber_id].add(newsletter_id)
        elif wants:
            alerts.add(subscriber_id)
    return newsletters, alerts


def _muted(people: Sequence[int]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    rows = Mute.objects.filter(one_of("digest_mute.subscriber_id", people))
    for subscriber_id, story_id in rows.values_list("subscriber_id", "story_id"):
        found[subscriber_id].add(story_id)
    return found
