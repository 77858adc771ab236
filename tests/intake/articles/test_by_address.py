"""An editor's address becomes an article: looked at politely, corrected, stored once."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from digest.intake.articles.by_address.ask import UnfitPage, ask, ask_again, fit
from digest.intake.articles.by_address.forget import KEPT, forget_lookups
from digest.intake.articles.by_address.look_up import look_up
from digest.intake.articles.by_address.models import AddressLookup
from digest.intake.articles.by_address.take import NotTakable, take
from digest.intake.articles.by_address.words import ConfirmedWords, UnfitWords, checked
from digest.intake.feeds.polling.fetch import Manners
from digest.kit.clock import now
from digest.models import Article, AuditEntry, Member
from tests.fakes import feeds as fake
from tests.intake.articles.test_page_facts import OPEN_GRAPH
from tests.web import desk_day

MANNERS = Manners("Digest/tests", seconds=5, allow_private=True)
PAGE = "https://harbour.example/news/ferry"
State = AddressLookup.State


@pytest.fixture
def ann(db: None) -> Member:
    return desk_day.member()


@pytest.fixture
def server(db: None) -> Any:
    with fake.FeedServer() as made:
        made.pages["/robots.txt"] = fake.status(404)
        yield made


def given(url: str) -> AddressLookup:
    return AddressLookup.objects.create(typed=url, url=url, asked_at=now())


def html(content: str) -> fake.Reply:
    return fake.body(content.encode(), Content_Type="text/html; charset=utf-8")


def run(manners: Manners = MANNERS) -> int:
    return look_up(now_fn=now, limit=10, manners=manners)


def words(**more: Any) -> ConfirmedWords:
    made = ConfirmedWords("Ferry sinks", "All were saved.", "Harbour Post", "en", now())
    return replace(made, **more)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("", "Paste the address"),
        ("no address", "no web address"),
        ("http://harbour.example/a", "https pages alone"),
        ("harbour.example", "front page"),
        ("ftp://harbour.example/a", "no web address"),
        ("javascript:alert(1)", "no web address"),
        ("https://news.google.com/rss/articles/CBMiX", "Google News"),
    ],
)
def test_what_is_no_articles_address_is_refused_with_what_to_give(typed: str, told: str) -> None:
    with pytest.raises(UnfitPage, match=told):
        fit(typed)


def test_the_page_is_read_for_the_editor(server: fake.FeedServer) -> None:
    server.pages["/ferry"] = html(OPEN_GRAPH)
    lookup = given(server.url("/ferry"))
    assert run() == 1
    lookup.refresh_from_db()
    assert lookup.state == State.READ
    assert lookup.found["title"] == "Ferry sinks off the coast & all are saved"
    assert run() == 0


def test_robots_txt_is_obeyed_and_the_editor_told(server: fake.FeedServer) -> None:
    server.pages["/robots.txt"] = fake.body(b"User-agent: *\nDisallow: /\n")
    server.pages["/ferry"] = html(OPEN_GRAPH)
    lookup = given(server.url("/ferry"))
    run()
    lookup.refresh_from_db()
    assert lookup.state == State.FAILED
    assert "write its words" in lookup.reason
    assert not server.asked("/ferry")


def test_inside_networks_are_never_asked(server: fake.FeedServer) -> None:
    server.pages["/ferry"] = html(OPEN_GRAPH)
    lookup = given(server.url("/ferry"))
    run(replace(MANNERS, allow_private=False))
    lookup.refresh_from_db()
    assert (lookup.state, server.requests) == (State.FAILED, [])


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (fake.status(404), "Look whether the address is right"),
        (fake.status(503), "Try again, or write its words yourself"),
        (fake.body(b"%PDF", Content_Type="application/pdf"), "a file and not to a page"),
        (html("<html></html>"), "No headline was found"),
    ],
)
def test_a_failure_says_what_to_do(server: fake.FeedServer, reply: fake.Reply, told: str) -> None:
    server.pages["/ferry"] = reply
    lookup = given(server.url("/ferry"))
    run()
    lookup.refresh_from_db()
    assert (lookup.state, lookup.typed) == (State.FAILED, server.url("/ferry"))
    assert told in lookup.reason
    server.pages["/ferry"] = html(OPEN_GRAPH)
    ask_again(lookup.pk, now=now())
    run()
    lookup.refresh_from_db()
    assert lookup.state == State.READ


def test_a_page_whose_worker_was_killed_twice_is_given_up(db: None) -> None:
    lookup = given(PAGE)
    AddressLookup.objects.update(attempts=2, claimed_until=now() - timedelta(minutes=1))
    assert run() == 0
    lookup.refresh_from_db()
    assert (lookup.state, "error of ours" in lookup.reason) == (State.FAILED, True)


def test_what_the_editor_confirms_is_stored_once_and_audited(ann: Member) -> None:
    asked = ask(PAGE, edition=None, member=ann, now=now()).lookup
    assert asked is not None
    assert ask(PAGE, edition=None, member=ann, now=now()).lookup == asked
    with pytest.raises(NotTakable):
        take(asked.pk, words(), member=ann, now=now())
    AddressLookup.objects.update(state=State.READ, text="A long text of the ferry. " * 9)
    pk = take(asked.pk, words(title="A <b> & our words"), member=ann, now=now())
    article = Article.objects.get(pk=pk)
    assert (article.title, article.source, article.url) == (
        "A <b> & our words", "Harbour Post", PAGE,
    )  # fmt: skip
    assert "long text" in article.text
    with pytest.raises(NotTakable, match="already"):
        take(asked.pk, words(), member=ann, now=now())
    assert ask(PAGE + "?utm_source=x", edition=None, member=ann, now=now()).article_id == pk
    assert AuditEntry.objects.get(verb="added by address").detail["url"] == PAGE


def test_two_editors_with_one_address_get_one_article(ann: Member) -> None:
    first, second = given(PAGE), given(PAGE)
    AddressLookup.objects.update(state=State.READ)
    pks = [take(each.pk, words(), member=ann, now=now()) for each in (first, second)]
    assert pks[0] == pks[1]
    assert Article.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"title": "  "}, "title"),
        ({"source": ""}, "source"),
        ({"title": "x" * 301}, "title"),
        ({"language": "English"}, "language"),
        ({"image_url": "http://x.example/p.jpg"}, "image_url"),
        ({"image_url": "javascript:alert(1)"}, "image_url"),
        ({"image_url": 'https://harbour.example/a"b.jpg'}, "image_url"),
        ({"image_url": "https://me:pass@harbour.example/p.jpg"}, "image_url"),
        ({"published_at": now() + timedelta(days=2)}, "published"),
    ],
)
def test_words_that_cannot_stand_name_their_field(wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(UnfitWords) as told:
        checked(words(**wrong), now())
    assert told.value.field == field


def test_one_editor_has_ten_addresses_waiting_at_most(ann: Member) -> None:
    for number in range(10):
        ask(f"{PAGE}/{number}", edition=None, member=ann, now=now())
    with pytest.raises(UnfitPage, match="Wait until one is read"):
        ask(PAGE, edition=None, member=ann, now=now())


def test_what_was_read_at_an_address_is_let_go_of_and_its_article_stays(ann: Member) -> None:
    lookup = given(PAGE)
    AddressLookup.objects.update(state=State.READ, text="All of the page.")
    article = take(lookup.pk, words(), member=ann, now=now())
    AddressLookup.objects.filter(pk=lookup.pk).update(asked_at=now() - KEPT - timedelta(hours=1))
    kept = given(PAGE)
    assert forget_lookups(now=now()) == 1
    assert list(AddressLookup.objects.all()) == [kept]
    assert Article.objects.filter(pk=article).exists()
    assert AuditEntry.objects.filter(verb="added by address").exists()
