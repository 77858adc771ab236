"""Clean documents are read without feedparser, and what is read is what feedparser reads."""

import warnings
from html import escape

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from digest.intake.feeds.formats.incremental import NewEntries, read
from digest.intake.feeds.formats.parse import NotAFeed, read_whole
from digest.intake.feeds.formats.strict import reader as strict
from tests.fakes.feeds import item, rss

URL = "https://harbour.example/feeds/news.xml"
NAMESPACES = {
    "content": "http://purl.org/rss/1.0/modules/content/", "other": "https://other.example/ns",
    "dc": "http://purl.org/dc/elements/1.1/", "media": "http://search.yahoo.com/mrss/",
    "itunes": "http://www.itunes.com/DTDs/PodCast-1.0.dtd", "a": "http://www.w3.org/2005/Atom",
    "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
    "dcterms": "http://purl.org/dc/terms/", "geo": "http://www.georss.org/georss",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
}  # fmt: skip
DECLARED = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items())


def same(body: bytes) -> bool:
    """Whether the document is clean; what it says is the same either way."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        slow = read_whole(body, {}, URL, fast=False)
    if strict.read(body, {}, URL) is None:
        return False
    fast = read_whole(body, {}, URL)
    assert fast == slow
    return True


def in_rss(items: str, head: str = "") -> bytes:
    return (
        f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0" {DECLARED}><channel>'
        f"<title>Harbour</title><link>https://harbour.example/</link>{head}{items}</channel></rss>"
    ).encode()


def in_atom(entries: str, head: str = "", root: str = 'xml:lang="ko"') -> bytes:
    return (
        f'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" {DECLARED} {root}>'
        f"<title>Harbour</title><id>tag:h,2026:f</id>{head}{entries}</feed>"
    ).encode()


CLEAN = {
    "two descriptions": in_rss("<item><description>a</description><description>b</description>"
                               "<title>t</title></item>"),
    "content before summary": in_rss("<item><content:encoded>&lt;p>a&lt;/p></content:encoded>"
                                     "<description>b</description></item>"),
    "title in a group": in_rss("<item><media:group><media:title>deep</media:title>"
                               "<media:content url='https://h.example/1.jpg' medium='image'/>"
                               "</media:group><title>own</title></item>"),
    "only a title in a group": in_rss("<item><media:content url='x.jpg' type='image/jpeg'>"
                                      "<media:title>deep</media:title><media:credit>Jo</media:credit>"
                                      "</media:content></item>"),
    "title after source": in_rss("<item><title>t</title><source url='https://o.example/'>O</source>"
                                 "<media:title>m</media:title><dc:title>d</dc:title></item>"),
    "relative links": in_rss("<item><link>../a?b=1&amp;c=2</link><guid isPermaLink='true'>/g</guid>"
                             "<enclosure url='p.png' type='image/png'/></item>"),
    "guid as link": in_rss("<item><guid>https://harbour.example/9</guid></item>"),
    "guid that is none": in_rss("<item><guid isPermaLink='false'>9</guid></item>"),
    "categories": in_rss("<item><category>a</category><category domain='d'>a</category>"
                         "<category>a</category><dc:subject>b</dc:subject><media:keywords>x, y"
                         "</media:keywords><category domain='d'/><category>z</category></item>"),
    "authors": in_rss("<item><author>jo@harbour.example (Jo Kim)</author><dc:creator>Lee"
                      "</dc:creator><itunes:author>P</itunes:author></item>"),
    "an author after another": in_rss("<item><author>Jo</author><a:author><a:name/></a:author>"
                                      "<a:author><a:name>Lee</a:name></a:author></item>"),
    "pictures and a base": in_atom("<entry><title>t</title><content type='html' xml:base='/deep/'>"
                                   "&lt;img src='a.jpg'></content></entry>"),
    "dates": in_rss("<item><pubDate>Mon, 23 Nov 2026 9:30:00 +0900</pubDate><dc:date>2026-11-23"
                    "</dc:date><dcterms:created>nonsense</dcterms:created></item>"),
    "Windows letters": in_rss("<item><title>\x93quoted\x94 Ã©</title><link>https://h.example/é"
                              "</link></item>"),
    "escaped and plain": in_rss("<item><title>A &amp;amp; B &lt;b>c&lt;/b></title><description>"
                                "<![CDATA[<p>x & y</p>]]></description></item>"),
    "kept names": in_rss("<item><feedburner:origLink>https://o.example/1</feedburner:origLink>"
                         "<dc:source>AP</dc:source><other:thing a='b'>text</other:thing></item>"),
    "the channel's words": in_rss("", "<language>en-gb</language><ttl>5</ttl><sy:updatePeriod>daily"
                                  "</sy:updatePeriod><a:link rel='hub' href='https://hub.example/'/>"
                                  "<image><url>u</url><title>i</title><link>l</link></image>"
                                  "<title>again</title>"),
    "an Atom entry": in_atom("<entry><title type='html'>a &lt;i>b&lt;/i></title><id>tag:1</id>"
                             "<link href='/1'/><link rel='enclosure' href='p' type='image/png'/>"
                             "<author><name>Jo</name><email>j@h.example</email></author>"
                             "<author><name>Lee</name></author><category term='t' label='L'/>"
                             "<updated>2026-11-23T09:30:00Z</updated><summary>s</summary>"
                             "<content type='html' xml:lang='en'>&lt;p>c&lt;/p></content></entry>"),
    "an Atom id as link": in_atom("<entry><title>a</title><id>https://h.example/1</id></entry>"),
    "an RSS 1.0 item": (
        b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
        b' xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        b'<channel rdf:about="c"><title>t</title><link>https://h.example/</link><items><rdf:Seq>'
        b'<rdf:li resource="x"/></rdf:Seq></items></channel><item rdf:about="https://h.example/1">'
        b"<title>one</title><link>https://h.example/1</link><dc:date>2026-11-23T09:30:00+09:00"
        b"</dc:date></item></rdf:RDF>"
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", CLEAN)
def test_what_is_clean_is_read_as_feedparser_reads_it(kind: str) -> None:
    assert same(CLEAN[kind])


ENTITY = b'<!DOCTYPE rss [<!ENTITY a "x"><!ENTITY b SYSTEM "file:///etc/passwd">]>'
DOUBTFUL = {
    "entities": ENTITY + rss(item(1, title="&a;")),
    "a document type": b"<!DOCTYPE rss>" + rss(item(1)),
    "an undefined entity": in_rss("<item><title>a&nbsp;b</title></item>"),
    "not well formed": in_rss("<item><title>a</title><link>b</item>"),
    "markup in place of text": in_rss("<item><description><p>a</p></description></item>"),
    "XHTML": in_atom("<entry><content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>a"
                     "</div></content></entry>"),
    "base64": in_atom("<entry><content type='image/png'>aGFyYm91cg==</content></entry>"),
    "a base of its own": in_rss("<item xml:base='https://o.example/'><link>a</link></item>"),
    "an item in an item": in_rss("<item><item><title>a</title></item></item>"),
    "a feed as source": in_atom("<entry><source><title>a</title></source></entry>"),
    "a prefix bound anew": in_rss("<item xmlns:dc='https://o.example/'><dc:date>a</dc:date></item>"),
    "an image in an item": in_rss("<item><image><url>a</url></image></item>"),
    "deep nesting": in_rss("<item>" + "<media:group>" * 30 + "</media:group>" * 30 + "</item>"),
    "feedparser's own names": in_rss("<item><title_detail>a</title_detail></item>"),
    "a feed's contents": in_rss("<item/>", "<content:encoded>a</content:encoded>"),
    "another encoding": b"<?xml version='1.0' encoding='utf-7'?><rss version='2.0'/>",
    "hundreds of namespaces": in_rss("".join(f"<x xmlns:n{n}='u{n}'/>" for n in range(300))),
    "no feed": b"<html><body/></html>",
}  # fmt: skip


@pytest.mark.parametrize("kind", DOUBTFUL)
def test_what_leaves_a_question_is_left_to_feedparser(kind: str) -> None:
    assert strict.read(DOUBTFUL[kind], {}, URL) is None


def test_no_entity_is_expanded_and_no_file_is_read() -> None:
    found = read(DOUBTFUL["entities"].replace(b"&a;", b"&b;"), {}, URL)
    assert isinstance(found, NotAFeed) or "root:" not in repr(found.parsed)
    bomb = b"".join(
        b'<!ENTITY l%d "%s">' % (n + 1, b"&l%d;" % n * 50) for n in range(9)
    )  # fmt: skip
    body = b'<!DOCTYPE rss [<!ENTITY l0 "ha">' + bomb + b"]>" + rss(item(1, title="&l9;"))
    assert strict.read(body, {}, URL) is None
    found = read(body, {}, URL)
    assert isinstance(found, NotAFeed) or len(repr(found.parsed)) < 10_000


def test_the_setting_has_feedparser_read_what_is_clean(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bytes] = []
    real = strict.read
    monkeypatch.setattr(strict, "read", lambda body, *more: asked.append(body) or real(body, *more))
    body = rss(item(1), item(2))
    fast, slow = read(body, {}, URL), read(body, {}, URL, frozenset(), False)
    assert len(asked) == 1
    assert isinstance(fast, NewEntries) and isinstance(slow, NewEntries)
    assert fast == slow and len(fast.parsed.entries) == 2


WORDS = st.sampled_from([
    "", " ", "Ferry strikes pier", "a & b", "a &amp; b", "<b>x</b>", "<at>", "x</p>", "한국 뉴스",
    "caf\xe9 \x93q\x94", "Ã©", "https://harbour.example/a?b=1&c=2", "../up", "//o.example/x", "#f",
    "mailto:jo@h.example", "Mon, 23 Nov 2026 09:30:00 GMT", "2026-11-23T09:30:00+09:00", "2026",
    "jo@h.example (Jo Kim)", "Jo Kim <jo@h.example>", "true", "false", "a, b,,c", "http://[x",
    "&#38;",
])  # fmt: skip
LEAVES = [
    "title", "link", "description", "guid", "pubDate", "author", "category", "comments", "source",
    "enclosure", "content:encoded", "dc:title", "dc:creator", "dc:date", "dc:subject", "dc:source",
    "dc:description", "dc:language", "dc:publisher", "dcterms:modified", "dcterms:issued",
    "media:content", "media:thumbnail", "media:title", "media:description", "media:credit",
    "media:keywords", "media:category", "media:text", "media:rating", "itunes:summary",
    "itunes:author", "itunes:image", "itunes:keywords", "itunes:subtitle", "itunes:category",
    "feedburner:origLink", "other:title", "other:id", "unknown", "id", "a:id", "a:link",
    "a:updated", "a:published", "a:summary", "a:content", "a:title", "a:rights", "a:category",
    "geo:point", "copyright", "keywords", "language", "summary", "content", "issued", "modified",
    "image", "tags", "date", "fullitem", "abstract", "body", "name", "uri", "contributor",
]  # fmt: skip
NAMED = st.sampled_from([
    "url", "href", "rel", "type", "isPermaLink", "domain", "term", "label", "scheme", "medium",
    "width", "text", "xml:lang", "lang", "uri", "src", "other:href", "TYPE", "role", "mode",
])  # fmt: skip
VALUES = st.sampled_from([
    "text", "html", "text/html", "text/plain", "HTML", "enclosure", "self", "alternate", "license",
    "image/jpeg", "image", "true", "false", "p.jpg", "https://harbour.example/p.jpg", "en", "", "5",
])  # fmt: skip


@st.composite
def elements(draw: st.DrawFn, depth: int = 0) -> str:
    name = draw(st.sampled_from(LEAVES))
    pairs = draw(st.dictionaries(NAMED, VALUES, max_size=3))
    given = "".join(f" {key}='{escape(value)}'" for key, value in pairs.items())
    kind = draw(st.integers(0, 9))
    if kind == 0 and depth < 2:
        outer = draw(st.sampled_from(["media:group", "media:content", "a:author", "other:box"]))
        inner = "".join(draw(st.lists(elements(depth + 1), max_size=3)))
        return f"<{outer}{given}>{inner}</{outer}>"
    if kind == 1:
        parts = draw(st.lists(st.sampled_from(["name", "email", "uri"]), max_size=3))
        inner = "".join(f"<a:{part}>{escape(draw(WORDS))}</a:{part}>" for part in parts)
        return f"<a:author>{inner}</a:author>"
    words = draw(WORDS)
    text = f"<![CDATA[{words}]]>" if kind == 2 else escape(words)
    return f"<{name}{given}>{text}</{name}>" if kind > 2 or text else f"<{name}{given}/>"


@given(
    st.lists(st.lists(elements(), max_size=7), max_size=3), st.lists(elements(), max_size=3),
    st.booleans(), st.sampled_from(["", "xml:lang='de'", "xml:base='https://o.example/b/'"]),
)  # fmt: skip
def test_made_documents_are_read_as_feedparser_reads_them(
    items: list[list[str]], head: list[str], is_atom: bool, root: str
) -> None:
    name = "entry" if is_atom else "item"
    inner = "".join(f"<{name}>{''.join(each)}</{name}>" for each in items)
    # A feed's default namespace binds what has no prefix.
    body = in_atom(inner, "".join(head), root) if is_atom else in_rss(inner, "".join(head))
    event("clean" if same(body) else "left to feedparser")
