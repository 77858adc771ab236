"""Articles' own pages are read where a feed asks for it: politely, and never instead of intake."""

from datetime import timedelta
from typing import Any

import pytest

from digest.intake.articles.core import fulltext
from digest.intake.articles.pages import PageReport, read_pages
from digest.intake.articles.take_page import take_page
from digest.intake.feeds.polling.fetch import Manners
from digest.kit import http
from digest.kit.clock import now
from digest.models import Article, ArticleRevision, Feed, Page
from tests.fakes import feeds as fake
from tests.intake.articles.test_copies import OTHER, WIRE
from tests.intake.articles.test_link import entry, show

MANNERS = Manners("Digest/tests", seconds=5, allow_private=True)


def page(*paragraphs: str, head: str = "") -> bytes:
    words = "".join(f"<p>{each}</p>" for each in paragraphs)
    return (
        f"<!doctype html><html><head><title>Harbour Post</title>{head}</head><body>"
        f"<nav><a href='/'>Home</a> <a href='/sport'>Sport</a></nav><article><h1>Ferry</h1>{words}"
        "</article><footer>All rights reserved. Subscribe to our newsletter.</footer></body></html>"
    ).encode()


@pytest.fixture
def server(db: None) -> Any:
    with fake.FeedServer() as made:
        made.pages["/robots.txt"] = fake.status(404)
        yield made


def article(server: fake.FeedServer, path: str, text: str = "A teaser.") -> Article:
    feed, _ = Feed.objects.get_or_create(
        url=server.url("/feed"),
        defaults={"next_check_at": now(), "full_text": True, "source": "Harbour"},
    )
    shown = entry(1, text, "x", url=server.url(path), id=path)
    (pk,) = show(feed, shown, at=now())
    return Article.objects.get(pk=pk)


def run(later: timedelta = timedelta(0)) -> PageReport:
    return read_pages(now_fn=lambda: now() + later, limit=50, manners=MANNERS, pause=0)


def html(content: bytes) -> fake.Reply:
    return fake.body(content, Content_Type="text/html; charset=utf-8")


def test_the_text_of_the_page_replaces_the_teaser(server: fake.FeedServer) -> None:
    wanted = article(server, "/ferry")
    head = (
        '<meta property="og:image" content="/p.jpg">'
        '<meta property="og:image:alt" content="A ferry">'
    )
    server.pages["/ferry"] = html(page(WIRE, OTHER, head=head))
    assert run() == PageReport(read=1)
    wanted.refresh_from_db()
    assert "Nobody was known to have died" in wanted.text and "central bank" in wanted.text
    assert "newsletter" not in wanted.text and "Sport" not in wanted.text
    assert (wanted.image_url, wanted.image_alt) == (server.url("/p.jpg"), "A ferry")
    assert wanted.reading_minutes == 1 and wanted.fingerprints
    assert not ArticleRevision.objects.exists(), "the outlet has changed nothing"
    assert run() == PageReport()


def test_robots_txt_is_asked_first_and_obeyed(server: fake.FeedServer) -> None:
    server.pages["/robots.txt"] = fake.body(b"User-agent: Digest\nDisallow: /closed\n")
    server.pages["/open"] = html(page(WIRE))
    article(server, "/closed/1")
    article(server, "/open")
    assert run() == PageReport(read=1, nothing=1)
    assert server.requests[0].path == "/robots.txt"
    assert not server.asked("/closed/1") and len(server.asked("/robots.txt")) == 1
    refused = Page.objects.get(read_at=None)
    assert (refused.due_at, refused.reason) == (
        None, "The site's robots.txt asks robots to stay away.",
    )  # fmt: skip


def test_while_robots_txt_cannot_be_read_no_page_is(server: fake.FeedServer) -> None:
    server.pages["/robots.txt"] = fake.status(500)
    server.pages["/ferry"] = html(page(WIRE))
    article(server, "/ferry")
    assert run() == PageReport(nothing=1)
    assert not server.asked("/ferry")
    server.pages["/robots.txt"] = fake.status(404)
    assert run() == PageReport(), "not yet"
    assert run(timedelta(minutes=11)) == PageReport(read=1)


def test_a_page_that_fails_is_given_up_after_four_tries(server: fake.FeedServer) -> None:
    server.pages["/ferry"] = fake.status(503)
    article(server, "/ferry")
    tries = [run(timedelta(minutes=minute)).nothing for minute in range(0, 300, 5)]
    assert sum(tries) == 4
    assert Page.objects.get().due_at is None


@pytest.mark.parametrize(
    "reply",
    [fake.status(404), fake.body(b"%PDF-1.7", Content_Type="application/pdf"),
     fake.body(b"<", Content_Length=str(50_000_000), Content_Type="text/html")],
)  # fmt: skip
def test_what_will_never_be_a_page_is_tried_once(
    server: fake.FeedServer, reply: fake.Reply
) -> None:
    server.pages["/ferry"] = reply
    before = article(server, "/ferry").text
    assert run() == PageReport(nothing=1)
    assert run(timedelta(days=1)) == PageReport()
    assert Page.objects.get().reason and Article.objects.get().text == before


def test_a_page_without_an_article_leaves_the_feeds_words(server: fake.FeedServer) -> None:
    server.pages["/ferry"] = html(page("Please accept our cookies."))
    article(server, "/ferry", text=WIRE)
    assert run() == PageReport(nothing=1)
    assert Article.objects.get().text == WIRE
    assert Page.objects.get().reason.startswith("No article was found")


def test_private_addresses_are_not_reached(server: fake.FeedServer) -> None:
    article(server, "/ferry")
    report = read_pages(now_fn=now, limit=9, manners=Manners("t", seconds=5), pause=0)
    assert report == PageReport(nothing=1)
    assert not server.requests


def test_without_the_extra_pages_wait_and_say_why(
    server: fake.FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    article(server, "/ferry")
    monkeypatch.setattr(fulltext, "available", lambda: False)
    assert run() == PageReport()
    assert "pip install 'digest-newsroom[fulltext]'" in Page.objects.get().reason
    assert not server.requests


def test_a_second_reading_keeps_the_words_of_the_first(server: fake.FeedServer) -> None:
    wanted = article(server, "/ferry")
    waiting = Page.objects.get()
    assert take_page(waiting.pk, fulltext.Found(WIRE), now=now())
    assert take_page(waiting.pk, fulltext.Found(f"{WIRE} Corrected."), now=now())
    wanted.refresh_from_db()
    assert wanted.text.endswith("Corrected.") and wanted.revision == 2
    assert ArticleRevision.objects.get().text == WIRE


def named(wanted: Article, address: str) -> Article:
    waiting = Page.objects.get(article=wanted)
    take_page(waiting.pk, fulltext.Found(WIRE, canonical=address), now=now())
    wanted.refresh_from_db()
    return wanted


def test_a_canonical_address_of_the_same_host_is_taken(server: fake.FeedServer) -> None:
    wanted = named(article(server, "/ferry?id=7"), server.url("/ferry-fire?utm_source=x"))
    assert wanted.url == server.url("/ferry-fire")
    again = show(
        Feed.objects.create(url="https://b.example/feed", next_check_at=now()),
        entry(9, "x", "x", url=server.url("/ferry-fire")), at=now(),
    )  # fmt: skip
    assert again == (), "another feed that links there shows the same article"


@pytest.mark.parametrize("address", ["https://elsewhere.example/1", "/", "javascript:x", ""])
def test_a_canonical_address_of_anybody_else_is_not(server: fake.FeedServer, address: str) -> None:
    wanted = article(server, "/ferry")
    before = wanted.url
    assert named(wanted, address).url == before


def test_a_canonical_address_that_is_known_makes_a_copy(server: fake.FeedServer) -> None:
    first, second = article(server, "/a", OTHER), article(server, "/b")
    assert named(second, first.url).duplicate_of == first
    assert named(first, second.url).duplicate_of is None, "never in a circle"


def test_hostile_pages_break_nothing() -> None:
    for body in (
        b"", b"\x00\xff" * 1000, b"<p>" * 39_000, b"<div>" * 200_000, b"<![x[" * 999,
        b"<link rel=canonical href='http://[::1'><p>" + b"x" * 99,
    ):  # fmt: skip
        found = fulltext.extract(body, "https://harbour.example/1")
        assert "\x00" not in found.text and len(found.text) <= 50_000


def test_large_pages_are_all_read_however_many_there_are(server: fake.FeedServer) -> None:
    count = http.LARGE_AT_ONCE + 3
    padding = "<!--" + "x" * http.SMALL_BYTES + "-->"
    for number in range(count):
        article(server, f"/long-{number}", text=f"A teaser of story {number}.")
        server.pages[f"/long-{number}"] = html(page(f"Report {number}. {WIRE}", head=padding))
    assert run() == PageReport(read=count)
    assert not Page.objects.exclude(reason="").exists(), "no outlet is blamed"
