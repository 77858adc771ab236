"""Where a feed repeats an address, its items stay apart; where it corrects one, it stays one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from digest.intake.articles.core.prepare import Origin, Prepared, prepare
from digest.intake.articles.ingest import Ingested, ingest
from digest.intake.feeds.formats.incremental import NewEntries, read
from digest.intake.feeds.formats.parse import About, Entry, Parsed
from digest.models import Article, ArticleRevision, Feed
from tests.fakes.feeds import rss

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PAGE = "https://harbour.example/live/ferry"


def entry(guid: str, link: str, title: str, minutes: int = 0) -> Entry:
    return Entry(
        guid, link, title, f"About {title}.", published=NOW + timedelta(minutes=minutes)
    )  # fmt: skip


def prepared(*entries: Entry) -> list[Prepared]:
    return prepare(entries, Origin("https://harbour.example/rss", "Harbour Post", "en"), NOW)


REPEATED = {
    "fragments": [(f"g{n}", f"{PAGE}#post-{n}", f"Report {n}") for n in range(5)],
    "fragments and no guids": [("", f"{PAGE}#post-{n}", f"Report {n}") for n in range(3)],
    "one link, guids of their own": [(f"tag:{n}", PAGE, f"Report {n}") for n in range(5)],
    "one link and one guid": [("x", PAGE, f"Report {n}") for n in range(4)],
    "one link and no guid": [("", PAGE, f"Report {n}") for n in range(4)],
    "a page and its parts": [("p", PAGE, "All"), ("q", f"{PAGE}#a", "A"), ("r", f"{PAGE}#b", "B")],
    "addresses alike but for who counts": [
        (f"k{n}", f"{PAGE}?utm_content=item{n}", f"Report {n}") for n in range(3)
    ],
    "scheme and slash": [("a", PAGE, "A"), ("b", PAGE.replace("https", "http") + "/", "B")],
    "one front page": [(f"f{n}", "https://harbour.example/", f"Report {n}") for n in range(3)],
    "a front page's fragments": [
        (f"f{n}", f"https://harbour.example/#n{n}", f"Report {n}") for n in range(3)
    ],
}


@pytest.mark.parametrize("kind", REPEATED)
def test_items_that_repeat_an_address_become_articles_of_their_own(kind: str) -> None:
    items = [entry(*each) for each in REPEATED[kind]]
    made = prepared(*items)
    assert len({each.url_hash for each in made}) == len({each.url for each in made}) == len(items)
    assert all("//harbour.example/" in each.url for each in made)
    again = prepared(*reversed(items))
    assert {each.url_hash for each in made} == {each.url_hash for each in again}


def test_the_parts_of_a_page_keep_addresses_that_lead_to_them() -> None:
    made = prepared(*(entry(f"g{n}", f"{PAGE}#post-{n}", f"Report {n}") for n in range(2)))
    assert [each.url for each in made] == [f"{PAGE}#post-0", f"{PAGE}#post-1"]


def test_the_same_words_twice_are_one_article() -> None:
    made = prepared(entry("a", PAGE, "Ferry"), entry("b", PAGE, "Ferry"), entry("c", PAGE, "Else"))
    assert len({each.url_hash for each in made}) == 2


def test_two_versions_of_one_atom_entry_are_the_newest() -> None:
    old = replace(entry("urn:1", PAGE, "Ferry burns"), updated=NOW)
    new = replace(entry("urn:1", PAGE, "Ferry on fire"), updated=NOW + timedelta(hours=1))
    for order in ([old, new], [new, old]):
        (made,) = prepared(*order)
        assert made.title == "Ferry on fire"


@pytest.fixture
def feed(db: None) -> int:
    return Feed.objects.create(url="https://harbour.example/rss", next_check_at=NOW).pk


def shown(feed: int, *entries: Entry, hours: int = 0) -> Ingested:
    return ingest(feed, Parsed(About(title="H"), entries), now=NOW + timedelta(hours=hours))


def titles() -> set[str]:
    return set(Article.objects.values_list("title", flat=True))


@pytest.mark.parametrize("kind", REPEATED)
def test_items_that_come_one_by_one_under_one_address_stay_apart(feed: int, kind: str) -> None:
    items = [entry(*each) for each in REPEATED[kind]]
    for count in range(1, len(items) + 1):
        shown(feed, *reversed(items[:count]), hours=count)
    assert titles() == {each.title for each in items}
    assert Article.objects.count() == len(items)
    assert not ArticleRevision.objects.exists()


CORRECTED = {
    "a counter": (f"{PAGE}#0", f"{PAGE}#1"),
    "a random number": ("5f1c-aa", "90d2-bb"),
    "a time stamp": ("urn:ferry:202611271201", "urn:ferry:202611271330"),
    "none before": ("", "harbour-77"),
    "none after": ("harbour-77", ""),
}


@pytest.mark.parametrize("kind", CORRECTED)
def test_a_corrected_headline_is_taken_under_a_new_identifier(feed: int, kind: str) -> None:
    before, after = CORRECTED[kind]
    (first,) = shown(feed, entry(before, PAGE, "Ten hurt on ferry")).new_article_ids
    found = shown(feed, entry(after, PAGE, "Two hurt on ferry", 5), hours=1)
    assert (found.new_article_ids, found.changed_article_ids) == ((), (first,))
    article = Article.objects.get()
    assert (article.title, article.revision) == ("Two hurt on ferry", 2)
    assert ArticleRevision.objects.get().title == "Ten hurt on ferry"
    again = shown(feed, entry(after, PAGE, "Two hurt on ferry", 5), hours=2)
    assert (again.new_article_ids, again.changed_article_ids) == ((), ())
    third = shown(feed, entry(after, PAGE, "One hurt on ferry", 5), hours=3)
    assert third.changed_article_ids == (first,)


def test_of_two_counted_versions_in_one_document_the_newest_words_are_taken(feed: int) -> None:
    old, new = entry(f"{PAGE}#0", PAGE, "Ten hurt"), entry(f"{PAGE}#1", PAGE, "Two hurt", 5)
    shown(feed, old, new)
    assert titles() == {"Two hurt"}
    newer = entry(f"{PAGE}#2", PAGE, "One hurt", 9)
    shown(feed, old, newer, new, hours=1)
    assert titles() == {"One hurt"}
    shown(feed, old, newer, new, hours=2)
    assert titles() == {"One hurt"}


def test_another_outlets_feed_does_not_reword_an_article(feed: int) -> None:
    shown(feed, entry("a", PAGE, "Ten hurt"))
    other = Feed.objects.create(url="https://other.example/rss", next_check_at=NOW).pk
    shown(other, entry("b", PAGE, "TEN HURT!"), hours=1)
    assert titles() == {"Ten hurt"}


@pytest.mark.parametrize(
    "links",
    [
        ("<link>https://h.example/l#a</link>", "<link>https://h.example/l#b</link>"),
        ("<link>https://h.example/l</link>", "<link><![CDATA[https://h.example/l]]></link>"),
        ("<link>https://h.example/l?utm_a=1</link>", "<link>https://h.example/l?utm_a=2</link>"),
    ],
)
def test_a_document_that_repeats_an_address_is_read_whole(links: tuple[str, str]) -> None:
    items = [f"<item>{link}<title>t{n}</title></item>" for n, link in enumerate(links)]
    found = read(rss(*items), {}, "https://h.example/rss")
    assert isinstance(found, NewEntries)
    assert (found.path, found.doubt) == ("whole", "items share an address")


@pytest.mark.parametrize("guid", ["", "one-guid"])
def test_items_alike_but_for_what_stands_under_the_headline_stay_apart(guid: str) -> None:
    items = [
        replace(entry(guid, PAGE, "Markets"), summary=f"Shares of pier {n} rose.") for n in range(3)
    ]  # fmt: skip
    assert len({each.url_hash for each in prepared(*items, items[0])}) == 3
