"""What ingest makes of copies and of deleted entries."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import TestCase

from digest.intake.articles.ingest import ingest
from digest.intake.articles.link import link_copies
from digest.intake.articles.withdraw import withdraw
from digest.intake.feeds.formats.parse import About, Deleted, Entry, Parsed, parse
from digest.models import Article, Feed, Page
from tests.intake.articles.test_copies import OTHER, WIRE, words

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def feed(name: str, **fields) -> Feed:
    return Feed.objects.create(
        url=f"https://{name}.example/feed", source=name.title(), next_check_at=NOW, **fields
    )


def entry(number: int, text: str, host: str, **fields) -> Entry:
    given = {"id": f"id-{number}", "url": f"https://{host}.example/{number}", "title": f"T{number}"}
    return Entry(**(given | {"content": text} | fields))


def show(shown: Feed, *entries: Entry, at: datetime = NOW) -> tuple[int, ...]:
    with TestCase.captureOnCommitCallbacks(execute=True):
        return ingest(shown.pk, Parsed(About(), entries), now=at).new_article_ids


def test_copies_of_a_wire_text_are_linked_to_the_first(db) -> None:
    (first,) = show(feed("harbour"), entry(1, WIRE, "harbour"))
    (second,) = show(feed("city"), entry(2, f"City desk. {WIRE} {OTHER}", "city"))
    (third,) = show(feed("coast"), entry(3, WIRE[:400], "coast"))
    (own,) = show(feed("other"), entry(4, OTHER, "other"))
    # It stands whole in the city's report, which is another report's copy: that is a round-up.
    links = dict(Article.objects.values_list("pk", "duplicate_of"))
    assert links[first] is None and links[second] == first and links[third] == first
    assert links[own] is None


def test_after_three_days_the_same_words_are_news_again(db) -> None:
    show(feed("harbour"), entry(1, WIRE, "harbour"))
    (late,) = show(feed("city"), entry(2, WIRE, "city"), at=NOW + timedelta(days=3, minutes=1))
    assert Article.objects.get(pk=late).duplicate_of is None


def test_a_text_that_grows_into_a_copy_is_linked_then(db) -> None:
    (first,) = show(feed("harbour"), entry(1, WIRE, "harbour"))
    city = feed("city")
    (second,) = show(city, entry(2, "More to come.", "city"))
    assert Article.objects.get(pk=second).duplicate_of is None
    show(city, entry(2, WIRE, "city"), at=NOW + timedelta(minutes=5))
    article = Article.objects.get(pk=second)
    assert article.duplicate_of_id == first
    assert article.revisions.get().text == "More to come."


def test_copies_of_one_document_follow_one_first(db) -> None:
    ids = show(
        feed("pool"),
        *(
            entry(
                n,
                f"{WIRE} {words(n, 20)}",
                "pool",
                source=f"Outlet {n}",
                source_url="https://pool.example",
            )
            for n in range(6)
        ),
    )
    first, *rest = sorted(ids)
    links = dict(Article.objects.values_list("pk", "duplicate_of"))
    assert links[first] is None and {links[pk] for pk in rest} == {first}


def test_a_link_never_forms_a_circle_or_a_chain(db) -> None:
    ids = show(
        feed("pool"),
        *(
            entry(n, WIRE, "pool", source=f"Outlet {n}", source_url="https://pool.example")
            for n in range(4)
        ),
    )
    Article.objects.update(duplicate_of=None)
    for pk in sorted(ids, reverse=True):
        link_copies([pk], now=NOW)
    heads = set(Article.objects.filter(duplicate_of=None).values_list("pk", flat=True))
    assert len(heads) == 1
    assert set(
        Article.objects.exclude(duplicate_of=None).values_list("duplicate_of", flat=True)
    ) == heads  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_two_pollers_that_store_copies_at_once_link_them() -> None:
    feeds = [feed(f"outlet{number}") for number in range(6)]
    barrier = threading.Barrier(6)

    def work(number: int) -> None:
        try:
            barrier.wait(10)
            show(feeds[number], entry(number, WIRE, f"outlet{number}"))
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=[number]) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Article.objects.filter(duplicate_of=None).count() == 1
    (first,) = Article.objects.filter(duplicate_of=None)
    assert first.duplicates.count() == 5


def test_a_deleted_entry_withdraws_its_article_and_keeps_its_words(db) -> None:
    harbour = feed("harbour")
    (one,) = show(harbour, entry(1, WIRE, "harbour"))
    (two,) = show(harbour, entry(2, OTHER, "harbour"))
    later = NOW + timedelta(hours=1)
    assert withdraw(harbour.pk, ["id-1", "never-seen", ""], now=later) == (one,)
    gone = Article.objects.get(pk=one)
    assert (gone.withdrawn_at, gone.updated_at, gone.text) == (later, later, WIRE)
    assert Article.objects.get(pk=two).withdrawn_at is None
    assert withdraw(harbour.pk, ["id-1"], now=later + timedelta(hours=1)) == ()


def test_a_tombstone_in_a_feed_withdraws_its_article(db) -> None:
    harbour = feed("harbour")
    (one,) = show(harbour, entry(1, WIRE, "harbour"))
    ingest(harbour.pk, Parsed(About(), deleted=(Deleted("id-1"),)), now=NOW)
    assert Article.objects.get(pk=one).withdrawn_at == NOW


def test_a_feed_withdraws_only_what_nobody_else_shows(db) -> None:
    harbour, city, thief = feed("harbour"), feed("city"), feed("thief")
    (article,) = show(harbour, entry(1, WIRE, "harbour"))
    show(city, entry(1, WIRE, "harbour"))
    assert withdraw(thief.pk, ["id-1"], now=NOW) == ()
    assert withdraw(harbour.pk, ["id-1"], now=NOW) == ()
    Feed.objects.filter(pk=city.pk).update(state="retired")
    assert withdraw(harbour.pk, ["id-1"], now=NOW) == (article,)


def test_when_the_first_is_withdrawn_the_next_copy_takes_its_place(db) -> None:
    harbour = feed("harbour")
    show(harbour, entry(1, WIRE, "harbour"))
    (second,) = show(feed("city"), entry(2, WIRE, "city"))
    (third,) = show(feed("coast"), entry(3, WIRE, "coast"))
    withdraw(harbour.pk, ["id-1"], now=NOW)
    links = dict(Article.objects.values_list("pk", "duplicate_of"))
    assert (links[second], links[third]) == (None, second)


def test_an_entry_that_comes_back_changed_is_no_longer_withdrawn(db) -> None:
    harbour = feed("harbour")
    (article,) = show(harbour, entry(1, WIRE, "harbour"))
    withdraw(harbour.pk, ["id-1"], now=NOW)
    show(harbour, entry(1, OTHER, "harbour"), at=NOW + timedelta(hours=1))
    assert Article.objects.get(pk=article).withdrawn_at is None


def test_pages_are_asked_for_only_where_the_feed_says_so(db) -> None:
    full = feed("harbour", full_text=True)
    (wanted,) = show(full, entry(1, WIRE, "harbour"))
    show(feed("city"), entry(2, OTHER, "city"))
    page = Page.objects.get()
    assert (page.article_id, page.due_at) == (wanted, NOW)
    Page.objects.update(due_at=None, read_at=NOW)
    Article.objects.filter(pk=wanted).update(text=f"{WIRE} And the whole rest. {OTHER}")
    later = NOW + timedelta(minutes=9)
    show(full, entry(1, WIRE, "harbour", title="Changed"), at=later)
    assert Article.objects.get(pk=wanted).title == "Changed"
    assert "the whole rest" in Article.objects.get(pk=wanted).text
    assert Page.objects.get().due_at == later


def test_a_tombstone_in_a_polled_document_withdraws_the_article(db) -> None:
    shown = feed("harbour")
    atom = '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:at="{}"><title>H</title>{}</feed>'
    space = "http://purl.org/atompub/tombstones/1.0"
    entries = "".join(
        f"<entry><id>urn:{n}</id><title>T{n}</title><link href='https://harbour.example/{n}'/>"
        "</entry>" for n in (1, 2)
    )  # fmt: skip

    def poll(inside: str) -> None:
        read = parse(atom.format(space, inside).encode(), {}, shown.url)
        assert isinstance(read, Parsed)
        ingest(shown.pk, read, now=NOW)

    poll(entries)
    poll('<at:deleted-entry ref="urn:1" when="2026-11-23T11:00:00Z"/>')
    gone = Article.objects.exclude(withdrawn_at=None)
    assert [each.title for each in gone] == ["T1"]
