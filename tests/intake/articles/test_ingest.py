"""Entries become articles once, whoever brings them and however often."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from digest.intake.articles.ingest import Ingested, ingest
from digest.intake.feeds.formats.parse import About, Entry, Parsed
from digest.models import Article, ArticleRevision, Feed, Sighting

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


def feed(name: str) -> int:
    return Feed.objects.create(url=f"https://{name}.example/rss", title=name, next_check_at=NOW).pk


def entry(number: int, title: str = "", **more: object) -> Entry:
    return Entry(
        f"id-{number}", f"https://harbour.example/{number}", title or f"Title {number}",
        f"Summary {number}", published=NOW, **more,  # type: ignore[arg-type]
    )  # fmt: skip


def parsed(*entries: Entry) -> Parsed:
    return Parsed(About(title="Feed"), entries)


@pytest.mark.django_db
def test_new_entries_are_stored() -> None:
    found = ingest(feed("a"), parsed(entry(1), entry(2)), now=NOW)
    assert found.entries == 2
    assert set(found.new_article_ids) == set(Article.objects.values_list("id", flat=True))
    assert set(Article.objects.values_list("source", "first_seen_at")) == {("a", NOW)}
    assert Sighting.objects.count() == 2


@pytest.mark.django_db
def test_a_second_time_changes_nothing() -> None:
    source = feed("a")
    ingest(source, parsed(entry(1), entry(2)), now=NOW)
    before = list(Article.objects.values())
    again = ingest(source, parsed(entry(1), entry(2)), now=LATER)
    assert (again.new_article_ids, again.changed_article_ids) == ((), ())
    assert list(Article.objects.values()) == before


@pytest.mark.django_db
def test_one_article_through_two_feeds_is_stored_once() -> None:
    first, second = feed("a"), feed("b")
    (known,) = ingest(first, parsed(entry(1)), now=NOW).new_article_ids
    other = Entry("other-id", "http://www.harbour.example/1/?utm_source=b", "Own words", "x")
    assert ingest(second, parsed(other), now=LATER).new_article_ids == ()
    assert Article.objects.get().title == "Title 1"
    assert set(Sighting.objects.values_list("article_id", "feed_id", "entry_url")) == {
        (known, first, "https://harbour.example/1"),
        (known, second, "http://www.harbour.example/1/?utm_source=b"),
    }


@pytest.mark.django_db
def test_changed_words_leave_a_revision() -> None:
    source = feed("a")
    ingest(source, parsed(entry(1)), now=NOW)
    changed = ingest(source, parsed(entry(1, "Corrected")), now=LATER)
    article = Article.objects.get()
    assert changed.changed_article_ids == (article.pk,)
    assert (article.title, article.revision, article.updated_at) == ("Corrected", 2, LATER)
    assert (article.published_at, article.first_seen_at) == (NOW, NOW)
    kept = ArticleRevision.objects.get()
    assert (kept.revision, kept.title, kept.replaced_at) == (1, "Title 1", LATER)


@pytest.mark.django_db
def test_a_new_picture_is_no_revision() -> None:
    source = feed("a")
    ingest(source, parsed(entry(1)), now=NOW)
    again = ingest(source, parsed(entry(1, author="Jo Kim")), now=LATER)
    article = Article.objects.get()
    assert again.changed_article_ids == ()
    assert (article.author, article.revision) == ("Jo Kim", 1)


@pytest.mark.django_db
def test_the_words_of_a_second_feed_do_not_take_turns_with_the_first() -> None:
    first, second = feed("a"), feed("b")
    ingest(first, parsed(entry(1, "First words")), now=NOW)
    ingest(second, parsed(entry(1, "Second words")), now=NOW)
    ingest(second, parsed(entry(1, "Second words, changed")), now=LATER)
    assert Article.objects.get().title == "First words"
    Feed.objects.filter(pk=first).update(state=Feed.State.RETIRED)
    ingest(second, parsed(entry(1, "Second words, again")), now=LATER)
    assert Article.objects.get().title == "Second words, again"


@pytest.mark.django_db
def test_the_number_of_queries_does_not_grow_with_the_entries() -> None:
    counts = []
    for size in (2, 200):
        source = feed(f"f{size}")
        entries = [entry(size * 1000 + n) for n in range(size)]
        with CaptureQueriesContext(connection) as seen:
            ingest(source, parsed(*entries), now=NOW)
            ingest(source, parsed(*(entry(size * 1000 + n, "New") for n in range(size))), now=LATER)
        counts.append(len(seen))
    assert counts[0] == counts[1] < 30


@pytest.mark.django_db
def test_hostile_characters_reach_the_database_harmlessly() -> None:
    bad = Entry("i\x00d", "https://x.example/\ud800", "a\x00b\ud800c", "s\x00", "c\ud800")
    assert ingest(feed("a"), parsed(bad), now=NOW).entries == 1
    assert Article.objects.get().title == "ab?c"


@pytest.mark.django_db
def test_an_empty_feed_is_no_trouble() -> None:
    assert ingest(feed("a"), parsed(), now=NOW).entries == 0


@pytest.mark.django_db(transaction=True)
def test_pollers_at_once_agree() -> None:
    """Six feeds carry the same forty articles in different orders, each polled twice at once."""
    sources = [feed(f"f{n}") for n in range(6)]
    first = _at_once(sources * 2, "Title")
    new = [pk for result in first for pk in result.new_article_ids]
    assert len(new) == len(set(new)) == Article.objects.count() == 40
    assert Sighting.objects.count() == 240

    second = _at_once(sources * 2, "Changed")
    changed = [pk for result in second for pk in result.changed_article_ids]
    assert len(changed) == len(set(changed)) == ArticleRevision.objects.count() == 40
    assert set(Article.objects.values_list("revision", flat=True)) == {2}


def _at_once(sources: list[int], words: str) -> list[Ingested]:
    start = threading.Barrier(len(sources))

    def run(turn: int, source: int) -> Ingested:
        entries = [entry(n, f"{words} {n}") for n in range(40)]
        start.wait(30)
        try:
            return ingest(source, parsed(*entries[turn:], *entries[:turn]), now=NOW)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(sources)) as pool:
        return list(pool.map(run, range(0, 3 * len(sources), 3), sources))
