"""When to look again."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.intake.feeds.polling import cadence
from digest.intake.feeds.polling.cadence import FeedHints, ObservedRhythm

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def every(gap: timedelta, count: int = 20, last: timedelta = MINUTE) -> list[datetime]:
    return [NOW - last - gap * step for step in range(count)]


def heard(*published: datetime | None) -> ObservedRhythm:
    return ObservedRhythm().heard(published, NOW)


@pytest.mark.parametrize(
    ("published", "wanted"),
    [
        (every(MINUTE), MINUTE),
        (every(30 * MINUTE), 10 * MINUTE),
        (every(DAY), HOUR),
        (every(7 * DAY), 7 * HOUR),
        (every(30 * DAY), 12 * HOUR),
        (every(MINUTE, last=8 * HOUR), 10 * MINUTE),
        (every(HOUR, last=6 * DAY), 3 * HOUR),
        (every(DAY, last=400 * DAY), 12 * HOUR),
        ([NOW - 30 * MINUTE], 10 * MINUTE),
    ],
)
def test_the_rhythm_sets_the_interval(published: list[datetime], wanted: timedelta) -> None:
    found = cadence.after_success(now=NOW, key="a", rhythm=heard(*published)).interval
    assert found == wanted


def test_a_feed_nothing_is_known_of_is_looked_at_twice_an_hour() -> None:
    assert cadence.after_success(now=NOW, key="a").interval == 30 * MINUTE


def test_only_new_items_change_the_rhythm() -> None:
    hourly = heard(*every(HOUR))
    assert hourly == ObservedRhythm(HOUR, NOW - MINUTE)
    assert hourly.heard(every(MINUTE), NOW, new=0) == hourly
    assert hourly.heard(every(HOUR), NOW) == hourly


def test_the_rhythm_follows_what_a_feed_does_now() -> None:
    rhythm, now = heard(*every(HOUR)), NOW
    for _ in range(40):
        now += MINUTE
        rhythm = rhythm.heard([now], now)
    assert rhythm.gap is not None and rhythm.gap < 3 * MINUTE
    assert rhythm.interval(now) == MINUTE


def test_one_silent_night_makes_no_habit() -> None:
    wire = heard(*every(MINUTE))
    morning = NOW + 9 * HOUR
    assert wire.interval(morning) == (9 * HOUR + MINUTE) / 48
    awake = wire.heard([morning], morning)
    assert awake.gap is not None and awake.gap < 2 * MINUTE
    assert awake.interval(morning) == MINUTE


def test_articles_without_dates_appear_when_they_are_seen() -> None:
    assert heard(None, None) == ObservedRhythm(None, NOW)
    assert heard(NOW + DAY).newest_at == NOW
    later = ObservedRhythm(HOUR, NOW).heard([None], NOW + HOUR)
    assert later == ObservedRhythm(HOUR, NOW + HOUR)


@pytest.mark.parametrize(
    ("wishes", "wanted"),
    [
        ({"wishes": FeedHints(ttl_minutes=60)}, HOUR),
        ({"wishes": FeedHints(update_minutes=90)}, 90 * MINUTE),
        ({"headers": {"cache-control": "public, max-age=1800"}}, 30 * MINUTE),
        ({"headers": {"cache-control": "max-age=1800", "age": "600"}}, 20 * MINUTE),
        ({"headers": {"cache-control": "max-age=60", "age": "6000"}}, MINUTE),
        ({"headers": {"cache-control": "s-maxage=9000"}}, MINUTE),
        ({"headers": {"expires": "Mon, 23 Nov 2026 12:30:00 GMT"}}, 30 * MINUTE),
        (
            {"headers": {"expires": "Mon, 23 Nov 2020 12:30:00 GMT",
                         "date": "Mon, 23 Nov 2020 12:10:00 GMT"}},
            20 * MINUTE,
        ),
        ({"headers": {"expires": "0"}}, MINUTE),
        (
            {"headers": {"expires": "Mon, 23 Nov 2026 14:00:00 GMT", "cache-control": "max-age=0"}},
            MINUTE,
        ),
        ({"wishes": FeedHints(ttl_minutes=10**9)}, 6 * HOUR),
        ({"wishes": FeedHints(ttl_minutes=-5)}, MINUTE),
        ({"wishes": FeedHints(ttl_minutes=60), "every": 2 * MINUTE}, 2 * MINUTE),
        ({"every": timedelta(seconds=1)}, MINUTE),
    ],
)  # fmt: skip
def test_wishes_are_heard_and_an_editor_rules(wishes: dict[str, object], wanted: timedelta) -> None:
    found = cadence.after_success(now=NOW, key="a", rhythm=heard(*every(MINUTE)), **wishes)  # type: ignore[arg-type]
    assert found.interval == wanted


@pytest.mark.parametrize(
    ("wishes", "wanted"),
    [
        (FeedHints(skip_hours=frozenset(range(12, 18))), datetime(2026, 11, 23, 18, tzinfo=UTC)),
        (FeedHints(skip_days=frozenset({0, 1})), datetime(2026, 11, 25, tzinfo=UTC)),
        (
            FeedHints(skip_days=frozenset({0}), skip_hours=frozenset({0, 1})),
            datetime(2026, 11, 24, 2, tzinfo=UTC),
        ),
    ],
)  # fmt: skip
def test_hours_and_days_to_skip_are_skipped(wishes: FeedHints, wanted: datetime) -> None:
    assert cadence.after_success(now=NOW, key="a", wishes=wishes).at == wanted
    ruled = cadence.after_success(now=NOW, key="a", wishes=wishes, every=HOUR)
    assert ruled.at < NOW + 2 * HOUR


def test_a_feed_that_wants_all_hours_skipped_is_read_all_the_same() -> None:
    never = FeedHints(skip_hours=frozenset(range(24)))
    assert cadence.after_success(now=NOW, key="a", wishes=never).at < NOW + HOUR


@given(
    st.builds(
        FeedHints,
        st.integers(0, 10**6),
        st.integers(0, 10**6),
        st.frozensets(st.integers(0, 23)),
        st.frozensets(st.integers(0, 6)),
    )
)
def test_wishes_survive_being_stored(wishes: FeedHints) -> None:
    assert FeedHints.from_document(wishes.to_document()) == wishes


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
    st.lists(st.none() | st.datetimes(timezones=st.just(UTC)), max_size=30),
    st.lists(st.none() | st.datetimes(timezones=st.just(UTC)), max_size=30),
    st.integers(-10, 10**12),
    st.text(max_size=40),
    st.text(max_size=8),
)
def test_any_feed_is_looked_at_within_bounds(
    published: list[datetime | None],
    then: list[datetime | None],
    ttl: int,
    control: str,
    key: str,
) -> None:
    headers = {"cache-control": f"max-age={control}", "retry-after": control, "expires": control}
    rhythm = heard(*published).heard(then, NOW + DAY)
    good = cadence.after_success(
        now=NOW, key=key, rhythm=rhythm, wishes=FeedHints(ttl), headers=headers
    )
    bad = cadence.after_failure(now=NOW, key=key, failures=3, status=429, headers=headers)
    for found in (good, bad):
        assert MINUTE <= found.interval <= DAY
        assert NOW + found.interval <= found.at <= NOW + found.interval * 1.1


def test_jitter_is_spread_and_stays() -> None:
    moments = {cadence.after_success(now=NOW, key=str(each)).at for each in range(100)}
    assert len(moments) == 100
    assert cadence.after_success(now=NOW, key="7").at in moments


LIVELY = ObservedRhythm(20 * MINUTE, NOW - MINUTE)
VALIDATED = {"etag": '"1"'}


@pytest.mark.parametrize(
    ("rhythm", "headers", "broke", "wishes", "wanted"),
    [
        (LIVELY, VALIDATED, NOW - DAY, FeedHints(), 60),
        (ObservedRhythm(5 * MINUTE, NOW), VALIDATED, NOW - DAY, FeedHints(), 30),
        (ObservedRhythm(DAY, NOW - 2 * DAY), VALIDATED, NOW - DAY, FeedHints(), 60),
        (LIVELY, {"last-modified": "Mon"}, NOW - 29 * DAY, FeedHints(), 60),
        # As usual: long ago, never, fallen silent, or costly to ask.
        (LIVELY, VALIDATED, NOW - 31 * DAY, FeedHints(), 400),
        (LIVELY, VALIDATED, None, FeedHints(), 400),
        (ObservedRhythm(HOUR, NOW - 2 * DAY), VALIDATED, NOW - DAY, FeedHints(), 3600),
        (LIVELY, {}, NOW - DAY, FeedHints(), 400),
        # Never sooner than it may be asked.
        (LIVELY, VALIDATED | {"cache-control": "max-age=300"}, NOW - DAY, FeedHints(), 300),
        (LIVELY, VALIDATED, NOW - DAY, FeedHints(ttl_minutes=15), 900),
    ],
)
def test_a_feed_that_broke_news_is_looked_at_twice_a_minute_where_it_may_be(
    rhythm: ObservedRhythm, headers: dict[str, str], broke: datetime | None, wishes: FeedHints,
    wanted: int,
) -> None:  # fmt: skip
    found = cadence.after_success(
        now=NOW, key="a", rhythm=rhythm, headers=headers, wishes=wishes, broke_news_at=broke
    )
    assert found.interval == timedelta(seconds=wanted)
    assert found.at - NOW <= 1.1 * found.interval


def test_an_editors_interval_and_hours_to_skip_hold_for_it_too() -> None:
    found = cadence.after_success(
        now=NOW, key="a", rhythm=LIVELY, headers=VALIDATED, broke_news_at=NOW, every=HOUR
    )
    assert found.interval == HOUR
    at_night = cadence.after_success(
        now=NOW, key="a", rhythm=LIVELY, headers=VALIDATED, broke_news_at=NOW,
        wishes=FeedHints(skip_hours=frozenset({12})),
    )  # fmt: skip
    assert at_night.at >= NOW + HOUR
