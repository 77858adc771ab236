"""How a reader wants breaking alerts: about what, how many, and not at night."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from digest.audience.core.alert_rules import AlertRules
from digest.audience.models.subscriptions import Subscription


class AlertRule(models.Model):
    """The rules of one subscription to alerts; without a row it gets every alert at once.

    Columns of its own, for the fan-out reads them where they lie. Topics that are gone match
    nothing: whoever chose only such gets nothing, and sees it on their page.
    """

    subscription = models.OneToOneField(
        Subscription, primary_key=True, on_delete=models.CASCADE, related_name="alert_rule"
    )
    topic_ids = ArrayField(
        models.BigIntegerField(), default=list, help_text="Only about these; empty means all."
    )
    biggest_only = models.BooleanField(default=False)
    most_a_day = models.PositiveSmallIntegerField(null=True)
    quiet_from = models.TimeField(null=True, help_text="In the reader's zone.")
    quiet_until = models.TimeField(null=True)
    chain = models.BigIntegerField(
        null=True, help_text="The same for all channels that one reader has put in an order."
    )
    place = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="In that order; an alert goes to the lowest that stands."
    )

    class Meta:
        db_table = "digest_alert_rule"
        indexes = [
            models.Index(
                fields=["chain", "place"],
                condition=models.Q(chain__isnull=False),
                name="alert_rule_by_chain",
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(quiet_from__isnull=True, quiet_until__isnull=True)
                | models.Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="alert_rule_quiet_has_both_ends",
            )
        ]

    @staticmethod
    def may_drop() -> models.Q:
        """Of subscriptions: those whose rules may leave out an alert, not only hold it."""
        return (
            models.Q(alert_rule__biggest_only=True)
            | models.Q(alert_rule__most_a_day__isnull=False)
            | models.Q(alert_rule__topic_ids__len__gt=0)
        )

    def rules(self) -> AlertRules:
        """As a value."""
        quiet = (
            (self.quiet_from, self.quiet_until)
            if self.quiet_from is not None and self.quiet_until is not None
            else None
        )
        return AlertRules(frozenset(self.topic_ids), self.biggest_only, self.most_a_day, quiet)
