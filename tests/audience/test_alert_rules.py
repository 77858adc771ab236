"""Whether and when an alert reaches a reader, by rules and local time."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.audience.core.alert_rules import (
    AlertAim,
    AlertRules,
    day_began,
    judge,
    quiet_until,
)

ZONES = (
    "UTC", "Asia/Singapore", "America/New_York", "Europe/Paris", "Australia/Lord_Howe",
    "Asia/Kathmandu", "Africa/Casablanca", "America/Santiago", "Asia/Beirut", "Pacific/Apia",
)  # fmt: skip
moments = st.integers(1_577_836_800, 2_208_988_800).map(lambda at: datetime.fromtimestamp(at, UTC))
clocks = st.times().map(lambda at: at.replace(second=0, microsecond=0))
NIGHT = (time(22), time(7))


@pytest.mark.parametrize(
    ("zone", "now", "until"),
    [
        ("Asia/Singapore", "2026-11-29T15:00+00:00", "2026-11-29T23:00+00:00"),
        ("Asia/Singapore", "2026-11-29T22:59+00:00", "2026-11-29T23:00+00:00"),
        ("Asia/Singapore", "2026-11-29T23:00+00:00", None),
        ("Asia/Singapore", "2026-11-29T13:59+00:00", None),
        # The night in which New York's clocks go forward is an hour shorter.
        ("America/New_York", "2026-03-08T03:00+00:00", "2026-03-08T11:00+00:00"),
        ("America/New_York", "2026-11-01T02:00+00:00", "2026-11-01T12:00+00:00"),
    ],
)
def test_a_quiet_night_ends_at_the_readers_own_hour(zone: str, now: str, until: str | None) -> None:
    wanted = datetime.fromisoformat(until) if until else None
    assert quiet_until(NIGHT, zone, datetime.fromisoformat(now)) == wanted


def test_an_end_that_the_clock_skips_is_passed_and_one_that_comes_twice_is_the_later() -> None:
    skipped = quiet_until(
        (time(1), time(2, 30)), "America/New_York", datetime(2026, 3, 8, 6, 30, tzinfo=UTC)
    )
    assert skipped == datetime(2026, 3, 8, 7, 30, tzinfo=UTC)
    twice = quiet_until(
        (time(0), time(1, 30)), "America/New_York", datetime(2026, 11, 1, 4, 30, tzinfo=UTC)
    )
    assert twice == datetime(2026, 11, 1, 6, 30, tzinfo=UTC)


@given(moments, clocks, clocks, st.sampled_from(ZONES))
def test_nobody_is_held_for_longer_than_their_quiet_hours(
    now: datetime, begins: time, ends: time, zone: str
) -> None:
    until = quiet_until((begins, ends), zone, now)
    if until is None:
        return
    assert now < until <= now + timedelta(hours=26)
    local = until.astimezone(ZoneInfo(zone))
    # The very end, or what a clock change made of it.
    shift = datetime.combine(local, local.time()) - datetime.combine(local, ends)
    assert timedelta() <= shift <= timedelta(hours=2)


@given(moments, clocks, clocks, st.sampled_from(ZONES))
def test_who_is_not_held_is_outside_of_their_quiet_hours(
    now: datetime, begins: time, ends: time, zone: str
) -> None:
    clock = now.astimezone(ZoneInfo(zone)).time()
    inside = begins <= clock < ends if begins <= ends else not ends <= clock < begins
    assert (quiet_until((begins, ends), zone, now) is not None) == inside


@given(moments, st.sampled_from(ZONES))
def test_a_day_began_at_most_a_day_ago(now: datetime, zone: str) -> None:
    began = day_began(zone, now)
    assert timedelta() <= now - began <= timedelta(hours=26)
    assert began.astimezone(ZoneInfo(zone)).date() <= now.astimezone(ZoneInfo(zone)).date()


@pytest.mark.parametrize(
    ("rules", "aim", "concerned"),
    [
        (AlertRules(), AlertAim(), True),
        (AlertRules(topics=frozenset({1})), AlertAim(), False),
        (AlertRules(topics=frozenset({1, 2})), AlertAim(frozenset({2, 3})), True),
        (AlertRules(biggest_only=True), AlertAim(frozenset({1})), False),
        (AlertRules(biggest_only=True), AlertAim(is_biggest=True), True),
        (AlertRules(frozenset({1}), biggest_only=True), AlertAim(frozenset({2}), True), False),
    ],
)
def test_an_alert_concerns_whom_the_rules_say(
    rules: AlertRules, aim: AlertAim, concerned: bool
) -> None:
    now = datetime(2026, 11, 29, tzinfo=UTC)
    assert judge(rules, aim, had_today=0, zone="UTC", now=now).concerns == concerned


def test_a_limit_drops_what_quiet_hours_only_hold() -> None:
    now = datetime(2026, 11, 29, 23, tzinfo=UTC)
    rules = AlertRules(most_a_day=2, quiet=NIGHT)
    held = judge(rules, AlertAim(), had_today=1, zone="UTC", now=now)
    assert held.held_until == datetime(2026, 11, 30, 7, tzinfo=UTC) and not held.over_limit
    assert judge(rules, AlertAim(), had_today=2, zone="UTC", now=now).over_limit
