"""Sponsors on the desk: booked by who makes newsletters, and refused beside the field."""

from datetime import UTC, date, datetime

import pytest
import time_machine
from django.test import Client

from digest.models import Newsletter, Sponsorship
from digest.staff.access import Role
from tests.newsdesk.newsletters.test_sponsors import FORM
from tests.scenes import scene
from tests.web import desk_day

pytestmark = pytest.mark.django_db
PAGE = "/desk/newsletters/top-reads/sponsors"
LATER = {"first": "2099-11-23", "last": "2099-11-29"}


@pytest.fixture
def desk(client: Client) -> Client:
    scene.newsletter()
    client.force_login(desk_day.member("Vera Lind", Role.CHIEF))
    return client


def test_a_sponsor_is_booked_shown_and_taken_away(desk: Client) -> None:
    assert b"Nobody has booked it" in desk.get(PAGE).content
    done = desk.post(PAGE, FORM | LATER, follow=True).content.decode()
    assert "Harbour Bank is booked from 2099-11-23 to 2099-11-29." in done
    assert "Save &lt;b&gt;more&lt;/b&gt;" in done
    twice = desk.post(PAGE, FORM | LATER)
    assert twice.status_code == 422 and "choose other dates" in twice.content.decode()
    booking = Sponsorship.objects.get().pk
    gone = desk.post(f"{PAGE}/cancel", {"booking": booking}, follow=True).content.decode()
    assert "Harbour Bank is taken away." in gone
    again = desk.post(f"{PAGE}/cancel", {"booking": "9" * 40}, follow=True).content.decode()
    assert "gone already" in again


def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(desk: Client) -> None:
    page = desk.post(PAGE, FORM | LATER | {"url": "bank.example"})
    assert page.status_code == 422
    said = page.content.decode()
    assert 'id="url-wrong"' in said and 'value="bank.example"' in said
    assert not Sponsorship.objects.exists()


def test_an_editor_books_nothing(desk: Client) -> None:
    desk.force_login(desk_day.member("Ed Rowe", Role.EDITOR))
    assert desk.post(PAGE, FORM | LATER).status_code == 403


@pytest.mark.parametrize(
    ("zone", "last", "is_shown"),
    [
        ("America/Los_Angeles", date(2026, 3, 9), True),
        ("America/Los_Angeles", date(2026, 3, 8), False),
        ("Pacific/Auckland", date(2026, 3, 9), False),
        ("Pacific/Auckland", date(2026, 3, 10), True),
    ],
)
def test_a_booking_stands_until_its_last_day_is_over_at_home(
    client: Client, zone: str, last: date, is_shown: bool
) -> None:
    newsletter = Newsletter.objects.get(pk=scene.newsletter(time_zone=zone).pk)
    # In Los Angeles it is the evening of the ninth, in Auckland the afternoon of the tenth.
    with time_machine.travel(datetime(2026, 3, 10, 2, tzinfo=UTC), tick=False):
        client.force_login(desk_day.member("Vera Lind", Role.CHIEF))
        booked = {key: FORM[key] for key in ("name", "text", "url")}
        when = {"first": date(2026, 3, 1), "last": last, "created_at": datetime.now(UTC)}
        Sponsorship.objects.create(newsletter=newsletter, **booked, **when)
        page = client.get(PAGE).content.decode()
        assert (FORM["name"] in page) is is_shown
        Sponsorship.objects.all().delete()
        days = {"first": "2026-03-01", "last": str(last)}
        answer = client.post(PAGE, FORM | days)
    assert (answer.status_code == 302) is is_shown
    if not is_shown:
        assert "Those days are over" in answer.content.decode()
