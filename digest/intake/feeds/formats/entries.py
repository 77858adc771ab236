"""What reading a feed yields, whatever its format: plain values, nothing trusted."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

MAX_ENTRIES = 1000


@dataclass(frozen=True, slots=True)
class Image:
    """A picture an entry offers, with the words that belong to it, as far as given."""

    url: str
    alt: str = ""
    credit: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of a feed. ``title``, ``summary`` and ``content`` are HTML, unsafe to show.

    ``source`` is the feed that the item says it was taken from, with its address if it gave one.
    ``guess`` is the language that a model takes its words for, and its probability, if asked.
    """

    id: str
    url: str
    title: str
    summary: str = ""
    content: str = ""
    author: str = ""
    source: str = ""
    source_url: str = ""
    credited: str = ""
    published: datetime | None = None
    updated: datetime | None = None
    image: Image | None = None
    categories: tuple[str, ...] = ()
    language: str = ""
    guess: tuple[str, float] | None = None

    def guessed(self, guess: tuple[str, float]) -> "Entry":
        """With a guess. A feed has as many as items: ``replace`` looks each field up by name."""
        return Entry(
            self.id, self.url, self.title, self.summary, self.content, self.author, self.source,
            self.source_url, self.credited, self.published, self.updated, self.image,
            self.categories, self.language, guess,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Deleted:
    """An entry that its publisher deleted (RFC 6721): its id, and when, as far as that is read."""

    ref: str
    when: datetime | None = None


@dataclass(frozen=True, slots=True)
class About:
    """What a feed says of itself, in plain text, and how often it wants to be asked.

    ``ttl_minutes``, ``skip_hours`` (GMT, 0 to 23) and ``skip_days`` (Monday is 0) are RSS 2.0's;
    ``update_minutes`` is sy:updatePeriod over sy:updateFrequency.
    """

    title: str = ""
    site_url: str = ""
    language: str = ""
    ttl_minutes: int | None = None
    hub_url: str = ""
    self_url: str = ""
    format: str = ""
    update_minutes: int | None = None
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Parsed:
    """A feed that was read. ``dropped`` counts entries beyond :data:`MAX_ENTRIES`.

    ``notes``: sentences for the feed's history on what could not be taken as it came.
    """

    about: About
    entries: tuple[Entry, ...] = field(default=())
    dropped: int = 0
    deleted: tuple[Deleted, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NewEntries:
    """What a document says that was not seen before.

    ``path``: ``incremental`` (``parsed`` holds the entries of unseen items), ``nothing-new`` (as
    good as a 304: no entries, and ``about`` is empty because the head is the one seen, moments
    apart), ``json`` and ``sitemap`` (likewise without what was seen), ``whole`` (all entries;
    ``doubt`` says why). ``item_hashes``: digests to be passed as
    ``seen`` when the feed's next document is read, at most :data:`MAX_ENTRIES` + 1 of 16
    bytes; none when the document was read whole. ``skipped``: items that were seen.
    """

    parsed: Parsed
    item_hashes: tuple[bytes, ...] = ()
    path: str = "whole"
    skipped: int = 0
    doubt: str = ""


def newest(count: int, moment: Callable[[int], datetime | None]) -> list[int]:
    """The places of the newest :data:`MAX_ENTRIES` of ``count`` items, in the document's order.

    ``moment`` tells an item's by its place, and is asked only where there are too many. Items
    without one count as old; among equals the first come first.
    """
    if count <= MAX_ENTRIES:
        return list(range(count))
    oldest = datetime.min.replace(tzinfo=UTC)
    moments = [moment(place) or oldest for place in range(count)]
    order = sorted(range(count), key=moments.__getitem__, reverse=True)
    return sorted(order[:MAX_ENTRIES])


def told_of_rest(count: int) -> tuple[str, ...]:
    """A sentence on what was left out of ``count`` items, if any was."""
    if count <= MAX_ENTRIES:
        return ()
    return (f"It has {count:,} items, of which the {MAX_ENTRIES:,} newest were taken.",)


@dataclass(frozen=True, slots=True)
class NotAFeed:
    """A document that is no feed, and why, in an editor's words. ``is_page`` when it is HTML."""

    reason: str
    is_page: bool = False
