"""An entry made into the values of an article: every rule about its words, no database."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from digest.intake.articles.core import agencies, byline, canonical, clean, endings, language
from digest.intake.articles.core.addresses import Addressed, addressed
from digest.intake.articles.core.outlet import outlet, without_outlet
from digest.intake.feeds.formats.entries import Entry
from digest.kit.text import cut, one_line

EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)
AHEAD = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Origin:
    """The feed as an article needs it: its address, outlet and declared language.

    ``outlets``: names by the host of their pages, for an aggregator's entries. ``last_words``: how
    its items before ended (:mod:`digest.intake.articles.core.endings`); ``credited``: how often
    they named whom no list knows (:mod:`digest.intake.articles.core.agencies`).
    """

    url: str
    source: str = ""
    language: str = ""
    outlets: Mapping[str, str] = field(default_factory=dict)
    last_words: Sequence[str] = ()
    credited: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Prepared:
    """An article-to-be. ``url_hash`` is its identity, ``entry_key`` the entry's in its feed;
    ``entry_hash`` changes with anything in the entry, ``content_hash`` with the words alone.
    ``shared_hash`` and ``is_version`` are as in :mod:`digest.intake.articles.core.addresses`;
    ``last_words`` are those it came with, ``offered`` the names it may credit.
    """

    entry_key: bytes
    entry_hash: bytes
    entry_url: str
    url: str
    url_hash: bytes
    content_hash: bytes
    title: str
    summary: str
    text: str
    author: str
    source: str
    agency: str
    language: str
    image_url: str
    image_alt: str
    image_credit: str
    categories: tuple[str, ...]
    published_at: datetime
    published_repaired: bool
    shared_hash: bytes = b""
    is_version: bool = False
    last_words: str = ""
    offered: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Read:
    """An entry whose markup has been read."""

    found: Addressed
    title: str
    summary: clean.Cleaned
    content: clean.Cleaned

    @property
    def last_words(self) -> str:
        return endings.last_words(self.summary.text or self.content.text, self.title)

    @property
    def offered(self) -> tuple[str, ...]:
        """Each name once: a body repeats its summary."""
        return tuple(dict.fromkeys((*self.summary.offered, *self.content.offered)))


@dataclass(frozen=True, slots=True)
class _Learned:
    """What is known of a feed by now: endings that are no news, agencies it credits."""

    endings: frozenset[str]
    agencies: frozenset[str]


def prepare(entries: Iterable[Entry], origin: Origin, now: datetime) -> list[Prepared]:
    """The entries of one document as articles-to-be, each key once, in the document's order.

    Where it repeats an address or an identifier, its entries are told apart
    (:mod:`digest.intake.articles.core.addresses`). Those that say nothing at all are left out.
    What most of the feed's items end with is taken off, and whom several credit is an agency.
    """
    read = [_read(each) for each in addressed(entries, origin.url)]
    here = {each.title: each for each in read}
    known = endings.learned([*origin.last_words, *(each.last_words for each in here.values())])
    named = Counter(name for each in here.values() for name in each.offered)
    # An item may have been counted before: the larger figure, not the sum.
    trusted = agencies.learned(named | Counter(origin.credited))
    return [_prepared(each, _Learned(known, trusted), origin, now) for each in read]


def published(entry: Entry, now: datetime) -> tuple[datetime, bool]:
    """When it was published, and whether that had to be repaired.

    The feed's word, or its time of change where it gives no other, is believed unless it lies
    more than ten minutes ahead or before 1995, when no feed existed: then it is now, the moment
    of first sight.
    """
    for moment in (entry.published, entry.updated):
        if moment is not None and EARLIEST <= moment <= now + AHEAD:
            return moment, False
    return now, True


def _read(found: Addressed) -> _Read:
    entry = found.entry
    summary, content = clean.clean(entry.summary), clean.clean(entry.content)
    if canonical.is_aggregators(entry.url):
        # What it shows under a title is a list of other outlets' titles.
        summary = content = clean.Cleaned("")
    return _Read(found, clean.headline(entry.title), summary, content)


def _prepared(read: _Read, learned: _Learned, origin: Origin, now: datetime) -> Prepared:
    entry, summary, content = read.found.entry, read.summary, read.content
    text = max(content.text, summary.text, key=len)
    source = outlet(entry, origin.source, origin.outlets)
    title = without_outlet(read.title, entry, source) or cut(one_line(text), 120)
    moment, repaired = published(entry, now)
    image = entry.image
    image_url = _sound(image.url) if image else ""
    image_alt = cut(one_line(image.alt), 500) if image else ""
    author, categories, offered = (
        _author(entry.author),
        tuple(map(_sound, entry.categories)),
        read.offered,
    )
    agency, photo = _credits(entry, summary, content)
    # The hashes are of the words as they came: what is learned of a feed changes no article. That
    # of the entry is over what a change may alter; when it was published is fixed at first sight.
    content_hash = _digest(title, summary.text, text)
    entry_hash = _digest(
        title, cut(summary.text or text, 2_000), text, author, source, agency, image_url, image_alt,
        photo, *categories,
    )  # fmt: skip
    spoken = language.detect(f"{title}\n{text}", entry.language or origin.language, entry.guess)
    if learned.agencies and any(name.casefold() in learned.agencies for name in offered):
        summary = clean.clean(entry.summary, learned=learned.agencies)
        content = clean.clean(entry.content, learned=learned.agencies)
        agency, photo = _credits(entry, summary, content)
    brief = endings.without(summary.text, read.title, learned.endings)
    text = max(endings.without(content.text, read.title, learned.endings), brief, key=len)
    return Prepared(
        entry_key=read.found.key,
        entry_hash=entry_hash,
        entry_url=_sound(entry.url),
        url=read.found.url,
        url_hash=read.found.identity,
        content_hash=content_hash,
        title=title,
        summary=cut(brief or text, 2_000),
        text=text,
        author=author,
        source=source,
        agency=agency,
        language=spoken,
        image_url=image_url,
        image_alt=image_alt,
        image_credit=photo,
        categories=categories,
        published_at=moment,
        published_repaired=repaired,
        shared_hash=read.found.shared,
        is_version=read.found.is_version,
        last_words=read.last_words,
        offered=offered,
    )


def _credits(entry: Entry, summary: clean.Cleaned, content: clean.Cleaned) -> tuple[str, str]:
    """The agency of a report, and whom its picture is by."""
    photo = clean.credit(entry.image.credit) if entry.image else ""
    agency = content.agency or summary.agency or _credited(entry)
    return agency[:200], (photo or content.photo or summary.photo)[:300]


def _credited(entry: Entry) -> str:
    """Dublin Core's source, which some publishers give as an address."""
    name = clean.credit(entry.credited)
    return "" if "://" in name else name


def _author(name: str) -> str:
    return byline.names(clean.headline(name, 300))


def _sound(value: str) -> str:
    """Without what PostgreSQL cannot store: NUL, and surrogates that stand alone."""
    return value.replace("\x00", "").encode("utf-8", "replace").decode()


def _digest(*parts: str) -> bytes:
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "replace")).digest()
