"""What we tell a reader beside what they chose to get: a note, of one reader and one moment."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Series(models.Model):
    """Messages of the newsroom's own words to who begins to follow something, some days apart.

    It is for whoever confirms ``newsletter`` or ``topic`` from ``running_since`` on, and reads its
    language.
    """

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=120)
    newsletter = models.ForeignKey(
        "digest.Newsletter", null=True, on_delete=models.PROTECT, related_name="+"
    )
    topic = models.ForeignKey("digest.Topic", null=True, on_delete=models.PROTECT, related_name="+")
    language = models.CharField(max_length=16, default="en")
    local_time = models.TimeField(help_text="When its messages come, where their reader lives.")
    running_since = models.DateTimeField(null=True, help_text="Empty: it rests, and nobody enters.")
    created_at = models.DateTimeField()

    class Meta:
        db_table = "digest_series"
        verbose_name_plural = "series"
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(newsletter__isnull=False, topic__isnull=True)
                | models.Q(newsletter__isnull=True, topic__isnull=False),
                name="series_one_target",
            )
        ]

    def __str__(self) -> str:
        return self.name


class SeriesStep(models.Model):
    """One message of a series, ``wait_days`` after the one before it, the first after sign-up.

    Never deleted: what went keeps its words, by ``revision``. ``position`` 0: taken out, and who
    had it goes on after ``stood_after``.
    """

    series = models.ForeignKey(Series, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    wait_days = models.PositiveSmallIntegerField(default=1)
    subject = models.CharField(max_length=150)
    body = models.TextField()
    link_words = models.CharField(max_length=60, blank=True)
    link_url = models.CharField(max_length=500, blank=True)
    revision = models.PositiveIntegerField(default=1)
    stood_after = models.ForeignKey(
        "self",
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Of one taken out: the message before it.",
    )

    class Meta:
        db_table = "digest_series_step"
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["series", "position"],
                condition=models.Q(position__gt=0),
                name="series_step_place",
            )
        ]

    def __str__(self) -> str:
        return f"{self.series_id}, step {self.position}: {self.subject}"


class NoteBatch(models.Model):
    """Notes of one kind, step and channel that go out together as one send."""

    kind = models.CharField(max_length=8)
    channel = models.CharField(max_length=32)
    step = models.ForeignKey(SeriesStep, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        db_table = "digest_note_batch"


class Note(models.Model):
    """One message to one reader, the row from which its send is planned.

    ``about`` are the subscriptions that it speaks of, which its unsubscribe link ends; it goes out
    for ``subscription``, the first of them. A row stays as long as its reader: it is how we know
    that a subscription had its welcome, and what an old unsubscribe link meant.
    """

    class Kind(models.TextChoices):
        WELCOME = "welcome", "Welcomes to what was just confirmed"
        SERIES = "series", "A step of a series"
        ASK = "ask", "Asks whether they still want it"

    class State(models.TextChoices):
        WAITING = "waiting", "Until it is due"
        PLANNED = "planned", "Handed to a send"
        DROPPED = "dropped", "Not sent, and why"

    kind = models.CharField(max_length=8, choices=Kind)
    address = models.ForeignKey("digest.Address", on_delete=models.CASCADE, related_name="notes")
    subscription = models.ForeignKey(
        "digest.Subscription", on_delete=models.CASCADE, related_name="notes"
    )
    step = models.ForeignKey(
        "digest.SeriesStep", null=True, on_delete=models.PROTECT, related_name="notes"
    )
    about = ArrayField(models.BigIntegerField(), default=list)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    reason = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    first_due_at = models.DateTimeField(
        null=True, help_text="Before it was put off, the reader's day being full."
    )
    planned_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(
        null=True, help_text="Of a question: when its reader pressed the button, or gave a sign."
    )
    let_go_at = models.DateTimeField(
        null=True, help_text="Of a question without answer: when what it is about was let go."
    )
    batch = models.ForeignKey(
        "digest.NoteBatch", null=True, on_delete=models.PROTECT, related_name="notes"
    )

    class Meta:
        db_table = "digest_note"
        constraints = [
            models.UniqueConstraint(
                fields=["subscription"],
                condition=models.Q(kind="welcome"),
                name="note_welcome_once",
            ),
            models.UniqueConstraint(
                fields=["subscription", "step"],
                condition=models.Q(kind="series"),
                name="note_step_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["kind", "due_at"], condition=models.Q(state="waiting"), name="note_due"
            )
        ]

    def __str__(self) -> str:
        return f"note {self.pk}: {self.kind}"
