"""Mails made of pieces that others carry too are, to the byte, those made anew."""

import textwrap
from dataclasses import replace
from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from digest.audience.core.languages import SPOKEN
from digest.newsdesk.editions.core.content import ContentItem, EditionContent
from digest.outbound.channels.email import shared, words
from digest.outbound.messages import reading
from digest.outbound.messages.environment import locale_of, wrapped
from tests.outbound.samples import EDITION, LEAD, NASTY, NEWSROOM

ITEMS = some.builds(
    replace,
    some.just(LEAD),
    story=some.integers(1, 9).map(lambda n: str(UUID(int=n))),
    headline=NASTY,
    blurb=NASTY,
    news=some.sampled_from(["", "All were taken off"]),
    news_since=some.just("2024-10-05T01:00:00+00:00"),
    language=some.sampled_from(["", "en", "ar", "zh-Hant"]),
    section=some.sampled_from(["", "Trade & shipping", "Korea"]),
    is_update=some.booleans(),
    sources=some.lists(NASTY, max_size=3).map(tuple),
    source_count=some.integers(0, 9),
    picture=some.sampled_from([None, LEAD.picture]),
)


def same(content: EditionContent) -> None:
    made, anew = words.edition(content, NEWSROOM), words.edition(content, NEWSROOM, plain=True)
    assert made == anew
    assert "data-shared" not in made.fields["html"]


@given(
    items=some.lists(ITEMS, max_size=6).map(tuple),
    language=some.sampled_from(sorted(SPOKEN)),
    kind=some.sampled_from(["personal", "newsletter"]),
)
def test_whatever_is_told_in_whatever_language(
    items: tuple[ContentItem, ...], language: str, kind: str
) -> None:
    same(replace(EDITION, items=items, language=language, kind=kind))


@pytest.mark.parametrize("language", sorted(SPOKEN))
def test_an_item_stands_at_any_place(language: str) -> None:
    for turn in range(len(EDITION.items)):
        items = EDITION.items[turn:] + EDITION.items[:turn]
        same(replace(EDITION, items=items, language=language, kind="personal"))


def test_a_mark_that_a_headline_brings_is_words() -> None:
    item = replace(LEAD, headline='<td data-shared="0:0"></td>')
    content = replace(EDITION, items=(LEAD, item, item))
    assert words.edition(content, NEWSROOM) == words.edition(content, NEWSROOM, plain=True)


@given(
    item=ITEMS,
    language=some.sampled_from(sorted(SPOKEN)),
    hours=some.integers(0, 40),
    zone=some.sampled_from(["UTC", "Asia/Seoul", "America/New_York", "Asia/Kolkata"]),
    base=some.sampled_from([NEWSROOM.base_url, "https://other.example"]),
)
def test_an_item_reads_as_it_would_anew(
    item: ContentItem, language: str, hours: int, zone: str, base: str
) -> None:
    """Whoever asked before: another hour, language or newsroom."""
    newsroom = replace(NEWSROOM, base_url=base)
    local = (EDITION.slot_at + timedelta(hours=hours)).astimezone(ZoneInfo(zone))
    for channel in ("email", "telegram"):
        given_all = item, channel, newsroom, local, locale_of(language)
        assert reading._read_once(*given_all) == reading._read(*given_all)


def test_one_moment_reads_in_each_zone_as_its_readers_say_it() -> None:
    """Those in Seoul and in New York are served at once: each is told the hour of their own day."""
    item = replace(LEAD, first_at=(EDITION.slot_at - timedelta(hours=1)).isoformat())
    told = {
        zone: reading.reading_of(
            replace(EDITION, items=(item,), time_zone=zone), "email", NEWSROOM
        ).reads[0].since
        for zone in ("Asia/Seoul", "Europe/Paris", "UTC")
    }  # fmt: skip
    assert told == {"Asia/Seoul": "07:00", "Europe/Paris": "00:00", "UTC": "22:00"}


def test_pieces_are_kept_in_bounds() -> None:
    for number in range(60):
        item = replace(LEAD, headline=f"Event {number}")
        words.edition(replace(EDITION, items=(item, item)), NEWSROOM)
    assert 0 < len(shared._texts) <= shared._KEPT


@given(
    text=some.text("ab-. \t\n\xa0\u3000\x1c\x85é", max_size=12),
    width=some.sampled_from([1, 3, 8, 72]),
    indent=some.sampled_from(["", "  ", "- "]),
)
def test_a_short_text_is_wrapped_as_a_long_one(text: str, width: int, indent: str) -> None:
    anew = textwrap.fill(
        text, width, initial_indent=indent, subsequent_indent=indent,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
    assert wrapped(text, width, indent) == anew


def test_an_item_is_worded_once_under_whatever_number_it_stands() -> None:
    for turn in range(len(EDITION.items)):
        items = EDITION.items[turn:] + EDITION.items[:turn]
        words.edition(replace(EDITION, items=items, kind="personal"), NEWSROOM)
        if turn == 0:
            before = len(shared._texts)
    assert len(shared._texts) == before
