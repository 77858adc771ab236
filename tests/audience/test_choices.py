"""A visit to the reader's page changes what the reader changed, whatever else is so by then."""

from datetime import UTC, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from digest.audience.core.choices import Choices, ChosenHour, Visit, after

SLUGS = st.frozensets(st.sampled_from(("korea", "trade", "climate", "sport")))
MOMENTS = st.none() | st.integers(1, 90).map(
    lambda days: datetime(2026, 11, 28, tzinfo=UTC) + timedelta(days=days)
)
CHOICES = st.builds(
    Choices,
    newsletters=SLUGS,
    topics=SLUGS,
    alerts=st.booleans(),
    frequency=st.sampled_from(("daily", "weekdays", "weekly")),
    local_time=st.integers(0, 23).map(time),
    paused_until=MOMENTS,
)


def page(of: Choices) -> frozenset[tuple[str, str]]:
    """What a page ticks for these choices."""
    return frozenset(
        [("newsletters", each) for each in of.newsletters]
        + [("topics", each) for each in of.topics]
        + ([("alerts", "on")] if of.alerts else [])
    )


@given(CHOICES)
def test_an_empty_visit_changes_nothing(before: Choices) -> None:
    assert after(before, Visit()) == before


@given(CHOICES, CHOICES)
def test_an_older_page_sent_back_as_it_was_changes_nothing(then: Choices, since: Choices) -> None:
    assert after(since, Visit(was=page(then), picked=page(then))) == since


@given(CHOICES, SLUGS, SLUGS)
def test_what_was_ticked_ends_and_begins_with_its_tick(
    before: Choices, was: frozenset[str], picked: frozenset[str]
) -> None:
    visit = Visit(
        was=frozenset(("topics", each) for each in was),
        picked=frozenset(("topics", each) for each in picked),
    )
    found = after(before, visit)
    assert found.topics == (before.topics - (was - picked)) | (picked - was)
    assert found.newsletters == before.newsletters
    assert found.paused_until == before.paused_until


@given(CHOICES, MOMENTS)
def test_a_pause_ends_when_the_reader_says_so_and_moves_when_it_is_set(
    before: Choices, until: datetime | None
) -> None:
    assert after(before, Visit(resume=True)).paused_until is None
    assert after(before, Visit(pause_until=until)).paused_until == (until or before.paused_until)


@given(CHOICES)
def test_one_part_of_the_hour_leaves_the_others(before: Choices) -> None:
    found = after(before, Visit(hour=ChosenHour(local_time=time(18))))
    assert found.local_time == time(18)
    assert (found.frequency, found.days, found.time_zone) == (
        before.frequency, before.days, before.time_zone,
    )  # fmt: skip
