"""Planning for an hour on the sheet: by its forms, seen by others, called off by one click."""

import re
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from digest.kit.clock import now
from digest.models import Item, Newsletter, PlannedChange, Story
from digest.newsdesk.editions.later.make import make_due
from digest.newsdesk.editions.publish import publish_due
from digest.staff.access import Role
from tests.web import desk_day

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("Asia/Singapore")


class Desk:
    """An editor at the sheet of an edition that goes in half an hour."""

    def __init__(self, client: Client) -> None:
        self.client, self.ann = client, desk_day.member()
        desk_day.stories(now())
        self.edition = desk_day.edition(now())
        client.force_login(self.ann)

    @property
    def path(self) -> str:
        return f"/desk/editions/{self.edition.public_id}/"

    @property
    def item(self) -> Item:
        return self.edition.items.filter(killed=False).order_by("position")[0]

    def page(self) -> str:
        return self.client.get(self.path).content.decode()

    def at(self, minutes: int = 10) -> str:
        return (now() + timedelta(minutes=minutes)).astimezone(ZONE).strftime("%Y-%m-%dT%H:%M")

    def act(self, name: str, **fields: Any) -> Any:
        return self.client.post(self.path + name, {"lock_version": 0} | fields)


@pytest.fixture
def desk(client: Client) -> Desk:
    return Desk(client)


def words(desk: Desk, **more: Any) -> dict[str, Any]:
    item = desk.item
    base = {"base_headline": item.story.headline, "base_blurb": ""}
    return {"item": item.pk, "channel": "", "headline": "Later words", "blurb": "", **base, **more}


def test_words_with_an_hour_wait_for_it_and_stand_on_sheet_and_calendar(desk: Desk) -> None:
    assert desk.act("reword", **words(desk, at=desk.at())).status_code == 302
    page = desk.page()
    assert "Planned for later" in page
    assert "“Later words”" in page
    assert f'value="{desk.item.story.headline}"' in page.replace("&#39;", "'")
    assert "“Later words”" in desk.client.get("/desk/calendar").content.decode()
    assert "1 change is planned before it goes" in page
    assert make_due(now=now() + timedelta(minutes=11)) != ()
    assert "Made." in desk.page()


def told_who_sends_it(desk: Desk) -> str:
    found = re.search(r'id="who-sends-it">([^<]+)<', desk.page())
    return found[1] if found else ""


def test_the_sheet_says_that_a_planned_change_stops_a_rule_without_a_cut_off(desk: Desk) -> None:
    """Whoever plans a change and goes home has to know that nothing goes without a word."""
    assert "by rule unless you change or skip it" in desk.page()
    desk.act("reword", **words(desk, at=desk.at(7)))
    desk.act("later", item=desk.item.pk, act="pin", at=desk.at(9))
    at, last = desk.at(7)[-5:], desk.at(9)[-5:]
    for path in (desk.path, "/desk/", "/desk/editions/"):
        page = desk.client.get(path).content.decode()
        if path != "/desk/":
            assert f"only with your approval from {at} on, when a planned change is made" in page
        assert "by rule unless you change" not in page, path
    told = told_who_sends_it(desk)
    assert told.startswith("A change stops the rule, a planned one too. Somebody must approve it")
    assert f"approve it after {last}, or it is held at " in told
    # It is as the sheet says.
    make_due(now=now() + timedelta(minutes=8))
    still = told_who_sends_it(desk)
    assert still.startswith(f"Somebody must approve it after {last}")
    slot = desk.edition.slot_at
    make_due(now=slot)
    publish_due(now=slot + timedelta(hours=3))
    desk.edition.refresh_from_db()
    assert desk.edition.state == "held"


def test_it_says_nothing_where_the_rule_approves_what_was_changed_too(desk: Desk) -> None:
    Newsletter.objects.update(cut_off=timedelta(minutes=2))
    desk.act("reword", **words(desk, at=desk.at(7)))
    assert "“Later words”" in desk.page()
    assert told_who_sends_it(desk) == ""
    desk.act("stop")
    assert told_who_sends_it(desk).startswith("Somebody must approve it after")


def test_an_hour_that_is_past_is_refused_and_the_words_stay_in_their_fields(desk: Desk) -> None:
    at = desk.at(-5)
    answer = desk.act("reword", **words(desk, at=at))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "That time has passed" in page
    assert "Later words</textarea>" in page
    assert f'value="{at}"' in page
    answer = desk.act("retitle", title="Late", intro="", at="nonsense")
    assert (answer.status_code, 'value="Late"' in answer.content.decode()) == (422, True)
    answer = desk.act("later", item=desk.item.pk, act="move", place="99", at=desk.at())
    assert answer.status_code == 422
    assert "Choose a place from 1" in answer.content.decode()
    assert 'value="99"' in answer.content.decode()
    assert not PlannedChange.objects.exists()


def test_another_editor_calls_it_off_by_one_click(desk: Desk) -> None:
    desk.act("later", item=desk.item.pk, act="kill", place="1", at=desk.at())
    change = PlannedChange.objects.get()
    desk.client.force_login(desk_day.member("Vera Lind"))
    assert desk.act(f"later/{change.pk}/cancel").status_code == 302
    change.refresh_from_db()
    assert change.state == "cancelled"
    assert "Planned for later" not in desk.page()
    assert desk.act(f"later/{change.pk}/undo").status_code == 422
    assert desk.act("later/999999/cancel").status_code == 404


def test_what_was_made_is_undone_on_the_sheet(desk: Desk) -> None:
    item = desk.item
    desk.act("later", item=item.pk, act="kill", place="1", at=desk.at())
    make_due(now=now() + timedelta(minutes=11))
    item.refresh_from_db()
    assert item.killed
    assert desk.act(f"later/{PlannedChange.objects.get().pk}/undo").status_code == 302
    item.refresh_from_db()
    assert not item.killed


@pytest.mark.parametrize("role", [Role.READER, Role.SERVICES])
def test_who_may_not_curate_plans_nothing(desk: Desk, role: Role) -> None:
    desk.client.force_login(desk_day.member("Rita Mun", role))
    assert desk.act("later", item=desk.item.pk, act="kill", at=desk.at()).status_code == 403
    assert desk.act("reword", **words(desk, at=desk.at())).status_code == 403
    assert not PlannedChange.objects.exists()


def test_a_story_is_planned_from_its_own_page_and_a_refusal_stays_there(desk: Desk) -> None:
    inside = set(desk.edition.items.values_list("story", flat=True))
    story = Story.objects.exclude(pk__in=inside).order_by("pk")[0]
    page = f"/desk/stories/{story.public_id}/"
    told = desk.client.get(page).content.decode()
    assert f"Add to {desk.edition.title}" in told
    form = {"story": story.public_id, "next": page, "at": desk.at()}
    answer = desk.client.post(desk.path + "add", form, follow=True)
    assert answer.redirect_chain[-1][0] == page
    assert "Planned: Add" in answer.content.decode()
    again = desk.client.post(desk.path + "add", form, follow=True)
    assert again.redirect_chain[-1][0] == page
    assert "Not done: It is planned already" in again.content.decode()
    assert "Call it off" in desk.page()
    assert make_due(now=now() + timedelta(minutes=11)) != ()
    assert "It is in <a" in desk.client.get(page).content.decode().replace("\n", " ")
    # What somebody else was quicker with is said on the page that one is on, too.
    late = desk.client.post(desk.path + "add", {**form, "at": ""}, follow=True)
    assert late.redirect_chain[-1][0] == page
    assert "in this edition already" in late.content.decode()
