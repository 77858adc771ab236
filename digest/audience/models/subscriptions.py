"""Who wants what: newsletters, topics and alerts on an address, from request to end."""

from collections.abc import Iterable
from datetime import datetime

from django.db import models

ALERTS_NAME = "Breaking news"


class Subscription(models.Model):
    """A subscriber's wish for one newsletter, one topic, or breaking alerts, on an address.

    Never deleted while the person exists: it ends, with a reason.
    """

    class State(models.TextChoices):
        PENDING = "pending"
        ACTIVE = "active"
        PAUSED = "paused"
        ENDED = "ended"

    class Reason(models.TextChoices):
        READER = "reader", "The reader unsubscribed"
        COMPLAINT = "complaint", "The reader reported spam"
        BOUNCE = "bounce", "The address does not exist"
        EDITOR = "editor", "A member of the newsroom ended it"
        EXPIRED = "expired", "Never confirmed"
        QUIET = "quiet", "Never answered whether they still want it"
        ERASED = "erased", "The reader asked to be forgotten"

    subscriber = models.ForeignKey(
        "digest.Subscriber", on_delete=models.CASCADE, related_name="subscriptions"
    )
    address = models.ForeignKey(
        "digest.Address", on_delete=models.CASCADE, related_name="subscriptions"
    )
    newsletter = models.ForeignKey(
        "digest.Newsletter", null=True, on_delete=models.PROTECT, related_name="subscriptions"
    )
    topic = models.ForeignKey(
        "digest.Topic", null=True, on_delete=models.PROTECT, related_name="subscriptions"
    )
    alerts = models.BooleanField(default=False)

    state = models.CharField(max_length=8, choices=State, default=State.PENDING)
    ended_reason = models.CharField(max_length=12, choices=Reason, blank=True)
    created_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    paused_until = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    brought_by = models.ForeignKey(
        "digest.ImportRun",
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
        help_text="The list that it came with.",
    )
    is_own = models.BooleanField(
        default=False,
        db_default=False,
        help_text="It came with a list, and its reader has chosen it since.",
    )

    class Meta:
        db_table = "digest_subscription"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(newsletter__isnull=False, topic__isnull=True, alerts=False)
                | models.Q(newsletter__isnull=True, topic__isnull=False, alerts=False)
                | models.Q(newsletter__isnull=True, topic__isnull=True, alerts=True),
                name="subscription_one_target",
            ),
            models.CheckConstraint(
                condition=models.Q(state="ended", ended_at__isnull=False)
                & ~models.Q(ended_reason="")
                | ~models.Q(state="ended") & models.Q(ended_at__isnull=True),
                name="subscription_end_has_reason",
            ),
            models.UniqueConstraint(
                fields=["address", "newsletter"],
                condition=~models.Q(state="ended") & models.Q(newsletter__isnull=False),
                name="subscription_newsletter_once",
            ),
            models.UniqueConstraint(
                fields=["address", "topic"],
                condition=~models.Q(state="ended") & models.Q(topic__isnull=False),
                name="subscription_topic_once",
            ),
            models.UniqueConstraint(
                fields=["address"],
                condition=~models.Q(state="ended") & models.Q(alerts=True),
                name="subscription_alerts_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["newsletter", "address"],
                condition=models.Q(state="active"),
                name="subscription_by_newsletter",
            ),
            models.Index(
                fields=["address"],
                condition=models.Q(state="active", alerts=True),
                name="subscription_for_alerts",
            ),
            models.Index(
                # By id, too: taking a long list back goes on where it was.
                fields=["brought_by", "id"],
                condition=models.Q(brought_by__isnull=False),
                name="subscription_of_import",
            ),
        ]

    @property
    def name(self) -> str:
        """What it is for, as its reader knows it."""
        if self.newsletter is not None:
            return self.newsletter.name
        return self.topic.name if self.topic is not None else ALERTS_NAME

    def name_in(self, language: str) -> str:
        """The same in ``language``, where a topic has a name in it."""
        return self.topic.name_in(language) if self.topic is not None else self.name


def living(address_id: int, *states: str) -> list[Subscription]:
    """An address's subscriptions in ``states`` (default: all that have not ended), by name."""
    rows = Subscription.objects.filter(address_id=address_id).exclude(state="ended")
    if states:
        rows = rows.filter(state__in=states)
    return sorted(rows.select_related("newsletter", "topic"), key=lambda each: each.name)


def make_own(rows: models.QuerySet[Subscription]) -> tuple[str, ...]:
    """Their reader has chosen what they follow of ``rows``; the names of what a list had brought.

    Whoever takes a list back leaves it alone from now on.
    """
    brought = rows.filter(brought_by__isnull=False, is_own=False).exclude(state="ended")
    found = list(brought.select_related("newsletter", "topic"))
    if found:
        Subscription.objects.filter(pk__in=[each.pk for each in found]).update(is_own=True)
    return tuple(sorted(each.name for each in found))


def end(subscriptions: Iterable[Subscription], reason: str, *, now: datetime) -> tuple[str, ...]:
    """End those that have not ended yet; returns the names of what ended."""
    ended = []
    for each in subscriptions:
        changed = (
            Subscription.objects.filter(pk=each.pk)
            .exclude(state=Subscription.State.ENDED)
            .update(
                state=Subscription.State.ENDED,
                ended_reason=reason,
                ended_at=now,
                paused_until=None,
            )
        )
        if changed:
            ended.append(each.name)
    return tuple(ended)
