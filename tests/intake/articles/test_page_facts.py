"""What a page says of itself is read from Open Graph, JSON-LD and its own head, whatever it is."""

import json

import pytest

from digest.intake.articles.core.clean import picture_credit
from digest.intake.articles.core.page_facts import read

URL = "https://harbour.example/news/ferry"
OPEN_GRAPH = """<!doctype html><html lang="en-GB"><head><title>Ferry sinks | Harbour Post</title>
<meta property="og:title" content="Ferry sinks off the coast &amp; all are saved">
<meta property="og:description" content="All 212 aboard were brought ashore.">
<meta property="og:image" content="/ferry.jpg"><meta property="og:image:alt" content="The ferry">
<meta property="og:site_name" content="Harbour Post">
<meta property="article:published_time" content="2026-11-29T06:30:00+09:00">
<link rel="canonical" href="https://www.harbour.example/news/ferry"></head><body>
<h1>Ferry sinks</h1></body></html>"""


def linked(**article: object) -> bytes:
    data = {"@context": "https://schema.org", "@graph": [{"@type": "WebPage"}, article]}
    return (
        f'<html><head><title>x</title><script type="application/ld+json">{json.dumps(data)}'
        "</script></head><body></body></html>"
    ).encode()


def test_open_graph_is_read() -> None:
    found = read(OPEN_GRAPH.encode(), URL)
    assert found.title == "Ferry sinks off the coast & all are saved"
    assert found.summary == "All 212 aboard were brought ashore."
    assert (found.source, found.language) == ("Harbour Post", "en")
    assert found.published == "2026-11-28T21:30:00+00:00"
    assert (found.image_url, found.image_alt) == ("https://harbour.example/ferry.jpg", "The ferry")
    assert found.url == "https://www.harbour.example/news/ferry"


def test_json_ld_is_read_and_trusted_before_open_graph() -> None:
    found = read(
        linked(
            **{"@type": ["NewsArticle"], "headline": "Reactor restarts", "inLanguage": "en"},
            description="The first in ten years.", datePublished="2026-11-28T10:00:00Z",
            author=[{"@type": "Person", "name": "Jo Kim"}], publisher={"name": "Hill Times"},
            image={"url": "https://cdn.example/r.jpg", "creditText": "Photo: Ana Li"},
        ),
        URL,
    )  # fmt: skip
    assert (found.title, found.source) == ("Reactor restarts", "Hill Times")
    assert (found.author, found.published) == ("Jo Kim", "2026-11-28T10:00:00+00:00")
    assert (found.image_url, found.image_credit) == ("https://cdn.example/r.jpg", "Ana Li")


def test_a_bare_page_has_its_heading_and_its_host() -> None:
    page = "<html lang=ko><title>속보 | 항구일보</title><h1>여객선 침몰, 전원 구조</h1></html>"
    found = read(page.encode("euc-kr"), URL, "text/html; charset=euc-kr")
    assert (found.title, found.source, found.language) == (
        "여객선 침몰, 전원 구조", "harbour.example", "ko",
    )  # fmt: skip


LETTERS = [
    ("뷁에 이름을 붙인 시인, 별세", "cp949", "euc-kr"),
    ("①号機を再稼働、髙橋知事が同意", "cp932", "shift_jis"),
    ("Café – “ouvert” le dimanche", "cp1252", "iso-8859-1"),
    ("香港碼頭渡輪沉沒，全部獲救", "big5hkscs", "big5"),
]


@pytest.mark.parametrize(("title", "written", "declared"), LETTERS)
@pytest.mark.parametrize("where", ["header", "page"])
def test_a_page_is_read_by_its_codecs_superset(
    title: str, written: str, declared: str, where: str
) -> None:
    head = f'<meta charset="{declared}">' if where == "page" else ""
    page = f'<html><head>{head}<meta property="og:title" content="{title}"></head></html>'
    kind = f"text/html; charset={declared}" if where == "header" else "text/html"
    assert read(page.encode(written), URL, kind).title == title


def test_one_bad_byte_costs_one_letter() -> None:
    page = '<meta charset="utf-8"><meta property="og:title" content="여객선 침몰, 전원 구조됐다">'
    torn = page.encode().replace("침".encode(), "침".encode()[:2])
    assert read(torn, URL, "text/html").title == "여객선 \ufffd몰, 전원 구조됐다"


def test_another_hosts_canonical_address_is_not_believed() -> None:
    page = OPEN_GRAPH.replace("https://www.harbour.example/news/ferry", "https://evil.example/x")
    assert read(page.encode(), URL).url == URL


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x00\xff\xfe" * 50,
        b'<script type="application/ld+json">' + b"[" * 50_000,
        linked(**{"@type": "NewsArticle", "headline": {"x": 1}, "image": [[]], "author": 3}),
        b"<![if" + b"<title>" * 3_000,
        b'<meta charset="zlib"><title>A</title>',
        b'<meta charset="punycode"><title>A</title>' + b"\xff-" * 40_000,
        b'<meta charset="idna"><title>A</title>\xff',
        b'<meta property="og:image" content="http://[">',
        b'<meta property="og:image" content="javascript:alert(1)">',
    ],
)
def test_nonsense_is_read_without_an_error_and_nothing_unsafe_comes_of_it(body: bytes) -> None:
    found = read(body, URL)
    assert found.image_url == ""
    assert "<" not in found.title


def test_markup_in_a_headline_is_text() -> None:
    page = (
        '<meta property="og:title" content="A &lt;b&gt;bold&lt;/b&gt; claim&nbsp;&amp;amp; more">'
    )
    assert read(page.encode(), URL).title == "A <b>bold</b> claim & more"


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Photo: Ana Li", "Ana Li"), ("사진=연합뉴스", "Yonhap"), ("Ana Li / AFP", "Ana Li / AFP"),
        ("Photo by Jo Kim", "Jo Kim"), ("", ""),
    ],
)  # fmt: skip
def test_whom_a_picture_credits_is_named_without_the_label(said: str, name: str) -> None:
    assert picture_credit(said) == name
