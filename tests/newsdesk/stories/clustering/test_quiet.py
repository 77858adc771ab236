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


BRIDGE = ("Harbour bridge of Sandvik closed after a lorry hits its pier", "A lorry hit a pier.")
SAME = ("Sandvik closes its harbour bridge: a lorry hit a pier", "The pier was hit by a lorry.")
SUBJECT = ("Sandvik's council votes on the new harbour", "The vote on its budget was 9 to 6.")


@pytest.mark.parametrize(("second", "is_one"), [(SAME, True), (SUBJECT, False)])
def test_who_is_nearly_alone_needs_more_than_a_subject_to_be_one_event(
    second: tuple[str, str], is_one: bool
) -> None:
    """Days after a time when most reports stood alone, and nobody else is there."""
    clusterer = Clusterer()
    busy(clusterer)
    for number, (title, text) in enumerate((BRIDGE, second)):
        at = (20.0 + number / 12) * DAY
        clusterer.arrive(Arrival(2_000_000 + number, at, title, text, source=f"Outlet {number}"))
    for _ in range(2):
        assert (clusterer.story_of[2_000_000] == clusterer.story_of[2_000_001]) is is_one
        clusterer.repair()


def test_nobody_there_is_no_measure_of_how_near_strangers_come() -> None:
    clusterer = Clusterer()
    busy(clusterer)
    for number in range(3):
        clusterer.arrive(late(number, 24.0 * 20 * (number + 1)))
        assert clusterer.chance.level > 0.1
