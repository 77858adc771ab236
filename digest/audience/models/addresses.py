"""Where a reader is reached: one row per address and channel."""

from django.conf import settings
from django.db import models

from digest.kit import signing


class Address(models.Model):
    """A verified endpoint of a subscriber on one channel."""

    subscriber = models.ForeignKey(
        "digest.Subscriber", on_delete=models.CASCADE, related_name="addresses"
    )
    channel = models.CharField(max_length=32)
    value = models.TextField(help_text="Normalised: an email address, an E.164 number, a URL.")
    fingerprint = models.BinaryField(
        max_length=32, help_text="HMAC of channel and value; suppressions are keyed by it."
    )
    verified_at = models.DateTimeField(null=True)
    verified_by = models.CharField(max_length=20, blank=True, help_text="mail, import, inbound…")
    window_ends_at = models.DateTimeField(
        null=True, help_text="WhatsApp: free text may be sent until then."
    )
    channel_data = models.JSONField(
        null=True, help_text="What the channel must know beside the value, such as push keys."
    )
    link_generation = models.PositiveIntegerField(
        default=0,
        db_default=0,
        help_text="Links to the reader's own page count in this generation alone.",
    )
    seen_on = models.DateField(
        null=True,
        help_text="Last day of a counted click; kept only where quiet readers are asked.",
    )
    moved_at = models.DateTimeField(
        null=True, help_text="Since when it is this value: its reader's own change of address."
    )
    created_at = models.DateTimeField()

    class Meta:
        db_table = "digest_address"
        constraints = [models.UniqueConstraint(fields=["channel", "value"], name="address_once")]
        indexes = [
            models.Index(fields=["fingerprint"], name="address_fingerprint"),
            models.Index(fields=["channel", "id"], name="address_by_channel"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} address {self.pk}"


def fingerprint_of(channel: str, value: str) -> bytes:
    """The HMAC by which a normalised address is suppressed and its consents are kept."""
    return signing.fingerprint(settings.SECRET_KEY, channel, value)


def locked(channel: str, value: str) -> Address | None:
    """The address, its row locked until the transaction ends: steps on one reader take turns."""
    rows = Address.objects.select_for_update(of=("self",)).select_related("subscriber")
    return rows.filter(channel=channel, value=value).first()


def locked_by_id(address_id: int) -> Address | None:
    """As :func:`locked`, by primary key."""
    rows = Address.objects.select_for_update(of=("self",)).select_related("subscriber")
    return rows.filter(pk=address_id).first()
