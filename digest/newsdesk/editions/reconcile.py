"""Saving words that somebody else may be changing too: by item and field, never by the edition.

Whoever saves names what they saw. What others did elsewhere in the edition is no conflict; a field
that both changed is, and then nothing is written.
"""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from digest.newsdesk.editions import curate
from digest.newsdesk.editions.core.reordering import settle_move
from digest.newsdesk.editions.core.threeway import settle
from digest.newsdesk.editions.curate import Curated
from digest.newsdesk.editions.lock import EditionRefused, StaleEdition, open_for_change
from digest.newsdesk.editions.models import Edition, Item
from digest.newsdesk.editions.sheet import SheetItem, sheet
from digest.staff.audit import AuditEntry
from digest.staff.members import Member

_ORDERS = ("moved", "reordered", "added", "killed", "revived", "refilled")
"""What is done to an edition that changes its order, in the audit's words."""


class FieldClash(StaleEdition):
    """Both wrote a field; ``theirs`` are the words that stand in those fields."""

    def __init__(self, who: str, theirs: dict[str, str]) -> None:
        super().__init__(
            f"{who} wrote other words here meanwhile. Both are shown below: save yours over them, "
            "or take theirs."
        )
        self.theirs = theirs


@transaction.atomic
def reword(
    edition_id: int,
    item_id: int,
    words: Mapping[str, str],
    base: Mapping[str, str],
    channel: str = "",
    *,
    member: Member,
    now: datetime,
) -> Curated:
    """Give an item ``headline`` and ``blurb`` of an editor's own, seen as ``base`` before.

    In the form for every channel the outlet's words stand where there are none of ours; left as
    they are they stay the outlet's. Raises :class:`FieldClash` and what ``curate.reword`` raises.
    """
    edition = open_for_change(edition_id, None)
    item = item_on_sheet(edition_id, item_id)
    theirs = standing_words(item, channel)
    settled = settle(base, words, theirs)
    if settled.clashes:
        raise FieldClash(_last(edition), {name: theirs[name] for name in settled.clashes})
    texts = settled.texts
    if not channel:
        outlets = {"headline": item.story_headline, "blurb": item.story_blurb}
        texts = {
            name: "" if text.split() == outlets[name].split() else text
            for name, text in texts.items()
        }
    return curate.reword(
        edition_id, item_id, texts["headline"], texts["blurb"], channel,
        lock_version=edition.lock_version, member=member, now=now,
    )  # fmt: skip


@transaction.atomic
def retitle(
    edition_id: int,
    words: Mapping[str, str],
    base: Mapping[str, str],
    *,
    member: Member,
    now: datetime,
) -> Curated:
    """Change ``title`` and ``intro``, seen as ``base`` before; raises as :func:`reword`."""
    edition = open_for_change(edition_id, None)
    theirs = {"title": edition.title, "intro": edition.intro}
    settled = settle(base, words, theirs)
    if settled.clashes:
        raise FieldClash(_last(edition), {name: theirs[name] for name in settled.clashes})
    return curate.retitle(
        edition_id, settled.texts["title"], settled.texts["intro"],
        lock_version=edition.lock_version, member=member, now=now,
    )  # fmt: skip


@transaction.atomic
def move(
    edition_id: int, item_id: int, by: int, seen: str, *, member: Member, now: datetime
) -> Curated:
    """Move an item ``by`` places in the order that its editor saw, named by :func:`order_of`.

    What others moved meanwhile stays where they put it. Raises :class:`StaleEdition` where they
    moved the same item, and not the same way.
    """
    edition = open_for_change(edition_id, None)
    stands, order = _ids(order_of(edition_id)), _ids(seen)
    if item_id in stands and stands != order:
        place = settle_move(order, item_id, by, stands) if item_id in order else None
        if place is None:
            raise StaleEdition(
                f"{_last(edition, *_ORDERS)} changed the order meanwhile, and this move would undo "
                "it. It is shown below as it stands now: move the item again."
            )
        by = place - stands.index(item_id)
        if not by:  # it stands there already
            return Curated(edition_id, edition.lock_version, item_id)
    return curate.move(
        edition_id, item_id, by, lock_version=edition.lock_version, member=member, now=now
    )


def order_of(edition_id: int) -> str:
    """The order of the live items as one short text."""
    live = Item.objects.filter(edition_id=edition_id, killed=False)
    ids = live.order_by("position", "pk").values_list("pk", flat=True)
    return "-".join(map(str, ids))


def item_on_sheet(edition_id: int, item_id: int) -> SheetItem:
    """The item as the sheet shows it; raises :class:`EditionRefused` when it is not there."""
    shown = sheet(edition_id)
    for item in (*shown.items, *shown.killed):
        if item.item_id == item_id:
            return item
    raise EditionRefused("The item is not in this edition any more. Your words are kept below.")


def standing_words(item: SheetItem, channel: str) -> dict[str, str]:
    """What the form for ``channel`` (empty: for all) holds while nothing was typed into it."""
    own = next((w for w in item.wordings if w.channel == channel and not w.language), None)
    headline, blurb = (own.headline, own.blurb) if own else ("", "")
    if channel:
        return {"headline": headline, "blurb": blurb}
    return {"headline": headline or item.story_headline, "blurb": blurb or item.story_blurb}


def _ids(order: str) -> list[int]:
    """The items of an order, each once; what is no number is none of them."""
    found = (int(each) for each in order.split("-") if each.isascii() and each.isdigit())
    return list(dict.fromkeys(found))


def _last(edition: Edition, *verbs: str) -> str:
    """Who changed it last, or who did one of these things to it last."""
    entries = AuditEntry.objects.filter(subject_kind="edition", subject_id=edition.pk)
    entries = entries.filter(verb__in=verbs) if verbs else entries
    last = entries.order_by("-at", "-id").first()
    return last.who if last and last.member_id else "Somebody"
