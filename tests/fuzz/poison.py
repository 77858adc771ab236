"""Documents made to hurt a reader: of every kind known, at any size, and bent at random."""

import random
from collections.abc import Callable
from html import escape

from tests.fakes.feeds import item, rss

_BITS = [
    "<b>", "</b>", "<p", "/>", "<img src='a.jpg' ", "<a href='", "'", '"', "&amp;", "&#38;", "&lt;",
    "<![CDATA[", "]]>", "<!--", "-->", "<?x ", "?>", "<!DOCTYPE x [", "<!ENTITY a 'b'>", "&a;",
    "<title>", "</title>", "<item>", "</item>", "<entry>", "<link>", "<guid>", "<source>",
    "<media:content url='a'>", "<figcaption>", "</figcaption>", "<script>", "<style>",
    " ", "\n", "\t", "\x00", "(", "[", "{", "}", "]", ",", ":", "://", "Source: ", "Photo by ", "©",
    "Read more ", "By ", "... ", "@", "a@b.", "2026-11-23T", "09:30", "Mon, ", "한",
    "A", "a.", "-", "=", "% ", "#", "?utm_source=a&", "width='1' ", "srcset='a 1w, ", "data-src=",
]  # fmt: skip

Maker = Callable[[random.Random, int], bytes]


def make(chance: random.Random, most: int) -> tuple[str, bytes]:
    """A kind and a document of it, of up to about ``most`` bytes; often bent."""
    kind = chance.choice(list(KINDS))
    size = int(most ** chance.uniform(0.5, 1))
    body = KINDS[kind](chance, size)
    if chance.random() < 0.3:
        return f"{kind}, bent", bent(chance, body)
    return kind, body


def bent(chance: random.Random, body: bytes) -> bytes:
    """Cut, repeated, overwritten or mixed in a few places."""
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(body) + 1)
        end = min(len(body), at + chance.randint(1, 200))
        piece = chance.choice(_BITS).encode()
        body = chance.choice([
            body[:at] + piece * chance.randint(1, 50) + body[at:], body[:at] + body[end:],
            body[:at], body[:at] + chance.randbytes(3) + body[at:],
            body[:end] + body[at:end] * chance.randint(1, 50) + body[end:],
        ])  # fmt: skip
    return body or b"<"


def _within(chance: random.Random, words: str) -> bytes:
    """Those words in a place of an item: as text, as escaped HTML or as what they are."""
    name = chance.choice(
        ["description", "title", "link", "guid", "pubDate", "author", "category", "dc:creator"]
    )
    inner = chance.choice([escape(words), f"<![CDATA[{words.replace(']]>', '')}]]>", words])
    return rss(item(1), item(2, extra=f"<{name}>{inner}</{name}>"), item(3))


def _repeated(chance: random.Random, size: int) -> bytes:
    bits = "".join(chance.choices(_BITS, k=chance.randint(1, 4)))
    return _within(chance, bits * (size // len(bits) + 1))


def _mixed(chance: random.Random, size: int) -> bytes:
    return _within(chance, "".join(chance.choices(_BITS, k=size // 4 + 1)))


def _attributes(chance: random.Random, size: int) -> bytes:
    form = chance.choice(["a{n}='1' ", "a{n} ", 'a{n}="<>" ', "xmlns:a{n}='u{n}' ", "a{n}=1 "])
    names = "".join(form.format(n=n) for n in range(size // 10 + 1))
    where = chance.choice(
        ["<b {}/>", "<media:content {}/>", "<link {}/>", "</b {}>", "<a:b {}>x</a:b>"]
    )
    return rss(item(1, extra=where.format(names)))


def _nested(chance: random.Random, size: int) -> bytes:
    name = chance.choice(
        ["b", "div", "media:group", "item", "source", "author", "title", "category"]
    )
    depth = size // (2 * len(name) + 5) + 1
    return rss(item(1, extra=f"<{name}>" * depth + f"</{name}>" * chance.choice([0, depth])))


def _elements(chance: random.Random, size: int) -> bytes:
    one = chance.choice([
        "<category>a{n}</category>", "<b/>", "<link href='/{n}'/>", "<media:thumbnail url='{n}'/>",
        "<author>a{n}@b.example (C)</author>", "<enclosure url='/{n}.jpg'/>", "<a xmlns:x{n}='u'/>",
        "<title>t{n}</title>", "<description>d{n}</description>",
    ])  # fmt: skip
    return rss(item(1, extra="".join(one.format(n=n) for n in range(size // len(one) + 1))))


def _items(chance: random.Random, size: int) -> bytes:
    form = chance.choice(["<item/>", "<item><title>{n}</title></item>",
                          "<item><guid>a</guid><title>{n}</title></item>", "<item>"])  # fmt: skip
    count = size // len(form) + 1
    return b"<rss version='2.0'><channel>" + "".join(
        form.format(n=n) for n in range(count)
    ).encode() + b"</channel></rss>"  # fmt: skip


def _json(chance: random.Random, size: int) -> bytes:
    one = chance.choice(
        ["{}", "[]", '"a"', "0", '{"a":{}}', '{"id":1,"title":"a"}', "[[]]", "null"]
    )
    many = ",".join([one] * (size // (len(one) + 1) + 1))
    deep = "[" * (size // 2) + "]" * (size // 2)
    inner = chance.choice([f"[{many}]", deep, f'{{"a":[{many}]}}', f'[{{"tags":[{many}]}}]'])
    return b'{"version":"https://jsonfeed.org/version/1.1","items":' + inner.encode() + b"}"


def _entities(chance: random.Random, size: int) -> bytes:
    levels = chance.randint(2, 12)
    declared = "".join(
        f"<!ENTITY e{n + 1} '{f'&e{n};' * chance.randint(2, 20)}'>" for n in range(levels)
    )
    text = f"&e{levels};" * (size // 500 + 1)
    return f"<!DOCTYPE rss [<!ENTITY e0 'ha'>{declared}]>".encode() + rss(item(1, extra=text))


def _sitemap(chance: random.Random, size: int) -> bytes:
    one = chance.choice(
        ["<url/>", "<url><loc>https://a.example/{n}</loc></url>", "<url><news:title>a"]
    )
    urls = "".join(one.format(n=n) for n in range(size // len(one) + 1))
    return f"<urlset xmlns:news='u'>{urls}</urlset>".encode()


def _encoded(chance: random.Random, size: int) -> bytes:
    codec = chance.choice(["utf-16", "utf-32", "cp949", "cp1252", "shift_jis", "gb18030", "utf-7"])
    words = chance.choice(["뉴스", "é", "ニュース", "新闻", "news "]) * (size // 8 + 1)
    body = rss(item(1, extra=f"<description>{words}</description>")).decode()
    named = f'<?xml version="1.0" encoding="{chance.choice([codec, "utf-8", "euc-kr"])}"?>'
    return (named + body).encode(codec, "replace")


def _raw(chance: random.Random, size: int) -> bytes:
    return chance.choice([b"", b"<rss>", b"<", b"\x1f\x8b"]) + chance.choice([
        chance.randbytes(min(size, 300_000)), chance.choice(_BITS).encode() * (size // 4 + 1),
    ])  # fmt: skip


KINDS: dict[str, Maker] = {
    "repeated bits": _repeated, "mixed bits": _mixed, "attributes": _attributes, "nesting": _nested,
    "elements": _elements, "items": _items, "JSON": _json, "entities": _entities,
    "sitemap": _sitemap, "encodings": _encoded, "raw bytes": _raw,
}  # fmt: skip
