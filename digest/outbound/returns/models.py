"""What comes back: soft bounces that add up, hard ones by site, holds, webhooks' tokens."""

from django.db import models


class SoftBounces(models.Model):
    """How many days an address has bounced softly on, until it takes mail again or is shut."""

    address_id = models.BigIntegerField(primary_key=True)
    days = models.PositiveSmallIntegerField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        db_table = "digest_soft_bounces"


class BounceHold(models.Model):
    """A jump of hard bounces at one receiving site, until an editor says whose fault it is.

    While it is open nobody is shut out for a bounce there. ``decision`` is empty as long as it is.
    """

    class Decision(models.TextChoices):
        SHUT = "shut", "They are gone"
        FORGET = "forget", "Our fault, or theirs"

    site = models.CharField(max_length=255)
    opened_at = models.DateTimeField()
    readers = models.PositiveIntegerField(help_text="That we have at the site.")
    decision = models.CharField(max_length=6, choices=Decision, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "digest_bounce_hold"
        constraints = [
            models.UniqueConstraint(
                fields=["site"], condition=models.Q(decision=""), name="bounce_hold_open_once"
            )
        ]


class HardBounce(models.Model):
    """One hard bounce as it came back, by receiving site. ``hold`` keeps it from shutting anybody.

    ``shut_at`` is when it shut the address; ``before`` then holds the subscriptions that ended with
    it, as ``[id, state, paused_until]``, so that a hold can give them back.
    """

    address_id = models.BigIntegerField()
    site = models.CharField(max_length=255)
    noted_at = models.DateTimeField()
    words = models.CharField(max_length=500, blank=True)
    why = models.CharField(max_length=200, blank=True)
    hold = models.ForeignKey(BounceHold, null=True, on_delete=models.CASCADE)
    shut_at = models.DateTimeField(null=True)
    before = models.JSONField(default=list)

    class Meta:
        db_table = "digest_hard_bounce"
        indexes = [models.Index(fields=["site", "noted_at"], name="hard_bounce_by_site")]


class WebhookToken(models.Model):
    """A token that proved a webhook's body, by its SHA-256, and that of the body."""

    token = models.BinaryField(max_length=32, primary_key=True)
    said = models.BinaryField(max_length=32)
    seen_at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "digest_webhook_token"


class StoredDomainReport(models.Model):
    """What a receiving host said of a domain of ours over a period, once.

    ``sources`` holds ``[source, passed, failed, words]`` of each, those with failures first.
    """

    class Kind(models.TextChoices):
        DMARC = "dmarc", "DMARC"
        TLS = "tls", "TLS"

    kind = models.CharField(max_length=5, choices=Kind)
    reporter = models.CharField(max_length=255, help_text="As it calls itself.")
    report_id = models.CharField(max_length=255)
    domain = models.CharField(max_length=255)
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    policy = models.CharField(max_length=64, blank=True)
    passed = models.BigIntegerField(help_text="Mails, or sessions of TLS.")
    failed = models.BigIntegerField()
    sources = models.JSONField(default=list)
    received_at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "digest_domain_report"
        verbose_name = "report on our domain"
        verbose_name_plural = "reports on our domain"
        ordering = ["-begins_at", "reporter"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "reporter", "report_id", "domain"], name="domain_report_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.domain} by {self.reporter}"
