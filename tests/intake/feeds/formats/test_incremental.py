"""Only new items are parsed, and what is read is what feedparser reads in the whole."""

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.intake.feeds.formats import parse as parsing
from digest.intake.feeds.formats.incremental import NewEntries, read
from digest.intake.feeds.formats.parse import NotAFeed, parse
from tests.fakes.feeds import item, rss

URL = "https://harbour.example/rss"


def reading(body: bytes, seen: frozenset[bytes] = frozenset(), url: str = URL) -> NewEntries:
    found = read(body, {}, url, seen)
    assert isinstance(found, NewEntries), found
    return found


def titles(found: NewEntries) -> list[str]:
    return [entry.title for entry in found.parsed.entries]


def test_the_second_look_parses_the_new_item_alone() -> None:
    first = reading(rss(*(item(n, title=f"t{n}") for n in range(5))))
    assert (first.path, first.skipped, len(first.parsed.entries)) == ("incremental", 0, 5)
    body = rss(*(item(n, title=f"t{n}") for n in (9, 0, 1, 2, 3)))
    second = reading(body, frozenset(first.item_hashes))
    assert (second.path, second.skipped, titles(second)) == ("incremental", 4, ["t9"])
    assert second.parsed.about.title


def test_nothing_new_costs_no_parsing() -> None:
    body = rss(item(1), item(2))
    seen = frozenset(reading(body).item_hashes)
    found = reading(body.replace(b"<channel>", b"<channel><pubDate>now</pubDate>"), seen)
    assert (found.path, found.skipped, found.parsed.entries) == ("nothing-new", 2, ())
    assert set(found.item_hashes) == seen


def test_a_head_that_changed_is_read_though_no_item_is_new() -> None:
    body = rss(item(1))
    seen = frozenset(reading(body).item_hashes)
    found = reading(body.replace(b"<channel>", b"<channel><ttl>7</ttl>"), seen)
    assert (found.path, found.parsed.entries, found.parsed.about.ttl_minutes) == (
        "incremental", (), 7,
    )  # fmt: skip


def test_an_item_that_changed_is_new() -> None:
    seen = frozenset(reading(rss(item(1), item(2))).item_hashes)
    found = reading(rss(item(1), item(2, title="Corrected")), seen)
    assert titles(found) == ["Corrected"]


def test_items_that_share_an_identifier_are_read_in_company() -> None:
    body = rss(*(item(n).replace(f"item-{n}", "item") for n in range(3)))
    found = reading(body)
    assert (found.path, found.item_hashes, len(found.parsed.entries)) == ("whole", (), 3)
    assert "identifier" in found.doubt


def test_a_feed_that_moved_is_read_anew_because_its_links_are_relative_to_it() -> None:
    body = rss(item(1, link="a"))
    seen = frozenset(reading(body).item_hashes)
    assert reading(body, seen, URL + "?session=2").path == "nothing-new"
    moved = reading(body, seen, "https://other.example/rss")
    assert moved.parsed.entries[0].url == "https://other.example/a"


def test_items_beyond_the_cap_are_counted_and_never_new() -> None:
    body = rss(*(item(n) for n in range(parsing.MAX_ENTRIES + 7)))
    first = reading(body)
    assert (len(first.parsed.entries), first.parsed.dropped) == (parsing.MAX_ENTRIES, 7)
    assert len(first.item_hashes) == parsing.MAX_ENTRIES + 1
    again = reading(body, frozenset(first.item_hashes))
    assert (again.path, again.skipped, again.parsed.dropped) == (
        "nothing-new", parsing.MAX_ENTRIES, 7,
    )  # fmt: skip


def test_other_encodings_are_cut_as_well() -> None:
    for encoding in ("utf-16", "euc-kr", "shift_jis", "gb18030", "big5", "iso-8859-1"):
        text = rss(item(1, title="one"), item(2, title="two")).decode()
        body = text.replace("utf-8", encoding).encode(encoding)
        first = reading(body)
        assert (first.path, titles(first)) == ("incremental", ["one", "two"]), encoding
        assert titles(reading(body, frozenset(first.item_hashes[1:]))) == ["one"]


def test_entities_of_a_document_type_leave_it_whole() -> None:
    body = rss(item(1, title="CO news").replace("CO", "&co;")).replace(
        b"<rss", b'<!DOCTYPE rss [\n<!ENTITY co "Harbour">\n]>\n<rss', 1
    )
    whole = parse(body, {}, URL)
    assert not isinstance(whole, NotAFeed)
    found = reading(body)
    assert (found.path, titles(found)) == ("whole", titles(NewEntries(whole)))


def test_what_is_no_feed_is_refused() -> None:
    assert isinstance(read(b"", {}, URL), NotAFeed)
    assert isinstance(read(b"<html><body>x", {}, URL), NotAFeed)


words = st.text(string.ascii_letters + "äß北 é'\"&<>\u202e", max_size=20)
parts = st.sampled_from(
    ["<description>{}</description>", "<content:encoded>{}</content:encoded>",
     "<dc:creator>{}</dc:creator>", "<category>{}</category>", "<source url='/s'>{}</source>",
     "<media:content url='/{}.jpg' medium='image'/>", "<media:description>{}</media:description>",
     "<image><url>{}</url></image>", "<pubDate>Mon, 23 Nov 2026 09:30:00 +0900</pubDate>",
     "<x:base xmlns:x='urn:x' xml:base='https://b.example/{}'>{}</x:base>", "<author>{}</author>",
     "<link>{}</link>", "<dc:date>{}</dc:date>", "<title>{}</title>", "<summary>{}</summary>",
     "<description xml:lang='fr'><p>x</p></description>"]
)  # fmt: skip


def fill(pair: tuple[str, str]) -> str:
    part, word = pair
    word = word.replace("&", "&amp;").replace("<", "&lt;").replace("'", "&apos;")
    return part.replace("{}", word)


generated = st.lists(
    st.lists(st.tuples(parts, words).map(fill), max_size=5).map("".join), min_size=1, max_size=6
)


@settings(max_examples=50)
@given(generated, st.sets(st.integers(0, 5)))
def test_what_is_cut_changes_nothing_of_what_is_read(
    extras: list[str], unseen: set[int]
) -> None:  # fmt: skip
    body = rss(*(item(n, extra=extra) for n, extra in enumerate(extras)))
    whole = parse(body, {}, URL)
    assert not isinstance(whole, NotAFeed)
    first = reading(body)
    assert first.path == "incremental"
    assert first.parsed == whole
    seen = frozenset(
        digest for n, digest in enumerate(first.item_hashes[:-1]) if n not in unseen
    )  # fmt: skip
    again = reading(body, seen)
    wanted = tuple(entry for n, entry in enumerate(whole.entries) if n in unseen)
    assert again.parsed.entries == wanted
    assert again.skipped == len(extras) - len(wanted)


@pytest.mark.parametrize(
    "words",
    [
        "wo<title/>rds",
        "<![CDATA[words]]><title>x</title>",
        "<![CDATA[words]]><textInput><title>q</title></textInput>",
        "<!-- a --><link>x</link>",
        "words <copyright>x</copyright>",
        "<feed><info>x</info></feed>",
    ],
)
def test_an_element_inside_a_text_leaves_the_document_whole(words: str) -> None:
    texts = ("one", words, "three")
    items = [
        f"<item><guid>{n}</guid><description>{text}</description></item>"
        for n, text in enumerate(texts)
    ]
    body = f"<rss version='2.0'><channel>{''.join(items)}</channel></rss>".encode()
    found = reading(body)
    assert (found.path, found.item_hashes) == ("whole", ())
    assert found.parsed == parse(body, {}, URL)
