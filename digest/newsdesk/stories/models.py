"""Stories, which articles belong to them and by whose word, and how fast news usually comes."""

import uuid

from django.conf import settings
from django.db import models


class Story(models.Model):
    """The cluster of articles on one event."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    headline = models.CharField(
        max_length=500, help_text="What it shows: the newsroom's own words, else its reports'."
    )
    names = models.JSONField(
        default=dict, db_default={}, help_text="The newsroom's own headlines, by language."
    )
    reported = models.CharField(
        max_length=500,
        blank=True,
        default="",
        db_default="",
        help_text="What the reports say where the headline is the newsroom's own.",
    )
    summary = models.TextField(blank=True)
    summary_source = models.CharField(
        max_length=200, blank=True, help_text="Whose sentences the summary is made of."
    )
    language = models.CharField(max_length=16, blank=True)
    lead_article = models.ForeignKey(
        "digest.Article", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    first_at = models.DateTimeField(help_text="Published time of the earliest article.")
    last_at = models.DateTimeField(help_text="Published time of the latest article.")
    article_count = models.PositiveIntegerField(default=0)
    source_count = models.PositiveIntegerField(default=0)
    merged_into = models.ForeignKey(
        "self", null=True, on_delete=models.SET_NULL, related_name="absorbed"
    )
    shard = models.PositiveSmallIntegerField(default=0)

    class Meta:
        db_table = "digest_story"
        indexes = [
            models.Index(
                fields=["-last_at"],
                condition=models.Q(merged_into__isnull=True),
                name="story_latest",
            )
        ]

    def __str__(self) -> str:
        return self.headline


class StoryArticle(models.Model):
    """Which story an article belongs to, and by whose word."""

    class By(models.TextChoices):
        RULE = "rule"
        EDITOR = "editor"

    story = models.ForeignKey(Story, on_delete=models.CASCADE, related_name="members")
    article = models.OneToOneField(
        "digest.Article", on_delete=models.CASCADE, related_name="story_article"
    )
    assigned_by = models.CharField(max_length=8, choices=By, default=By.RULE)
    assigned_at = models.DateTimeField()
    sequence = models.BigIntegerField(help_text="Order of assignment within the shard.")
    shard = models.PositiveSmallIntegerField(default=0)
    first_story_id = models.BigIntegerField(help_text="The label on arrival.")
    # How probable it is that the article is of the story's event, when it was put into it.
    score = models.FloatField(default=0.0)
    is_muted = models.BooleanField(
        default=False, db_default=False, help_text="Of muted feeds alone: shown, and not counted."
    )
    tagged_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "digest_story_article"
        constraints = [
            models.UniqueConstraint(fields=["shard", "sequence"], name="story_article_in_sequence")
        ]
        indexes = [
            models.Index(
                fields=["id"], condition=models.Q(tagged_at__isnull=True), name="story_untagged"
            ),
            # What doubtful asks: its bound must lie below this one.
            models.Index(
                fields=["assigned_at"],
                condition=models.Q(assigned_by="rule", score__lt=0.8),
                name="story_article_in_doubt",
            ),
        ]


class StoryLink(models.Model):
    """An editor's word that two articles must, or cannot, be one story. Kept for ever.

    Without a member it may be :mod:`cross`'s: one event in two languages.
    """

    class Kind(models.TextChoices):
        MUST = "must"
        CANNOT = "cannot"

    article = models.ForeignKey("digest.Article", on_delete=models.CASCADE, related_name="+")
    other = models.ForeignKey("digest.Article", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind)
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField()

    class Meta:
        db_table = "digest_story_link"
        constraints = [
            models.UniqueConstraint(fields=["article", "other"], name="story_link_once"),
            models.CheckConstraint(
                condition=models.Q(article__lt=models.F("other")), name="story_link_ordered"
            ),
        ]


class NewsPace(models.Model):
    """How much each source usually reports, counted over the last weeks. The newest row holds."""

    learned_at = models.DateTimeField()
    weeks = models.FloatField(help_text="How much history stands behind it.")
    counts = models.JSONField(help_text="Reports by source and hour of the week (UTC).")
    gained = models.JSONField(help_text="Hour of the week, sources gained, spans they came in.")
    shouted = models.JSONField(help_text="By source: titles labelled urgent, titles.")

    class Meta:
        db_table = "digest_news_pace"
