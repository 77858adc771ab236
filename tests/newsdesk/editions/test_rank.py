"""What goes into an edition, in what order, and the reason given for it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from digest.newsdesk.editions.core.rank import (
    HEAVIEST_SOURCE,
    EditionWindow,
    StoryCandidate,
    in_sections,
    rank,
    since_words,
    strength,
)
from tests.newsdesk.desk import SLOT, hours

WINDOW = EditionWindow(SLOT - hours(24), SLOT, "Asia/Singapore")


def told(story_id: int, sources: int = 3, **fields: object) -> StoryCandidate:
    standard = StoryCandidate(story_id, sources, float(sources), sources, SLOT - hours(2))
    return replace(standard, **fields)  # type: ignore[arg-type]


candidates = some.lists(
    some.builds(
        StoryCandidate,
        story_id=some.integers(1, 10_000),
        sources=some.integers(1, 40),
        weight=some.floats(0, 100),
        new_sources=some.integers(1, 40),
        last_at=some.integers(0, 5000).map(lambda m: SLOT - timedelta(minutes=m)),
        topics=some.lists(some.sampled_from(["Trade", "Korea", "Health"]), unique=True).map(tuple),
        is_new=some.booleans(),
        in_earlier=some.booleans(),
        readable=some.booleans(),
        reprints=some.integers(0, 20),
        peak_at=some.none() | some.integers(0, 5000).map(lambda m: SLOT - timedelta(minutes=m)),
        lately=some.integers(0, 10),
        pinned=some.booleans(),
    ),
    unique_by=lambda each: each.story_id,
    max_size=30,
)


@given(candidates, some.integers(0, 12), some.randoms())
def test_the_same_candidates_in_any_order_give_the_same_picks(
    offered: list[StoryCandidate], size: int, random: object
) -> None:
    picks = rank(offered, WINDOW, size)
    random.shuffle(offered)  # type: ignore[attr-defined]
    assert rank(offered, WINDOW, size) == picks
    assert len(picks) == min(size, len(offered))
    assert len({pick.story_id for pick in picks}) == len(picks)
    assert all(pick.reason and pick.score >= 0 for pick in picks)
    assert {p.story_id for p in in_sections(picks)} == {p.story_id for p in picks}


@given(candidates.filter(bool))
def test_one_more_source_never_weakens_a_story(offered: list[StoryCandidate]) -> None:
    for each in offered:
        more = replace(
            each, sources=each.sources + 1, weight=each.weight + 1, new_sources=each.new_sources + 1
        )
        assert strength(more, WINDOW) >= strength(each, WINDOW)


def test_more_sources_and_fresher_reports_come_first() -> None:
    picks = rank([told(1, 2), told(2, 9), told(3, 9, last_at=SLOT - hours(20))], WINDOW, 3)
    assert [pick.story_id for pick in picks] == [2, 3, 1]


def test_a_heavy_source_counts_for_more_than_a_light_one() -> None:
    picks = rank([told(1, 2, weight=0.4), told(2, 1, weight=4.0)], WINDOW, 2)
    assert [pick.story_id for pick in picks] == [2, 1]


def test_a_story_carried_before_counts_only_by_what_is_new() -> None:
    old = told(1, 10, new_sources=1, in_earlier=True, is_new=False)
    picks = rank([old, told(2, 3)], WINDOW, 2)
    assert [pick.story_id for pick in picks] == [2, 1]
    assert [pick.is_update for pick in picks] == [False, True]
    assert "was in an earlier edition, 1 source since then" in picks[1].reason


def test_one_busy_topic_does_not_fill_the_page() -> None:
    korea = [told(n, 8 - n, topics=("Korea",)) for n in range(1, 5)]
    picks = rank([*korea, told(9, 3, topics=("Trade",))], WINDOW, 3)
    assert [pick.story_id for pick in picks] == [1, 2, 9]
    assert [pick.story_id for pick in rank(korea, WINDOW, 3)] == [1, 2, 3]


def test_a_busy_topic_weakens_no_story_of_its_own_below_its_places() -> None:
    """Two on one affair may well lead the page: its share is a limit on how many, not on where."""
    korea = [told(1, 20, topics=("Korea",)), told(2, 15, topics=("Korea",))]
    picks = rank([*korea, told(3, 10, topics=("Trade",))], WINDOW, 7)
    assert [pick.story_id for pick in picks] == [1, 2, 3]


def test_thirty_outlets_of_last_night_lead_over_one_heavy_outlet_of_just_now() -> None:
    many = told(1, 30, last_at=SLOT - hours(23))
    heavy = told(2, 1, weight=HEAVIEST_SOURCE, last_at=SLOT - timedelta(minutes=5))
    assert [pick.story_id for pick in rank([heavy, many], WINDOW, 2)] == [1, 2]


def test_a_story_that_erupts_again_leads() -> None:
    again = told(1, 30, new_sources=15, in_earlier=True, is_new=False)
    trickle = told(2, 30, new_sources=3, in_earlier=True, is_new=False)
    picks = rank([told(3, 12), again, trickle], WINDOW, 3)
    assert [pick.story_id for pick in picks] == [1, 3, 2]
    assert picks[0].reason == "30 sources, was in an earlier edition, 15 sources since then"


def test_a_story_nobody_can_read_stands_back_and_says_so() -> None:
    picks = rank([told(1, 6, readable=False), told(2, 3)], WINDOW, 2)
    assert [pick.story_id for pick in picks] == [2, 1]
    assert picks[1].reason.endswith("in another language")


def test_reasons_are_what_an_editor_would_say() -> None:
    picks = rank(
        [
            told(1, 6, topics=("Korea",)),
            told(2, 4, topics=("Trade",)),
            told(3, 5, topics=("Korea",), is_new=False, new_sources=2),
            told(4, 1),
        ],
        WINDOW,
        4,
    )
    reasons = {pick.story_id: pick.reason for pick in picks}
    assert reasons == {
        1: "6 sources, new since yesterday, strongest on Korea",
        2: "4 sources, new since yesterday, nothing else on Trade",
        3: "5 sources, 2 sources since yesterday, number 2 on Korea",
        4: "1 source, new since yesterday",
    }


@pytest.mark.parametrize(
    ("back", "words"),
    [(5, "02:00"), (24, "yesterday"), (72, "Friday"), (24 * 30, "31 January")],
)
def test_the_windows_start_in_words(back: int, words: str) -> None:
    assert since_words(EditionWindow(SLOT - hours(back), SLOT, "Asia/Singapore")) == words


def test_sections_stand_together_and_the_best_storys_comes_first() -> None:
    picks = rank(
        [
            told(1, 9, topics=("Korea",)),
            told(2, 8, topics=("Trade",)),
            told(3, 7, topics=("Korea",)),
        ],
        WINDOW,
        3,
    )
    assert [pick.section for pick in in_sections(picks)] == ["Korea", "Korea", "Trade"]
