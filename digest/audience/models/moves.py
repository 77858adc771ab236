"""Changes of address that readers asked for."""

from django.db import models


class AddressChange(models.Model):
    """A reader asked to be reached at another address of the same channel.

    ``value`` is the new one, normalised, and is forgotten when the change is over. Whether somebody
    has it already nobody learns from this row: it stays open all the same. ``to`` is the row of the
    new address while its owner is asked.
    """

    class Outcome(models.TextChoices):
        OPEN = "", "Not over yet"
        MADE = "made", "The new address counts"
        STOPPED = "stopped", "The reader called it off"
        LAPSED = "lapsed", "The new address never confirmed"

    address = models.ForeignKey("digest.Address", on_delete=models.CASCADE, related_name="changes")
    to = models.ForeignKey(
        "digest.Address", null=True, on_delete=models.SET_NULL, related_name="changes_to"
    )
    channel = models.CharField(max_length=32)
    value = models.TextField(blank=True)
    asked_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True, help_text="When the old address was written to.")
    confirmed_at = models.DateTimeField(null=True)
    agreed_at = models.DateTimeField(null=True)
    over_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=8, choices=Outcome, blank=True, default=Outcome.OPEN)

    class Meta:
        db_table = "digest_address_change"
        constraints = [
            models.UniqueConstraint(
                fields=["address"],
                condition=models.Q(over_at__isnull=True),
                name="address_change_once",
            )
        ]

    def __str__(self) -> str:
        return f"change {self.pk} of address {self.address_id}"
