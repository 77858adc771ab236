"""A newsletter's slots and windows, over every clock change."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from digest.newsdesk.newsletters.core.calendar import (
    Cadence,
    Exempt,
    latest_slot,
    moment,
    next_slot,
    slots,
    zone,
)

ZONES = (
    "UTC", "Asia/Singapore", "Europe/London", "America/New_York", "America/St_Johns",
    "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Apia", "America/Nuuk", "Africa/Cairo",
    "Asia/Kathmandu", "America/Sao_Paulo", "Asia/Beirut", "Pacific/Chatham", "Asia/Gaza",
    "Europe/Dublin", "Antarctica/Troll", "America/Havana", "Pacific/Kwajalein",
)  # fmt: skip

cadences = some.builds(
    Cadence,
    days=some.sets(some.sampled_from("1234567"), min_size=1).map(lambda d: "".join(sorted(d))),
    local_time=some.builds(time, some.integers(0, 23), some.integers(0, 59)),
    time_zone=some.sampled_from(ZONES),
)
moments = some.integers(0, 51 * 365 * 24 * 60).map(
    lambda minutes: datetime(1987, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


@given(cadences, moments)
def test_every_instant_lies_in_exactly_one_window(cadence: Cadence, at: datetime) -> None:
    slot = next_slot(cadence, at)
    assert slot.window_start <= at < slot.at
    before, *after = [latest_slot(cadence, at), *islice(slots(cadence, at), 3)]
    assert before.at == slot.window_start
    assert after[0] == slot
    for one, other in pairwise([before, *after]):
        assert one.window_start < one.at == other.window_start < other.at


@given(cadences, moments)
def test_a_slot_shows_its_local_time_or_the_end_of_a_gap(cadence: Cadence, at: datetime) -> None:
    slot = next_slot(cadence, at)
    in_zone = ZoneInfo(cadence.time_zone)
    shown = slot.at.astimezone(in_zone).replace(tzinfo=None)
    wished = datetime.combine(slot.local_date, cadence.local_time)
    a_moment_before = (slot.at - timedelta(microseconds=1)).astimezone(in_zone)
    assert shown >= wished
    assert shown == wished or a_moment_before.replace(tzinfo=None) < wished
    assert str(slot.local_date.isoweekday()) in cadence.days


@given(cadences, moments)
def test_no_earlier_moment_shows_the_wished_time(cadence: Cadence, at: datetime) -> None:
    slot = next_slot(cadence, at)
    wished = datetime.combine(slot.local_date, cadence.local_time)
    for minutes in (30, 60, 120):
        earlier = slot.at - timedelta(minutes=minutes)
        assert earlier.astimezone(zone(cadence.time_zone)).replace(tzinfo=None) != wished


@given(cadences, moments)
def test_a_daily_newsletter_misses_no_date_that_exists(cadence: Cadence, at: datetime) -> None:
    daily = Cadence("1234567", cadence.local_time, cadence.time_zone)
    dates = [slot.local_date for slot in islice(slots(daily, at), 10)]
    apart = {(other - one).days for one, other in pairwise(dates)}
    assert apart == {1} or (
        apart <= {1, 2} and cadence.time_zone in {"Pacific/Apia", "Pacific/Kwajalein"}
    )


@pytest.mark.parametrize(
    ("zone_name", "day", "at", "due"),
    [
        # Clocks go 02:00 to 03:00: 02:30 does not exist, 03:00 is the first valid moment.
        ("America/New_York", date(2026, 3, 8), time(2, 30), utc(2026, 3, 8, 7, 0)),
        # 01:30 comes twice, first in daylight time.
        ("America/New_York", date(2026, 11, 1), time(1, 30), utc(2026, 11, 1, 5, 30)),
        # Half an hour of change at Lord Howe.
        ("Australia/Lord_Howe", date(2026, 10, 4), time(2, 15), utc(2026, 10, 3, 15, 30)),
        ("Australia/Lord_Howe", date(2026, 4, 5), time(1, 45), utc(2026, 4, 4, 14, 45)),
        # St John's once changed its clocks at a minute past midnight.
        ("America/St_Johns", date(2006, 4, 2), time(0, 30), utc(2006, 4, 2, 3, 31)),
        # Morocco goes back for Ramadan and forward after it.
        ("Africa/Casablanca", date(2026, 2, 15), time(2, 30), utc(2026, 2, 15, 1, 30)),
        ("Africa/Casablanca", date(2026, 3, 22), time(2, 30), utc(2026, 3, 22, 2, 0)),
        # Nuuk's gap runs from 23:00 up to midnight: the slot keeps Saturday's date.
        ("America/Nuuk", date(2026, 3, 28), time(23, 30), utc(2026, 3, 29, 1, 0)),
    ],
)  # fmt: skip
def test_gaps_give_the_first_valid_moment_and_overlaps_the_first(
    zone_name: str, day: date, at: time, due: datetime
) -> None:
    assert moment(day, at, ZoneInfo(zone_name)) == due
    slot = next_slot(Cadence("1234567", at, zone_name), due - timedelta(minutes=1))
    assert (slot.local_date, slot.at) == (day, due)


def test_the_date_that_apia_skipped_has_no_slot() -> None:
    cadence = Cadence("1234567", time(7), "Pacific/Apia")
    dates = [slot.local_date for slot in islice(slots(cadence, utc(2011, 12, 29, 0)), 3)]
    assert dates == [date(2011, 12, 29), date(2011, 12, 31), date(2012, 1, 1)]
    fridays = Cadence("5", time(7), "Pacific/Apia")
    slot = next_slot(fridays, utc(2011, 12, 25))
    assert slot.local_date == date(2012, 1, 6)
    assert slot.window_start == moment(date(2011, 12, 23), time(7), ZoneInfo("Pacific/Apia"))


def test_the_slot_itself_belongs_to_the_next_window() -> None:
    cadence = Cadence("12345", time(7), "Asia/Singapore")
    friday = utc(2026, 2, 26, 23)
    assert latest_slot(cadence, friday).at == friday
    coming = next_slot(cadence, friday)
    assert (coming.window_start, coming.at) == (friday, utc(2026, 3, 1, 23))
    assert coming.local_date == date(2026, 3, 2)


@pytest.mark.parametrize(
    ("days", "at", "zone_name", "remedy"),
    [
        ("", time(7), "UTC", "ISO weekdays"),
        ("08", time(7), "UTC", "ISO weekdays"),
        ("1", time(7, tzinfo=UTC), "UTC", "zone apart"),
        ("1", time(7), "Mars/Base", "Asia/Singapore"),
        ("1", time(7), "../../etc/passwd", "Asia/Singapore"),
        ("1", time(7), "America", "Asia/Singapore"),
        ("1", time(7), "", "Asia/Singapore"),
    ],
)
def test_a_cadence_that_cannot_be_used_says_what_to_write(
    days: str, at: time, zone_name: str, remedy: str
) -> None:
    with pytest.raises(ValueError, match=remedy):
        Cadence(days, at, zone_name)


exempt_dates = some.lists(
    some.builds(
        lambda first, days, at: Exempt(first, first + timedelta(days=days), at),
        some.dates(date(2026, 1, 1), date(2026, 12, 31)),
        some.integers(0, 9),
        some.none() | some.times().map(lambda at: at.replace(second=0, microsecond=0)),
    ),
    max_size=12,
).map(tuple)


@given(cadences, exempt_dates, some.integers(0, 500 * 24 * 60))
def test_holidays_and_moves_leave_every_instant_in_exactly_one_window(
    cadence: Cadence, exempt: tuple[Exempt, ...], minutes: int
) -> None:
    at = utc(2025, 11, 1) + timedelta(minutes=minutes)
    cadence = replace(cadence, exempt=exempt)
    slot = next_slot(cadence, at)
    assert slot.window_start <= at < slot.at
    before, *after = [latest_slot(cadence, at), *islice(slots(cadence, at), 3)]
    assert before.at == slot.window_start
    for one, other in pairwise([before, *after]):
        assert one.window_start < one.at == other.window_start < other.at
        assert one.local_date < other.local_date
    assert all(cadence.on(each.local_date) is not None for each in after)


def test_a_pause_of_a_year_ends() -> None:
    pause = Exempt(date(2026, 1, 1), date(2026, 12, 31))
    fridays = Cadence("5", time(7), "UTC", (pause,))
    slot = next_slot(fridays, utc(2026, 6, 1))
    assert (slot.at, slot.window_start) == (utc(2027, 1, 1, 7), utc(2025, 12, 26, 7))


def test_the_last_word_on_a_date_counts() -> None:
    day = date(2026, 5, 1)
    exempt = (Exempt(day, day), Exempt(day, day, time(12)))
    cadence = Cadence("12345", time(7), "UTC", exempt)
    assert next_slot(cadence, utc(2026, 5, 1)).at == utc(2026, 5, 1, 12)
