"""Whether a burst of sources smells like breaking news."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from digest.newsdesk.alerts.trigger import Burst, Report, burst
from digest.newsdesk.alerts.watch import watch
from tests.newsdesk.desk import NOW, hours, report, story

MINUTE = timedelta(minutes=1)


def reports(*minutes_ago: int, source: str = "Source") -> list[Report]:
    return [Report(f"{source} {n}", NOW - ago * MINUTE) for n, ago in enumerate(minutes_ago)]


def test_nine_sources_in_fourteen_minutes_are_a_burst() -> None:
    assert burst(reports(14, 13, 11, 9, 7, 6, 4, 2, 1), now=NOW) == Burst(
        True, 9, 14, 1.0, "9 sources in 14 minutes, usual pace 1"
    )


def test_a_few_sources_are_none() -> None:
    found = burst(reports(14, 5, 1), now=NOW)
    assert (found.is_breaking, found.reason) == (False, "3 sources in 14 minutes, usual pace 1")
    assert burst([], now=NOW).reason == "0 sources in 1 minute, usual pace 1"


def test_one_source_writing_nine_times_is_no_burst() -> None:
    same = [Report("Live blog", NOW - n * MINUTE) for n in range(9)]
    assert not burst(same, now=NOW).is_breaking


def test_a_story_that_has_run_fast_for_hours_must_beat_its_own_pace() -> None:
    steady = [Report(f"S{n % 8}", NOW - n * 3 * MINUTE) for n in range(100)]
    found = burst(steady, now=NOW)
    assert not found.is_breaking
    assert found.usual > 4


def test_a_busy_newsroom_asks_for_more() -> None:
    assert burst(reports(*range(5)), now=NOW, usual=1.0).is_breaking
    assert not burst(reports(*range(5)), now=NOW, usual=3.0).is_breaking


def test_reports_from_the_future_do_not_count() -> None:
    assert burst(reports(*range(-9, 0)), now=NOW).sources == 0


@given(some.lists(some.tuples(some.integers(0, 9), some.integers(-60, 600)), max_size=60))
def test_a_burst_has_at_least_four_sources_and_the_reason_counts_them(
    told: list[tuple[int, int]],
) -> None:
    found = burst([Report(f"S{s}", NOW - m * MINUTE) for s, m in told], now=NOW)
    assert found.sources == len({s for s, m in told if 0 <= m <= 30})
    assert found.reason.startswith(f"{found.sources} source")
    assert 1 <= found.minutes <= 30
    assert not found.is_breaking or found.sources >= 4


@pytest.mark.django_db
def test_the_desk_is_shown_the_story_in_a_burst_alone() -> None:
    for n in range(4):
        story(f"Ordinary {n}", ["A", "B"], at=NOW - hours(3 + n))
    story("Broad but slow", [f"S{n}" for n in range(9)], at=NOW - hours(2))
    fire = story("Ferry fire", [f"S{n}" for n in range(9)], at=NOW)
    (found,) = watch(now=NOW)
    assert (found.story_id, found.headline, found.alert_id) == (fire.pk, "Ferry fire", None)
    assert found.burst.reason.startswith("9 sources in 8 minutes")
    report(fire, "S1", NOW - MINUTE)
    assert watch(now=NOW + hours(2)) == ()
