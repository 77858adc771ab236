"""Newsletters: what recurs, when it is due, and who may publish it."""

from datetime import time, timedelta

from django.db import models


class Newsletter(models.Model):
    """The recurring editorial product: its audience, cadence and templates."""

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=120)
    description = models.CharField(max_length=300, blank=True)
    language = models.CharField(max_length=16, default="en")
    time_zone = models.CharField(max_length=64, default="UTC", help_text="IANA name.")
    days = models.CharField(
        max_length=7, default="1234567", help_text="ISO weekdays on which it goes."
    )
    local_time = models.TimeField(default=time(7, 0))
    lead = models.DurationField(
        default=timedelta(minutes=30), help_text="How long before the slot a draft is composed."
    )
    grace = models.DurationField(
        default=timedelta(minutes=30), help_text="Later than this after the slot: ask an editor."
    )
    spread = models.DurationField(
        default=timedelta(0),
        help_text="Over how long an edition goes out; readers are mixed. 0: at once.",
    )
    publishes_by_rule = models.BooleanField(
        default=False, help_text="An edition nobody touched goes out at its slot."
    )
    cut_off = models.DurationField(
        null=True,
        blank=True,
        help_text="By rule: so long before its slot it is approved, changed or not, unless an "
        "editor stops it. Empty: at its slot, and only when nobody changed it.",
    )
    pairs_of_eyes = models.PositiveSmallIntegerField(
        default=1,
        help_text="How many members must have seen an edition that goes by an editor's word; with "
        "2 nobody approves what they changed last.",
    )
    size = models.PositiveSmallIntegerField(default=5, help_text="Items composed by rule.")
    topics = models.ManyToManyField("digest.Topic", blank=True, related_name="newsletters")
    channels = models.JSONField(default=list, help_text="Channels it is offered on.")
    sender_name = models.CharField(
        max_length=120, blank=True, help_text="Whom its mails are from; empty: the newsroom."
    )
    reply_to = models.EmailField(
        blank=True, help_text="Where answers to its mails go; empty: as for all mails."
    )
    theme = models.CharField(
        max_length=300,
        blank=True,
        db_default="",
        help_text="How its mails look, e.g. accent=#0b57d0 type=sans; empty: as all mails.",
    )
    is_open = models.BooleanField(default=True, help_text="Readers may subscribe.")
    position = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "digest_newsletter"
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name


class ExemptDates(models.Model):
    """Local dates on which a newsletter does not follow its rhythm: a holiday, a pause, a move."""

    newsletter = models.ForeignKey(Newsletter, on_delete=models.CASCADE, related_name="exempt")
    first = models.DateField()
    last = models.DateField()
    at = models.TimeField(null=True, help_text="When it goes on them; empty: it does not go.")
    words = models.CharField(max_length=120, blank=True, help_text="Why, for the calendar.")

    class Meta:
        db_table = "digest_exempt_dates"
        # What was moved to a date counts before a pause that the date lies in.
        ordering = [models.F("at").asc(nulls_first=True), "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(first__lte=models.F("last")), name="exempt_dates_forward"
            )
        ]

    def __str__(self) -> str:
        return f"{self.first} to {self.last}"


class Sponsorship(models.Model):
    """Words that somebody pays for, in the editions of one newsletter for some local dates."""

    newsletter = models.ForeignKey(
        Newsletter, on_delete=models.CASCADE, related_name="sponsorships"
    )
    first = models.DateField()
    last = models.DateField()
    name = models.CharField(max_length=80, help_text="Who pays for it, as readers see it.")
    text = models.CharField(max_length=300)
    url = models.CharField(max_length=500)
    picture = models.CharField(max_length=500, blank=True)
    picture_alt = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "digest_sponsorship"
        ordering = ["first", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(first__lte=models.F("last")), name="sponsorship_forward"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.first} to {self.last}"
