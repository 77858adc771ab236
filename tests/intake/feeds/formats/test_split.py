"""Where items begin and end, and which documents are better left whole."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.intake.feeds.formats.split import Doubt, Pieces, split, without

XML = b"<?xml version='1.0' encoding='utf-8'?>\n"


def pieces(document: bytes, context: bytes = b"") -> Pieces:
    found = split(document, context)
    assert isinstance(found, Pieces), found
    return found


def items(document: bytes) -> list[bytes]:
    return [document[start:end] for start, end in pieces(document).items]


def rss(*inside: str, root: str = "<rss version='2.0'>") -> bytes:
    channel = "".join(("<channel><title>x</title>", *inside, "</channel></rss>"))
    return XML + (root + channel).encode()


RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns="http://purl.org/rss/1.0/"><channel rdf:about="x"><items><rdf:Seq/></items></channel>
 <item rdf:about="1"><title>a</title></item><item rdf:about="2"/></rdf:RDF>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>1</id></entry> <!-- <entry> -->
 <link/><entry ><id>2</id><source><id>f</id></source></entry
 ><entry><id>3</id><source><id>f</id></source></entry></feed>"""


@pytest.mark.parametrize(
    ("document", "found"),
    [
        (rss("<item>1</item>", "<ITEM>2</ITEM>\n", "<item/>"),
         [b"<item>1</item>", b"<ITEM>2</ITEM>", b"<item/>"]),
        (XML + RDF.encode(),
         [b'<item rdf:about="1"><title>a</title></item>', b'<item rdf:about="2"/>']),
        (XML + ATOM.encode(), [
            b"<entry><id>1</id></entry>",
            b"<entry ><id>2</id><source><id>f</id></source></entry\n >",
            b"<entry><id>3</id><source><id>f</id></source></entry>"]),
        (rss("<item><![CDATA[</item>]]></item>"), [b"<item><![CDATA[</item>]]></item>"]),
        (rss("<item><!-- </item> --></item>"), [b"<item><!-- </item> --></item>"]),
        (rss("<item><?php </item> ?></item>"), [b"<item><?php </item> ?></item>"]),
        (rss("<item a='/>' b=\"</item>\"></item>".replace("</item>\"", "&lt;/item>\"")),
         [b"<item a='/>' b=\"&lt;/item>\"></item>"]),
        (rss("<items><x/></items><itemized/>"), []),
        (XML + b"<!-- a <rss> of old --><?x <rss>?>" + rss("<item/>")[len(XML):], [b"<item/>"]),
    ],
)  # fmt: skip
def test_items_are_found(document: bytes, found: list[bytes]) -> None:
    assert items(document) == found


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (b"", "well formed"),
        (b"\x00\xff" * 99, "well formed"),
        (rss("<item>"), "well formed"),
        (rss("<item>&nbsp;</item>"), "well formed"),
        (rss("<item><media:content/></item>"), "well formed"),
        (XML + b"<!DOCTYPE rss [<!ENTITY a 'b'>]><rss><channel/></rss>", "document type"),
        (XML + b"<!DOCTYPE rss SYSTEM 'x'><rss><channel/></rss>", "document type"),
        (b"<html><item/></html>", "no feed"),
        (b"<channel><item/></channel>", "no feed"),
        (b"<item/>", "no feed"),
        (b"<opml/>", "no feed"),
        (rss("<item><item/></item>"), "inside another"),
        (XML + b"<feed><entry><rss version='2.0'/></entry></feed>", "feed stands inside"),
        (XML + b"<feed><entry/><entry><rss/></entry></feed>", "feed stands inside"),
        (rss("<x:item xmlns:x='u'/>"), "prefix"),
        (rss("<item xmlns:a='u'/>", "<item xmlns:b='u'/>"), "prefixes"),
        (rss("<item xmlns:a='u'/>", "<item xmlns:a='v'/>"), "prefixes"),
        (rss("<item><guid>1</guid>a</item>", "<item><guid>1</guid>b</item>"), "identifier"),
        (rss("<item xml:base='a'/>",
             "<item xml:base='b'><description><div/></description></item>"), "base"),
    ],
)  # fmt: skip
def test_what_is_doubtful_is_left_whole(document: bytes, reason: str) -> None:
    found = split(document)
    assert isinstance(found, Doubt)
    assert reason in found.reason


def test_a_digest_changes_with_what_gives_an_item_its_meaning() -> None:
    def digest(root: str = "<rss version='2.0'>", before: str = "", item: str = "<item>1</item>",
               context: bytes = b"") -> bytes:  # fmt: skip
        return pieces(rss(before, item, root=root), context).digests[0]

    plain = digest()
    assert plain == digest(before="<lastBuildDate>now</lastBuildDate>")
    different = {
        digest(root="<rss version='2.0' xml:base='https://x.example/'>"),
        digest(root="<rss version='2.0' xmlns:media='https://x.example/'>"),
        digest(before="<group xml:base='https://y.example/'></group>"),
        digest(item="<item>2</item>"),
        digest(context=b"elsewhere"),
    }
    assert len(different | {plain}) == 6


def test_a_clock_in_the_head_is_no_change_of_it() -> None:
    def frame(before: str) -> bytes:
        return pieces(rss(before, "<item/>")).frame

    assert frame("<pubDate>one</pubDate>") == frame("<pubDate>two</pubDate>")
    assert frame("<ttl>1</ttl>") != frame("<ttl>2</ttl>")


HOSTILE = {
    "tags": b"<source/>",
    "unclosed guids in CDATA": b"<id>",
    "prefixes": b"xmlns:",
    "comments": b"<!---->",
    "sections": b"<![CDATA[]]>",
    "scopes": b"xml:base='",
    "divs": b"<div type='xhtml'/>",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_time_grows_with_size_alone(name: str) -> None:
    bulk = HOSTILE[name] * (500_000 // len(HOSTILE[name]))
    wrapped = bulk if bulk.startswith(b"<") and b">" in bulk and b"id" not in bulk else (
        b"<![CDATA[" + bulk + b"]]>"
    )  # fmt: skip
    twins = b"<item><guid>1</guid>a</item><item xml:lang='a'><guid>1</guid>"
    document = rss().replace(b"</channel>", twins + wrapped + b"</item></channel>")
    began = time.process_time()
    split(document)
    assert time.process_time() - began < 2


soup = st.lists(
    st.sampled_from(
        ["<item>", "</item>", "<entry>", "</entry>", "<item/>", "<![CDATA[", "]]>", "<!--", "-->",
         "<?x", "?>", "<a b='>'>", "</a>", "text", "<div>", "</div>", "<guid>1</guid>", "&amp;"]
    ),
    max_size=30,
)  # fmt: skip


@given(soup)
def test_what_is_left_is_as_well_formed_as_it_was(inside: list[str]) -> None:
    document = rss(*inside)
    found = split(document)
    if isinstance(found, Pieces):
        for kept in range(len(found.items) + 1):
            rest = without(document, list(found.items[kept:]))
            again = pieces(rest)
            assert [rest[a:b] for a, b in again.items] == [
                document[a:b] for a, b in found.items[:kept]
            ]
            assert again.digests == found.digests[:kept]


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_any_bytes_are_split_or_doubted(before: bytes, inside: bytes) -> None:
    for document in (before, rss("<item>") + inside, before + rss("<item/>")):
        assert isinstance(split(document, inside), Pieces | Doubt)
