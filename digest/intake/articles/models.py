"""Articles, what they said before a change, the feeds they were seen in, and pages to read."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models

from digest.intake.articles.core import reading


class Article(models.Model):
    """A stored, canonical item: one row however many feeds carried it."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    url = models.TextField(help_text="Canonical.")
    url_hash = models.BinaryField(unique=True, max_length=32, help_text="SHA-256 of the URL.")
    title = models.CharField(max_length=500)
    summary = models.TextField(blank=True)
    text = models.TextField(blank=True, help_text="Clean text, as far as the feed gave it.")
    author = models.CharField(max_length=300, blank=True)
    source = models.CharField(max_length=200, blank=True, help_text="The outlet.")
    agency = models.CharField(max_length=200, blank=True, help_text="The wire it credits.")
    language = models.CharField(max_length=16, blank=True)
    image_url = models.TextField(blank=True)
    image_alt = models.TextField(blank=True)
    image_credit = models.CharField(max_length=300, blank=True)
    categories = models.JSONField(default=list)

    published_at = models.DateTimeField(help_text="The feed's word, repaired when absurd.")
    published_repaired = models.BooleanField(default=False)
    first_seen_at = models.DateTimeField()
    updated_at = models.DateTimeField(help_text="Last time its words changed.")
    withdrawn_at = models.DateTimeField(null=True)
    content_hash = models.BinaryField(max_length=32)
    revision = models.PositiveIntegerField(default=1)
    duplicate_of = models.ForeignKey(
        "self", null=True, on_delete=models.SET_NULL, related_name="duplicates"
    )
    fingerprints = ArrayField(
        models.BigIntegerField(), default=list, help_text="Of its words, to find copies by."
    )

    class Meta:
        db_table = "digest_article"
        indexes = [
            models.Index(fields=["-published_at"], name="article_latest"),
            models.Index(fields=["first_seen_at"], name="article_arrival"),
            models.Index(fields=["updated_at"], name="article_changed"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def reading_minutes(self) -> int | None:
        """How long it takes to read; None while only a teaser is known."""
        return reading.minutes(self.text)


class ArticleRevision(models.Model):
    """The words of an article before a change, kept."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="revisions")
    revision = models.PositiveIntegerField()
    title = models.CharField(max_length=500)
    summary = models.TextField(blank=True)
    text = models.TextField(blank=True)
    replaced_at = models.DateTimeField()

    class Meta:
        db_table = "digest_article_revision"
        constraints = [
            models.UniqueConstraint(fields=["article", "revision"], name="article_revision_once")
        ]


class Sighting(models.Model):
    """An article seen in a feed, under the feed's own identifier for it."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="sightings")
    feed = models.ForeignKey("digest.Feed", on_delete=models.CASCADE, related_name="sightings")
    entry_key = models.BinaryField(max_length=32, help_text="SHA-256 of the entry's id.")
    entry_hash = models.BinaryField(max_length=32, help_text="SHA-256 of the entry's content.")
    entry_url = models.TextField(blank=True, help_text="The link as the feed gave it.")
    seen_at = models.DateTimeField()

    class Meta:
        db_table = "digest_sighting"
        constraints = [
            models.UniqueConstraint(fields=["feed", "entry_key"], name="sighting_once_per_feed")
        ]


class Page(models.Model):
    """An article whose own page is to be read, or was: for feeds with ``full_text``."""

    article = models.OneToOneField(Article, on_delete=models.CASCADE, related_name="page")
    due_at = models.DateTimeField(null=True, help_text="Empty when nothing is left to do.")
    claimed_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    read_at = models.DateTimeField(null=True, help_text="When its text was last taken.")
    reason = models.TextField(blank=True, help_text="Why the last try brought nothing.")

    class Meta:
        db_table = "digest_page"
        indexes = [
            models.Index(
                fields=["due_at"], condition=models.Q(due_at__isnull=False), name="page_due"
            )
        ]
