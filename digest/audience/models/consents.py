"""Proof of consent: what a reader agreed to or withdrew, when, where and in which words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import models

from digest.audience.models.addresses import Address


class Consent(models.Model):
    """What a reader agreed to or withdrew: when, where and in which words. Append-only.

    Keyed by the address's fingerprint, so that the proof outlives the address.
    """

    class Act(models.TextChoices):
        ASKED = "asked"
        CONFIRMED = "confirmed"
        CHANGED = "changed"
        WITHDRAWN = "withdrawn"
        IMPORTED = "imported"

    fingerprint = models.BinaryField(max_length=32)
    subscriber = models.ForeignKey(
        "digest.Subscriber", null=True, on_delete=models.SET_NULL, db_constraint=False
    )
    channel = models.CharField(max_length=32)
    act = models.CharField(max_length=10, choices=Act)
    subject = models.JSONField(default=list, help_text="Names of what it was about.")
    text = models.TextField(blank=True, help_text="The words the reader saw.")
    text_version = models.CharField(max_length=20, blank=True)
    place = models.CharField(max_length=300, blank=True, help_text="The page, or the import.")
    ip = models.GenericIPAddressField(null=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "digest_consent"
        indexes = [models.Index(fields=["fingerprint", "at"], name="consent_by_address")]


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Where a reader acted and which words they saw."""

    place: str = ""
    ip: str | None = None
    text: str = ""
    text_version: str = ""


def proof(
    act: Consent.Act,
    address: Address,
    subject: Iterable[str],
    *,
    now: datetime,
    at: Circumstances = Circumstances(),
) -> Consent:
    """What the reader of ``address`` did, to be stored; ``subject`` names what it was about."""
    return Consent(
        fingerprint=bytes(address.fingerprint),
        subscriber_id=address.subscriber_id,
        channel=address.channel,
        act=act,
        subject=list(subject),
        text=at.text[:5000],
        text_version=at.text_version[:20],
        place=at.place[:300],
        ip=at.ip,
        at=now,
    )


def record(
    act: Consent.Act,
    address: Address,
    subject: Iterable[str],
    *,
    now: datetime,
    at: Circumstances = Circumstances(),
) -> None:
    """Write it down, see :func:`proof`."""
    proof(act, address, subject, now=now, at=at).save(force_insert=True)
