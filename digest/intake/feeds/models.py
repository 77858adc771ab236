"""Feeds, how their last looks went, what is known of their documents, and hubs' deliveries."""

from datetime import datetime

from django.db import models
from django.db.models.functions import Coalesce, Lower

from digest.intake.feeds.polling import health


class Feed(models.Model):
    """A polled URL, with when to look next and how the last looks went."""

    class State(models.TextChoices):
        ACTIVE = "active"
        PAUSED = "paused"
        RETIRED = "retired"

    class HubState(models.TextChoices):
        NONE = ""
        ASKED = "asked"
        LIVE = "live"
        DENIED = "denied"
        LEAVING = "leaving"

    url = models.TextField(unique=True)
    host = models.GeneratedField(
        expression=Coalesce(
            Lower(
                models.Func(
                    models.F("url"),
                    models.Value("^[A-Za-z]+://(?:[^/@#]*@)?([^/:#]+)"),
                    function="SUBSTRING",
                    output_field=models.TextField(),
                )
            ),
            models.Value(""),
            output_field=models.TextField(),
        ),
        output_field=models.TextField(),
        db_persist=True,
    )
    title = models.CharField(max_length=300, blank=True)
    site_url = models.TextField(blank=True)
    source = models.CharField(max_length=200, blank=True, help_text="Outlet, as readers see it.")
    language = models.CharField(max_length=16, blank=True)
    folder = models.CharField(max_length=200, blank=True)
    weight = models.FloatField(default=1.0, help_text="How much a report here counts in ranking.")

    state = models.CharField(max_length=8, choices=State, default=State.ACTIVE)
    state_reason = models.TextField(blank=True)

    is_muted = models.BooleanField(
        default=False, db_default=False, help_text="Read, but its reports count for nothing."
    )
    muted_until = models.DateTimeField(null=True, help_text="For good, when there is none.")

    next_check_at = models.DateTimeField()
    left_alone_until = models.DateTimeField(null=True, help_text="As its host asked.")
    claimed_until = models.DateTimeField(null=True)
    claimed_by = models.CharField(max_length=64, blank=True)
    check_every = models.DurationField(null=True, help_text="An editor's own interval.")
    interval = models.DurationField(null=True, help_text="The interval last computed.")
    usual_gap = models.DurationField(null=True, help_text="Between two items, as observed.")
    newest_at = models.DateTimeField(null=True, help_text="When its latest item appeared.")
    broke_news_at = models.DateTimeField(null=True, help_text="When it was last first to tell.")
    wishes = models.JSONField(default=dict, help_text="ttl, skipHours and the like, as it said.")

    etag = models.TextField(blank=True)
    last_modified = models.TextField(blank=True)
    body_hash = models.BinaryField(null=True, max_length=32)
    moved_to = models.TextField(blank=True, help_text="Where a permanent redirect leads.")
    moved_looks = models.PositiveSmallIntegerField(default=0, help_text="In a row.")
    hub_url = models.TextField(blank=True)
    hub_topic = models.TextField(blank=True)
    hub_secret = models.CharField(max_length=128, blank=True)
    hub_lease_until = models.DateTimeField(null=True)
    hub_state = models.CharField(max_length=8, choices=HubState, blank=True, default="")
    hub_next_at = models.DateTimeField(null=True, help_text="When to ask the hub next.")
    hub_failures = models.PositiveSmallIntegerField(default=0, help_text="In a row.")
    hub_reason = models.TextField(blank=True)
    full_text = models.BooleanField(default=False, help_text="Read the articles' pages, too.")

    checked_at = models.DateTimeField(null=True)
    succeeded_at = models.DateTimeField(null=True)
    last_status = models.PositiveSmallIntegerField(null=True)
    latency_ms = models.PositiveIntegerField(default=0, help_text="Smoothed over its looks.")
    failures = models.PositiveIntegerField(default=0, help_text="In a row.")
    error_kind = models.CharField(max_length=40, blank=True)
    error_reason = models.TextField(blank=True)
    unchanged_looks = models.PositiveIntegerField(default=0, help_text="Since the last check kept.")
    checks_kept = models.PositiveIntegerField(default=0, help_text="Ever; the latest 50 are there.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "digest_feed"
        indexes = [
            models.Index(
                fields=["next_check_at"], condition=models.Q(state="active"), name="feed_due"
            ),
            models.Index(
                fields=["hub_next_at"], condition=~models.Q(hub_url=""), name="feed_hub_due"
            ),
            models.Index(fields=["host"], name="feed_host"),
        ]

    def __str__(self) -> str:
        return self.title or self.url

    def health(self, now: datetime) -> health.FeedHealth:
        """How the feed does, in one word and one sentence."""
        return health.judge(self, now)


class FeedCheck(models.Model):
    """One look at a feed that brought something or failed, for the feed's health page.

    Looks that found nothing new are counted in the check that follows them. The latest fifty of a
    feed are kept: each has a place, and the fifty-first takes the first one's.
    """

    KEPT = 50

    feed = models.ForeignKey(Feed, on_delete=models.CASCADE, related_name="checks")
    place = models.PositiveSmallIntegerField(default=0)
    at = models.DateTimeField()
    outcome = models.CharField(max_length=40, help_text="ok, or the kind of failure.")
    status = models.PositiveSmallIntegerField(null=True)
    took_ms = models.PositiveIntegerField(default=0)
    size_bytes = models.PositiveIntegerField(default=0)
    entries = models.PositiveIntegerField(default=0)
    new_articles = models.PositiveIntegerField(default=0)
    unchanged_before = models.PositiveIntegerField(default=0, help_text="Looks without news.")
    reason = models.TextField(blank=True)

    class Meta:
        db_table = "digest_feed_check"
        indexes = [models.Index(fields=["feed", "-at"], name="feed_check_latest")]
        constraints = [
            models.UniqueConstraint(fields=["feed", "place"], name="feed_check_one_per_place")
        ]


class FeedMemory(models.Model):
    """The items of the document last ingested, 16 bytes each: they need no parsing again.

    In a table of its own, so that a look without news does not copy it.
    """

    feed = models.OneToOneField(
        Feed, primary_key=True, on_delete=models.CASCADE, related_name="memory"
    )
    item_hashes = models.BinaryField(default=b"")
    last_words = models.JSONField(
        default=list, db_default=[], help_text="How its latest items ended, of different ones."
    )
    # A list of pairs, the name credited last at the end: an object's order would be lost.
    credited = models.JSONField(
        default=dict, db_default={}, help_text="How often its items named whom no list knows."
    )

    class Meta:
        db_table = "digest_feed_memory"


class Push(models.Model):
    """A document that a hub sent, its signature checked; gone once its entries are stored."""

    feed = models.ForeignKey(Feed, on_delete=models.CASCADE, related_name="pushes")
    received_at = models.DateTimeField()
    content_type = models.CharField(max_length=200, blank=True)
    body = models.BinaryField()
    tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        db_table = "digest_push"
        indexes = [models.Index(fields=["feed", "id"], name="push_by_feed")]
