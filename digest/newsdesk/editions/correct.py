"""Correct an edition that went out, where it can still be read: on its page, and at our own places.

What readers have in their mailboxes and phones stays as it was. The revision that was sent is kept;
the next one has the corrected words and is what the archive shows from then on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction

from digest.kit import wake
from digest.kit.text import one_line
from digest.newsdesk.editions.core.content import ContentItem, EditionContent
from digest.newsdesk.editions.curate import BLURB_LIMIT, HEADLINE_LIMIT
from digest.newsdesk.editions.lock import EditionRefused, locked
from digest.newsdesk.editions.models import Edition, EditionRevision
from digest.newsdesk.editions.preview import content_of
from digest.newsdesk.editions.publish import Published
from digest.staff.audit import record
from digest.staff.members import Member


@dataclass(frozen=True, slots=True)
class ItemCorrection:
    """What an item says from now on; ``is_out``: it is in the edition no longer."""

    headline: str
    blurb: str = ""
    is_out: bool = False


@transaction.atomic
def correct(
    edition_id: int,
    corrections: Mapping[str, ItemCorrection],
    *,
    member: Member,
    now: datetime,
    lock_version: int | None = None,
) -> Published:
    """Freeze the next revision with other words, by an item's story; others stay as they were.

    Words that it has already change nothing. Raises ``EditionRefused`` for one that has not gone
    out, and for a correction that leaves it empty or is too long.
    """
    edition = locked(edition_id, lock_version)
    if edition.state != Edition.State.PUBLISHED or edition.newsletter is None:
        raise EditionRefused(f"It is {edition.state}: change it on its sheet.")
    said = content_of(edition_id)
    corrected = _corrected(said, corrections)
    if corrected.items == said.items:
        return Published(edition_id, edition.revision, first=False)
    if not corrected.items:
        raise EditionRefused("Nothing would be left of it. Keep one item, with words that hold.")
    revision = edition.revision + 1
    EditionRevision.objects.create(
        edition=edition,
        revision=revision,
        content=replace(corrected, revision=revision).to_document(),
        published_at=now,
        published_by=str(member)[:200],
    )
    edition.revision = revision
    edition.lock_version += 1
    edition.save(update_fields=["revision", "lock_version"])
    changed = [each.story for each in said.items if each not in corrected.items]
    record("corrected", edition, now=now, member=member, revision=revision, stories=changed)
    wake.on_commit("plan", edition.pk)
    return Published(edition_id, revision, first=True)


def _corrected(said: EditionContent, by: Mapping[str, ItemCorrection]) -> EditionContent:
    """The edition in its corrected words."""
    items = (_item(each, by[each.story]) if each.story in by else each for each in said.items)
    return replace(said, items=tuple(each for each in items if each is not None))


def _item(item: ContentItem, to: ItemCorrection) -> ContentItem | None:
    if to.is_out:
        return None
    headline, blurb = one_line(to.headline), one_line(to.blurb)
    if not headline:
        raise EditionRefused("Every item needs a headline; take out the one that has none.")
    for name, text, limit in (
        ("headline", headline, HEADLINE_LIMIT),
        ("blurb", blurb, BLURB_LIMIT),
    ):
        if len(text) > limit:
            raise EditionRefused(
                f"The {name} has {len(text)} characters; an item takes {limit}. Shorten it."
            )
    if (headline, blurb) == (item.headline, one_line(item.blurb)):
        return item
    # Words of a channel's own would go on saying what is corrected.
    return replace(item, headline=headline, blurb=blurb, wordings={})
