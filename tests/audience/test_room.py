"""A reader's day: never more than the bound by what we add, and nothing lost without a word."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.audience.core.room import (
    PATIENCE,
    ReaderDay,
    WaitingNote,
    day_of,
    in_days,
    next_day,
    share_out,
)

ZONES = ["UTC", "Asia/Kolkata", "America/New_York", "Pacific/Apia", "Australia/Lord_Howe"]
FIRST = datetime(2020, 1, 1, tzinfo=UTC)
# Over twenty years of clock changes, to the second.
moments = st.integers(0, 20 * 365 * 86_400).map(lambda seconds: FIRST + timedelta(seconds=seconds))


@st.composite
def days(draw: st.DrawFn) -> tuple[list[WaitingNote], dict[int, ReaderDay], int, datetime]:
    now = draw(moments)
    readers = {
        number: ReaderDay(draw(st.sampled_from(ZONES)), draw(st.integers(0, 6)))
        for number in range(draw(st.integers(1, 4)))
    }
    waiting = [
        WaitingNote(number, draw(st.sampled_from(sorted(readers))), now - timedelta(hours=hours))
        for number, hours in enumerate(draw(st.lists(st.integers(0, 24 * 20), max_size=12)))
    ]
    return waiting, readers, draw(st.integers(1, 5)), now


@given(days())
def test_every_note_goes_waits_or_is_given_up_and_nobodys_day_overflows(
    given_days: tuple[list[WaitingNote], dict[int, ReaderDay], int, datetime],
) -> None:
    waiting, readers, most, now = given_days
    shared = share_out(waiting, readers, most=most, now=now)
    told = [*shared.go, *(note for note, _ in shared.later), *shared.given_up]
    assert sorted(told) == [each.note_id for each in waiting]
    by_id = {each.note_id: each for each in waiting}
    for reader, day in readers.items():
        own = [by_id[note] for note in shared.go if by_id[note].reader_id == reader]
        assert not own or day.holds + len(own) <= most
        put_off = [by_id[note] for note, _ in shared.later if by_id[note].reader_id == reader]
        if put_off:
            assert day.holds + len(own) >= most
            assert all(one.first_due_at <= other.first_due_at for one in own for other in put_off)
    for note, at in shared.later:
        _, ends = day_of(now, readers[by_id[note].reader_id].time_zone)
        assert ends <= at < ends + timedelta(days=2)
        assert now - by_id[note].first_due_at < PATIENCE
    assert all(now - by_id[note].first_due_at >= PATIENCE for note in shared.given_up)


@given(moments, st.sampled_from(ZONES), st.integers(0, 60), st.times())
def test_a_message_comes_at_its_hour_that_many_days_later_and_never_before(
    begin: datetime, zone: str, wait: int, at: time
) -> None:
    due = in_days(begin, wait, at.replace(tzinfo=None, fold=0), zone)
    assert due >= begin
    between = due.astimezone(ZoneInfo(zone)).date() - begin.astimezone(ZoneInfo(zone)).date()
    assert wait <= between.days <= wait + 2  # a zone may leave out a date, or an hour


@given(moments, st.sampled_from(ZONES))
def test_the_next_day_is_another_one(now: datetime, zone: str) -> None:
    began, ends = day_of(now, zone)
    assert began <= now < ends
    assert ends <= next_day(now, zone, now)


@pytest.mark.parametrize("most", [1, 2, 3])
def test_who_waited_longest_goes_first(most: int) -> None:
    now = datetime(2026, 11, 29, 9, tzinfo=UTC)
    waiting = [WaitingNote(n, 1, now - timedelta(hours=n)) for n in range(5)]
    shared = share_out(waiting, {1: ReaderDay("UTC", 0)}, most=most, now=now)
    assert shared.go == (4, 3, 2)[:most]
