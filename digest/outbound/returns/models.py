from django.db import models


class SoftBounces(models.Model):
    """How many days an address has bounced softly on, until it takes mail again or is shut."""

    address_id = models.BigIntegerField(primary_key=True)
    days = models.PositiveSmallIntegerField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        db_table = "digest_soft_bounces"
