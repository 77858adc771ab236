"""What readers asked us to write about: sign-ups to be confirmed, and links to their own pages."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from digest.audience.models.schedules import Schedule


class JoinRequest(models.Model):
    """One form that asked for subscriptions; confirmed for itself and never together with others.

    ``subscriptions`` are ids of what it asks for: pending ones, which another request may name too.
    The hour counts when its owner confirms and has none yet. ``article`` and ``box`` say where the
    form stood, for the newsroom's figures.
    """

    address = models.ForeignKey(
        "digest.Address", on_delete=models.CASCADE, related_name="join_requests"
    )
    subscriptions = ArrayField(models.BigIntegerField(), default=list)
    frequency = models.CharField(
        max_length=8, choices=Schedule.Frequency, default=Schedule.Frequency.DAILY
    )
    days = models.CharField(max_length=7, default="1234567")
    local_time = models.TimeField()
    time_zone = models.CharField(max_length=64, default="UTC")
    locale = models.CharField(max_length=16, default="en")
    languages = ArrayField(models.CharField(max_length=16), default=list)
    article = models.CharField(max_length=500, blank=True, help_text="Address of the article.")
    box = models.CharField(max_length=20, blank=True, help_text="Which box, or which page of ours.")
    asked_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "digest_join_request"
        indexes = [models.Index(fields=["asked_at"], name="join_request_by_time")]


class Letter(models.Model):
    """One service message to one address, at its moment: the row from which a send is planned.

    ``mailbox`` and ``site`` are keyed hashes of the mailbox behind the address (plus and dots
    folded) and of its domain: what may be written to either is counted by these rows.
    """

    class Kind(models.TextChoices):
        CONFIRM = "confirm", "Asks to confirm sign-ups"
        LINK = "link", "Brings the link to the reader's own page"
        RENEWED = "renewed", "Brings the new link after all older ones were revoked"
        EXPORT = "export", "Brings the link to a download of all that is stored"
        ERASE = "erase", "Brings the link to the button that erases everything"
        MOVE = "move", "Asks a new address to confirm a change of address"
        NOTICE = "notice", "Tells the old address of it, which may stop it or agree"
        KNOWN = "known", "Tells a reader that another address was to become theirs"

    address = models.ForeignKey("digest.Address", on_delete=models.CASCADE, related_name="letters")
    kind = models.CharField(max_length=8, choices=Kind)
    requests = ArrayField(models.BigIntegerField(), default=list)
    mailbox = models.BinaryField(max_length=32)
    site = models.BinaryField(max_length=32, default=b"")
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()

    class Meta:
        db_table = "digest_letter"
        indexes = [
            models.Index(fields=["mailbox", "kind", "due_at"], name="letter_by_mailbox"),
            models.Index(fields=["site", "due_at"], name="letter_by_site"),
            models.Index(fields=["due_at"], name="letter_due"),
        ]

    def __str__(self) -> str:
        return f"letter {self.pk}: {self.kind}"


class LinkWish(models.Model):
    """Somebody asked for the link to the page of an address. A worker looks whether it is known.

    The web only writes this row, so its answer is the same, also in time, for known and unknown.
    Gone as soon as it was looked at.
    """

    channel = models.CharField(max_length=32)
    value = models.TextField()
    mailbox = models.CharField(max_length=330)
    site = models.CharField(max_length=255, blank=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "digest_link_wish"
