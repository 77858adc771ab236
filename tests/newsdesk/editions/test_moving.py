"""The calendar: what goes when, what goes at once, and one date moved for once."""

from datetime import date, time, timedelta
from itertools import count

import pytest

from digest.models import AuditEntry, Edition, ExemptDates, Newsletter
from digest.newsdesk.editions.approve import approve
from digest.newsdesk.editions.coming.agenda import Going, agenda
from digest.newsdesk.editions.coming.move import move_slot
from digest.newsdesk.editions.compose import compose_due
from digest.newsdesk.editions.curate import EditionRefused
from digest.newsdesk.newsletters.cadence import cadence_of
from digest.newsdesk.newsletters.core.calendar import next_slot
from tests.newsdesk.desk import NOW, SLOT, editor, newsletter, story

pytestmark = pytest.mark.django_db
MONDAY = date(2026, 3, 2)
TUESDAY = MONDAY + timedelta(days=1)


def draft() -> Edition:
    newsletter()
    story("Ferry fire off the west coast", ["Reuters", "AFP"])
    (made,) = compose_due(now=NOW).edition_ids
    return Edition.objects.get(pk=made)


_people = count(1)


def move(made: Newsletter, on: date, to: date, at: time) -> None:
    move_slot(made.pk, on, to, at, member=editor(f"Ann{next(_people)}"), now=NOW)


def test_the_week_shows_what_is_made_what_is_to_come_and_what_rests() -> None:
    edition = draft()
    ExemptDates.objects.create(
        newsletter=edition.newsletter, first=TUESDAY, last=TUESDAY, words="Memorial day"
    )
    monday, tuesday, wednesday = agenda(MONDAY, MONDAY + timedelta(days=2), now=NOW)
    assert (monday.going, monday.at, monday.edition) == (Going.MADE, SLOT, edition)
    assert (tuesday.going, tuesday.at, tuesday.words) == (Going.RESTS, None, "Memorial day")
    assert (wednesday.going, wednesday.at) == (Going.PLANNED, SLOT + timedelta(days=2))


def test_two_that_reach_a_reader_at_about_the_same_time_name_each_other() -> None:
    newsletter(name="Morning", local_time=time(7))
    newsletter(name="Markets", local_time=time(7, 10))
    newsletter(name="Late", local_time=time(7, 20))
    newsletter(name="By push", local_time=time(7), channels=["webpush"])
    beside = {each.newsletter.name: each.beside for each in agenda(TUESDAY, TUESDAY, now=NOW)}
    assert beside == {
        "Morning": ("Markets",),
        "Markets": ("Morning", "Late"),
        "Late": ("Markets",),
        "By push": (),
    }


def test_a_draft_goes_with_its_date_and_back_again_without_a_trace() -> None:
    edition = draft()
    made = Newsletter.objects.get()
    move(made, MONDAY, MONDAY, time(9))
    edition.refresh_from_db()
    assert edition.slot_at == SLOT + timedelta(hours=2) == edition.window_end
    assert next_slot(cadence_of(made), NOW).at == edition.slot_at
    assert AuditEntry.objects.filter(verb="moved").count() == 1
    move(made, MONDAY, MONDAY, time(7))
    edition.refresh_from_db()
    assert edition.slot_at == SLOT
    assert not ExemptDates.objects.exists()


def test_another_day_takes_one_edition_and_the_old_one_rests() -> None:
    made = newsletter(days="135")
    move(made, date(2026, 3, 4), TUESDAY, time(6, 30))
    week = agenda(MONDAY, MONDAY + timedelta(days=4), now=NOW)
    assert [(each.day.day, each.going.value) for each in week] == [
        (2, "planned"), (3, "planned"), (4, "rests"), (6, "planned"),
    ]  # fmt: skip
    assert week[2].words == "moved to Tue 3 Mar, 06:30"
    move(made, TUESDAY, date(2026, 3, 4), time(7))
    assert not ExemptDates.objects.exists()


def test_what_cannot_be_moved_says_why_and_stays() -> None:
    edition = draft()
    made = Newsletter.objects.get()
    cases = (
        (MONDAY, MONDAY, time(7), "already"),
        (MONDAY, MONDAY, time(5), "has passed"),
        (MONDAY, TUESDAY, time(9), "one edition a day"),
        (date(2026, 2, 28), TUESDAY + timedelta(days=300), time(9), "one edition a day"),
    )
    for on, to, at, why in cases:
        with pytest.raises(EditionRefused, match=why):
            move(made, on, to, at)
    approve(edition.pk, lock_version=0, member=editor(f"Ann{next(_people)}"), now=NOW)
    with pytest.raises(EditionRefused, match="Take the approval back"):
        move(made, MONDAY, MONDAY, time(9))
    edition.refresh_from_db()
    assert edition.slot_at == SLOT
    assert not ExemptDates.objects.exists()


def test_a_draft_is_moved_up_to_the_next_edition_and_not_past_it() -> None:
    """Else the next one is made first, and the draft then tells its news a second time."""
    edition = draft()
    Newsletter.objects.update(days="135")
    made = Newsletter.objects.get()
    friday = date(2026, 3, 6)
    ExemptDates.objects.create(newsletter=made, first=friday, last=friday, words="It rests")
    for to, at in (
        (date(2026, 3, 4) + timedelta(days=1), time(7)),
        (friday + timedelta(days=1), time(9)),
    ):
        with pytest.raises(EditionRefused, match=r"next one goes on Wed 4 Mar at 07:00"):
            move(made, MONDAY, to, at)
    edition.refresh_from_db()
    assert (edition.slot_at, edition.window_end) == (SLOT, SLOT)
    move(made, MONDAY, TUESDAY, time(23, 59))
    edition.refresh_from_db()
    assert (edition.local_date, edition.slot_at) == (
        TUESDAY, SLOT + timedelta(days=1, hours=16, minutes=59),
    )  # fmt: skip


def test_a_draft_of_a_newsletter_without_another_date_may_go_anywhere() -> None:
    edition = draft()
    made = Newsletter.objects.get()
    far = MONDAY + timedelta(days=1_500)
    ExemptDates.objects.create(newsletter=made, first=TUESDAY, last=far, words="It ends")
    move(made, MONDAY, TUESDAY, time(9))
    edition.refresh_from_db()
    assert edition.local_date == TUESDAY


def test_nothing_is_moved_into_the_time_that_a_made_edition_covers() -> None:
    made_at = draft().slot_at
    Newsletter.objects.update(days="15")
    made = Newsletter.objects.get()
    sunday = MONDAY - timedelta(days=1)
    with pytest.raises(EditionRefused, match=r"edition of Mon 2 Mar, 07:00, is made already"):
        move_slot(
            made.pk, date(2026, 3, 6), sunday, time(23), member=editor("Bea"),
            now=made_at - timedelta(hours=12),
        )  # fmt: skip
    assert not ExemptDates.objects.exists()


def test_a_moment_that_passed_without_an_edition_is_a_gap_after_the_first_one() -> None:
    draft()
    days = agenda(
        MONDAY - timedelta(days=2), MONDAY + timedelta(days=3), now=NOW + timedelta(days=2)
    )
    assert [(each.day.day, each.going.value, each.words) for each in days] == [
        (2, "made", ""), (3, "rests", "No edition was made"), (4, "planned", ""),
        (5, "planned", ""),
    ]  # fmt: skip
