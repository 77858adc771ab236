"""Publish: freeze what an edition says, once. Too late means ask: it is then held, with why."""

from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction

from digest.kit import wake
from digest.newsdesk.editions.approve import RULE, approve_by_rule, eyes_of, standing_of
from digest.newsdesk.editions.assemble import assemble
from digest.newsdesk.editions.core.content import EditionContent
from digest.newsdesk.editions.core.due import Verdict, verdict
from digest.newsdesk.editions.freeze import freeze
from digest.newsdesk.editions.later.models import is_being_made
from digest.newsdesk.editions.lock import EditionRefused, locked
from digest.newsdesk.editions.models import Edition
from digest.newsdesk.editions.preview import topic_names
from digest.staff.audit import record
from digest.staff.members import Member


@dataclass(frozen=True, slots=True)
class Published:
    """A published edition's revision; ``first`` is False when it had been published before."""

    edition_id: int
    revision: int
    first: bool


@transaction.atomic
def publish(edition_id: int, *, now: datetime, by: Member | str) -> Published:
    """Freeze the edition now, by somebody's word, whatever its slot; a second call changes nothing.

    Drafts and approved editions go. Raises ``Edition.DoesNotExist``, and ``EditionRefused`` for
    one that is empty, held (release it first), skipped or cancelled.
    """
    edition = locked(edition_id, None)
    if edition.state == Edition.State.PUBLISHED:
        return Published(edition_id, edition.revision, first=False)
    if edition.state not in (Edition.State.DRAFT, Edition.State.APPROVED):
        remedy = "Release it first." if edition.state == Edition.State.HELD else "It is closed."
        raise EditionRefused(f"The edition is {edition.state}: {edition.state_reason} {remedy}")
    if edition.state == Edition.State.DRAFT and eyes_of(edition).needed > 1:
        raise EditionRefused("Two pairs of eyes must see it first: approve it on the desk.")
    content = _content(edition)
    if not content.items:
        raise EditionRefused("The edition is empty. Add a story from the wire, or skip it.")
    return _publish(edition, content, now=now, by=by)


def publish_due(*, now: datetime) -> tuple[Published, ...]:
    """Publish what is approved, or goes by rule, and whose slot has come.

    Before that, what reached its newsletter's cut-off is approved by rule.

    What is too late is held and what is empty is skipped, each with the reason. Every edition is a
    transaction of its own; one that somebody else holds is left to them.
    """
    approve_by_rule(now=now)
    waiting = Edition.objects.filter(
        state__in=[Edition.State.DRAFT, Edition.State.APPROVED], slot_at__lte=now
    )
    done = (
        _decide(pk, now) for pk in waiting.order_by("slot_at", "pk").values_list("pk", flat=True)
    )
    return tuple(each for each in done if each is not None)


@transaction.atomic
def _decide(edition_id: int, now: datetime) -> Published | None:
    edition = (
        Edition.objects.select_for_update(skip_locked=True, no_key=True)
        .filter(pk=edition_id, state__in=[Edition.State.DRAFT, Edition.State.APPROVED])
        .first()
    )
    if edition is None or edition.newsletter is None:
        return None
    standing = standing_of(edition)
    if verdict(standing, now)[0] is Verdict.WAIT or is_being_made(edition.pk, now):
        return None
    content = _content(edition)
    found, reason = verdict(replace(standing, empty=not content.items), now)
    if found is Verdict.PUBLISH:
        return _publish(edition, content, now=now, by=edition.approved_by or RULE)
    if found is Verdict.HOLD:
        _close(edition, Edition.State.HELD, reason, now)
    elif found is Verdict.SKIP:
        _close(edition, Edition.State.SKIPPED, reason, now)
    return None


def _publish(
    edition: Edition, content: EditionContent, *, now: datetime, by: Member | str
) -> Published:
    frozen = freeze(edition, content, now=now, by=str(by))
    who = {"member": by} if isinstance(by, Member) else {"who": by}
    record("published", edition, now=now, **who, revision=frozen.revision, items=len(content.items))
    wake.on_commit("plan", edition.pk)
    return Published(edition.pk, frozen.revision, first=True)


def _close(edition: Edition, state: Edition.State, reason: str, now: datetime) -> None:
    edition.state, edition.state_reason = state, reason
    edition.lock_version += 1
    edition.save()
    record(state.value, edition, now=now, who=RULE, reason=reason)


def _content(edition: Edition) -> EditionContent:
    return assemble(edition, revision=edition.revision, topics=topic_names(edition))
