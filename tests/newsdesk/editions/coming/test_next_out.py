"""When a newsletter goes next, where its rhythm alone would promise what went already."""

from datetime import date, datetime, time, timedelta

import pytest

from digest.models import Edition, ExemptDates, Newsletter
from digest.newsdesk.editions.coming.agenda import Going, agenda
from digest.newsdesk.editions.coming.next_out import goes_next, next_free_slot
from digest.newsdesk.editions.compose import compose_due, compose_next
from tests.newsdesk.desk import NOW, SLOT, newsletter

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def went(paper: Newsletter, state: str = "published", at: datetime = SLOT) -> Edition:
    """The edition of the date of ``SLOT``, which went at ``at`` or did not go."""
    return Edition.objects.create(
        newsletter=paper, local_date=date(2026, 3, 2), time_zone=paper.time_zone, slot_at=at,
        window_start=at - DAY, window_end=at, title=paper.name, state=state,
    )  # fmt: skip


@pytest.mark.parametrize("state", ["published", "skipped", "cancelled", "held"])
def test_a_date_that_had_its_edition_has_no_second_one_at_a_later_hour(state: str) -> None:
    paper = newsletter(local_time=time(18, 30))
    went(paper, state)
    evening = SLOT + timedelta(hours=11, minutes=30)
    after = SLOT + timedelta(hours=1)
    assert goes_next(paper, after) == next_free_slot(paper, after).at == evening + DAY


def test_an_open_edition_goes_at_its_own_hour() -> None:
    paper = newsletter()
    moved = SLOT + timedelta(hours=2)
    went(paper, "draft", moved)
    assert goes_next(paper, NOW) == moved
    assert next_free_slot(paper, NOW).at == SLOT + DAY


def test_a_rest_and_the_day_before_it_are_passed_over() -> None:
    paper = newsletter()
    went(paper)
    ExemptDates.objects.create(newsletter=paper, first=date(2026, 3, 3), last=date(2026, 3, 4))
    assert goes_next(paper, NOW) == SLOT + 3 * DAY


def test_without_an_edition_it_is_the_rhythm_that_says_so() -> None:
    assert goes_next(newsletter(), NOW) == SLOT


def test_what_comes_next_is_what_the_calendar_shows() -> None:
    paper = newsletter(local_time=time(18, 30))
    went(paper)
    after = SLOT + timedelta(hours=1)
    week = agenda(date(2026, 3, 2), date(2026, 3, 8), now=after)
    coming = [each.at for each in week if each.going is Going.PLANNED]
    assert coming[0] == goes_next(paper, after)


def test_an_edition_made_by_hand_is_of_the_next_date_that_has_none_and_made_once() -> None:
    paper = newsletter(local_time=time(18, 30))
    went(paper)
    after = SLOT + timedelta(hours=1)
    (made,) = compose_next(paper.pk, now=after).edition_ids
    assert Edition.objects.get(pk=made).local_date == date(2026, 3, 3)
    again = compose_next(paper.pk, now=after)
    assert not again.edition_ids and "already" in again.skipped[0].reason
    # Nor does the clock make another one for the day that had its own.
    assert not compose_due(now=SLOT + timedelta(hours=11, minutes=10)).edition_ids
