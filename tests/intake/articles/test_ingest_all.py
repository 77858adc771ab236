"""Several feeds stored at once leave what each by itself would leave, in far fewer queries."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from digest.intake.articles.ingest import ingest, ingest_all
from digest.intake.feeds.formats.entries import About, Deleted, Entry, Parsed
from digest.models import Article, ArticleRevision, Feed, FeedMemory, Sighting

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def feed(number: int) -> int:
    url = f"https://post-{number}.example/rss"
    return Feed.objects.create(url=url, title=f"Post {number}", next_check_at=NOW).pk


def entry(number: int, words: str = "", link: str = "") -> Entry:
    return Entry(
        id=f"id-{number}",
        url=link or f"https://post.example/{number}",
        title=words or f"Ferry number {number} returns to service",
        summary=f"The ferry's owner said on Monday that number {number} was as good as new.",
        published=NOW - timedelta(hours=1),
    )


def parsed(*entries: Entry, deleted: tuple[Deleted, ...] = ()) -> Parsed:
    return Parsed(About(language="en"), entries, deleted=deleted)


def tables() -> list[Any]:
    """What is stored, but for what no two runs share."""
    return [
        sorted(Article.objects.values_list("url", "title", "summary", "text", "source", "revision",
                                           "withdrawn_at", "updated_at")),
        sorted(Sighting.objects.values_list("feed__url", "article__url", "entry_url")),
        sorted(ArticleRevision.objects.values_list("article__url", "revision", "title")),
        sorted(FeedMemory.objects.values_list("feed__url", "last_words")),
    ]  # fmt: skip


ROUNDS = [
    [parsed(entry(1), entry(2)), parsed(entry(3)), parsed(entry(4), entry(5))],
    # Corrections in two feeds, and one new.
    [parsed(entry(1, "Corrected"), entry(2)), parsed(entry(3, "Mended")), parsed(entry(6))],
    # The first and the third show the same.
    [parsed(entry(7)), parsed(entry(8)), parsed(entry(7), entry(1, "Another outlet's words"))],
    # A deletion among others, and a new identifier under an address that is known.
    [parsed(entry(9), deleted=(Deleted("id-2"),)), parsed(entry(10)),
     parsed(entry(11, "Under a new name", "https://post.example/4"))],
]  # fmt: skip


def together(feeds: list[int], documents: list[Parsed], now: datetime) -> int:
    """How many calls it took."""
    waiting = list(zip(feeds, documents, strict=True))
    calls = 0
    while waiting:
        done = ingest_all(waiting, now=now)
        assert done[0] is not None
        waiting = [each for each, one in zip(waiting, done, strict=True) if one is None]
        calls += 1
    return calls


def test_feeds_stored_together_leave_what_each_by_itself_leaves() -> None:
    left = []
    for all_at_once in (False, True):
        Article.objects.all().delete()
        Feed.objects.all().delete()
        feeds = [feed(number) for number in range(3)]
        for place, documents in enumerate(ROUNDS):
            now = NOW + timedelta(minutes=place)
            if all_at_once:
                together(feeds, documents, now)
            else:
                for pk, document in zip(feeds, documents, strict=True):
                    ingest(pk, document, now=now)
        left.append(tables())
    assert left[0] == left[1]
    assert len(left[0][0]) == 10 and len(left[0][2]) >= 2


def test_the_number_of_queries_does_not_grow_with_the_number_of_feeds() -> None:
    counts = []
    for many in (2, 12):
        feeds = [feed(100 * many + number) for number in range(many)]
        documents = [parsed(entry(1000 * many + number)) for number in range(many)]
        with CaptureQueriesContext(connection) as queries:
            assert together(feeds, documents, NOW) == 1
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12


def test_a_feed_that_shows_what_another_shows_waits_its_turn() -> None:
    feeds = [feed(1), feed(2), feed(3)]
    documents = [parsed(entry(1)), parsed(entry(1)), parsed(entry(2))]
    first = ingest_all(list(zip(feeds, documents, strict=True)), now=NOW)
    assert [each is None for each in first] == [False, True, False]
    assert together(feeds, documents, NOW) == 2
    assert Sighting.objects.filter(article__url="https://post.example/1").count() == 2
    assert Article.objects.count() == 2


def test_all_or_nothing_is_stored() -> None:
    with pytest.raises(Feed.DoesNotExist):
        ingest_all([(feed(1), parsed(entry(1))), (10**9, parsed(entry(2)))], now=NOW)
    assert not Article.objects.exists()
