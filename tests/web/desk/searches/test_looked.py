"""What is new to an editor stays new while the page brings itself up to date."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.test import Client

from digest.kit.clock import now
from tests.web import desk_day

pytestmark = pytest.mark.django_db
# Noon in the newsroom: near its midnight a moment is told with its day.
NOON = now().replace(hour=3, minute=0, second=0, microsecond=0)
BY_ITSELF = {"X-Desk": "live"}


@pytest.fixture
def desk(client: Client) -> Client:
    client.force_login(desk_day.member())
    return client


def mark(desk: Client, at: datetime, **headers: str) -> str:
    """Since when the wire calls a story new, asked at a moment."""
    with time_machine.travel(at, tick=False):
        page = desk.get("/desk/", headers=headers).content.decode()
    return page.partition("what is new since ")[2].partition("<")[0]


def test_a_page_that_asks_by_itself_moves_nothing_however_long_it_stands(desk: Client) -> None:
    start = NOON
    first = mark(desk, start)
    asked = [mark(desk, start + timedelta(minutes=each), **BY_ITSELF) for each in range(1, 60, 7)]
    assert set(asked) == {first}
    looked_at = start + timedelta(hours=1)
    there = mark(desk, looked_at)
    assert there != first
    assert mark(desk, looked_at + timedelta(minutes=40), **BY_ITSELF) == there


def test_who_opens_another_view_of_the_wire_looks(desk: Client) -> None:
    start = NOON
    first = mark(desk, start)
    assert mark(desk, start + timedelta(minutes=30), **{"X-Desk": "view"}) != first


def test_a_window_that_asks_by_itself_chooses_no_preview_for_another(desk: Client) -> None:
    moment = now()
    desk_day.stories(moment)
    path = f"/desk/editions/{desk_day.edition(moment).public_id}/"
    desk.get(path + "?show=whatsapp")
    own = desk.get(path + "?show=email&width=desktop", headers=BY_ITSELF).content.decode()
    assert 'width=desktop"\n      aria-current="true"' in own
    other = desk.get(path).content.decode()
    assert '?show=whatsapp"\n      aria-current="true"' in other
