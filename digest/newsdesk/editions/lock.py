"""Changing an edition that others may be changing too: an optimistic lock and its refusals."""

from datetime import datetime

from digest.kit.errors import ActionRefused, StaleVersion
from digest.newsdesk.editions.models import Edition
from digest.newsdesk.newsletters.core.calendar import zone
from digest.staff.audit import AuditEntry
from digest.staff.members import Member


class StaleEdition(StaleVersion, RuntimeError):
    """The edition changed since the editor last saw it; the text says what to do."""


class EditionRefused(ActionRefused, ValueError):
    """The edition cannot be changed like that; the text names the remedy."""


_LOCKED = {
    Edition.State.APPROVED: "It is approved. Take the approval back, then change it.",
    Edition.State.PUBLISHED: "It is published, and what was sent is kept as it was.",
    Edition.State.SKIPPED: "It was skipped and is closed.",
    Edition.State.CANCELLED: "It was cancelled and is closed.",
}


def locked(edition_id: int, lock_version: int | None) -> Edition:
    """The edition, locked until the transaction ends.

    Raises ``Edition.DoesNotExist``, and :class:`StaleEdition` when somebody changed it since the
    caller read ``lock_version``; None asks for no such check.
    """
    edition = Edition.objects.select_for_update(no_key=True).get(pk=edition_id)
    if lock_version is not None and edition.lock_version != lock_version:
        raise StaleEdition(_stale_words(edition))
    return edition


def open_for_change(edition_id: int, lock_version: int | None) -> Edition:
    """Like :func:`locked`; raises :class:`EditionRefused` when the edition is past being edited."""
    edition = locked(edition_id, lock_version)
    if edition.state not in (Edition.State.DRAFT, Edition.State.HELD):
        raise EditionRefused(_LOCKED[Edition.State(edition.state)])
    return edition


def touch(edition: Edition, *, member: Member, now: datetime) -> int:
    """Note that an editor changed ``edition`` and return its new lock version.

    Who approved it before the change has not seen it.
    """
    edition.lock_version += 1
    edition.touched_at, edition.touched_by, edition.seen_by = now, member, None
    edition.save()
    return edition.lock_version


def _stale_words(edition: Edition) -> str:
    last = (
        AuditEntry.objects.filter(subject_kind="edition", subject_id=edition.pk)
        .order_by("-at", "-id")
        .first()
    )
    whose = f"{last.who} changed" if last and last.member_id else "New reports changed"
    when = ""
    if last and last.member_id:
        when = f" at {last.at.astimezone(zone(edition.time_zone)):%H:%M}"
    return (
        f"{whose} this edition{when}, after you opened it. Nothing of yours was saved: "
        "reload the page and make your change again."
    )
