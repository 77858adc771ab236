"""When personal digests are due: schedules, their slots, and slots that go out together."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Schedule(models.Model):
    """When a subscriber's personal digest is due on a channel; its topics come in one message."""

    class Frequency(models.TextChoices):
        DAILY = "daily"
        WEEKDAYS = "weekdays"
        WEEKLY = "weekly"

    subscriber = models.ForeignKey(
        "digest.Subscriber", on_delete=models.CASCADE, related_name="schedules"
    )
    address = models.ForeignKey(
        "digest.Address", on_delete=models.CASCADE, related_name="schedules"
    )
    channel = models.CharField(max_length=32)
    frequency = models.CharField(max_length=8, choices=Frequency, default=Frequency.DAILY)
    days = models.CharField(max_length=7, default="1234567", help_text="ISO weekdays.")
    local_time = models.TimeField()
    time_zone = models.CharField(max_length=64, help_text="IANA name, the subscriber's.")
    is_active = models.BooleanField(default=True)
    next_due_at = models.DateTimeField(null=True, help_text="UTC moment of the next slot.")
    last_window_end = models.DateTimeField(
        null=True, help_text="The next window starts here, so that nothing falls between."
    )

    class Meta:
        db_table = "digest_schedule"
        constraints = [
            models.UniqueConstraint(fields=["subscriber", "channel"], name="schedule_once")
        ]
        indexes = [
            models.Index(
                fields=["next_due_at"], condition=models.Q(is_active=True), name="schedule_due"
            )
        ]


class Signature(models.Model):
    """What several readers share: topics, languages, what reaches them beside, what they muted.

    ``base`` is all of it but ``earlier``: the bases of other digests they had within a month.
    """

    key = models.CharField(max_length=64, primary_key=True, help_text="SHA-256, hexadecimal.")
    topics = ArrayField(models.BigIntegerField(), help_text="Topic ids, ascending.")
    language = models.CharField(max_length=16, help_text="Our own words are in it.")
    base = models.CharField(max_length=64, default="", db_default="", db_index=True)
    languages = ArrayField(
        models.CharField(max_length=8), default=list, db_default=[], help_text="That they read."
    )
    newsletters = ArrayField(
        models.BigIntegerField(),
        default=list,
        db_default=[],
        help_text="Newsletters they get beside it.",
    )
    alerts = models.BooleanField(default=False, db_default=False)
    muted = ArrayField(
        models.BigIntegerField(), default=list, db_default=[], help_text="Stories, by id."
    )
    earlier = ArrayField(models.CharField(max_length=64), default=list, db_default=[])

    class Meta:
        db_table = "digest_signature"


class SlotBatch(models.Model):
    """The slots of one channel and one moment that go out together as one send."""

    channel = models.CharField(max_length=32)
    due_at = models.DateTimeField()
    created_at = models.DateTimeField()

    class Meta:
        db_table = "digest_slot_batch"


class Slot(models.Model):
    """One due moment of a schedule, by local date: the proof that a digest goes out once."""

    class State(models.TextChoices):
        OPEN = "open", "Waiting for its edition"
        EMPTY = "empty", "Nothing for its reader in the window: nothing sent, and why"
        READY = "ready", "Its edition is composed"
        BATCHED = "batched", "Handed to a send"
        MISSED = "missed", "Overtaken by a later slot of the same schedule"

    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, related_name="slots")
    local_date = models.DateField()
    due_at = models.DateTimeField()
    window_start = models.DateTimeField()
    window_end = models.DateTimeField()
    signature = models.ForeignKey(Signature, on_delete=models.PROTECT, related_name="slots")
    edition = models.ForeignKey(
        "digest.Edition", null=True, on_delete=models.PROTECT, related_name="slots"
    )
    batch = models.ForeignKey(SlotBatch, null=True, on_delete=models.PROTECT, related_name="slots")
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    reason = models.CharField(
        max_length=100, blank=True, default="", db_default="", help_text="Why nothing went."
    )

    class Meta:
        db_table = "digest_slot"
        constraints = [
            models.UniqueConstraint(fields=["schedule", "local_date"], name="slot_once"),
            models.CheckConstraint(
                condition=models.Q(window_start__lt=models.F("window_end")),
                name="slot_window_forward",
            ),
        ]
        indexes = [
            models.Index(
                fields=["state", "due_at"],
                condition=models.Q(state__in=["open", "ready"]),
                name="slot_waiting",
            )
        ]
