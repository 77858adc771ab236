"""What is evidence among few is none among many: after quiet hours, and beside a small language."""

import numpy as np
import pytest

from digest.newsdesk.stories.clustering.cluster import Clusterer
from digest.newsdesk.stories.clustering.features import Arrival
from digest.newsdesk.stories.clustering.score import pairwise
from tests.newsdesk.stories.planted import DAY, Planted, planted


def busy(clusterer: Clusterer) -> list[Planted]:
    """A day and a half in which most reports stand alone, and its last repair."""
    seen: set[int] = set()
    told = []
    for each in planted(2_400, days=1.5, seed=5):
        if each.event % 12 == 0 or each.event not in seen:
            seen.add(each.event)
            told.append(each)
    for each in told:
        clusterer.arrive(each.arrival)
        if clusterer.repair_due():
            clusterer.repair()
    clusterer.repair()
    return told


def precision(clusterer: Clusterer, told: list[Planted]) -> float:
    found = [clusterer.story_of[each.arrival.id] for each in told]
    return pairwise(found, [each.event for each in told]).precision


def late(number: int, hours: float, language: str = "en") -> Arrival:
    return Arrival(
        1_000_000 + number, (1.5 + hours / 24) * DAY, f"Zuk {number} vlaar", "", language
    )


def after(hours: float, language: str) -> tuple[float, float]:
    """The precision of a busy day, before and after a report that comes so much later."""
    clusterer = Clusterer()
    told = busy(clusterer)
    before = precision(clusterer, told)
    clusterer.arrive(late(1, hours, language))
    clusterer.repair()
    return before, precision(clusterer, told)


@pytest.mark.parametrize(("hours", "language"), [(40, "en"), (60, "en"), (1, "pt"), (40, "pt")])
def test_what_came_on_a_busy_day_is_not_thrown_together_when_it_is_over(
    hours: float, language: str
) -> None:
    before, then = after(hours, language)
    assert before > 0.8
    assert then >= before - 0.05


def test_a_language_that_few_write_in_is_judged_as_the_main_one_is() -> None:
    clusterer = Clusterer()
    busy(clusterer)
    level = clusterer.chance.level
    clusterer.arrive(late(1, 0.1, "pt"))
    assert clusterer.chance.level == pytest.approx(level, rel=0.2)


@pytest.mark.parametrize(
    ("joiners", "least", "most"), [(0.0, 0.9, 1.0), (0.4, 0.8, 1.0), (0.98, 0.0, 0.4)]
)
def test_faint_likenesses_are_no_evidence_until_most_reports_have_mates(
    monkeypatch: pytest.MonkeyPatch, joiners: float, least: float, most: float
) -> None:
    clusterer = Clusterer()
    busy(clusterer)
    monkeypatch.setattr(clusterer.chance, "share", joiners)
    levels = np.full(clusterer.window.capacity, 0.5)
    monkeypatch.setattr(Clusterer, "levels", levels)
    assert least <= (clusterer.weak / levels).min() <= most
