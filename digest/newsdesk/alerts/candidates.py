"""Candidates on the desk: what may be breaking, and what an editor decides about it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from digest.kit.text import cut, one_line
from digest.newsdesk.alerts.core.words import HEADLINE_LIMIT, first_sentence
from digest.newsdesk.alerts.models import Alert, Candidate
from digest.newsdesk.alerts.raise_alert import Raised, raise_alert
from digest.newsdesk.stories.models import Story
from digest.staff.audit import record
from digest.staff.members import Member

SHOWN_FOR = timedelta(hours=6)
State = Candidate.State


@dataclass(frozen=True, slots=True)
class MayBeBreaking:
    """A story that may be breaking, and why; ``alert`` is the public id of the one it has."""

    candidate_id: int
    story_id: int
    public_id: UUID
    headline: str
    level: int
    reason: str
    raised_at: datetime
    alert: UUID | None


def may_be_breaking(
    *, now: datetime, story_id: int | None = None, limit: int = 8
) -> tuple[MayBeBreaking, ...]:
    """The candidates that nobody has dismissed, one per story, the gravest first.

    Only those of the last six hours, unless ``story_id`` asks for one story's. What was dismissed
    of a story that has been merged since counts for the one that took it in.
    """
    rows = Candidate.objects.exclude(state=State.DISMISSED).select_related(
        "story", "story__merged_into"
    )
    if story_id is None:
        rows = rows.filter(raised_at__gt=now - SHOWN_FOR, raised_at__lte=now)
    else:
        rows = rows.filter(story=story_id) | rows.filter(story__merged_into=story_id)
    best: dict[int, tuple[Candidate, Story]] = {}
    for row in rows.order_by("level", "raised_at", "pk"):
        story = row.story.merged_into or row.story
        best[story.pk] = (row, story)
    dismissed = _dismissed(list(best))
    best = {
        story: (row, shown)
        for story, (row, shown) in best.items()
        if row.state == State.RAISED or row.level > dismissed.get(story, 0)
    }
    alerts = _alerts(list(best))
    found = [
        MayBeBreaking(
            candidate_id=row.pk,
            story_id=story.pk,
            public_id=story.public_id,
            headline=story.headline,
            level=row.level,
            reason=f"{row.reason}.",
            raised_at=row.raised_at,
            alert=alerts.get(story.pk),
        )
        for row, story in best.values()
    ]
    found.sort(key=lambda each: (each.alert is not None, -each.level, -each.raised_at.timestamp()))
    return tuple(found[:limit])


@transaction.atomic
def dismiss(candidate_id: int, *, member: Member, now: datetime) -> bool:
    """Take a candidate, and those of its story at lower levels, off the desk.

    False when it was dismissed before. A story that grows to a higher level comes back. Raises
    ``Candidate.DoesNotExist``.
    """
    candidate = Candidate.objects.select_for_update(no_key=True).get(pk=candidate_id)
    if candidate.state == State.DISMISSED:
        return False
    _decide(candidate, State.DISMISSED, member, now)
    record("dismissed", candidate, now=now, member=member, reason=candidate.reason)
    return True


@transaction.atomic
def raise_on(candidate_id: int, *, member: Member, now: datetime) -> Raised:
    """A draft alert on the candidate's story, in the story's own words; nothing goes out yet.

    Raises ``Candidate.DoesNotExist``, and what :func:`raise_alert` raises.
    """
    candidate = Candidate.objects.select_related("story__merged_into").get(pk=candidate_id)
    story = candidate.story.merged_into or candidate.story
    headline = cut(one_line(story.headline), HEADLINE_LIMIT)
    raised = raise_alert(story.pk, headline, first_sentence(story.summary), member=member, now=now)
    _decide(candidate, State.RAISED, member, now)
    return raised


def _decide(candidate: Candidate, state: Candidate.State, member: Member, now: datetime) -> None:
    story = candidate.story.merged_into_id or candidate.story_id
    same = Candidate.objects.filter(_family([story]), level__lte=candidate.level)
    same.update(state=state, decided_by=member, decided_at=now)


def _family(story_ids: list[int]) -> Q:
    """Candidates of these stories and of those that they took in."""
    return Q(story__in=story_ids) | Q(story__merged_into__in=story_ids)


def _dismissed(story_ids: list[int]) -> dict[int, int]:
    """The highest level at which each story, or one that it took in, was dismissed."""
    rows = Candidate.objects.filter(_family(story_ids), state=State.DISMISSED)
    found: dict[int, int] = {}
    for own, into, level in rows.values_list("story_id", "story__merged_into_id", "level"):
        story = into or own
        found[story] = max(found.get(story, 0), level)
    return found


def _alerts(story_ids: list[int]) -> dict[int, UUID]:
    rows = Alert.objects.exclude(state=Alert.State.DISCARDED).order_by("raised_at")
    own = dict(rows.filter(story__in=story_ids).values_list("story_id", "public_id"))
    taken_in = rows.filter(story__merged_into__in=story_ids)
    led = taken_in.values_list("story__merged_into_id", "public_id")
    return {story: alert for story, alert in led if story is not None} | own
