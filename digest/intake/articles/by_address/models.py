"""Addresses that editors gave, what their pages said, and what became of them."""

import uuid

from django.conf import settings
from django.db import models


class AddressLookup(models.Model):
    """An article that no feed had, on its way from an address to a story."""

    class State(models.TextChoices):
        WAITING = "waiting"  # for its page to be read
        READ = "read"  # for an editor to look at what was read
        FAILED = "failed"  # the page told nothing; an editor may write the words
        STORED = "stored"  # an article now, for its story to be found
        DONE = "done"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    typed = models.TextField(help_text="As the editor gave it.")
    url = models.TextField(help_text="Canonical; after it was read, the page's own.")
    edition = models.UUIDField(null=True, help_text="Public id of the edition that it is for.")
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    reason = models.TextField(blank=True, help_text="Why it failed, or did not come further.")
    found = models.JSONField(default=dict, help_text="What the page said, by name.")
    text = models.TextField(blank=True, help_text="The article's whole text, where it was found.")
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_until = models.DateTimeField(null=True)
    article = models.ForeignKey(
        "digest.Article", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    stored_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "digest_address_lookup"
        indexes = [
            models.Index(
                fields=["asked_at"],
                condition=models.Q(state__in=("waiting", "stored")),
                name="address_lookup_open",
            ),
            models.Index(fields=["member", "-asked_at"], name="address_lookup_latest"),
        ]
