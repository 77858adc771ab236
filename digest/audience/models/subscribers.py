"""The people who read, as little of them as sending needs."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models

from digest.audience.core import languages


class Subscriber(models.Model):
    """A person who reads. Holds no name and no address: only what sending needs."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    locale = models.CharField(max_length=16, default="en")
    languages = ArrayField(
        models.CharField(max_length=8),
        default=list,
        db_default=[],
        blank=True,
        help_text="Languages they read, primary subtags, the best first; none: their locale's.",
    )
    time_zone = models.CharField(max_length=64, default="UTC", help_text="IANA name.")
    created_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "digest_subscriber"

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def reads(self) -> tuple[str, ...]:
        """The languages they read; never none."""
        return languages.read(self.languages or [self.locale])


class Mute(models.Model):
    """A story that a reader wants to hear no more about."""

    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="mutes")
    story = models.ForeignKey("digest.Story", on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        db_table = "digest_mute"
        constraints = [models.UniqueConstraint(fields=["subscriber", "story"], name="mute_once")]
