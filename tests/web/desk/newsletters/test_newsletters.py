"""Newsletters on the desk: made, sampled, changed; the first edition by one click."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from digest.kit.clock import now
from digest.models import Edition, Newsletter
from digest.newsdesk.editions.preview import content_of
from digest.newsdesk.editions.publish import publish
from digest.outbound.channels.rendering import render_edition
from digest.outbound.delivery.planning.wording import newsroom
from digest.staff.access import Role
from tests.web import desk_day

pytestmark = pytest.mark.django_db
FORM = {
    "name": "Evening post", "description": "The day.", "language": "en", "days": ["1", "2", "3",
    "4", "5", "6", "7"], "time_zone": "Asia/Seoul", "local_time": "18:30", "lead": "30",
    "grace": "30", "spread": "0", "size": "5", "channels": ["email"], "is_open": "on",
    "sender_name": "Kim at the post", "reply_to": "post@example.org", "do": "save",
}  # fmt: skip


@pytest.fixture
def chief(client: Client) -> Client:
    desk_day.stories(now())
    client.force_login(desk_day.member("Vera Lind", Role.CHIEF))
    return client


def blank(client: Client, **changed: Any) -> Any:
    page = client.get("/desk/new-newsletter").content.decode()
    mark = page.split('name="base" value="')[1].split('"')[0]
    return client.post("/desk/new-newsletter", FORM | {"base": mark} | changed)


def test_a_newsletter_comes_from_a_blank_form_to_its_first_edition(chief: Client) -> None:
    assert "Make the first one" in chief.get("/desk/newsletters/").content.decode()
    # Its window is the day before its hour, so that an hour ahead has most of the day in it.
    soon = (now() + timedelta(hours=2)).astimezone(ZoneInfo("Asia/Seoul"))
    assert blank(chief, local_time=f"{soon:%H:%M}").url == "/desk/newsletters/evening-post/"
    page = chief.get("/desk/newsletters/evening-post/").content.decode()
    assert "Its first edition goes" in page
    answer = chief.post("/desk/newsletters/evening-post/compose")
    edition = Edition.objects.get()
    assert answer.url == f"/desk/editions/{edition.public_id}/"
    assert edition.items.count() == 5
    assert chief.post("/desk/newsletters/evening-post/compose").url == answer.url
    assert "Its open edition" in chief.get("/desk/newsletters/").content.decode()


def test_its_mails_carry_its_own_sender_and_where_answers_go(chief: Client) -> None:
    blank(chief)
    chief.post("/desk/newsletters/evening-post/compose")
    edition = Edition.objects.get()
    publish(edition.pk, now=now(), by="by rule")
    words = render_edition(content_of(edition.pk), "email", newsroom())
    assert words.fields["sender_name"] == "Kim at the post"
    assert words.fields["reply_to"] == "post@example.org"


def test_a_trial_saves_nothing_and_shows_what_it_would_hold(chief: Client) -> None:
    answer = blank(chief, do="try", name="")
    assert answer.status_code == 200
    assert "Give it a name" in answer.content.decode()
    page = blank(chief, do="try").content.decode()
    assert "Fire reported on ferry" in page
    assert not Newsletter.objects.exists()


def test_what_is_wrong_is_marked_and_every_word_stays(chief: Client) -> None:
    answer = blank(chief, local_time="25:00", description="Kept <b>words</b>")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'aria-describedby="local_time-wrong"' in page
    assert "Kept &lt;b&gt;words&lt;/b&gt;" in page and 'value="25:00"' in page
    assert not Newsletter.objects.exists()


def test_two_chiefs_do_not_overwrite_each_other_and_see_both(chief: Client) -> None:
    blank(chief)
    path = "/desk/newsletters/evening-post/"
    mark = chief.get(path).content.decode().split('name="base" value="')[1].split('"')[0]
    assert chief.post(path, FORM | {"base": mark, "size": "7"}).status_code == 302
    answer = chief.post(path, FORM | {"base": mark, "local_time": "19:15"})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Stands now, size: <q>7</q>" in page and 'value="19:15"' in page
    assert Newsletter.objects.get().size == 7


def test_a_name_is_taken_once_and_may_be_of_any_letters(chief: Client) -> None:
    blank(chief)
    assert "already" in blank(chief, name="EVENING post").content.decode()
    assert blank(chief, name="저녁 신문").status_code == 302
    assert Newsletter.objects.get(name="저녁 신문").slug.startswith("newsletter-")


def test_an_editor_looks_and_makes_no_newsletter(client: Client) -> None:
    desk_day.newsletter(now())
    client.force_login(desk_day.member())
    page = client.get("/desk/newsletters/").content.decode()
    assert "Morning briefing" in page and "New newsletter" not in page
    assert client.get("/desk/new-newsletter").status_code == 403
    assert client.post("/desk/newsletters/morning-briefing/", FORM).status_code == 403


def test_the_words_on_approval_and_holidays_are_kept_and_shown(chief: Client) -> None:
    words = {"approval": "cut-off", "cut_off": "10", "two_eyes": "on"}
    blank(chief, **words, breaks="2026-12-25 Christmas")
    made = Newsletter.objects.get()
    assert (made.publishes_by_rule, made.cut_off) == (True, timedelta(minutes=10))
    assert made.pairs_of_eyes == 2
    assert [str(each.first) for each in made.exempt.all()] == ["2026-12-25"]
    page = chief.get("/desk/newsletters/evening-post/").content.decode()
    assert "2026-12-25 Christmas" in page
    listed = chief.get("/desk/newsletters/").content.decode()
    assert "by rule 10 min before its hour unless an editor stops it" in listed


def test_after_todays_edition_every_page_names_tomorrows(chief: Client) -> None:
    moment = now()
    today = desk_day.edition(moment, minutes=-60 * 24 + 5)
    Edition.objects.filter(pk=today.pk).update(
        state="published", published_at=moment, slot_at=moment - timedelta(minutes=1),
        local_date=(moment + timedelta(minutes=5)).astimezone(ZoneInfo("Asia/Singapore")).date(),
    )  # fmt: skip
    page = chief.get("/desk/newsletters/").content.decode()
    listed = chief.get("/desk/editions/").content.decode()
    assert "Next tomorrow " in page
    assert "Goes tomorrow " in listed
    made = chief.post("/desk/newsletters/morning-briefing/compose", follow=True)
    assert "The draft is made" in made.content.decode()
    assert Edition.objects.filter(state="draft").count() == 1
