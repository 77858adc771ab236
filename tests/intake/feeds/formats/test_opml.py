"""Lists of feeds, in and out."""

import os
import time
from pathlib import Path

import listparser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.intake.feeds.formats import opml
from digest.intake.feeds.formats.opml import NotOpml, Outline

LIST = b"""<?xml version="1.0"?>
<opml version="2.0"><body>
  <outline text="World"><outline text="Asia">
    <outline type="rss" text="Harbour &amp; Post" xmlUrl="https://harbour.example/rss"
             htmlUrl="https://harbour.example/" language="en"/>
  </outline><outline text="Twice" xmlUrl="https://harbour.example/rss"/></outline>
  <outline title="Alone" text="x" XMLURL="https://alone.example/rss"/>
</body></opml>"""


def test_feeds_are_read_with_their_folders() -> None:
    assert opml.read(LIST) == [
        Outline("https://harbour.example/rss", "Harbour & Post", "https://harbour.example/", "en",
                "World/Asia"),
        Outline("https://alone.example/rss", "Alone"),
    ]  # fmt: skip


def test_lists_with_bare_ampersands_are_read() -> None:
    broken = LIST.replace(b"alone.example/rss", b"alone.example/rss?a=1&b=2&c")
    assert opml.read(broken)[1].url == "https://alone.example/rss?a=1&b=2&c"


def test_a_cut_list_yields_what_is_there() -> None:
    assert len(opml.read(LIST[:330])) == 1


@pytest.mark.parametrize(
    "document",
    [
        b"", b"hello", b"<rss/>", b"<html><body>x", b"\x00" * 50, b"{}",
        b'<!DOCTYPE opml [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><opml><body>&b;</body></opml>',
        b'<!DOCTYPE o [<!ENTITY x SYSTEM "file:///etc/passwd">]><opml>&x;</opml>',
        '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE o [<!ENTITY a "b">]><opml/>'.encode(
            "utf-16"
        ),
    ],
)  # fmt: skip
def test_other_documents_are_refused_with_a_reason(document: bytes) -> None:
    with pytest.raises(NotOpml, match="file"):
        opml.read(document)


def test_depth_costs_no_stack() -> None:
    began = time.process_time()
    deep = b"<opml><body>" + b"<outline text='x'>" * 50_000 + b"</outline>" * 50_000
    assert opml.read(deep + b"</body></opml>") == []
    assert time.process_time() - began < 5


def test_depth_costs_nothing_for_each_feed_in_it() -> None:
    began = time.process_time()
    feeds = b"".join(b"<outline xmlUrl='http://x.example/%d'/>" % n for n in range(10_000))
    deep = b"<opml><body>" + b"<outline text='x'>" * 50_000 + feeds + b"</outline>" * 50_000
    found = opml.read(deep + b"</body></opml>")
    assert len(found) == 10_000 and {len(each.folder) for each in found} == {200}
    assert time.process_time() - began < 5


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32",
                                   "iso-8859-1", "windows-1252"])  # fmt: skip
@pytest.mark.parametrize("query", ["a=1", "a=1&b=2"])
def test_lists_in_other_letters_are_read_well_formed_or_not(codec: str, query: str) -> None:
    url = f"https://zuerich.example/rss?{query}"
    text = f"<opml><body><outline text='Zürcher Bote für Bücher' xmlUrl='{url}'/></body></opml>"
    named = codec.removesuffix("-sig").removesuffix("-be")
    document = f"<?xml version='1.0' encoding='{named}'?>{text}".encode(codec)
    assert opml.read(document) == [Outline(url, "Zürcher Bote für Bücher")]


words = st.text(max_size=30)


@given(st.lists(st.builds(Outline, st.integers(0, 99).map("https://x.example/?a=1&b={}".format),
                          words, words, words, words)), words)  # fmt: skip
def test_what_is_written_is_read_again(outlines: list[Outline], title: str) -> None:
    document = opml.write(outlines, title=title).encode()
    assert {each.url for each in opml.read(document)} == {each.url for each in outlines}


@given(st.binary(max_size=300))
def test_any_bytes_are_a_list_or_refused(document: bytes) -> None:
    try:
        opml.read(b"<opml>" + document)
    except NotOpml:
        pass


def test_listparser_finds_the_same_feeds_and_loses_what_we_keep_of_them() -> None:
    """Why OPML is read here and not by that library: it has no site address and no language."""
    ours, theirs = opml.read(LIST), listparser.parse(LIST).feeds
    assert {each.url for each in ours} == {each["url"] for each in theirs}
    assert all({*each} <= {"url", "title", "categories", "tags"} for each in theirs)
    assert any(each.site_url and each.language for each in ours)


@pytest.mark.data
@pytest.mark.skipif(not os.environ.get("DIGEST_DATA"), reason="DIGEST_DATA is not set")
def test_lists_of_the_web_have_the_feeds_that_listparser_finds() -> None:
    lists = sorted(Path(os.environ["DIGEST_DATA"]).rglob("*.opml"))
    assert len(lists) > 50
    for path in lists:
        document = path.read_bytes()
        found = {each["url"] for each in listparser.parse(document).feeds}
        assert {each.url for each in opml.read(document)} == found, path.name
