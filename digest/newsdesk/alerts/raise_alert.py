"""Raise an alert on a story: a draft that waits for approval. Reword it, or discard it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from digest.newsdesk.alerts import illustrate
from digest.newsdesk.alerts.core.words import AlertRefused, AlertWords, checked, checked_others
from digest.newsdesk.alerts.lock import locked
from digest.newsdesk.alerts.models import Alert
from digest.newsdesk.stories.coverage import coverage
from digest.newsdesk.stories.models import Story
from digest.staff.audit import record
from digest.staff.members import Member

State = Alert.State


@dataclass(frozen=True, slots=True)
class Raised:
    """The alert, the version to name in the next step, and whether this call made it."""

    alert_id: int
    lock_version: int
    first: bool


@transaction.atomic
def raise_alert(
    story_id: int,
    headline: str,
    summary: str,
    *,
    member: Member,
    now: datetime,
    is_biggest: bool = False,
) -> Raised:
    """A draft alert on the story, in its lead's language, with its picture if that is credited.

    ``is_biggest``: it goes to those readers, too, who want only the biggest.

    The same words again give the same draft (a double click, a repeated request). Raises
    ``AlertRefused`` for words that do not fit, a story nothing can be linked for, or one that has
    another alert waiting.
    """
    words = checked(headline, summary)
    story = Story.objects.select_for_update(no_key=True).filter(pk=story_id).first()
    if story is None:
        raise AlertRefused("There is no such story any more. Look for it on the wire.")
    told = coverage([story_id])[story_id]
    if told.lead is None:
        raise AlertRefused(
            "Every article of this story was withdrawn by its outlet: nothing to link."
        )
    # Those of stories that this one took in are its own.
    family = Q(story__in={story_id, told.story_id}) | Q(story__merged_into=told.story_id)
    waiting = Alert.objects.filter(family, state__in=[State.DRAFT, State.APPROVED]).first()
    if waiting is not None:
        said = (waiting.headline, waiting.summary, waiting.is_biggest)
        if said == (words.headline, words.summary, is_biggest):
            return Raised(waiting.pk, waiting.lock_version, first=False)
        raise AlertRefused(
            "An alert on this story is waiting already. Reword that one, or discard it."
        )
    alert = Alert(
        story_id=told.story_id,
        headline=words.headline,
        summary=words.summary,
        language=told.language or "en",
        is_biggest=is_biggest,
        raised_by=member,
        raised_at=now,
    )
    alert.show(illustrate.at_first(told.story_id))
    alert.save()
    record("raised", alert, now=now, member=member, headline=words.headline)
    return Raised(alert.pk, alert.lock_version, first=True)


@transaction.atomic
def reword(
    alert_id: int,
    headline: str,
    summary: str,
    *,
    lock_version: int,
    member: Member,
    now: datetime,
    is_biggest: bool | None = None,
    others: Mapping[str, AlertWords] | None = None,
    picture: str | None = None,
) -> Raised:
    """Change the words of an alert that has not gone out; an approval given before is void.

    Whom it concerns (``is_biggest``), what it says in ``others`` of the readers' languages, and
    the address of the ``picture`` above it (empty for none) stay as they are when not named.
    """
    words = checked(headline, summary)
    said = checked_others(others) if others is not None else None
    alert = locked(alert_id, lock_version)
    if alert.state not in (State.DRAFT, State.APPROVED):
        raise AlertRefused(f"It is {alert.state}. What went out is corrected, not changed.")
    before = {
        "headline": alert.headline,
        "summary": alert.summary,
        "state": alert.state,
        "picture": alert.picture.url if alert.picture else "",
    }
    alert.headline, alert.summary = words.headline, words.summary
    if is_biggest is not None:
        alert.is_biggest = is_biggest
    if said is not None:
        alert.say_in_others(said)
    if picture is not None:
        alert.show(illustrate.chosen(alert, picture))
    alert.state, alert.approved_at, alert.approved_by = State.DRAFT, None, None
    alert.lock_version += 1
    alert.save()
    record("reworded", alert, now=now, member=member, before=before, headline=words.headline)
    return Raised(alert.pk, alert.lock_version, first=False)


@transaction.atomic
def discard(alert_id: int, *, member: Member, now: datetime) -> bool:
    """Let an alert drop that has not gone out; False when it had been dropped before."""
    alert = locked(alert_id, None)
    if alert.state == State.DISCARDED:
        return False
    if alert.state not in (State.DRAFT, State.APPROVED):
        raise AlertRefused(f"It is {alert.state}. What went out is withdrawn, not discarded.")
    alert.state = State.DISCARDED
    alert.lock_version += 1
    alert.save()
    record("discarded", alert, now=now, member=member)
    return True
