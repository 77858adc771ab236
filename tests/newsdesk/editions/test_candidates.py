"""What the database tells of a story that the order is made of."""

from datetime import timedelta

import pytest

from digest.models import Story, StoryTopic
from digest.newsdesk.editions.candidates import candidates, offered_to_all
from digest.newsdesk.editions.core.rank import REPRINT, EditionWindow, StoryCandidate
from tests.newsdesk.desk import SLOT, hours, report, story, topic

pytestmark = pytest.mark.django_db
WINDOW = EditionWindow(SLOT - hours(24), SLOT, "Asia/Singapore")


def offered(made: Story) -> StoryCandidate:
    (found,) = candidates(WINDOW, language="en", any_topic=True)
    assert found.story_id == made.pk
    return found


def test_outlets_that_only_reprint_are_told_apart_and_weigh_little() -> None:
    made = story("Memory profit triples", ["Reuters"], at=SLOT - hours(5))
    first = made.lead_article
    for n in range(4):
        report(made, f"Paper {n}", SLOT - hours(4), duplicate_of=first)
    # A paper that copied first, and then wrote its own.
    report(made, "Paper 0", SLOT - hours(2))
    found = offered(made)
    assert (found.sources, found.new_sources, found.reprints, found.lately) == (5, 5, 3, 1)
    assert found.weight == found.new_weight == pytest.approx(2 + 3 * REPRINT)


def test_its_height_is_when_most_told_it_and_not_the_last_word() -> None:
    made = story("Ferry fire", ["A", "B", "C", "D", "E"], at=SLOT - hours(20))
    report(made, "F", SLOT - hours(6))
    report(made, "G", SLOT - timedelta(minutes=5))
    for n in range(9):
        report(made, f"Paper {n}", SLOT - hours(1), duplicate_of=made.lead_article)
    found = offered(made)
    assert found.peak_at == SLOT - hours(20)
    assert found.last_at == SLOT - timedelta(minutes=5)


def test_what_was_told_before_the_window_alone_is_not_among_the_new() -> None:
    made = story("Talks go on", ["A", "B", "C"], at=SLOT - hours(40), weight=2.0)
    report(made, "D", SLOT - hours(1), weight=3.0)
    found = offered(made)
    assert (found.sources, found.new_sources, found.is_new) == (4, 1, False)
    assert (found.weight, found.new_weight) == (9.0, 3.0)


def test_a_story_that_erupts_again_has_its_height_within_the_window() -> None:
    made = story("Ferry fire", [f"Outlet {n}" for n in range(9)], at=SLOT - hours(40))
    for name in ("X", "Y", "Z"):
        report(made, name, SLOT - hours(2))
    assert (offered(made).peak_at, offered(made).lately) == (SLOT - hours(2), 3)


def test_an_editors_hand_counts_where_its_topic_is_asked_for() -> None:
    made = story("Video reunions", ["A"], topics=["Korea", "Trade"])
    assert not offered(made).pinned
    StoryTopic.objects.filter(story=made, topic=topic("Korea")).update(by=StoryTopic.By.PINNED)
    assert offered(made).pinned
    (korea,) = offered_to_all(WINDOW, topic_ids=[topic("Korea").pk])
    (trade,) = offered_to_all(WINDOW, topic_ids=[topic("Trade").pk])
    assert (korea.candidate.pinned, trade.candidate.pinned) == (True, False)
