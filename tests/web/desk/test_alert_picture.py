"""The alert's picture on the desk: seen, decided, sent as decided, and shown by no page of ours."""

from typing import Any

import pytest
from django.test import Client

from digest.kit.clock import now
from digest.models import Alert, AlertRevision, Story
from digest.staff.access import Role
from tests.web import desk_day

pytestmark = pytest.mark.django_db

URL = "https://wire.example/ferry.jpg?w=1200&h=630"


@pytest.fixture
def story(client: Client) -> Story:
    stories = desk_day.stories(now())
    client.force_login(desk_day.member(role=Role.CHIEF))
    desk_day.reader("r@example.org", now(), alerts=True)
    return next(iter(stories.values()))


def pictured(story: Story, credit: str = "Lina Sato") -> None:
    for member in story.members.select_related("article"):
        member.article.image_url = URL if member.article_id == story.lead_article_id else ""
        member.article.image_alt, member.article.image_credit = "A ferry alight", credit
        member.article.save()


def raised(client: Client, story: Story) -> str:
    words = {"story": str(story.public_id), "headline": "Ferry on fire", "summary": ""}
    return str(client.post("/desk/alerts/raise", words).url)


def act(client: Client, name: str, **fields: Any) -> Any:
    alert = Alert.objects.get()
    said = {"lock_version": alert.lock_version, "headline": "Ferry on fire", "summary": ""}
    return client.post(f"/desk/alerts/{alert.public_id}/{name}", said | fields)


def page_of(client: Client, path: str) -> str:
    return client.get(path).content.decode().replace("\n", " ")


def test_a_credited_picture_is_shown_with_its_credit_and_goes_out(
    client: Client, story: Story
) -> None:
    pictured(story)
    page = page_of(client, raised(client, story))
    assert "Photo: Lina Sato" in page
    assert '<input type="checkbox" name="picture" value="on" checked>' in page
    act(client, "issue", picture_seen=URL, picture="on")
    assert AlertRevision.objects.get().content["picture"]["url"] == URL


def test_one_without_a_credit_is_left_to_the_editor(client: Client, story: Story) -> None:
    pictured(story, credit="")
    page = page_of(client, raised(client, story))
    assert "Nobody says whose it is." in page
    assert '<input type="checkbox" name="picture" value="on">' in page
    act(client, "reword", picture_seen=URL, picture="on")
    assert 'name="picture" value="on" checked' in page_of(
        client, f"/desk/alerts/{Alert.objects.get().public_id}/"
    )


def test_a_box_left_empty_sends_the_words_alone(client: Client, story: Story) -> None:
    pictured(story)
    raised(client, story)
    act(client, "issue", picture_seen=URL)
    assert "picture" not in AlertRevision.objects.get().content


def test_a_form_that_showed_no_picture_decides_nothing(client: Client, story: Story) -> None:
    pictured(story)
    raised(client, story)
    act(client, "reword", headline="Other words")
    assert Alert.objects.get().picture is not None


def test_a_refused_form_keeps_what_was_ticked(client: Client, story: Story) -> None:
    pictured(story, credit="")
    raised(client, story)
    answer = act(client, "reword", headline="x " * 200, picture_seen=URL, picture="on")
    assert answer.status_code == 422
    assert 'name="picture" value="on" checked' in answer.content.decode()


def test_a_story_that_shows_another_by_now_is_looked_at_again(client: Client, story: Story) -> None:
    pictured(story, credit="")
    raised(client, story)
    answer = act(client, "issue", picture_seen="https://wire.example/before.jpg", picture="on")
    assert answer.status_code == 422
    assert "another picture by now" in answer.content.decode()
    assert not AlertRevision.objects.exists()


def test_a_correction_takes_the_picture_away_where_the_box_is_emptied(
    client: Client, story: Story
) -> None:
    pictured(story)
    path = raised(client, story)
    act(client, "issue", picture_seen=URL, picture="on")
    assert 'name="picture" value="on" checked' in page_of(client, path)
    kept = act(client, "correct", picture_seen=URL, picture="on")
    assert "nothing was sent" in kept.content.decode()
    act(client, "correct", picture_seen=URL)
    assert "picture" not in AlertRevision.objects.get(revision=2).content
    page = page_of(client, path)
    assert 'name="picture"' not in page and page.count(", with its picture") == 1


def test_the_picture_comes_in_a_frame_and_no_page_of_the_desk_loads_it(
    client: Client, story: Story
) -> None:
    pictured(story)
    path = raised(client, story)
    page = client.get(path)
    assert "<img" not in page.content.decode()
    assert "wire.example" not in page["Content-Security-Policy"]
    frame = client.get(f"{path}picture")
    assert URL.replace("&", "&amp;") in frame.content.decode()
    assert 'alt="A ferry alight"' in frame.content.decode()
    assert frame["Content-Security-Policy"].startswith("sandbox;")
    assert frame["X-Frame-Options"] == "SAMEORIGIN"


def test_the_previews_show_what_their_channels_carry(client: Client, story: Story) -> None:
    pictured(story)
    path = raised(client, story)
    mail = client.get(f"{path}mail").content.decode()
    assert URL.replace("&", "&amp;") in mail and "Photo: Lina Sato" in mail
    act(client, "reword", picture_seen=URL)
    assert "wire.example/ferry.jpg" not in client.get(f"{path}mail").content.decode()
