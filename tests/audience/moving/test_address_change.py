"""When a change of address takes effect: never before the new address confirmed, never unstopped
before the old one had its days."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from digest.audience.core.address_change import LASTS, WAIT, MovingTimes

TOLD = datetime(2026, 11, 23, 12, tzinfo=UTC)
LATER = st.none() | st.timedeltas(timedelta(), timedelta(days=20)).map(lambda each: TOLD + each)


@given(LATER, LATER, st.timedeltas(timedelta(), timedelta(days=30)))
def test_both_confirm_or_the_old_one_had_three_days(
    confirmed: datetime | None, agreed: datetime | None, later: timedelta
) -> None:
    times, now = MovingTimes(TOLD, confirmed, agreed), TOLD + later
    if not times.is_due(now):
        return
    assert confirmed is not None and confirmed <= now
    assert (agreed is not None and agreed <= now) or now >= TOLD + WAIT


@given(LATER)
def test_nothing_comes_of_it_without_the_new_address(agreed: datetime | None) -> None:
    times = MovingTimes(TOLD, None, agreed)
    assert times.takes_effect_at is None and not times.is_due(TOLD + timedelta(days=900))
    assert times.has_lapsed(TOLD + LASTS + timedelta(seconds=1)) and not times.has_lapsed(TOLD)


def test_the_page_says_how_long_it_waits() -> None:
    assert timedelta(days=3) == WAIT and timedelta(days=7) == LASTS
