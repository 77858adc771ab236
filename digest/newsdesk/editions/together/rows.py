"""Personal editions written many at a time; those that say the same are one to their readers."""

import hashlib
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models.functions import Coalesce

from digest.kit.sql import copy_rows, new_ids
from digest.newsdesk.editions.core.content import EditionContent, document
from digest.newsdesk.editions.core.rank import Pick
from digest.newsdesk.editions.models import Edition

RULE = "by rule"
# By which a personal edition is known: its signature and window.
Place = tuple[str, datetime, datetime]

_EDITION = (
    "id", "public_id", "newsletter_id", "signature_key", "language", "languages", "local_date",
    "time_zone", "slot_at", "window_start", "window_end", "state", "state_reason", "title",
    "intro", "revision", "lock_version", "published_at", "created_at", "content_hash",
    "same_as_id",
)  # fmt: skip
_ITEM = (
    "edition_id", "story_id", "position", "pinned", "killed", "score", "reason", "section",
    "is_update", "had_at",
)  # fmt: skip
_REVISION = ("edition_id", "revision", "content", "published_at", "published_by")


@dataclass(frozen=True, slots=True)
class Draft:
    """An edition to be written: its heading, what it is made of, and its items as JSON.

    ``content`` names neither itself nor its items.
    """

    languages: tuple[str, ...]
    picks: Sequence[Pick]
    content: EditionContent
    items: Sequence[str]

    @property
    def content_hash(self) -> str:
        """64 hex digits, the same for all that tell their readers the same."""
        return hashlib.sha256(document(self.content, self.items).encode()).hexdigest()


def there(places: Iterable[Place]) -> dict[Place, int]:
    """The editions that exist; of those that say what another says, that other."""
    asked = set(places)
    rows = Edition.objects.filter(
        signature_key__in={key for key, _, _ in asked}, window_end__in={end for *_, end in asked}
    ).values_list("signature_key", "window_start", "window_end", Coalesce("same_as_id", "pk"))
    return {(key or "", start, end): pk for key, start, end, pk in rows}


def write(
    drafts: Sequence[Draft], places: Sequence[tuple[Place, Draft]], *, now: datetime
) -> dict[Place, int]:
    """Write each draft once as published, and an edition that is the same as it for every place.

    Returns the edition that tells the readers of each place. What another process wrote already is
    not written again; a place that has its edition is an ``IntegrityError``.
    """
    hashes = {id(each): each.content_hash for each in drafts}
    known = _known(hashes.values(), {end for (_, _, end), _ in places})
    ids = new_ids("digest_edition", len(places))
    told: dict[Place, int] = {}
    editions: list[tuple[Any, ...]] = []
    new: list[tuple[int, str, Draft]] = []
    for pk, (place, draft) in zip(ids, places, strict=True):
        name, public_id = hashes[id(draft)], str(uuid.uuid4())
        first = known.setdefault((name, place[2]), pk)
        told[place] = first
        if first == pk:
            new.append((pk, public_id, draft))
        editions.append(_edition(pk, public_id, place, draft, name, first, now))
    copy_rows("digest_edition", _EDITION, editions)
    copy_rows("digest_item", _ITEM, (row for pk, _, draft in new for row in _items(pk, draft)))
    copy_rows(
        "digest_edition_revision",
        _REVISION,
        (
            (pk, 1, document(draft.content, draft.items, public_id), now, RULE)
            for pk, public_id, draft in new
        ),
    )
    return told


def _known(names: Iterable[str], ends: Iterable[datetime]) -> dict[tuple[str, datetime], int]:
    rows = Edition.objects.filter(
        content_hash__in=set(names), window_end__in=set(ends), same_as=None
    ).order_by("-pk")
    found = rows.values_list("content_hash", "window_end", "pk")
    return {(name or "", end): pk for name, end, pk in found}


def _edition(
    pk: int, public_id: str, place: Place, draft: Draft, name: str, first: int, now: datetime
) -> tuple[Any, ...]:
    key, start, end = place
    content = draft.content
    local_date: date = content.local_date
    return (
        pk, public_id, None, key, content.language, list(draft.languages), local_date,
        content.time_zone, content.slot_at, start, end, Edition.State.PUBLISHED.value, "",
        content.title, "", 1, 1, now, now, name, None if first == pk else first,
    )  # fmt: skip


def _items(pk: int, draft: Draft) -> Iterable[tuple[Any, ...]]:
    for position, pick in enumerate(draft.picks, 1):
        yield (
            pk, pick.story_id, position, False, False, pick.score, pick.reason,
            pick.section[:120], pick.is_update, pick.had_at,
        )  # fmt: skip
