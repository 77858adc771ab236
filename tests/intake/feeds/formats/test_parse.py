"""Bytes in, entries out, whatever the bytes."""

import os
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.intake.feeds.formats import parse as parsing
from digest.intake.feeds.formats.parse import Entry, NotAFeed, Parsed, parse
from tests.fakes.feeds import item, rss

URL = "https://harbour.example/rss"


def read(body: bytes, **headers: str) -> Parsed:
    found = parse(body, {name.replace("_", "-"): value for name, value in headers.items()}, URL)
    assert isinstance(found, Parsed), found
    return found


def entry(extra: str) -> Entry:
    return read(rss(item(1, extra=extra))).entries[0]


def test_an_rss_item_is_read_whole() -> None:
    found = entry(
        "<description>&lt;p&gt;Lead&lt;/p&gt;</description>"
        "<content:encoded><![CDATA[<p>Whole &amp; long</p>]]></content:encoded>"
        "<dc:creator>Jo Kim</dc:creator><dc:source>Harbour Wire</dc:source>"
        "<pubDate>Mon, 23 Nov 2026 09:30:00 +0900</pubDate>"
        "<category>Ships</category><category>Trade</category><category>Ships</category>"
        "<source url='https://other.example/rss'>The Other</source>"
    )
    assert found == Entry(
        id="item-1",
        url="https://harbour.example/1",
        title="Ferry number 1 returns to service",
        summary="<p>Lead</p>",
        content="<p>Whole &amp; long</p>",
        author="Jo Kim",
        source="The Other",
        source_url="https://other.example/rss",
        credited="Harbour Wire",
        published=datetime(2026, 11, 23, 0, 30, tzinfo=UTC),
        categories=("Ships", "Trade"),
    )


def test_an_atom_entry_is_read() -> None:
    body = b"""<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fr" xml:base="https://a.example/">
      <title type="html">Le &lt;b&gt;Port&lt;/b&gt;</title><link href="/"/>
      <link rel="hub" href="https://hub.example/"/><link rel="self" href="https://a.example/f"/>
      <entry><id>urn:1</id><title>A &lt; B</title><link href="un"/><updated>2026-11-23T01:00:00Z
      </updated><author><name>Jo Kim</name><email>jo@a.example</email></author></entry></feed>"""
    found = read(body)
    assert (found.about.title, found.about.site_url) == ("Le Port", "https://a.example/")
    assert (found.about.hub_url, found.about.self_url) == (
        "https://hub.example/", "https://a.example/f",
    )  # fmt: skip
    only = found.entries[0]
    assert (only.title, only.url, only.author) == ("A &lt; B", "https://a.example/un", "Jo Kim")
    assert (only.published, only.updated) == (None, datetime(2026, 11, 23, 1, tzinfo=UTC))
    assert only.language == "fr"


@pytest.mark.parametrize(
    ("extra", "url", "alt", "credit"),
    [
        ("<description>Long lead of the item</description>"
         "<media:content url='/a.jpg' medium='image'><media:description>A ship</media:description>"
         "<media:credit>Jo Kim/AP</media:credit></media:content>",
         "https://harbour.example/a.jpg", "A ship", "Jo Kim/AP"),
        ("<media:content url='https://x.example/v.mp4' type='video/mp4'/>"
         "<enclosure url='https://x.example/a.png' type='image/png' length='1'/>",
         "https://x.example/a.png", "", ""),
        ("<media:thumbnail url='https://x.example/t'/>", "https://x.example/t", "", ""),
        ("<description>&lt;img src='/p.gif' width='1'&gt;&lt;IMG alt='Two &amp;amp; one' "
         "SRC=\"/b.jpg?x=1&amp;amp;y=2\"&gt;</description>",
         "https://harbour.example/b.jpg?x=1&y=2", "Two & one", ""),
    ],
)  # fmt: skip
def test_pictures(extra: str, url: str, alt: str, credit: str) -> None:
    assert entry(extra).image == parsing.Image(url, alt, credit)


def test_mail_addresses_of_authors_are_not_kept() -> None:
    assert entry("<author>jo@harbour.example (Jo Kim)</author>").author == "Jo Kim"
    assert entry("<author>jo@harbour.example</author>").author == ""


def test_an_entry_without_link_falls_back_to_its_enclosure() -> None:
    body = rss("<item><title>Talk</title><enclosure url='https://x.example/a.mp3'/></item>")
    assert read(body).entries[0].url == "https://x.example/a.mp3"


def test_links_that_are_no_web_addresses_are_dropped() -> None:
    for link in ("javascript:alert(1)", "file:///etc/passwd", "mailto:x@y.example"):
        assert "script" not in read(rss(item(1, link=link))).entries[0].url
        assert read(rss(item(1, link=link))).entries[0].url[:4] in {"", "http"}


def test_valid_utf8_wins_over_what_is_declared() -> None:
    body = rss(item(1, title="Mühle 北")).replace(b"utf-8", b"iso-8859-1")
    assert read(body, content_type="text/xml; charset=us-ascii").entries[0].title == "Mühle 北"


@pytest.mark.parametrize("encoding", ["iso-8859-1", "utf-16", "windows-1252"])
def test_other_encodings_are_read(encoding: str) -> None:
    body = rss(item(1, title="Mühle")).decode().replace("utf-8", encoding).encode(encoding)
    assert read(body).entries[0].title == "Mühle"


def test_the_base_of_one_item_does_not_leak_into_the_next() -> None:
    body = rss(
        "<item xml:base='https://evil.example/'><link>a</link><title>x</title></item>",
        "<item><link>b</link><title>y</title></item>",
    )
    assert read(body).entries[1].url == "https://harbour.example/b"


@pytest.mark.parametrize(
    ("body", "reason", "is_page"),
    [
        (b"", "empty", False),
        (b" \n\t", "empty", False),
        (b"<!DOCTYPE html><html><head><title>x</title>", "web page", True),
        (b'{"a": 1}', "JSON, not", False),
        (b"<opml version='2.0'><body/></opml>", "OPML", False),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "neither RSS nor Atom", False),
        (b"\x89PNG\r\n\x1a\n" + bytes(99), "not a feed", False),
        (b"<rss><channel>" + b"<a>" * (parsing.MAX_TAGS + 1), "tags", False),
        (b"<rss><channel><item>" + b"<a>" * 600 + b"</a>" * 600, "500 deep", False),
        (b"<html>" + b"<div>" * 600, "web page", True),
    ],
)
def test_what_is_no_feed_has_a_reason(body: bytes, reason: str, is_page: bool) -> None:
    found = parse(body, {}, URL)
    assert isinstance(found, NotAFeed)
    assert reason in found.reason
    assert found.is_page == is_page


def test_what_is_written_as_text_or_never_closed_does_not_count_as_depth() -> None:
    markup = "<b>" * 600
    assert (
        len(read(rss(item(1, extra=f"<description><![CDATA[{markup}]]></description>"))).entries)
        == 1
    )
    bare = "<br>one<BR>two<img src=x>" * 400
    assert len(read(rss(item(1, extra=f"<description>{bare}</description>"))).entries) == 1
    empty = "<media:thumbnail url='x'/>" * 600
    assert len(read(rss(item(1, extra=empty))).entries) == 1
    assert len(read(rss(item(1, extra=f"<!-- {markup} -->"))).entries) == 1


def test_a_body_that_spells_a_file_name_opens_no_file(tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    path.write_bytes(rss(item(1)))
    assert isinstance(parse(os.fsencode(path), {}, URL), NotAFeed)


def test_entities_neither_grow_nor_read_files() -> None:
    began = time.process_time()
    lol = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f'<!DOCTYPE r [<!ENTITY l0 "ha">{lol}<!ENTITY f SYSTEM "file:///etc/passwd">]>'.encode()
    found = parse(bomb + rss(item(1, title="&l11; &f;"))[38:], {}, URL)
    assert "root:" not in repr(found)
    assert len(repr(found)) < 5000
    assert time.process_time() - began < 3


def test_counts_and_sizes_are_bounded() -> None:
    body = rss(*(item(n) for n in range(parsing.MAX_ENTRIES + 7)))
    found = read(body)
    assert (len(found.entries), found.dropped) == (parsing.MAX_ENTRIES, 7)
    long = entry(f"<description>{'x' * 999_999}</description><author>{'y' * 9999}</author>")
    assert len(long.summary) == parsing.MAX_HTML
    assert len(long.author) <= 300


markup = st.text("<>/&;:='\" itemrsfdlnkcCDATA[]!?x\x00\ud800", max_size=200)


@example(b"<rss><item><title>&#xD800;&#x0;&#99999999999;</title></item></rss>")
@example(b"<rss><item><pubDate>0000-00-00T99:99:99Z</pubDate><title>x</title></item></rss>")
@given(st.binary(max_size=200) | markup.map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_are_parsed_or_refused(hostile: bytes) -> None:
    for body in (hostile, b"<rss version='2.0'><channel><item>" + hostile):
        found = parse(body, {"content-type": hostile.decode("latin-1")}, URL)
        assert isinstance(found, Parsed | NotAFeed)
