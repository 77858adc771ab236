"""What ends most items of one feed is learned from the feed, and is no news."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.intake.articles.core import endings
from digest.intake.articles.core.prepare import Origin, Prepared, prepare
from digest.intake.articles.ingest import ingest
from digest.intake.feeds.formats.parse import About, Entry, Parsed
from digest.models import Article, Feed, FeedMemory

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
FEED = Origin("https://harbour.example/rss", "Harbour Post", "en")
NEWS = (
    "The ferry sails again after repairs.", "A storm closes the harbour", "Prices of fish rise!",
    "Pilots end their strike.", "The council buys two tugs", "Why was the lighthouse dark?",
    "Divers find a bell. It is from 1812.", "An island votes for a bridge.",
)  # fmt: skip


def entries(shape: str) -> list[Entry]:
    return [
        Entry(
            f"id-{number}", f"https://harbour.example/{number}", f"Headline number {number}",
            shape.format(news=news, title=f"Headline number {number}", n=number), published=NOW,
        )
        for number, news in enumerate(NEWS)
    ]  # fmt: skip


def summaries(made: list[Prepared]) -> list[str]:
    return [each.summary for each in made]


@pytest.mark.parametrize(
    "shape",
    [
        "<p>{news}</p><p>Laman utama kami di sini</p>",
        "<p>{news}</p><p>(comments)</p>",
        "<p>{news}</p><p>Permalink | Comments | Email this story</p>",
        "<p>{news}</p><p>O post {title} apareceu primeiro em Harbour Post.</p>",
        "{news} | Harbour Post",
        "{news} [Harbour Post Bureau]",
        "<p>{news}</p><p>மேலும் படிக்க</p><p>எங்கள் செயலி</p>",
        "<p>{news}</p><p>اشترك في نشرتنا</p>",
    ],
)
def test_what_ends_every_item_is_taken_off(shape: str) -> None:
    assert summaries(prepare(entries(shape), FEED, NOW)) == list(NEWS)


def test_a_summary_that_all_items_share_is_none() -> None:
    assert summaries(prepare(entries("Comments"), FEED, NOW)) == [""] * len(NEWS)


@pytest.mark.parametrize(
    "shape",
    [
        "{news}",
        "<p>{news}</p><p>Its number is {n}, an official said</p>",
        "{news} More is not known of number {n}.",
    ],
)
def test_words_that_differ_stay(shape: str) -> None:
    for made, entry in zip(prepare(entries(shape), FEED, NOW), entries(shape), strict=True):
        plain = entry.summary.replace("</p><p>", "\n").removeprefix("<p>").removesuffix("</p>")
        assert made.summary == plain


def test_few_items_teach_nothing() -> None:
    shape = "<p>{news}</p><p>(comments)</p>"
    made = prepare(entries(shape)[: endings.ENOUGH - 1], FEED, NOW)
    assert all(each.summary.endswith("(comments)") for each in made)


def test_half_of_the_items_are_not_most() -> None:
    mixed = entries("{news}")[:4] + entries("<p>{news}</p><p>Depth: 10 km</p>")[4:]
    assert sum("Depth: 10 km" in each.summary for each in prepare(mixed, FEED, NOW)) == 4


def test_one_item_told_often_teaches_nothing() -> None:
    first = entries("<p>{news}</p><p>Depth: 10 km</p>")[0]
    often = [
        replace(first, id=f"id-{number}", url=f"https://harbour.example/{number}")
        for number in range(9)
    ]  # fmt: skip
    assert all("Depth" in each.summary for each in prepare(often, FEED, NOW))


@given(st.lists(st.text(max_size=120), max_size=30), st.text(max_size=400), st.text(max_size=60))
def test_nothing_but_an_ending_is_ever_lost(ends: list[str], text: str, title: str) -> None:
    left = endings.without(text, title, endings.learned(ends))
    assert text.startswith(left)


@pytest.mark.django_db
def test_items_that_come_one_by_one_teach_too() -> None:
    pk = Feed.objects.create(url="https://a.example/rss", title="A", next_check_at=NOW).pk
    each_alone = entries("<p>{news}</p><p>(comments)</p>")
    for number, entry in enumerate(each_alone):
        ingest(pk, Parsed(About(title="A"), (entry,)), now=NOW + timedelta(hours=number))
    summaries = list(Article.objects.order_by("id").values_list("summary", flat=True))
    assert summaries[-1] == NEWS[-1] and summaries[0].endswith("(comments)")
    assert len(FeedMemory.objects.get(pk=pk).last_words) == len(NEWS)


@pytest.mark.django_db
def test_a_feeds_memory_of_endings_is_bounded_and_keeps_what_was_seen() -> None:
    pk = Feed.objects.create(url="https://a.example/rss", title="A", next_check_at=NOW).pk
    FeedMemory.objects.create(feed_id=pk, item_hashes=b"x" * 16)
    many = tuple(
        Entry(f"id-{n}", f"https://a.example/{n}", f"Headline {n}", f"News {n}", published=NOW)
        for n in range(endings.KEPT + 20)
    )
    ingest(pk, Parsed(About(title="A"), many), now=NOW)
    memory = FeedMemory.objects.get(pk=pk)
    assert (
        len(memory.last_words) == endings.KEPT and memory.last_words[-1] == f"News {len(many) - 1}"
    )
    assert bytes(memory.item_hashes) == b"x" * 16
