"""The ledger: sends, their messages, deliveries, runs, counts, and what providers report."""

import secrets

from django.db import models


def new_message_id_suffix() -> str:
    """What no other send ever had: 60 random bits, in hexadecimal."""
    return f"{secrets.randbits(60):015x}"


class Send(models.Model):
    """One thing going out on one channel and lane: what one pauses, resumes and cancels.

    ``source_id`` is the edition, alert, slot batch, letter (service mail), note
    (welcome) or batch of notes by ``kind``.
    ``message_id_suffix`` is the random part of its mails' Message-IDs, for ids begin at 1 again in
    a fresh database.
    """

    class Kind(models.TextChoices):
        EDITION = "edition"
        ALERT = "alert"
        SLOTS = "slots", "Personal digests"
        SERVICE = "service", "Service mail"
        WELCOME = "welcome", "Welcomes"
        SERIES = "series", "Series"
        ASK = "ask", "Questions to quiet readers"
        TEST = "test"

    class State(models.TextChoices):
        PENDING = "pending", "Waiting to be fanned out"
        RUNNING = "running"
        PAUSED = "paused"
        HELD = "held", "Too late: waiting for an editor"
        DONE = "done"
        CANCELLED = "cancelled"

    class Lane(models.TextChoices):
        ALERTS = "alerts"
        TRANSACTIONAL = "transactional"
        DIGESTS = "digests"

    kind = models.CharField(max_length=8, choices=Kind)
    source_id = models.BigIntegerField()
    revision = models.PositiveIntegerField(default=1)
    channel = models.CharField(max_length=32)
    lane = models.CharField(max_length=13, choices=Lane)
    state = models.CharField(max_length=9, choices=State, default=State.PENDING)
    state_reason = models.TextField(blank=True)
    held_up_by = models.TextField(
        blank=True, db_default="", help_text="What the other side says while nothing gets through."
    )
    held_up_since = models.DateTimeField(null=True)
    due_at = models.DateTimeField()
    grace = models.DurationField(help_text="Later than this after due_at it waits for an editor.")
    fanned_out_at = models.DateTimeField(null=True)
    fan_out_after = models.BigIntegerField(
        null=True, help_text="Up to which address it is written, as long as more are to come."
    )
    total = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    message_id_suffix = models.CharField(
        max_length=15, default=new_message_id_suffix, editable=False
    )

    class Meta:
        db_table = "digest_send"
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "source_id", "revision", "channel"], name="send_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["lane", "due_at"],
                condition=models.Q(state__in=["pending", "running"]),
                name="send_due",
            ),
            models.Index(
                fields=["due_at"],
                condition=models.Q(fan_out_after__isnull=False),
                name="send_half_written",
            ),
        ]

    def __str__(self) -> str:
        return f"send {self.pk}: {self.kind} {self.source_id} by {self.channel}"


class Message(models.Model):
    """Rendered, immutable words of one revision, per channel, language and variant."""

    kind = models.CharField(max_length=8, choices=Send.Kind)
    source_id = models.BigIntegerField(help_text="Edition, alert, letter, note or step, by kind.")
    revision = models.PositiveIntegerField()
    channel = models.CharField(max_length=32)
    language = models.CharField(max_length=16)
    variant = models.CharField(max_length=20, blank=True)
    template = models.CharField(max_length=80)
    template_version = models.CharField(max_length=64)
    content_hash = models.CharField(max_length=64)
    words = models.JSONField(help_text="The channel's own fields: subject, text, html, slots…")
    created_at = models.DateTimeField()

    class Meta:
        db_table = "digest_message"
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "source_id", "revision", "channel", "language", "variant"],
                name="message_once",
            )
        ]


class Delivery(models.Model):
    """One address in one send: the ledger's row.

    The table is partitioned by ranges of send_id (``migrations/sql/ledger.sql``), so that old sends
    are dropped whole and never slow the due ones. It holds no foreign key constraints: two million
    look-ups a fan-out would buy nothing that the INSERT … SELECT does not already guarantee,
    and an erased address leaves its rows behind as plain numbers.
    """

    class State(models.IntegerChoices):
        PENDING = 0
        DEFERRED = 1
        SENDING = 2
        SENT = 3
        UNKNOWN = 4
        FAILED = 5
        SKIPPED = 6
        CANCELLED = 7

    class Outcome(models.IntegerChoices):
        DELIVERED = 1
        SOFT_BOUNCE = 2
        HARD_BOUNCE = 3
        COMPLAINT = 4

    pk = models.CompositePrimaryKey("send_id", "address_id")
    send = models.ForeignKey(
        Send, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    address = models.ForeignKey(
        "digest.Address",
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    message = models.ForeignKey(
        Message, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    subscription_id = models.BigIntegerField(null=True, help_text="What it goes out for.")
    slot_id = models.BigIntegerField(null=True, help_text="Of a personal digest.")

    state = models.SmallIntegerField(choices=State, default=State.PENDING)
    attempts = models.SmallIntegerField(default=0, db_default=0)
    lost_answers = models.SmallIntegerField(
        default=0, db_default=0, help_text="Attempts that may have arrived; repeated once at most."
    )
    next_try_at = models.DateTimeField(
        null=True, help_text="Set as long as something is to be done: pending and deferred."
    )
    leased_by = models.UUIDField(null=True, help_text="The run that holds it.")
    sent_at = models.DateTimeField(null=True)
    code = models.IntegerField(null=True, help_text="Last answer's code.")
    reply = models.TextField(null=True, help_text="Last answer, or why it was skipped.")
    provider_id = models.TextField(null=True, help_text="The provider's name for the message.")
    outcome = models.SmallIntegerField(choices=Outcome, null=True)
    outcome_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "digest_delivery"
        indexes = [
            # Of no column that an answer changes: recording it then writes no index (HOT).
            models.Index(
                fields=["send", "next_try_at", "address"],
                condition=models.Q(next_try_at__isnull=False),
                name="delivery_due",
            ),
        ]


class Run(models.Model):
    """A run that lives: what it holds is its own until its lease ends. Gone when it has ended."""

    id = models.UUIDField(primary_key=True)
    send_id = models.BigIntegerField()
    leased_until = models.DateTimeField()

    class Meta:
        db_table = "digest_run"


class SendCount(models.Model):
    """How many of a send's deliveries are in which state: the sum of its rows, one per database
    connection that changed some.

    Kept by a trigger (send_counts.sql) in the transaction of each change, so it is always exact.
    Pending is what the others leave of the send's total. ``put_off`` and ``refused`` are those
    deferred and failed that the other side answered; ``lately`` were sent in the ten seconds
    numbered ``span``, ``before`` in the ten before.
    """

    pk = models.CompositePrimaryKey("send_id", "backend")
    send_id = models.BigIntegerField()
    backend = models.IntegerField()
    deferred = models.BigIntegerField(default=0, db_default=0)
    sending = models.BigIntegerField(default=0, db_default=0)
    sent = models.BigIntegerField(default=0, db_default=0)
    unknown = models.BigIntegerField(default=0, db_default=0)
    failed = models.BigIntegerField(default=0, db_default=0)
    skipped = models.BigIntegerField(default=0, db_default=0)
    cancelled = models.BigIntegerField(default=0, db_default=0)
    put_off = models.BigIntegerField(default=0, db_default=0)
    refused = models.BigIntegerField(default=0, db_default=0)
    bounced = models.BigIntegerField(default=0, db_default=0)
    complained = models.BigIntegerField(default=0, db_default=0)
    span = models.BigIntegerField(default=0, db_default=0)
    lately = models.BigIntegerField(default=0, db_default=0)
    before = models.BigIntegerField(default=0, db_default=0)

    class Meta:
        db_table = "digest_send_count"


class Attempt(models.Model):
    """One try that did not end in success, as the other side answered it. Append-only."""

    send_id = models.BigIntegerField()
    address_id = models.BigIntegerField()
    number = models.SmallIntegerField()
    at = models.DateTimeField()
    result = models.CharField(max_length=12, help_text="deferred, failed or unknown")
    code = models.IntegerField(null=True)
    reply = models.TextField(blank=True)

    class Meta:
        db_table = "digest_attempt"
        indexes = [models.Index(fields=["send_id", "address_id"], name="attempt_by_delivery")]


class AlertWatch(models.Model):
    """An alert's delivery that the reader's next channel takes over if it does not arrive.

    Gone when it is over; one that was taken over stays, with who took it: ``look_at`` is null then.
    """

    pk = models.CompositePrimaryKey("send_id", "address_id")
    send_id = models.BigIntegerField()
    address_id = models.BigIntegerField()
    due_at = models.DateTimeField(help_text="When it was to leave, after quiet hours.")
    look_at = models.DateTimeField(null=True)
    taken_by = models.BigIntegerField(null=True, help_text="The send that took it over.")
    taken_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "digest_alert_watch"
        indexes = [
            models.Index(
                fields=["look_at"],
                condition=models.Q(look_at__isnull=False),
                name="alert_watch_due",
            ),
            models.Index(
                fields=["taken_by"],
                condition=models.Q(taken_by__isnull=False),
                name="alert_watch_taken",
            ),
        ]


class ChannelFact(models.Model):
    """What a provider said last of one thing about a channel: a template is paused, say."""

    channel = models.CharField(max_length=32)
    name = models.CharField(max_length=200)
    value = models.JSONField()
    told_at = models.DateTimeField()

    class Meta:
        db_table = "digest_channel_fact"
        constraints = [
            models.UniqueConstraint(fields=["channel", "name"], name="channel_fact_once")
        ]


class ProviderEvent(models.Model):
    """Inbox of what providers report, by the provider's own id: an event counts once."""

    provider = models.CharField(max_length=32)
    event_id = models.CharField(max_length=200)
    body = models.JSONField()
    received_at = models.DateTimeField()
    processed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "digest_provider_event"
        constraints = [
            models.UniqueConstraint(fields=["provider", "event_id"], name="provider_event_once")
        ]
        indexes = [
            models.Index(
                fields=["id"],
                condition=models.Q(processed_at__isnull=True),
                name="provider_event_waiting",
            )
        ]


class FollowedLink(models.Model):
    """A link of a reader's copy that was followed, for two days; nothing of who asked is in it.

    ``judged``: whether a person did; unknown until nothing more comes. The only other thing kept
    is a sum (:class:`FollowCount`).
    """

    send_id = models.BigIntegerField()
    address = models.ForeignKey("digest.Address", on_delete=models.CASCADE, related_name="+")
    story = models.UUIDField(null=True, help_text="What it told of, by its public id.")
    link = models.CharField(max_length=32, help_text="Tells the links of one copy apart.")
    at = models.DateTimeField(db_index=True)
    by_machine = models.BooleanField(help_text="By method, name or network.")
    judged = models.BooleanField(null=True)

    class Meta:
        db_table = "digest_followed_link"
        indexes = [
            models.Index(fields=["send_id", "address"], name="followed_link_by_copy"),
            models.Index(
                fields=["send_id", "address", "at"],
                condition=models.Q(judged__isnull=True),
                name="followed_link_unjudged",
            ),
        ]


class FollowCount(models.Model):
    """How many readers of a send followed a story; of the story 0, how many followed anything."""

    send_id = models.BigIntegerField()
    story = models.UUIDField()
    readers = models.BigIntegerField()

    class Meta:
        db_table = "digest_follow_count"
        constraints = [
            models.UniqueConstraint(fields=["send_id", "story"], name="follow_count_once")
        ]
