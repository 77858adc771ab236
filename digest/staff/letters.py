"""Mails to the newsroom's own people: the invitation, and the link for a lost password.

A row says that one is due; a worker hands it over and writes down what the relay answered, so that
whoever invited somebody sees on the desk what became of the mail.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q

from digest.kit import wake
from digest.staff.members import Member

# So often one mailbox is written to; what is asked beyond it is dropped without a word.
MOST_RESETS, RESETS_WITHIN = 3, timedelta(hours=1)
# How long a worker may take over one, and the waits between its tries.
LEASE = timedelta(minutes=2)
WAITS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))


class MemberLetter(models.Model):
    """One mail to a member with the link to choose a password."""

    class Kind(models.TextChoices):
        """Why it is sent."""

        INVITATION = "invitation"
        RECOVERY = "lost password"

    class State(models.TextChoices):
        """How far it is."""

        DUE = "due", "On its way"
        SENT = "sent", "Taken by the relay"
        FAILED = "failed", "Not taken"

    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="letters"
    )
    kind = models.CharField(max_length=16, choices=Kind.choices)
    state = models.CharField(max_length=8, choices=State.choices, default=State.DUE)
    asked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=200, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=300, blank=True)

    class Meta:
        db_table = "digest_member_letter"
        constraints = [
            models.UniqueConstraint(
                fields=["member", "kind"], condition=Q(state="due"), name="one_due_member_letter"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.member}"


def ask_for(
    kind: MemberLetter.Kind, member: Member, *, now: datetime, by: Member | None = None
) -> bool:
    """Make a mail to ``member`` due, unless one is already or too many were asked for lately."""
    recent = MemberLetter.objects.filter(member=member, kind=kind, asked_at__gt=now - RESETS_WITHIN)
    if recent.count() >= MOST_RESETS:
        return False
    made = MemberLetter(
        member=member, kind=kind, asked_at=now, asked_by=str(by or "")[:200], next_try_at=now
    )
    MemberLetter.objects.bulk_create([made], ignore_conflicts=True)
    wake.on_commit("members")
    return True


def claim(*, now: datetime, limit: int = 20) -> Sequence[MemberLetter]:
    """Take letters that are due; nobody else takes them before the lease ends."""
    with transaction.atomic():
        due = MemberLetter.objects.filter(
            state=MemberLetter.State.DUE, next_try_at__lte=now, member__is_active=True
        )
        rows = list(
            due.select_for_update(skip_locked=True, of=("self",))
            .select_related("member")
            .order_by("next_try_at")[:limit]
        )
        for letter in rows:
            letter.tries += 1
            letter.next_try_at = now + LEASE
        MemberLetter.objects.bulk_update(rows, ["tries", "next_try_at"])
    return rows


def answered(letter: MemberLetter, *, now: datetime, taken: bool, final: bool, answer: str) -> None:
    """Write down what the relay said; what may be tried again is, after a wait."""
    letter.answered_at, letter.answer = now, answer[:300]
    if taken:
        letter.state = MemberLetter.State.SENT
    elif final or letter.tries > len(WAITS):
        letter.state = MemberLetter.State.FAILED
    else:
        letter.next_try_at = now + WAITS[letter.tries - 1]
    letter.save(update_fields=["state", "next_try_at", "answered_at", "answer"])
