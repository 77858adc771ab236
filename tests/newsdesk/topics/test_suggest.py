"""Terms that would have caught what was pinned, and the nearest topic of a story."""

import pytest

from digest.newsdesk.topics.query.share import COPY, Voice, share
from digest.newsdesk.topics.teaching.suggest import nearest, suggest_terms, terms_of


def stories(*titles: str, language: str = "en") -> list[frozenset[str]]:
    return [terms_of([(title, language)]) for title in titles]


PINNED = stories(
    "Lazarus Group blamed for theft of crypto coins",
    "Hackers of the Lazarus Group empty an exchange",
    "Crypto theft: investigators name Lazarus Group",
)
OTHERS = stories(
    "Crypto exchange fined over adverts",
    "Group of farmers blocks motorway",
    "Hackers empty water tank of small town",
    "Central bank holds rates",
    "Ferry fire: all passengers safe",
)


def test_what_tells_the_pinned_from_the_others_comes_first() -> None:
    found = suggest_terms(PINNED, OTHERS)
    assert found[0].term == '"lazarus group"'
    assert (found[0].pinned, found[0].others) == (3, 0)
    assert "lazarus" not in [each.term for each in found[1:]]
    assert [each.score for each in found] == sorted((each.score for each in found), reverse=True)


def test_the_score_is_the_log_likelihood_ratio() -> None:
    # Three of three against none of five: 2 · (3 · ln(8/3) + 5 · ln(8/5)).
    assert suggest_terms(PINNED, OTHERS)[0].score == pytest.approx(10.59, abs=0.005)


def test_nothing_pinned_suggests_nothing() -> None:
    assert suggest_terms([], OTHERS) == ()


def test_terms_of_chinese_are_pairs_and_stop_words_end_a_phrase() -> None:
    assert {"领导", "导人"} <= terms_of([("领导人访问", "zh")])
    assert terms_of([("theft of coins", "en")]) == {"theft", "coins"}


def test_the_nearest_topic_shares_the_rarest_terms() -> None:
    topics = {
        "sea": stories("Ferry fire off Incheon", "Container ship aground in canal"),
        "money": stories("Central bank holds rates", "Rates and inflation worry bank"),
    }
    (story,) = stories("Ship aground near Incheon, ferry delayed")
    found = nearest(story, topics)
    assert found is not None
    assert found.topic == "sea"
    assert 0 < found.nearness <= 1
    assert "aground" in found.because or '"ship aground"' in found.because


def test_a_story_like_none_has_no_nearest() -> None:
    (story,) = stories("Tulip show opens in Keukenhof")
    assert nearest(story, {"money": stories("Central bank holds rates")}) is None
    assert nearest(story, {}) is None


@pytest.mark.parametrize(
    ("voices", "matched", "expected"),
    [
        ([Voice(1), Voice(2)], {1}, 0.5),
        ([Voice(1, 3.0), Voice(2, 1.0)], {1}, 0.75),
        ([Voice(1), Voice(2, is_copy=True)], {2}, COPY / (1 + COPY)),
        ([Voice(1, 0.0), Voice(2, -5.0)], {1}, 0.5),
        ([Voice(1)], set(), 0.0),
        ([], {1}, 0.0),
    ],
)
def test_a_share_is_of_weight(voices: list[Voice], matched: set[int], expected: float) -> None:
    assert share(voices, matched) == pytest.approx(expected)
