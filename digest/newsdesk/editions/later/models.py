"""Changes to an edition that an editor planned for an hour, and what became of them."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models


class PlannedChange(models.Model):
    """One change to one edition, made by the clock in an editor's name; once, or refused."""

    class Kind(models.TextChoices):
        REWORD = "reword"
        RETITLE = "retitle"
        KILL = "kill"
        REVIVE = "revive"
        PIN = "pin"
        UNPIN = "unpin"
        MOVE = "move"
        ADD = "add"

    class State(models.TextChoices):
        WAITING = "waiting"
        DONE = "done"
        REFUSED = "refused"
        CANCELLED = "cancelled"
        UNDONE = "undone"

    edition = models.ForeignKey(
        "digest.Edition", on_delete=models.CASCADE, related_name="planned_changes"
    )
    item_id = models.BigIntegerField(null=True, help_text="Its item, which may be gone by then.")
    kind = models.CharField(max_length=8, choices=Kind)
    asked = models.JSONField(default=dict, help_text="What is to stand: words, or a place.")
    base = models.JSONField(default=dict, help_text="What stood there when it was planned.")
    says = models.CharField(max_length=400, help_text="What it does, as an editor reads it.")
    due_at = models.DateTimeField()
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    planned_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=State, default=State.WAITING)
    reason = models.TextField(blank=True, help_text="Why it was refused.")
    opposite = models.JSONField(default=dict, help_text="What takes it back.")
    settled_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "digest_planned_change"
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(state="waiting"),
                name="planned_change_due",
            ),
            models.Index(fields=["edition", "due_at"], name="planned_change_of_edition"),
        ]


# Longer than any change takes: one that cannot be settled must not keep an edition for ever.
LONGEST_WAIT = timedelta(minutes=2)


def is_being_made(edition_id: int, now: datetime) -> bool:
    """Whether a change of the edition is due and another worker is at it, or is about to be.

    The caller has locked the edition, and leaves it to the next tick: what was planned before its
    hour goes with it.
    """
    due = PlannedChange.objects.filter(edition=edition_id, state=PlannedChange.State.WAITING)
    return due.filter(due_at__lte=now, due_at__gt=now - LONGEST_WAIT).exists()
