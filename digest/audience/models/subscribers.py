"""The people who read, as little of them as sending needs."""

import uuid

from django.db import models


class Subscriber(models.Model):
    """A person who reads. Holds no name and no address: only what sending needs."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    locale = models.CharField(max_length=16, default="en")
    time_zone = models.CharField(max_length=64, default="UTC", help_text="IANA name.")
    created_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "digest_subscriber"

    def __str__(self) -> str:
        return str(self.public_id)
