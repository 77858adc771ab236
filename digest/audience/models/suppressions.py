"""Addresses that are never contacted again, kept without the address itself."""

from django.db import models


class Suppression(models.Model):
    """An address that is never contacted again, kept by HMAC so that it survives erasure."""

    class Reason(models.TextChoices):
        BOUNCE = "bounce"
        COMPLAINT = "complaint"
        READER = "reader"
        EDITOR = "editor"

    fingerprint = models.BinaryField(max_length=32, unique=True)
    channel = models.CharField(max_length=32)
    reason = models.CharField(max_length=10, choices=Reason)
    note = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()
    brought_by = models.ForeignKey(
        "digest.ImportRun",
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="The list that said so.",
    )

    class Meta:
        db_table = "digest_suppression"
