"""A feed's health in a word and a sentence."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from digest.intake.feeds.polling.health import judge, lasting, lateness

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass
class Row:
    state: str = "active"
    state_reason: str = ""
    failures: int = 0
    error_reason: str = ""
    checked_at: datetime | None = NOW - HOUR
    succeeded_at: datetime | None = NOW - HOUR
    newest_at: datetime | None = NOW - HOUR
    usual_gap: timedelta | None = HOUR
    latency_ms: int = 100


@pytest.mark.parametrize(
    ("changes", "word", "why"),
    [
        ({}, "good", "It answers as it should."),
        ({"checked_at": None}, "new", "not been looked at"),
        ({"state": "paused"}, "paused", "An editor paused it."),
        ({"state": "retired", "state_reason": "It is gone."}, "retired", "It is gone."),
        (
            {"failures": 3, "error_reason": "No server is known as x.", "succeeded_at": NOW - DAY},
            "failing",
            "No server is known as x. It last answered 1 day ago.",
        ),
        (
            {"failures": 1, "error_reason": "Boom.", "succeeded_at": None},
            "failing",
            "Boom. It has never answered.",
        ),
        ({"failures": 1, "error_reason": "Boom."}, "good", "will be repeated: Boom."),
        (
            {"newest_at": NOW - 4 * DAY},
            "silent",
            "No new item for 4 days; usual is one every hour.",
        ),
        ({"newest_at": NOW - 4 * DAY, "usual_gap": DAY}, "good", ""),
        ({"newest_at": NOW - 200 * DAY, "usual_gap": None}, "silent", "No new item for 200 days."),
        ({"newest_at": None}, "good", ""),
        ({"latency_ms": 7_400}, "slow", "It takes about 7 seconds to answer."),
    ],
)  # fmt: skip
def test_health_is_a_word_and_a_reason(changes: dict[str, object], word: str, why: str) -> None:
    found = judge(replace(Row(), **changes), NOW)  # type: ignore[arg-type]
    assert found.word == word
    assert why in found.why
    assert found.why.endswith(".")


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(0), "1 second"),
        (timedelta(seconds=90), "1 minute"),
        (timedelta(hours=26), "1 day"),
        (timedelta(days=14), "14 days"),
    ],
)
def test_spans_are_told_in_their_largest_unit(span: timedelta, words: str) -> None:
    assert lasting(span) == words


@dataclass
class Due:
    next_check_at: datetime
    interval: timedelta | None = None
    state: str = "active"


@pytest.mark.parametrize(
    ("waited", "interval", "state", "late"),
    [
        (timedelta(seconds=50), None, "active", False),
        (timedelta(seconds=70), None, "active", True),
        (timedelta(minutes=10), HOUR, "active", False),
        (timedelta(minutes=16), HOUR, "active", True),
        (-HOUR, HOUR, "active", False),
        (DAY, HOUR, "paused", False),
    ],
)
def test_a_look_is_late_beyond_a_minute_and_a_quarter_of_its_interval(
    waited: timedelta, interval: timedelta | None, state: str, late: bool
) -> None:
    found = lateness(Due(NOW - waited, interval, state), NOW)
    assert found == (waited if late else timedelta(0))
