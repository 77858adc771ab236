"""Over every document of the labelled data: what is read is what feedparser alone reads, by
whichever way, and no entry that says something of its own vanishes.

A document is decoded once, and what is read of it in the same way is read once, for all tests.

``DIGEST_DATA=… python -m pytest tests/intake/feeds/formats/test_feeds_in_the_wild.py -rA -s``
prints the figures.
"""

import io
import json
import os
import random
import warnings
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any
from xml.parsers import expat

import feedparser
import pytest

from digest.intake.articles.core import clean
from digest.intake.articles.core.prepare import Origin, prepare
from digest.intake.feeds.formats import jsonfeed, sitemap
from digest.intake.feeds.formats import parse as parsing
from digest.intake.feeds.formats.fields import web_address
from digest.intake.feeds.formats.incremental import NewEntries, read
from digest.intake.feeds.formats.parse import Entry, NotAFeed, Parsed, parse
from digest.intake.feeds.formats.strict import reader as strict

URL = "https://feed.example/dir/feed.xml"
NOW = datetime(2026, 11, 29, tzinfo=UTC)
CLIPPED = 300
# feedparser's own sanitising drops what it takes for tags, as "<at>" in an address, and keeps
# the text of what we drop with its element: scripts, objects, frames.
SANITISED = ("/sanitize/", "gmane.comp.gnu.binutils.xml")
DATA = os.environ.get("DIGEST_DATA")
pytestmark = [
    pytest.mark.data,
    pytest.mark.slow,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(not DATA, reason="DIGEST_DATA is not set"),
]


@cache
def listed() -> tuple[tuple[str, bytes, bool], ...]:
    folder = Path(DATA or "") / "feeds"
    return tuple(
        (each["path"], (folder / each["path"]).read_bytes(), each["real"])
        for each in json.loads((folder / "manifest.json").read_text())
    )


def documents() -> Iterator[tuple[str, bytes]]:
    return ((path, body) for path, body, _ in listed())


@pytest.fixture(scope="module", autouse=True)
def read_once() -> Iterator[None]:
    """None of the documents comes with headers, on which their letters could depend too."""
    decoded = cache(partial(parsing.readable, headers={}))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parsing, "readable", lambda body, headers: decoded(body))
        yield
    for each in (listed, first_reading, whole_reading):
        each.cache_clear()


@cache
def first_reading(body: bytes) -> NewEntries | NotAFeed:
    """What is read of a document that nobody has read before."""
    return read(body, {}, URL)


@cache
def whole_reading(body: bytes) -> Parsed | NotAFeed:
    """What is read where nothing is cut."""
    return parse(body, {}, URL)


def well_formed(body: bytes) -> bool:
    """Whether expat reads it, or refuses its encoding alone."""
    try:
        expat.ParserCreate(None, " ").Parse(body, True)
    except ValueError:
        return True
    except expat.ExpatError as error:
        return "encoding" in str(error)
    return True


def wanted(entries: tuple[Entry, ...], unseen: set[int]) -> tuple[Entry, ...]:
    return tuple(entry for n, entry in enumerate(entries) if n in unseen)


def subsets(count: int) -> Iterator[set[int]]:
    chance = random.Random(count)
    yield {0}
    yield {count - 1}
    yield set(chance.sample(range(count), (count + 1) // 2))


def test_cut_documents_give_the_entries_of_the_whole() -> None:
    paths: Counter[str] = Counter()
    doubts: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    known = cut = compared = 0
    differing = []
    for path, body in documents():
        whole, first = whole_reading(body), first_reading(body)
        if isinstance(first, NotAFeed):
            refused[first.reason] += 1
            continue
        paths[first.path] += 1
        assert isinstance(whole, Parsed) or first.path not in {"whole", "incremental"}, path
        if not isinstance(whole, Parsed):
            continue
        if well_formed(body.lstrip()) and whole.about.format.startswith(("rss", "atom")):
            known += 1
            cut += first.path == "incremental"
            doubts[first.doubt] += bool(first.doubt)
        if first.path != "incremental":
            continue
        assert first.parsed == whole, path
        every = first.item_hashes[:-1]
        again = read(body, {}, URL, frozenset(first.item_hashes))
        assert isinstance(again, NewEntries)
        assert (again.path, again.parsed.entries) == ("nothing-new", ()), path
        for unseen in subsets(len(whole.entries)) if whole.entries else ():
            if len(every) != len(whole.entries):
                continue  # Two items are the same to the byte.
            seen = frozenset(digest for n, digest in enumerate(every) if n not in unseen)
            some = read(body, {}, URL, seen)
            assert isinstance(some, NewEntries)
            compared += 1
            if some.parsed.entries != wanted(whole.entries, unseen):
                differing.append(path)
            assert some.parsed.about == whole.about, path
    print(f"\npaths: {dict(paths)}; refused: {dict(refused)}")
    print(f"well-formed RSS and Atom: {known}, cut: {cut} ({cut / known:.1%}); {dict(doubts)}")
    print(f"parts compared with the whole: {compared}, differing: {len(differing)}")
    assert not differing
    assert cut / known >= 0.95


def said(raw: Any, base: str) -> dict[str, object]:
    """An entry as feedparser with its defaults gives it, its words cleaned as an article's are."""
    raw = dict(raw)
    published = raw.get("published_parsed") or raw.get("created_parsed")
    detail = raw.get("summary_detail") or {}
    title = raw.get("title_detail") or {}
    return {
        "id": " ".join(str(raw.get("id") or "").split()),
        "link": web_address(raw.get("link"), base) or None,
        "title": clean.headline(parsing._html(title, parsing.MAX_LINE) or raw.get("title", "")),
        "published": published and datetime(*published[:5], min(published[5], 59), tzinfo=UTC),
        "summary": clean.text(parsing._html(detail, parsing.MAX_HTML))[:CLIPPED],
    }


def ours(entry: Entry) -> dict[str, object]:
    return {
        "id": entry.id,
        "link": entry.url or None,
        "title": clean.headline(entry.title),
        "published": entry.published,
        "summary": clean.text(entry.summary)[:CLIPPED],
    }


def test_entries_are_those_of_feedparser_with_its_defaults() -> None:
    entries = 0
    differing: Counter[str] = Counter()
    shown: list[str] = []
    for path, body in documents():
        found = first_reading(body)
        if isinstance(found, NotAFeed) or found.path not in {"whole", "incremental"}:
            continue
        # Letters that it would guess wrongly are decoded before.
        decoded = parsing.readable(body, {})
        body = body if isinstance(decoded, NotAFeed) or decoded.body == body else decoded.body
        base = parsing.base_of(body, URL)
        headers = parsing.headers_for(body, {}, base)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            alone = feedparser.parse(io.BytesIO(parsing.trimmed(body)), response_headers=headers)
        assert len(alone.entries) == len(found.parsed.entries), path
        for raw, entry in zip(alone.entries, found.parsed.entries, strict=True):
            entries += 1
            theirs, own = said(raw, base), ours(entry)
            if theirs["link"] is None or "feedburner_origlink" in dict(raw):
                # Ours goes on to what is enclosed, and past FeedBurner's counter.
                del theirs["link"], own["link"]
            for name in (name for name in own if theirs[name] != own[name]):
                differing[name] += 1
                shown.append(f"{path} {name}\n  {theirs[name]!r}\n  {own[name]!r}")
                excused = name in {"title", "summary"} and any(each in path for each in SANITISED)
                # Dates that feedparser passes over.
                excused = excused or (name == "published" and theirs[name] is None)
                assert excused, shown[-1]
    print(f"\nentries: {entries}, differing: {dict(differing)}", *shown, sep="\n")


def test_what_is_read_without_feedparser_is_what_feedparser_reads() -> None:
    known = fast = real = real_fast = entries = 0
    for path, body, is_real in listed():
        decoded = parsing.readable(body, {})
        if isinstance(decoded, NotAFeed) or any(
            kind.looks_like(decoded.body) for kind in (jsonfeed, sitemap)
        ):
            continue
        known, real = known + 1, real + is_real
        if strict.read(decoded.body, {}, URL) is None:
            continue
        fast, real_fast = fast + 1, real_fast + is_real
        found = whole_reading(body)
        assert found == parse(body, {}, URL, fast=False), path
        entries += len(found.entries) if isinstance(found, Parsed) else 0
    print(f"{fast} of {known} read fast, {real_fast} of {real} real; {entries} entries compared")
    assert real_fast >= 0.7 * real and entries > 4_000


def test_every_entry_with_words_of_its_own_becomes_an_article() -> None:
    """Left out are those without any words, and repeats: the same words under the same link."""
    entries = blank = repeats = articles = 0
    for path, body in documents():
        reading = first_reading(body)
        if isinstance(reading, NotAFeed):
            continue
        found = reading.parsed.entries
        telling = [each for each in found if each.title or each.summary or each.content]
        told = {
            (each.url.partition("#")[0] or each.id, each.title, each.summary, each.content)
            for each in telling
        }
        made = {each.url_hash for each in prepare(found, Origin(URL, "X", "en"), NOW)}
        assert len(made) >= len(told), path
        entries, articles = entries + len(found), articles + len(made)
        blank, repeats = blank + len(found) - len(telling), repeats + len(telling) - len(told)
    print(f"\nentries {entries}: without words {blank}, repeats {repeats}, articles {articles}")
    assert articles >= 5_000
