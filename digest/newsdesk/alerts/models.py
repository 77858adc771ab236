"""Alerts and what they said, stories that may be breaking, and the levels to judge them by."""

import uuid
from collections.abc import Mapping
from dataclasses import asdict

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from digest.newsdesk.alerts.core.words import AlertWords
from digest.newsdesk.picture import Picture, from_plain


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
    others = models.JSONField(
        default=dict,
        db_default={},
        help_text="The same in other languages, by tag: headline and summary.",
    )
    shown_picture = models.JSONField(
        null=True, help_text="What stands above it: url, alt and credit. None: no picture."
    )
    is_biggest = models.BooleanField(
        default=False, db_default=False, help_text="Goes to those, too, who want only the biggest."
    )
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

    @property
    def in_others(self) -> dict[str, AlertWords]:
        """Its words in other languages, by tag."""
        return {tag: AlertWords(*each) for tag, each in self.others.items()}

    @property
    def picture(self) -> Picture | None:
        """What stands above it, as it was when an editor looked at it."""
        return from_plain(self.shown_picture)

    def show(self, picture: Picture | None) -> None:
        """Keep the picture that stands above it; None for none."""
        self.shown_picture = asdict(picture) if picture else None

    def say_in_others(self, words: Mapping[str, AlertWords]) -> None:
        """Keep the words in other languages; its own is none."""
        self.others = {
            tag: [each.headline, each.summary]
            for tag, each in words.items()
            if tag != self.language
        }


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
    is_biggest = models.BooleanField(default=False, db_default=False)
    topic_ids = ArrayField(
        models.BigIntegerField(), default=list, db_default=[], help_text="Of its story, then."
    )
    issued_at = models.DateTimeField()
    issued_by = models.CharField(max_length=200)

    class Meta:
        db_table = "digest_alert_revision"
        constraints = [
            models.UniqueConstraint(fields=["alert", "revision"], name="alert_revision_once")
        ]


class Candidate(models.Model):
    """A story that may be breaking, for the desk to decide on: once per story and level."""

    class State(models.TextChoices):
        OPEN = "open"
        RAISED = "raised"
        DISMISSED = "dismissed"

    story = models.ForeignKey("digest.Story", on_delete=models.CASCADE, related_name="candidates")
    level = models.PositiveSmallIntegerField(help_text="1 worth a look, 2 breaking, 3 major.")
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    reason = models.CharField(max_length=300, help_text="In words, as the desk shows it.")
    score = models.FloatField()
    sources = models.PositiveIntegerField()
    minutes = models.PositiveIntegerField()
    usual = models.FloatField()
    raised_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "digest_candidate"
        constraints = [
            models.UniqueConstraint(fields=["story", "level"], name="candidate_once_per_level")
        ]
        indexes = [models.Index(fields=["-raised_at"], name="candidate_latest")]

    def __str__(self) -> str:
        return self.reason


class BurstLevel(models.Model):
    """This newsroom's own threshold for one level; without a row the level's default holds."""

    level = models.PositiveSmallIntegerField(
        unique=True, choices=[(1, "1 worth a look"), (2, "2 breaking"), (3, "3 major")]
    )
    score = models.FloatField(
        help_text="How surprising the pace must be: 8 is one chance in a hundred million. "
        "Lower finds more, and cries wolf more."
    )
    sources = models.PositiveIntegerField(help_text="Independent sources at the least.")

    class Meta:
        db_table = "digest_burst_level"
        ordering = ["level"]

    def __str__(self) -> str:
        return f"Level {self.level}"
