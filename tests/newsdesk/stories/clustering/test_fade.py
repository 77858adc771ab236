"""Who lends is near in time, and nearer where more is written."""

import numpy as np
import pytest

from digest.newsdesk.stories.clustering.cluster import Clusterer
from digest.newsdesk.stories.clustering.features import Arrival
from digest.newsdesk.stories.clustering.neighbours import Neighbourhood, Smoothing
from digest.newsdesk.stories.clustering.score import bcubed
from digest.newsdesk.stories.clustering.window import LiveWindow
from tests.newsdesk.stories.planted import planted

HOUR, DAY = 3_600.0, 86_400.0
USUAL = Smoothing().fade


def reports(begin: float, days: float, a_day: int, first: int = 0) -> list[Arrival]:
    """Reports with hardly a word in common, evenly spaced."""
    return [
        Arrival(first + number, begin + number * DAY / a_day, f"Item{number} of ward{number % 7}")
        for number in range(int(days * a_day))
    ]


def after(*spans: list[Arrival]) -> Clusterer:
    clusterer = Clusterer()
    for arrival in (each for span in spans for each in span):
        clusterer.arrive(arrival)
    clusterer.repair()
    return clusterer


@pytest.mark.parametrize(("a_day", "share"), [(20, 1.0), (100, 1.0), (400, 0.5), (1_500, 1 / 3)])
def test_the_fade_shortens_by_the_root_of_how_many_come_a_day(a_day: int, share: float) -> None:
    assert after(reports(0.0, 1, a_day)).near.lending_fade / USUAL == pytest.approx(share, rel=0.08)


def test_a_story_of_two_days_stays_one_where_thousands_of_reports_come() -> None:
    """What a whole story has in common must not fade with the hours of its neighbours."""
    wire = planted(2_400, days=1.5)
    clusterer = after([each.arrival for each in wire])
    assert clusterer.near.lending_fade < USUAL / 2
    labels = [clusterer.story_of[each.arrival.id] for each in wire]
    assert bcubed(labels, [each.event for each in wire]).f1 > 0.98


def test_after_a_burst_the_fade_is_what_it_was() -> None:
    burst = reports(0.0, 1, 600)
    assert after(burst).near.lending_fade < USUAL / 2
    assert after(burst, reports(DAY, 2, 20, first=1_000)).near.lending_fade == USUAL


def test_a_restart_finds_the_fade_again() -> None:
    wire = reports(0.0, 1, 600)
    before, again = after(wire), Clusterer()
    for arrival in wire:
        again.restore(arrival, before.story_of[arrival.id])
    again.pass_repair()
    assert again.near.lending_fade == before.near.lending_fade < USUAL


def test_a_full_list_takes_who_is_nearer_by_the_new_fade() -> None:
    window = LiveWindow(2, 2)
    near = Neighbourhood(window, Smoothing(nearest=2, kept=2, kept_of_many=2))
    first = window.enter(0, 0.0, 0)
    near.meet(first, 0.06)
    for number, (at, cosine) in enumerate([(24 * HOUR, 0.6), (20 * HOUR, 0.5), (HOUR, 0.12)], 1):
        if number == 3:
            near.hurry(10_000)
        serial = window.enter(number, at, 0)
        near.meet(serial, 0.06)
        near.add(serial, np.array([first], np.int64), np.array([cosine], np.float32))
    assert sorted(window.near[first & window.mask].tolist()) == [2, 3]
