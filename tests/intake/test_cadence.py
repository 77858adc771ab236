"""When to look again."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.intake.feeds import cadence

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def every(gap: timedelta, count: int = 20, last: timedelta = MINUTE) -> list[datetime]:
    return [NOW - last - gap * step for step in range(count)]


@pytest.mark.parametrize(
    ("published", "wanted"),
    [
        (every(30 * MINUTE), 10 * MINUTE),
        (every(MINUTE), 5 * MINUTE),
        (every(DAY), HOUR),
        (every(HOUR, last=30 * DAY), 30 * DAY / 100),
        (every(DAY, last=400 * DAY), 12 * HOUR),
        ([], 30 * MINUTE),
        ([None, None], 30 * MINUTE),
        ([NOW - 30 * MINUTE], 10 * MINUTE),
        ([NOW + DAY], 30 * MINUTE),
    ],
)
def test_the_rhythm_sets_the_interval(published: list[datetime | None], wanted: timedelta) -> None:
    assert cadence.after_success(now=NOW, key="a", published=published).interval == wanted


@pytest.mark.parametrize(
    ("wishes", "wanted"),
    [
        ({"ttl_minutes": 60}, HOUR),
        ({"headers": {"cache-control": "public, max-age=1800"}}, 30 * MINUTE),
        ({"headers": {"cache-control": "s-maxage=9000"}}, 5 * MINUTE),
        ({"ttl_minutes": 10**9}, 6 * HOUR),
        ({"ttl_minutes": 1}, 5 * MINUTE),
        ({"ttl_minutes": 60, "every": 2 * MINUTE}, 2 * MINUTE),
        ({"every": timedelta(seconds=1)}, MINUTE),
        ({"known": 20 * MINUTE}, 5 * MINUTE),
    ],
)
def test_wishes_are_heard_and_an_editor_rules(wishes: dict[str, object], wanted: timedelta) -> None:
    found = cadence.after_success(now=NOW, key="a", published=every(MINUTE), **wishes)  # type: ignore[arg-type]
    assert found.interval == wanted


def test_an_unchanged_feed_keeps_its_interval() -> None:
    assert cadence.after_success(now=NOW, key="a", known=20 * MINUTE).interval == 20 * MINUTE


def test_failures_back_off_to_a_day() -> None:
    waits = [
        cadence.after_failure(now=NOW, key="a", failures=count).interval for count in range(1, 12)
    ]
    assert waits[:3] == [5 * MINUTE, 10 * MINUTE, 20 * MINUTE]
    assert waits == sorted(waits)
    assert waits[-1] == DAY


@pytest.mark.parametrize(
    ("value", "status", "wanted"),
    [
        ("3600", 429, HOUR),
        ("3600", 503, HOUR),
        ("3600", 500, 5 * MINUTE),
        ("Mon, 23 Nov 2026 14:00:00 GMT", 429, 2 * HOUR),
        ("Mon, 23 Nov 2020 14:00:00 GMT", 429, 5 * MINUTE),
        ("99999999999999", 429, DAY),
        ("soon", 429, 5 * MINUTE),
        ("-5", 429, 5 * MINUTE),
        ("²", 429, 5 * MINUTE),
        ("", 429, 5 * MINUTE),
    ],
)
def test_retry_after(value: str, status: int, wanted: timedelta) -> None:
    found = cadence.after_failure(
        now=NOW, key="a", failures=1, status=status, headers={"retry-after": value}
    )
    assert found.interval == wanted


@given(
    st.lists(st.datetimes(timezones=st.just(UTC)), max_size=30),
    st.integers(-10, 10**12),
    st.text(max_size=40),
    st.text(max_size=8),
)
def test_any_feed_is_looked_at_within_bounds(
    published: list[datetime], ttl: int, control: str, key: str
) -> None:
    headers = {"cache-control": f"max-age={control}", "retry-after": control}
    calls = [
        cadence.after_success(
            now=NOW, key=key, published=published, ttl_minutes=ttl, headers=headers
        ),
        cadence.after_failure(now=NOW, key=key, failures=3, status=429, headers=headers),
    ]
    for found in calls:
        assert 5 * MINUTE <= found.interval <= DAY
        assert NOW + found.interval <= found.at <= NOW + found.interval * 1.1


def test_jitter_is_spread_and_stays() -> None:
    moments = {cadence.after_success(now=NOW, key=str(each)).at for each in range(100)}
    assert len(moments) == 100
    assert cadence.after_success(now=NOW, key="7").at in moments
