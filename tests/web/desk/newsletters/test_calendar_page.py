"""The calendar on the desk: a week, its words, and one date moved by a form."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from digest.kit.clock import now
from digest.models import Edition, Subscription
from digest.staff.access import Role
from digest.web.desk import kept
from tests.web import desk_day

pytestmark = pytest.mark.django_db


def signed_in(role: Role = Role.EDITOR, name: str = "Ann Ito") -> Client:
    client = Client()
    client.force_login(desk_day.member(name, role))
    return client


def test_the_week_shows_each_newsletter_and_who_gets_two_at_once() -> None:
    moment = now()
    first = desk_day.newsletter(moment)
    second = desk_day.newsletter(moment, slug="markets", name="Markets")
    desk_day.reader("both@example.org", moment, on=first)
    client = signed_in()
    page = client.get("/desk/calendar").content.decode()
    assert "Morning briefing" in page
    assert "at about the same time" not in page  # nobody gets both
    one = Subscription.objects.get(newsletter=first)
    one.pk, one.newsletter = None, second
    one.save(force_insert=True)
    kept.forget()
    page = client.get("/desk/calendar").content.decode()
    assert "Markets goes at about the same time: 1 reader gets both." in page
    alone = client.get("/desk/calendar", {"newsletter": second.slug}).content.decode()
    assert f"slot-{first.pk}-" not in alone
    assert "Markets" in alone
    odd = client.get("/desk/calendar", {"week": "9999-99-99", "newsletter": "none"})
    assert odd.status_code == 200


def test_a_date_is_moved_by_its_form_and_the_page_says_from_where() -> None:
    moment = now()
    edition = desk_day.edition(moment)
    there = ZoneInfo(edition.time_zone)
    later = (edition.slot_at + timedelta(minutes=10)).astimezone(there)
    form = {
        "newsletter": "morning-briefing",
        "on": str(edition.local_date),
        "to": str(later.date()),
        "at": f"{later:%H:%M}",
        "next": "/desk/calendar",
    }
    client = signed_in()
    if later.date() == edition.local_date:
        assert "this once" in client.post("/desk/calendar/move", form, follow=True).content.decode()
        edition.refresh_from_db()
        assert edition.slot_at == later.replace(second=0, microsecond=0)
    for wrong in ({"to": "soon"}, {"to": "0001-01-01"}, {"at": "25:00"}, {"on": ""}):
        told = client.post("/desk/calendar/move", form | wrong, follow=True).content.decode()
        assert "Not moved" in told
    assert client.post("/desk/calendar/move", form | {"newsletter": "x"}).status_code == 404
    reader = signed_in(Role.READER, "Bo Reader")
    assert reader.post("/desk/calendar/move", form).status_code == 403
    assert Edition.objects.count() == 1
