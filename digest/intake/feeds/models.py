from django.db import models


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
    title = models.CharField(max_length=300, blank=True)
    site_url = models.TextField(blank=True)
    source = models.CharField(max_length=200, blank=True, help_text="Outlet, as readers see it.")
    language = models.CharField(max_length=16, blank=True)
    folder = models.CharField(max_length=200, blank=True)
    weight = models.FloatField(default=1.0, help_text="How much a report here counts in ranking.")

    state = models.CharField(max_length=8, choices=State, default=State.ACTIVE)
    state_reason = models.TextField(blank=True)

    next_check_at = models.DateTimeField()
    claimed_until = models.DateTimeField(null=True)
    claimed_by = models.CharField(max_length=64, blank=True)
    check_every = models.DurationField(null=True, help_text="An editor's own interval.")
    interval = models.DurationField(null=True, help_text="The interval last computed.")

    etag = models.TextField(blank=True)
    last_modified = models.TextField(blank=True)
    body_hash = models.BinaryField(null=True, max_length=32)
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
    failures = models.PositiveIntegerField(default=0, help_text="In a row.")
    error_kind = models.CharField(max_length=40, blank=True)
    error_reason = models.TextField(blank=True)
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
        ]

    def __str__(self) -> str:
        return self.title or self.url


class FeedCheck(models.Model):
    """One look at a feed: what came of it, for the feed's health page."""

    feed = models.ForeignKey(Feed, on_delete=models.CASCADE, related_name="checks")
    at = models.DateTimeField()
    outcome = models.CharField(max_length=40, help_text="ok, unchanged, or the kind of failure.")
    status = models.PositiveSmallIntegerField(null=True)
    took_ms = models.PositiveIntegerField(default=0)
    size_bytes = models.PositiveIntegerField(default=0)
    entries = models.PositiveIntegerField(default=0)
    new_articles = models.PositiveIntegerField(default=0)
    reason = models.TextField(blank=True)

    class Meta:
        db_table = "digest_feed_check"
        indexes = [models.Index(fields=["feed", "-at"], name="feed_check_latest")]
