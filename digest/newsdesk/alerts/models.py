import uuid

from django.conf import settings
from django.db import models


class Alert(models.Model):
    """One urgent message on a story."""

    class State(models.TextChoices):
        DRAFT = "draft"
        APPROVED = "approved"
        ISSUED = "issued"
        WITHDRAWN = "withdrawn"
        DISCARDED = "discarded"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    story = models.ForeignKey("digest.Story", on_delete=models.PROTECT, related_name="alerts")
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    headline = models.CharField(max_length=300)
    summary = models.TextField(blank=True)
    language = models.CharField(max_length=16, default="en")
    revision = models.PositiveIntegerField(default=0, help_text="0 until first issued.")
    lock_version = models.PositiveIntegerField(default=0)
    raised_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    raised_at = models.DateTimeField()
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    approved_at = models.DateTimeField(null=True)
    issued_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "digest_alert"

    def __str__(self) -> str:
        return self.headline


class AlertRevision(models.Model):
    """What an alert said when it went out: first, corrected, or withdrawn. Frozen."""

    class Kind(models.TextChoices):
        FIRST = "first"
        CORRECTION = "correction"
        WITHDRAWAL = "withdrawal"

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="revisions")
    revision = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=Kind)
    content = models.JSONField(help_text="The frozen AlertContent, as a plain document.")
    issued_at = models.DateTimeField()
    issued_by = models.CharField(max_length=200)

    class Meta:
        db_table = "digest_alert_revision"
        constraints = [
            models.UniqueConstraint(fields=["alert", "revision"], name="alert_revision_once")
        ]
