"""An editor's word on an edition: approve it, take that back, release or skip it, cancel it."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from digest.kit import wake
from digest.kit.text import one_line
from digest.newsdesk.editions.lock import EditionRefused, locked
from digest.newsdesk.editions.models import Edition
from digest.newsdesk.editions.preview import content_of
from digest.staff.audit import record
from digest.staff.members import Member

State = Edition.State


@dataclass(frozen=True, slots=True)
class Decided:
    """The edition's state after the decision, and the version to name in the next step."""

    edition_id: int
    state: str
    lock_version: int


@transaction.atomic
def approve(edition_id: int, *, lock_version: int, member: Member, now: datetime) -> Decided:
    """Let the edition go out at its slot, or at once when that has passed.

    Approving an approved or published edition again changes nothing. Raises ``Stale``, and
    ``EditionRefused`` for an edition that is empty, held, skipped or cancelled.
    """
    edition = locked(edition_id, None)
    if edition.state in (State.APPROVED, State.PUBLISHED):
        return _decided(edition)
    edition = locked(edition_id, lock_version)
    if edition.state == State.HELD:
        raise EditionRefused(f"It is held: {edition.state_reason} Release it or skip it.")
    _expect(edition, State.DRAFT)
    return _approve(edition, "approved", member, now)


@transaction.atomic
def release(edition_id: int, *, lock_version: int, member: Member, now: datetime) -> Decided:
    """Send a held edition after all, now, late as it is."""
    edition = locked(edition_id, lock_version)
    _expect(edition, State.HELD)
    return _approve(edition, "released", member, now)


@transaction.atomic
def reopen(edition_id: int, *, lock_version: int, member: Member, now: datetime) -> Decided:
    """Take an approval back, so that the edition can be changed; it then needs a new one."""
    edition = locked(edition_id, lock_version)
    _expect(edition, State.APPROVED)
    edition.approved_at, edition.approved_by = None, None
    return _decide(edition, State.DRAFT, "reopened", "", member, now)


@transaction.atomic
def skip(
    edition_id: int, reason: str = "", *, lock_version: int, member: Member, now: datetime
) -> Decided:
    """Let this slot pass without an edition; for drafts, approved and held ones."""
    edition = locked(edition_id, lock_version)
    _expect(edition, State.DRAFT, State.APPROVED, State.HELD)
    words = one_line(reason)[:300] or f"Skipped by {member}."
    return _decide(edition, State.SKIPPED, "skipped", words, member, now)


@transaction.atomic
def cancel(
    edition_id: int, reason: str = "", *, lock_version: int, member: Member, now: datetime
) -> Decided:
    """Close an edition that should never have been; like :func:`skip`, with another name on it."""
    edition = locked(edition_id, lock_version)
    _expect(edition, State.DRAFT, State.APPROVED, State.HELD)
    words = one_line(reason)[:300] or f"Cancelled by {member}."
    return _decide(edition, State.CANCELLED, "cancelled", words, member, now)


def _approve(edition: Edition, verb: str, member: Member, now: datetime) -> Decided:
    if not content_of(edition.pk).items:
        raise EditionRefused("The edition is empty. Add a story from the wire, or skip it.")
    edition.approved_at, edition.approved_by = now, member
    decided = _decide(edition, State.APPROVED, verb, "", member, now)
    if edition.slot_at <= now:
        wake.on_commit("publish", edition.pk)
    return decided


def _decide(
    edition: Edition, state: Edition.State, verb: str, reason: str, member: Member, now: datetime
) -> Decided:
    before = edition.state
    edition.state, edition.state_reason = state, reason
    edition.lock_version += 1
    edition.touched_at = now
    edition.save()
    record(verb, edition, now=now, member=member, before=before, reason=reason)
    return _decided(edition)


def _expect(edition: Edition, *states: Edition.State) -> None:
    if edition.state not in states:
        raise EditionRefused(
            f"It is {edition.state}; this can be done while it is "
            f"{' or '.join(state.value for state in states)}. Reload the page."
        )


def _decided(edition: Edition) -> Decided:
    return Decided(edition.pk, edition.state, edition.lock_version)
