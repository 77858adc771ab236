"""A relative link leads where its document means it to lead."""

import pytest

from digest.intake.feeds.formats.incremental import NewEntries, read
from digest.intake.feeds.formats.parse import Parsed, parse

URL = "https://feeds.host.example/x/rss.xml"
ITEM = (
    "<item><title>T{n}</title><link>{link}</link><description>"
    '&lt;img src="/i.jpg" width="600" height="400"&gt; words</description></item>'
)


def rss(*links: str, site: str = "https://site.example/news/", root: str = "") -> bytes:
    items = "".join(ITEM.format(n=n, link=link) for n, link in enumerate(links))
    return (
        f'<rss version="2.0" {root}><channel><title>X</title><link>{site}</link>{items}'
        "</channel></rss>"
    ).encode()


def atom(link: str, root: str = "") -> bytes:
    return (
        f'<feed xmlns="http://www.w3.org/2005/Atom" {root}><title>X</title><id>x</id>'
        '<link href="https://site.example/news/"/><updated>2026-11-01T00:00:00Z</updated>'
        f'<entry><title>T</title><id>1</id><link href="{link}"/>'
        "<updated>2026-11-01T00:00:00Z</updated></entry></feed>"
    ).encode()


BASE = 'xml:base="https://base.example/b/"'


@pytest.mark.parametrize(
    ("document", "wanted"),
    [
        (rss("/a/1"), ["https://site.example/a/1"]),
        (rss("a/1"), ["https://site.example/news/a/1"]),
        (rss("?id=7"), ["https://site.example/news/?id=7"]),
        (rss("<![CDATA[/a/1]]>"), ["https://site.example/a/1"]),
        (
            rss("//cdn.example/3", "https://other.example/4", "/5"),
            ["https://cdn.example/3", "https://other.example/4", "https://site.example/5"],
        ),
        (rss("/a/1", site="/news/"), ["https://feeds.host.example/a/1"]),
        (rss("/a/1", site="javascript:alert(1)"), ["https://feeds.host.example/a/1"]),
        (rss("/a/1", root=BASE), ["https://base.example/a/1"]),
        (rss("a/1", root=BASE), ["https://base.example/b/a/1"]),
        (atom("/a/1"), ["https://feeds.host.example/a/1"]),
        (atom("a/1", BASE), ["https://base.example/b/a/1"]),
    ],
)
def test_links_hang_on_what_the_document_says(document: bytes, wanted: list[str]) -> None:
    whole, cut = parse(document, {}, URL), read(document, {}, URL)
    assert isinstance(whole, Parsed) and isinstance(cut, NewEntries)
    assert [entry.url for entry in whole.entries] == wanted
    assert [entry.url for entry in cut.parsed.entries] == wanted


@pytest.mark.parametrize(
    ("document", "wanted"),
    [
        (rss("/a/1"), "https://site.example/i.jpg"),
        (rss("/a/1", root=BASE), "https://base.example/i.jpg"),
        (rss("https://site.example/1"), "https://site.example/i.jpg"),
        (rss("/a/1", site=""), "https://feeds.host.example/i.jpg"),
    ],
)
def test_pictures_hang_on_it_too(document: bytes, wanted: str) -> None:
    whole = parse(document, {}, URL)
    assert isinstance(whole, Parsed)
    image = whole.entries[0].image
    assert image is not None and image.url == wanted
