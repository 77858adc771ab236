"""JSON Feed, news sitemaps, tombstones, rhythms and dates: what feedparser does not read."""

import json
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.intake.feeds.formats import dates, jsonfeed, sitemap, tombstones
from digest.intake.feeds.formats import parse as parsing
from digest.intake.feeds.formats.entries import Deleted, Image, NotAFeed, Parsed
from digest.intake.feeds.formats.incremental import NewEntries, read
from digest.intake.feeds.formats.parse import parse
from tests.fakes.feeds import item, rss

URL = "https://harbour.example/feed"


def parsed(body: bytes) -> Parsed:
    found = parse(body, {}, URL)
    assert isinstance(found, Parsed), found
    return found


def as_json(*items: object, **more: object) -> bytes:
    return json.dumps(
        {"version": "https://jsonfeed.org/version/1.1", "title": "Harbour", "items": items} | more
    ).encode()


def test_a_json_feed_is_read() -> None:
    found = parsed(
        as_json(
            {
                "id": 7, "url": "/7", "title": "Tides & <b>ships</b>", "summary": "Low < high",
                "content_html": "<p>Whole</p>", "content_text": "not this",
                "image": "/7.jpg", "date_published": "2026-11-23T09:30:00+09:00",
                "date_modified": "2026-11-23T01:00:00Z", "tags": ["Sea", "Sea", 3],
                "authors": [{"name": "Jo Kim"}, {"name": "jo@harbour.example"}], "language": "en",
            },
            {"id": "https://harbour.example/8", "content_text": "a < b",
             "attachments": [{"url": "/8.png", "mime_type": "image/png"}]},
            home_page_url="https://harbour.example/", feed_url="/feed", author={"name": "Desk"},
            hubs=[{"type": "rssCloud", "url": "/no"}, {"type": "WebSub", "url": "/hub"}],
        )
    )  # fmt: skip
    assert (found.about.title, found.about.hub_url, found.about.self_url, found.about.format) == (
        "Harbour", "https://harbour.example/hub", URL, "json11",
    )  # fmt: skip
    one, two = found.entries
    assert (one.id, one.url, one.title) == (
        "7", "https://harbour.example/7", "Tides &amp; &lt;b&gt;ships&lt;/b&gt;",
    )  # fmt: skip
    assert (one.content, one.summary, one.author) == ("<p>Whole</p>", "Low &lt; high", "Jo Kim")
    assert one.published == datetime(2026, 11, 23, 0, 30, tzinfo=UTC)
    assert (one.image, one.categories) == (Image("https://harbour.example/7.jpg"), ("Sea",))
    assert (two.content, two.author, two.url) == (
        "a &lt; b",
        "Desk",
        "https://harbour.example/8.png",
    )


def test_of_a_json_feed_what_was_seen_is_left_out() -> None:
    body = as_json({"id": "1", "title": "a"}, {"id": "2", "title": "b"})
    first = read(body, {}, URL)
    assert isinstance(first, NewEntries)
    assert (first.path, first.skipped) == ("json", 0)
    seen = frozenset(first.item_hashes)
    again = read(as_json({"id": "3", "title": "c"}, {"id": "1", "title": "a"}), {}, URL, seen)
    assert isinstance(again, NewEntries)
    assert (again.path, again.skipped, [entry.id for entry in again.parsed.entries]) == (
        "json", 1, ["3"],
    )  # fmt: skip
    same = read(body, {}, URL, seen)
    assert isinstance(same, NewEntries)
    assert (same.path, same.parsed.entries) == ("nothing-new", ())


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"a": 1}', "not a feed"),
        (b"[1, 2]", "not a feed"),
        (b'{"version": "https://jsonfeed.org/version/1.1", "items": [', "broken"),
        (b"[" * 200_000, "deeply"),
        (b'{"version": ' + b"9" * 5000 + b"}", "broken"),
    ],
)
def test_other_json_has_a_reason(body: bytes, reason: str) -> None:
    found = parse(body, {}, URL)
    assert isinstance(found, NotAFeed)
    assert reason in found.reason


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(
        st.sampled_from(["id", "url", "title", "items", "authors", "name", "tags", "hubs",
                         "attachments", "date_published", "image", "version"]), inner),
    max_leaves=20,
)  # fmt: skip


@given(values, values)
def test_any_json_is_read_or_refused(one: object, other: object) -> None:
    assert isinstance(jsonfeed.parse(as_json(one), URL), Parsed)
    assert isinstance(jsonfeed.parse(as_json({"id": one, "url": other, "tags": one}), URL), Parsed)
    assert isinstance(jsonfeed.parse(json.dumps(one).encode(), URL), NotAFeed | Parsed)


MAP = """<?xml version="1.0" encoding="UTF-8"?><!-- <rss> -->
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
 xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"
 xmlns:i="http://www.google.com/schemas/sitemap-image/1.1">
<url><loc> https://harbour.example/1?a=1&amp;b=2 </loc><lastmod>2026-11-23</lastmod>
<n:news><n:publication><n:name>Harbour News</n:name><n:language>en</n:language></n:publication>
<n:publication_date>2026-11-23T09:30:00+09:00</n:publication_date>
<n:title>Tides &amp; ships</n:title>
<n:keywords>Sea, Trade</n:keywords></n:news>
<i:image><i:loc>https://harbour.example/1.jpg</i:loc><i:caption>A ship</i:caption></i:image></url>
<url><loc>https://harbour.example/about</loc></url></urlset>"""


def test_a_news_sitemap_is_read() -> None:
    found = parsed(MAP.encode())
    assert (found.about.title, found.about.format) == ("Harbour News", "sitemap")
    (only,) = found.entries
    assert (only.url, only.title, only.source, only.language) == (
        "https://harbour.example/1?a=1&b=2", "Tides &amp; ships", "Harbour News", "en",
    )  # fmt: skip
    assert only.published == datetime(2026, 11, 23, 0, 30, tzinfo=UTC)
    assert (only.image, only.categories) == (
        Image("https://harbour.example/1.jpg", "A ship"), ("Sea", "Trade"),
    )  # fmt: skip
    again = read(MAP.encode(), {}, URL)
    assert isinstance(again, NewEntries)
    assert again.path == "sitemap"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("<sitemapindex><sitemap><loc>https://a.example/x.xml</loc></sitemap><sitemap>"
         "<loc>https://a.example/news.xml</loc></sitemap></sitemapindex>",
         "for example https://a.example/news.xml"),
        ("<urlset><url><loc>https://a.example/</loc></url></urlset>", "without news"),
        ("<urlset><url>", "well-formed"),
        ("<urlset ><!DOCTYPE x>", "well-formed"),
    ],
)  # fmt: skip
def test_other_sitemaps_have_a_reason(body: str, reason: str) -> None:
    found = parse(body.encode(), {}, URL)
    assert isinstance(found, NotAFeed)
    assert reason in found.reason


def test_a_sitemap_with_a_bomb_is_refused() -> None:
    bomb = b"<!DOCTYPE urlset [<!ENTITY a 'b'>]><urlset><url><loc>&a;</loc></url></urlset>"
    found = sitemap.parse(bomb, URL)
    assert isinstance(found, NotAFeed)
    assert "document type" in found.reason


def test_a_sitemap_is_capped() -> None:
    one = MAP[MAP.index("<url>") : MAP.index("<url><loc>https://harbour.example/about")]
    found = parsed(MAP.replace(one, one * (parsing.MAX_ENTRIES + 3)).encode())
    assert len(found.entries) == parsing.MAX_ENTRIES
    assert found.dropped == 4


@given(st.lists(st.sampled_from(
    ["<urlset>", "<url>", "</url>", "</urlset>", "<loc>", "</loc>", "x", "<title>", "</title>",
     "<!--", "-->", "<sitemapindex>"]), max_size=20).map("".join))  # fmt: skip
def test_any_sitemap_is_read_or_refused(body: str) -> None:
    assert isinstance(sitemap.parse(body.encode(), URL), Parsed | NotAFeed)
    assert isinstance(sitemap.looks_like(body.encode()), bool)


def test_a_prologue_made_to_hurt_is_passed_in_time() -> None:
    began = time.process_time()
    sitemap.looks_like(b"<!---->" * 200_000)
    sitemap.looks_like(b"<?x ?>" * 200_000 + b"<!--")
    assert time.process_time() - began < 2


ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xmlns:at="http://purl.org/atompub/tombstones/1.0">
<at:deleted-entry ref="urn:1" when="2026-11-23T09:30:00Z"/><at:deleted-entry ref="urn:2" when="x"/>
<at:deleted-entry ref="urn:3"/><entry><id>urn:3</id><title>x</title></entry></feed>"""


def test_deleted_entries_are_told_but_for_those_still_shown() -> None:
    wanted = (Deleted("urn:1", datetime(2026, 11, 23, 9, 30, tzinfo=UTC)), Deleted("urn:2"))
    assert parsed(ATOM.encode()).deleted == wanted
    found = read(ATOM.encode(), {}, URL)
    assert isinstance(found, NewEntries)
    assert found.parsed.deleted == wanted


def test_a_tombstone_that_comes_without_a_new_entry_is_told() -> None:
    before = ATOM.replace('<at:deleted-entry ref="urn:1" when="2026-11-23T09:30:00Z"/>', "")
    first = read(before.encode(), {}, URL)
    assert isinstance(first, NewEntries)
    found = read(ATOM.encode(), {}, URL, frozenset(first.item_hashes))
    assert isinstance(found, NewEntries)
    assert found.skipped == 1
    assert "urn:1" in {each.ref for each in found.parsed.deleted}


def test_nothing_is_deleted_on_the_word_of_a_broken_document() -> None:
    assert tombstones.deleted(ATOM.encode()[:-3]) == ()
    assert tombstones.deleted(b"<!DOCTYPE feed>" + ATOM.encode()) == ()


def test_a_tombstone_of_an_entry_that_was_cut_is_no_deletion() -> None:
    first = read(ATOM.encode(), {}, URL)
    assert isinstance(first, NewEntries)
    changed = ATOM.replace("<entry>", "<title>new</title><entry>").encode()
    found = read(changed, {}, URL, frozenset(first.item_hashes))
    assert isinstance(found, NewEntries)
    assert (found.skipped, {each.ref for each in found.parsed.deleted}) == (1, {"urn:1", "urn:2"})


def test_a_feed_says_how_often_it_wants_to_be_asked() -> None:
    body = rss(item(1)).replace(
        b"<channel>",
        b"<channel><ttl>15</ttl><sy:updatePeriod xmlns:sy='http://purl.org/rss/1.0/modules/"
        b"syndication/'>hourly</sy:updatePeriod><sy:updateFrequency xmlns:sy="
        b"'http://purl.org/rss/1.0/modules/syndication/'> 4 </sy:updateFrequency>"
        b"<skipHours><hour>0</hour><hour> 24</hour><hour>7</hour><hour>99</hour></skipHours>"
        b"<skipDays><day>Sunday</day><day>Someday</day></skipDays>",
    )
    about = parsed(body).about
    assert (about.ttl_minutes, about.update_minutes) == (15, 15)
    assert (about.skip_hours, about.skip_days) == (frozenset({0, 7}), frozenset({6}))


def test_one_item_at_which_feedparser_fails_does_not_silence_its_feed() -> None:
    bad = "<textInput><name>x</name></textInput>"
    body = rss(*(item(n, extra=bad if n in {2, 5} else "") for n in range(7)))
    assert isinstance(parse(body, {}, URL), NotAFeed)
    found = read(body, {}, URL)
    assert isinstance(found, NewEntries)
    assert [entry.id for entry in found.parsed.entries] == [f"item-{n}" for n in (0, 1, 3, 4, 6)]
    assert found.parsed.dropped == 2


def test_the_widest_of_several_pictures_is_taken_and_that_of_a_podcast() -> None:
    sizes = "".join(
        f"<media:content url='/{width}.jpg' medium='image' width='{width}'/>"
        for width in (140, 1200, 460)
    )
    assert parsed(rss(item(1, extra=sizes))).entries[0].image == Image(
        "https://harbour.example/1200.jpg"
    )
    episode = (
        "<itunes:image xmlns:itunes='http://www.itunes.com/dtds/podcast-1.0.dtd' href='/e.jpg'/>"
    )
    assert parsed(rss(item(1, extra=episode))).entries[0].image == Image(
        "https://harbour.example/e.jpg"
    )


NINE_THIRTY = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("spelt", "hours"),
    [
        ("Mon, 23 Nov 2026 09:30:00 GMT", 0),
        ("Mon, 23 Nov 2026 04:30:00 EST", 0),
        ("Mon, 23 Nov 2026 11:30:00 CEST", 0),
        ("Mon, 23 Nov 2026 18:30:00 KST", 0),
        ("Mon, 23 Nov 2026 11:30:00 UTC+0200", 0),
        ("Mon, 23-Nov-2026 09:30:00 GMT", 0),
        ("lun., 23 nov. 2026 10:30:00 +0100", 0),
        ("Mo, 23 Nov 2026 10:30:00 +0100", 0),
        ("23 de noviembre de 2026 09:30", 0),
        ("2026-11-23T09:30:00Z", 0),
        ("2026-11-23 09:30", 0),
        ("20261123T093000Z", 0),
        ("2026/11/23 09:30:00", 0),
        ("2026年11月23日 09:30", 0),
        ("23.11.2026 09:30", 0),
        ("23/11/2026 09:30:00", 0),
        ("11/23/2026 9:30:00 AM", 0),
        ("Nov 23, 2026 9:30 pm", 12),
        ("Monday, November 23, 2026 - 09:30", 0),
        ("1795426200", 0),
        ("1795426200000", 0),
    ],
)
def test_dates_are_read_as_they_are_written(spelt: str, hours: int) -> None:
    assert dates.read(spelt) == NINE_THIRTY.replace(hour=9 + hours)


@pytest.mark.parametrize("spelt", ["", "soon", "03/04/2026", "99/99/2026", "0000-00-00", None, 7])
def test_what_is_no_date_or_one_of_two_is_none(spelt: object) -> None:
    assert dates.read(spelt) is None


@given(st.text() | st.text("0123456789/.:-+TZ amp年月日Nov", max_size=40))
def test_any_text_is_a_moment_or_none(spelt: str) -> None:
    found = dates.read(spelt)
    assert found is None or found.tzinfo is UTC
