"""What an editor does to an edition: order, pin, kill, reword, add. Each is one small step.

Every step names the edition and the ``lock_version`` its page was made from, raises
:class:`StaleEdition` when somebody was quicker and :class:`EditionRefused` when it cannot be done,
both with what to do in words, leaves an audit entry with what stood before, and returns the new
version. Each has its opposite, so that undoing is doing the other: kill and revive, pin and unpin,
a wording and an empty one, an order and the order before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction

from digest.kit.text import one_line
from digest.newsdesk.editions.lock import EditionRefused, StaleEdition, open_for_change, touch
from digest.newsdesk.editions.models import Edition, Item, ItemWording
from digest.newsdesk.stories.coverage import standing
from digest.newsdesk.stories.models import Story, StoryArticle
from digest.newsdesk.topics.models import StoryTopic
from digest.staff.audit import record
from digest.staff.members import Member

__all__ = [
    "Curated", "EditionRefused", "StaleEdition", "add", "kill", "move", "pin", "reorder", "retitle",
    "revive", "reword",
]  # fmt: skip

HEADLINE_LIMIT = 200
BLURB_LIMIT = 500
TITLE_LIMIT = 120
INTRO_LIMIT = 1000
MOST_ITEMS = 50


@dataclass(frozen=True, slots=True)
class Curated:
    """The edition after a step, and the version to name in the next one."""

    edition_id: int
    lock_version: int
    item_id: int | None = None


@transaction.atomic
def reorder(
    edition_id: int, item_ids: Sequence[int], *, lock_version: int, member: Member, now: datetime
) -> Curated:
    """Put the edition's live items in the order of ``item_ids``, which names each exactly once."""
    edition = open_for_change(edition_id, lock_version)
    live, killed = _items(edition)
    if sorted(item_ids) != sorted(item.pk for item in live):
        raise EditionRefused(
            "The order does not name every item once. Reload the page and order again."
        )
    before = [item.pk for item in live]
    by_id = {item.pk: item for item in live}
    _number([by_id[item_id] for item_id in item_ids] + killed)
    record("reordered", edition, now=now, member=member, before=before, after=list(item_ids))
    return Curated(edition_id, touch(edition, member=member, now=now))


@transaction.atomic
def move(
    edition_id: int, item_id: int, by: int, *, lock_version: int, member: Member, now: datetime
) -> Curated:
    """Move a live item up (``by`` below zero) or down; past either end it stays at that end."""
    edition = open_for_change(edition_id, lock_version)
    live, killed = _items(edition)
    item = _one(live, item_id)
    place = live.index(item)
    target = min(max(place + by, 0), len(live) - 1)
    live.insert(target, live.pop(place))
    _number(live + killed)
    record("moved", edition, now=now, member=member, item=item_id, before=place, after=target)
    return Curated(edition_id, touch(edition, member=member, now=now), item_id)


@transaction.atomic
def pin(
    edition_id: int,
    item_id: int,
    pinned: bool = True,
    *,
    lock_version: int,
    member: Member,
    now: datetime,
) -> Curated:
    """Keep an item at its place when the edition is filled again; ``pinned=False`` lets it go."""
    edition = open_for_change(edition_id, lock_version)
    item = _one(_items(edition)[0], item_id)
    item.pinned = pinned
    item.save(update_fields=["pinned"])
    record("pinned" if pinned else "unpinned", edition, now=now, member=member, item=item_id)
    return Curated(edition_id, touch(edition, member=member, now=now), item_id)


@transaction.atomic
def kill(
    edition_id: int, item_id: int, *, lock_version: int, member: Member, now: datetime
) -> Curated:
    """Take an item out; it stays on the sheet as killed, and the rule does not bring it back."""
    return _set_killed(edition_id, item_id, True, lock_version, member, now)


@transaction.atomic
def revive(
    edition_id: int, item_id: int, *, lock_version: int, member: Member, now: datetime
) -> Curated:
    """Bring a killed item back to the place it had, as far as that still exists."""
    return _set_killed(edition_id, item_id, False, lock_version, member, now)


@transaction.atomic
def reword(
    edition_id: int,
    item_id: int,
    headline: str,
    blurb: str,
    channel: str = "",
    language: str = "",
    *,
    lock_version: int,
    member: Member,
    now: datetime,
) -> Curated:
    """Give an item the editor's own words, on one channel or (empty) on all of them.

    An empty headline or blurb means ours; both empty take the wording back.
    """
    edition = open_for_change(edition_id, lock_version)
    item = Item.objects.filter(edition=edition, pk=item_id).first() or _one([], item_id)
    if channel and channel not in settings.DIGEST_CHANNELS:
        raise EditionRefused(
            f"Nothing goes by “{channel}”: use {_listed(settings.DIGEST_CHANNELS)}."
        )
    words = {
        "headline": _bounded("headline", headline, HEADLINE_LIMIT),
        "blurb": _bounded("blurb", blurb, BLURB_LIMIT),
    }
    language = language[:16]
    wording = ItemWording.objects.filter(item=item, channel=channel, language=language)
    there = wording.first()
    before = {"headline": there.headline, "blurb": there.blurb} if there else {}
    if any(words.values()):
        ItemWording.objects.update_or_create(
            item=item,
            channel=channel,
            language=language,
            defaults={**words, "member": member, "at": now},
        )
    else:
        wording.delete()
    record(
        "reworded", edition, now=now, member=member, item=item_id, channel=channel,
        language=language, before=before, after=words,
    )  # fmt: skip
    return Curated(edition_id, touch(edition, member=member, now=now), item_id)


@transaction.atomic
def retitle(
    edition_id: int, title: str, intro: str, *, lock_version: int, member: Member, now: datetime
) -> Curated:
    """Change the edition's title and the words at its head; the title cannot be empty."""
    edition = open_for_change(edition_id, lock_version)
    before = {"title": edition.title, "intro": edition.intro}
    edition.title = _bounded("title", title, TITLE_LIMIT)
    edition.intro = _bounded("introduction", intro, INTRO_LIMIT)
    if not edition.title:
        raise EditionRefused("The edition needs a title; the newsletter's name will do.")
    after = {"title": edition.title, "intro": edition.intro}
    record("retitled", edition, now=now, member=member, before=before, after=after)
    return Curated(edition_id, touch(edition, member=member, now=now))


@transaction.atomic
def add(
    edition_id: int, story_id: int, *, lock_version: int, member: Member, now: datetime
) -> Curated:
    """Add a story below the live items, pinned; one that was killed is brought back instead."""
    edition = open_for_change(edition_id, lock_version)
    live, killed = _items(edition)
    today = standing([story_id, *(item.story_id for item in [*live, *killed])])
    if story_id not in today:
        raise EditionRefused("There is no such story any more. Look for it on the wire.")
    story = Story.objects.get(pk=today[story_id])
    if any(today[item.story_id] == story.pk for item in live):
        raise EditionRefused("The story is in this edition already.")
    if len(live) >= MOST_ITEMS:
        raise EditionRefused(f"An edition holds {MOST_ITEMS} items at most. Kill one first.")
    if not StoryArticle.objects.filter(story=story, article__withdrawn_at=None).exists():
        raise EditionRefused(
            "Every article of this story was withdrawn by its outlet: nothing to link."
        )
    item = next((item for item in killed if today[item.story_id] == story.pk), None)
    if item is None:
        item = Item(edition=edition, story=story, section=_section(edition, story))
        item.reason = f"Added by {member}"[:300]
    else:
        killed.remove(item)
    item.killed, item.pinned = False, True
    _number([*live, item, *killed])
    record("added", edition, now=now, member=member, item=item.pk, story=story.pk)
    return Curated(edition_id, touch(edition, member=member, now=now), item.pk)


def _set_killed(
    edition_id: int,
    item_id: int,
    killed: bool,
    lock_version: int,
    member: Member,
    now: datetime,
) -> Curated:
    edition = open_for_change(edition_id, lock_version)
    item = _one([item for half in _items(edition) for item in half], item_id)
    item.killed = killed
    item.save(update_fields=["killed"])
    record("killed" if killed else "revived", edition, now=now, member=member, item=item_id)
    return Curated(edition_id, touch(edition, member=member, now=now), item_id)


def _items(edition: Edition) -> tuple[list[Item], list[Item]]:
    """The live and the killed items, each in order."""
    items = list(Item.objects.filter(edition=edition).order_by("position", "pk"))
    return [item for item in items if not item.killed], [item for item in items if item.killed]


def _number(items: Sequence[Item]) -> None:
    for position, item in enumerate(items, 1):
        item.position = position
        item.save()


def _one(items: Sequence[Item], item_id: int) -> Item:
    for item in items:
        if item.pk == item_id:
            return item
    raise EditionRefused("The item is not in this edition, or it was killed. Reload the page.")


def _bounded(name: str, value: str, limit: int) -> str:
    text = one_line(value)
    if len(text) > limit:
        raise EditionRefused(
            f"The {name} has {len(text)} characters; {limit} is the most. Shorten it."
        )
    return text


def _section(edition: Edition, story: Story) -> str:
    topics = StoryTopic.objects.filter(story=story).exclude(by=StoryTopic.By.BARRED)
    names = topics.order_by("-share").values_list("topic__name", flat=True)
    return names.first() or ""


def _listed(words: Sequence[str]) -> str:
    return " or ".join(words)
