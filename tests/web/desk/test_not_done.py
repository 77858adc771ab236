"""What is refused with a word on the page that comes next: a page that sent it in place is told."""

from typing import Any

import pytest
from django.test import Client

from digest.kit.clock import now
from digest.models import Feed, Story
from digest.staff.access import Role
from tests.web import desk_day

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    made = Client()
    made.force_login(desk_day.member("Olga Ops", Role.OPERATOR))
    desk_day.stories(now())
    return made


def in_place(client: Client, here: str, path: str, **fields: Any) -> Any:
    return client.post(path, fields, headers={"X-Desk": here})


def told(client: Client, answer: Any, here: str) -> str:
    """The page after what was sent: it keeps the words, and says why they came to nothing."""
    assert (answer.status_code, answer.headers.get("X-Desk-To")) == (204, here)
    assert answer.headers["X-Desk-Not-Done"] == "1"
    return client.get(here).content.decode()


def test_a_query_that_cannot_be_read_is_not_taken_for_saved(client: Client) -> None:
    here = "/desk/topics/chips-and-ai/lessons"
    answer = in_place(client, here, "/desk/topics/chips-and-ai/draft", query='"open', version=1)
    assert 'class="note error"' in told(client, answer, here)


def test_a_search_without_a_name_is_not_kept(client: Client) -> None:
    answer = in_place(client, "/desk/?q=ship", "/desk/wire/keep", q="ship", name=" ")
    assert "Give the search a name" in told(client, answer, "/desk/?q=ship")


def test_an_interval_that_is_none_is_not_set(client: Client) -> None:
    here = f"/desk/feeds/{Feed.objects.order_by('pk')[0].pk}/"
    answer = in_place(client, here, here + "settings", every="soon")
    assert "The interval is a number of minutes." in told(client, answer, here)


def test_a_date_that_is_none_moves_nothing(client: Client) -> None:
    desk_day.newsletter(now())
    form = {"newsletter": "morning-briefing", "on": "2026-11-29", "to": "soon", "at": "07:00"}
    answer = in_place(client, "/desk/calendar", "/desk/calendar/move", **form)
    assert "Not moved" in told(client, answer, "/desk/calendar")


def test_an_hour_that_is_past_adds_no_story(client: Client) -> None:
    edition = desk_day.edition(now())
    story = Story.objects.exclude(pk__in=edition.items.values("story")).order_by("pk")[0]
    here = f"/desk/stories/{story.public_id}/"
    form = {"story": story.public_id, "next": here, "at": "2020-01-01T07:00"}
    answer = in_place(client, here, f"/desk/editions/{edition.public_id}/add", **form)
    assert "That time has passed" in told(client, answer, here)


def test_what_was_done_comes_back_as_its_page(client: Client) -> None:
    answer = in_place(client, "/desk/?q=ship", "/desk/wire/keep", q="ship", name="Ships")
    assert (answer.status_code, answer.url) == (302, "/desk/?q=ship")
    # A page without scripts follows in any case, and reads the same words.
    plain = client.post("/desk/wire/keep", {"q": "ship", "name": ""}, follow=True)
    assert "Give the search a name" in plain.content.decode()
