"""An editor's word on an edition: approve it, take that back, release or skip it, cancel it.

Where two pairs of eyes must see it, the first approval is noted and the second one lets it go.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from digest.kit import wake
from digest.kit.text import one_line
from digest.newsdesk.editions.core.due import EditionStanding, is_past_cut_off
from digest.newsdesk.editions.core.eyes import Approval, Eyes, approval
from digest.newsdesk.editions.later.models import is_being_made
from digest.newsdesk.editions.lock import EditionRefused, locked
from digest.newsdesk.editions.models import Edition
from digest.newsdesk.editions.preview import content_of
from digest.staff.audit import record
from digest.staff.members import Member

State = Edition.State
RULE = "by rule"
_SECOND = (
    "Two pairs of eyes must see it: you changed or approved it last, so somebody else approves it."
)


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
def stop_rule(edition_id: int, *, lock_version: int, member: Member, now: datetime) -> Decided:
    """Keep a draft from going by rule: from here on it needs an editor's approval."""
    edition = locked(edition_id, lock_version)
    _expect(edition, State.DRAFT)
    edition.stopped_at = now
    return _decide(edition, State.DRAFT, "stopped", "", member, now)


@transaction.atomic
def let_rule(edition_id: int, *, lock_version: int, member: Member, now: datetime) -> Decided:
    """Take :func:`stop_rule` back."""
    edition = locked(edition_id, lock_version)
    _expect(edition, State.DRAFT)
    edition.stopped_at = None
    return _decide(edition, State.DRAFT, "left to the rule", "", member, now)


def approve_by_rule(*, now: datetime) -> tuple[int, ...]:
    """Approve the drafts whose newsletter's cut-off has come and that nobody stopped.

    An empty one is left to its slot, which lets it pass. Each is a transaction of its own.
    """
    drafts = Edition.objects.filter(
        state=State.DRAFT, slot_at__gt=now, newsletter__cut_off__isnull=False
    )
    return tuple(pk for pk in drafts.values_list("pk", flat=True) if _rule_approves(pk, now))


@transaction.atomic
def _rule_approves(edition_id: int, now: datetime) -> bool:
    rows = Edition.objects.select_for_update(skip_locked=True, no_key=True)
    edition = rows.filter(pk=edition_id, state=State.DRAFT).first()
    if edition is None or not is_past_cut_off(standing_of(edition), now):
        return False
    if is_being_made(edition.pk, now) or not content_of(edition.pk).items:
        return False
    edition.state, edition.approved_at = State.APPROVED, now
    edition.lock_version += 1
    edition.save()
    record("approved", edition, now=now, who=RULE, before=State.DRAFT.value, reason="cut-off")
    return True


def standing_of(edition: Edition) -> EditionStanding:
    """What becomes of an edition depends on this."""
    newsletter = edition.newsletter
    assert newsletter is not None  # a personal digest has no editor
    return EditionStanding(
        slot_at=edition.slot_at,
        grace=newsletter.grace,
        time_zone=edition.time_zone,
        approved_at=edition.approved_at,
        by_rule=newsletter.publishes_by_rule,
        touched=edition.touched_at is not None,
        stopped=edition.stopped_at is not None,
        cut_off=newsletter.cut_off,
    )


def eyes_of(edition: Edition) -> Eyes:
    """Who has seen the edition as it stands."""
    needed = edition.newsletter.pairs_of_eyes if edition.newsletter else 1
    return Eyes(needed, edition.touched_by_id, edition.seen_by_id)


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
    edition.approved_at, edition.approved_by, edition.seen_by = None, None, None
    if edition.newsletter is not None and edition.newsletter.cut_off is not None:
        edition.stopped_at = now  # or the rule would approve it again within the minute
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
    found = approval(eyes_of(edition), member.pk)
    if found is Approval.REFUSED:
        raise EditionRefused(_SECOND)
    if found is Approval.FIRST:
        edition.seen_by, stays = member, State(edition.state)
        return _decide(edition, stays, "approved first", edition.state_reason, member, now)
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
