"""The order is one an editor would defend, and its reasons tell why it is so."""

import re
from dataclasses import fields, replace

import pytest
from hypothesis import given

from digest.newsdesk.editions.core.rank import (
    EditionWindow,
    StoryCandidate,
    StoryFacts,
    facts,
    height_words,
    rank,
    score,
)
from tests.newsdesk.desk import SLOT, hours
from tests.newsdesk.editions.ranking import candidate, judged
from tests.newsdesk.editions.test_rank import WINDOW, candidates

HEIGHTS = {height_words(WINDOW, age): age for age in range(3, 90)}
_NUMBERS = {
    "own": r"^(\d+) sources?",
    "reprints": r"^\d+ sources? and (\d+) reprint",
    "weight": r"^[^,]* that counts? as ([\d.]+)",
    "since": r"(\d+) sources? since",
    "lately": r"(\d+) in the last 3 hours",
}


def read(reason: str) -> StoryFacts:
    """What a person learns from a reason."""
    found = {name: re.search(form, reason) for name, form in _NUMBERS.items()}
    told = {name: match[1] for name, match in found.items() if match}
    own, reprints = int(told["own"]), int(told.get("reprints", 0))
    height = re.search(r"most before ([^,]+)", reason)
    plain = StoryFacts(
        own=own,
        reprints=reprints,
        news=int(told.get("since", own + reprints)),
        weight=0,
        had="was in an earlier edition" in reason,
        hours=HEIGHTS[height[1]] if height else 0,
        lately=int(told.get("lately", 0)),
        on_beat=re.search(r" on (Trade|Korea|Health)", reason) is not None,
        pinned="filed by hand" in reason,
        readable="in another language" not in reason,
    )
    return replace(plain, weight=float(told.get("weight", plain.ordinary_weight)))


def speaks_for(told: StoryFacts) -> tuple[float, ...]:
    """Each fact as a number that grows as it speaks for the story."""
    fades = {"had", "hours"}
    values = {each.name: float(getattr(told, each.name)) for each in fields(told)}
    values["own"] = 0.0 if told.had else values["own"]
    return tuple(-value if name in fades else value for name, value in values.items())


@given(candidates)
def test_no_reason_contradicts_the_order(offered: list[StoryCandidate]) -> None:
    """Read alone, the reasons give every score; and none below says more in all than one above."""
    picks = rank(offered, WINDOW, len(offered))
    told = [read(pick.reason) for pick in picks]
    assert [round(score(each, WINDOW), 4) for each in told] == [pick.score for pick in picks]
    for place, above in enumerate(told):
        for below in told[place + 1 :]:
            more = [b - a for a, b in zip(speaks_for(above), speaks_for(below), strict=True)]
            assert min(more) < 0 or score(below, WINDOW) == score(above, WINDOW)


@given(candidates)
def test_the_numbers_on_a_topic_are_places_among_all_that_are_on_it(
    offered: list[StoryCandidate],
) -> None:
    by_id = {each.story_id: each for each in offered}
    picks = rank(offered, WINDOW, len(offered))
    for n, pick in enumerate(picks):
        above = [p for p in picks[:n] if pick.section in by_id[p.story_id].topics]
        number = re.search(rf"number (\d+) on {pick.section}$", pick.reason.split(", in an")[0])
        if pick.section:
            assert (int(number[1]) if number else 1) == len(above) + 1


def test_at_least_nine_of_ten_pairs_that_nothing_was_tuned_on_come_out_as_decided() -> None:
    held_out = judged(held_out=True)
    assert held_out.pairs == 30
    assert held_out.share >= 0.9, held_out.others


def test_the_pairs_that_were_tuned_on_come_out_as_decided() -> None:
    assert judged(held_out=False).share >= 0.9


def test_a_late_word_makes_no_old_story_young() -> None:
    old = {"own": 8, "first": 22, "peak": 20, "last": 20}
    told_once_more = candidate(1, old | {"last": 0.1})
    assert facts(told_once_more, WINDOW) == facts(candidate(1, old), WINDOW)


def test_a_reason_tells_weight_height_growth_and_the_editors_hand() -> None:
    side = {"own": 6, "reprints": 2, "each": 2, "first": 9, "peak": 8.5, "last": 1, "lately": 3}
    pinned = candidate(1, side | {"pinned": True, "topic": "Korea"})
    (pick,) = rank([pinned], WINDOW, 1)
    assert pick.reason == (
        "6 sources and 2 reprints that count as 13, new since yesterday, most before 23:00, "
        "3 in the last 3 hours, filed by hand, nothing else on Korea"
    )


@pytest.mark.parametrize(
    ("back", "words"), [(8, "23:00"), (30, "Sunday 01:00"), (24 * 30, "31 January 07:00")]
)
def test_the_height_in_words(back: int, words: str) -> None:
    window = EditionWindow(SLOT - hours(24), SLOT, "Asia/Singapore")
    assert height_words(window, back) == words


def test_the_longest_reason_fits_where_it_is_stored() -> None:
    side = {"own": 9999, "reprints": 9999, "each": 4.7, "first": 900, "peak": 900, "last": 1}
    side |= {"lately": 9999, "had": 9000, "pinned": True, "other_language": True}
    long = candidate(1, side | {"topic": "Ä" * 120})
    picks = rank([long, replace(long, story_id=2)], WINDOW, 2)
    assert max(len(pick.reason) for pick in picks) <= 300
