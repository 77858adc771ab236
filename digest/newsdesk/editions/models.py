"""Editions, their items in the editors' words, and what was published, frozen."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models


class Edition(models.Model):
    """One dated number of a newsletter, or of a signature's personal digest."""

    class State(models.TextChoices):
        DRAFT = "draft"
        APPROVED = "approved"
        PUBLISHED = "published"
        HELD = "held"
        SKIPPED = "skipped"
        CANCELLED = "cancelled"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    newsletter = models.ForeignKey(
        "digest.Newsletter", null=True, on_delete=models.PROTECT, related_name="editions"
    )
    signature_key = models.CharField(max_length=64, null=True)
    language = models.CharField(max_length=16, default="en")
    languages = ArrayField(
        models.CharField(max_length=8),
        default=list,
        db_default=[],
        help_text="That its readers read, the best first; none: the edition's own.",
    )
    local_date = models.DateField(help_text="The date it carries, in its own time zone.")
    time_zone = models.CharField(max_length=64, default="UTC")
    slot_at = models.DateTimeField(help_text="When it is due, UTC.")
    window_start = models.DateTimeField()
    window_end = models.DateTimeField()

    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    state_reason = models.TextField(blank=True)
    title = models.CharField(max_length=200)
    intro = models.TextField(blank=True)
    revision = models.PositiveIntegerField(default=1)
    lock_version = models.PositiveIntegerField(default=0)
    touched_at = models.DateTimeField(null=True, help_text="Last change by an editor.")
    touched_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    seen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Who has approved it as it stands where two must; no change since.",
    )
    stopped_at = models.DateTimeField(
        null=True, help_text="When an editor stopped it from going by rule."
    )
    approved_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    published_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    content_hash = models.CharField(
        max_length=64, null=True, help_text="Of a personal digest: what it tells its readers."
    )
    same_as = models.ForeignKey(
        "self",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="The edition of another signature that tells the same: its items, its messages.",
    )

    class Meta:
        db_table = "digest_edition"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(newsletter__isnull=False, signature_key__isnull=True)
                | models.Q(newsletter__isnull=True, signature_key__isnull=False),
                name="edition_of_newsletter_or_signature",
            ),
            models.UniqueConstraint(
                fields=["newsletter", "slot_at"], name="edition_once_per_newsletter_slot"
            ),
            models.UniqueConstraint(
                fields=["signature_key", "window_start", "window_end"],
                name="edition_once_per_signature_window",
            ),
            models.CheckConstraint(
                condition=models.Q(window_start__lt=models.F("window_end")),
                name="edition_window_forward",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "slot_at"], name="edition_due"),
            models.Index(
                fields=["content_hash"],
                condition=models.Q(content_hash__isnull=False, same_as=None),
                name="edition_content",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.local_date}"


class Item(models.Model):
    """A story in an edition, with its position."""

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="items")
    story = models.ForeignKey("digest.Story", on_delete=models.PROTECT, related_name="+")
    position = models.PositiveIntegerField()
    pinned = models.BooleanField(default=False)
    killed = models.BooleanField(default=False)
    score = models.FloatField(default=0.0)
    reason = models.CharField(max_length=300, blank=True, help_text="Why it is here.")
    section = models.CharField(max_length=120, blank=True, help_text="Topic it stands under.")
    is_update = models.BooleanField(default=False, help_text="Was in an earlier edition.")
    had_at = models.DateTimeField(null=True, help_text="When its readers last had the story.")

    class Meta:
        db_table = "digest_item"
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["edition", "story"], name="item_once")]


class ItemWording(models.Model):
    """An editor's own words for an item, per channel (empty: every channel) and language."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="wordings")
    channel = models.CharField(max_length=32, blank=True)
    language = models.CharField(max_length=16, blank=True)
    headline = models.CharField(max_length=300, blank=True)
    blurb = models.TextField(blank=True)
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField()

    class Meta:
        db_table = "digest_item_wording"
        constraints = [
            models.UniqueConstraint(fields=["item", "channel", "language"], name="wording_once")
        ]


class EditionRevision(models.Model):
    """What a published edition said, frozen; messages and the archive are made from it."""

    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="revisions")
    revision = models.PositiveIntegerField()
    content = models.JSONField(help_text="The frozen EditionContent, as a plain document.")
    published_at = models.DateTimeField()
    published_by = models.CharField(max_length=200)

    class Meta:
        db_table = "digest_edition_revision"
        constraints = [
            models.UniqueConstraint(fields=["edition", "revision"], name="edition_revision_once")
        ]


class SavedSearch(models.Model):
    """A search of the wire that an editor comes back to."""

    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_searches"
    )
    name = models.CharField(max_length=60)
    asked = models.JSONField(help_text="What stands in the wire's address, by name.")
    at = models.DateTimeField()

    class Meta:
        db_table = "digest_saved_search"
        ordering = ("name", "pk")
        constraints = [models.UniqueConstraint(fields=["member", "name"], name="saved_search_once")]
