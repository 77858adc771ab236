"""Slots and windows, over every zone and its clock changes."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import given, settings
from hypothesis import strategies as st

from digest.audience.core import slots

ZONES = sorted(zone for zone in available_timezones() if "/" in zone and "Etc" not in zone)
MOMENTS = st.datetimes(datetime(1996, 1, 1), datetime(2037, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
TIMES = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))
DAYS = st.sets(st.integers(1, 7), min_size=1).map(frozenset)
RHYTHMS = st.builds(slots.ScheduleRule, DAYS, TIMES, st.sampled_from(ZONES))
DAILY = st.builds(
    slots.ScheduleRule, st.just(frozenset(range(1, 8))), TIMES, st.sampled_from(ZONES)
)


@given(RHYTHMS, MOMENTS)
@settings(max_examples=300)
def test_dues_go_forward_one_per_local_date_on_the_chosen_days(wish, after) -> None:
    dues = slots.upcoming(wish, after, 20)
    assert all(a.at < b.at and a.local_date < b.local_date for a, b in pairwise(dues))
    assert dues[0].at > after
    assert {due.local_date.isoweekday() for due in dues} <= wish.weekdays


@given(RHYTHMS, MOMENTS)
@settings(max_examples=300)
def test_a_due_moment_shows_the_readers_hour_unless_a_clock_change_skipped_it(wish, after) -> None:
    zone = ZoneInfo(wish.time_zone)
    for due in slots.upcoming(wish, after, 5):
        shown = due.at.astimezone(zone)
        exact = shown.time() == wish.local_time and shown.date() == due.local_date
        before = (due.at - timedelta(hours=3)).astimezone(zone).utcoffset()
        assert exact or before != shown.utcoffset()


@given(DAILY, MOMENTS)
@settings(max_examples=300)
def test_daily_windows_join_without_gap_or_overlap_over_every_clock_change(wish, start) -> None:
    due, window_end, last_date = slots.next_due(wish, start).at, None, None
    for _ in range(30):
        opened = slots.opening(
            wish, due_at=due, last_window_end=window_end, last_date=last_date, now=due
        )
        assert opened.due is not None and not opened.missed
        assert opened.window_start < opened.window_end == due
        assert window_end is None or opened.window_start == window_end
        assert timedelta(hours=20) < opened.next_due.at - due <= timedelta(hours=48)
        due, window_end, last_date = opened.next_due.at, due, opened.due.local_date


@given(DAILY, MOMENTS, st.integers(2, 12))
@settings(max_examples=200)
def test_an_outage_opens_one_slot_whose_window_covers_it_all(wish, start, days) -> None:
    first = slots.next_due(wish, start)
    last_end = first.at - timedelta(days=1)
    now = first.at + timedelta(days=days)
    opened = slots.opening(wish, due_at=first.at, last_window_end=last_end, last_date=None, now=now)
    assert opened.due is not None
    assert opened.due.at <= now < opened.next_due.at
    assert opened.window_start == last_end and opened.window_end == opened.due.at
    dates = [due.local_date for due in (*opened.missed, opened.due)]
    assert dates == sorted(set(dates)) and dates[0] == first.local_date


def test_an_hour_that_spring_skips_is_due_one_hour_later_by_the_clock() -> None:
    wish = slots.rhythm("daily", "", time(2, 30), "Europe/Berlin")
    due = slots.next_due(wish, datetime(2026, 3, 28, 12, tzinfo=UTC))
    assert due == slots.DueSlot(date(2026, 3, 29), datetime(2026, 3, 29, 1, 30, tzinfo=UTC))


def test_an_hour_that_autumn_repeats_is_due_once_the_first_time() -> None:
    wish = slots.rhythm("daily", "", time(2, 30), "Europe/Berlin")
    first, second = slots.upcoming(wish, datetime(2026, 10, 24, 12, tzinfo=UTC), 2)
    assert first.at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert second.local_date == date(2026, 10, 26)


def test_a_day_that_a_zone_skipped_has_no_slot() -> None:
    wish = slots.rhythm("daily", "", time(7), "Pacific/Apia")
    dues = slots.upcoming(wish, datetime(2011, 12, 28, tzinfo=UTC), 3)
    assert [due.local_date.day for due in dues] == [28, 29, 31]


def test_an_hour_moved_later_on_the_same_day_brings_no_second_digest() -> None:
    wish = slots.rhythm("daily", "", time(18), "Asia/Singapore")
    today = date(2026, 11, 23)
    due = slots.next_due(wish, datetime(2026, 11, 23, 2, tzinfo=UTC), later_than=today)
    assert due.local_date == date(2026, 11, 24)


def test_weekly_takes_its_days_and_weekdays_leave_the_weekend_out() -> None:
    weekly = slots.rhythm("weekly", "36", time(7), "UTC")
    assert weekly.weekdays == {3, 6}
    assert slots.rhythm("weekdays", "7", time(7), "UTC").weekdays == {1, 2, 3, 4, 5}
    assert slots.rhythm("weekly", "", time(7), "UTC").weekdays == {1}


def test_the_rows_own_due_moment_counts_even_when_the_rhythm_does_not_name_it() -> None:
    wish = slots.rhythm("daily", "", time(7), "UTC")
    odd = datetime(2026, 11, 23, 9, 41, tzinfo=UTC)
    opened = slots.opening(wish, due_at=odd, last_window_end=None, last_date=None, now=odd)
    assert opened.due == slots.DueSlot(odd.date(), odd)
    assert opened.window_start == datetime(2026, 11, 23, 7, tzinfo=UTC)
    assert opened.next_due.local_date == date(2026, 11, 24)
