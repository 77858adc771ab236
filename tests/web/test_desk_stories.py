"""A story's page, and what an editor does there."""

import re

import pytest
from django.test import Client

from digest.kit.clock import now
from digest.models import Alert, Article, AuditEntry, Candidate, Story
from digest.staff.access import Role
from tests.web import desk_day

pytestmark = pytest.mark.django_db


@pytest.fixture
def newsroom(client: Client) -> dict[str, Story]:
    client.force_login(desk_day.member())
    return desk_day.stories(now())


def biggest(stories: dict[str, Story]) -> list[Story]:
    return sorted(stories.values(), key=lambda each: -each.article_count)


def test_the_page_says_who_reported_what_and_in_which_order(
    client: Client, newsroom: dict[str, Story]
) -> None:
    story = biggest(newsroom)[0]
    body = client.get(f"/desk/stories/{story.public_id}/").content.decode()
    articles = Article.objects.filter(story_article__story=story).order_by("published_at", "pk")
    places = [body.find(f'id="a{each.pk}"') for each in articles]
    assert -1 not in places
    assert places == sorted(places)
    assert "<polyline" in body


def test_hostile_links_and_titles_stay_words(client: Client, newsroom: dict[str, Story]) -> None:
    story = biggest(newsroom)[0]
    evil = Article.objects.filter(story_article__story=story)[0]
    Article.objects.filter(pk=evil.pk).update(url="javascript:alert(1)", title="<script>x</script>")
    body = client.get(f"/desk/stories/{story.public_id}/").content.decode()
    assert "javascript:" not in body
    assert "<script>x" not in body


def test_copies_are_folded_under_their_original(client: Client, newsroom: dict[str, Story]) -> None:
    story = biggest(newsroom)[0]
    one, two = Article.objects.filter(story_article__story=story).order_by("published_at")[:2]
    Article.objects.filter(pk=two.pk).update(duplicate_of=one)
    body = client.get(f"/desk/stories/{story.public_id}/").content.decode()
    assert "1 copy of it" in body
    assert f'id="a{two.pk}"' not in body


def test_an_editor_merges_splits_and_moves(client: Client, newsroom: dict[str, Story]) -> None:
    one, two, three, *_ = biggest(newsroom)
    path = f"/desk/stories/{one.public_id}/"
    answer = client.post(f"{path}merge", {"into": str(two.public_id)})
    assert answer.url == f"/desk/stories/{two.public_id}/"
    assert client.get(path).url == answer.url
    members = list(Article.objects.filter(story_article__story=two).values_list("pk", flat=True))
    answer = client.post(f"{answer.url}split", {"article": members[:2]})
    assert answer.status_code == 302
    new = Story.objects.get(public_id=answer.url.split("/")[3])
    assert new.article_count == 2
    answer = client.post(f"{answer.url}move", {"article": members[:1], "to": str(three.public_id)})
    assert answer.url == f"/desk/stories/{three.public_id}/"
    verbs = list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True))
    assert verbs == ["merged", "split", "moved articles"]


def test_what_is_refused_is_said_on_the_page(client: Client, newsroom: dict[str, Story]) -> None:
    story = biggest(newsroom)[0]
    for verb, said in (("merge", "from the list"), ("split", "tick the boxes")):
        answer = client.post(f"/desk/stories/{story.public_id}/{verb}", {"into": "x"})
        assert answer.status_code == 422
        assert said in answer.content.decode()


def test_a_reader_of_the_desk_may_look_and_change_nothing(
    client: Client, newsroom: dict[str, Story]
) -> None:
    client.force_login(desk_day.member("Rae Low", Role.READER))
    story = biggest(newsroom)[0]
    body = client.get(f"/desk/stories/{story.public_id}/").content.decode()
    assert 'type="checkbox"' not in body
    assert "<button" not in body.partition("<main")[2].partition("</main>")[0]
    assert client.post(f"/desk/stories/{story.public_id}/split", {}).status_code == 403


def candidate(story: Story) -> Candidate:
    return Candidate.objects.create(
        story=story,
        level=1,
        reason="9 sources in 14 minutes, usual pace 1",
        score=9.0,
        sources=9,
        minutes=14,
        usual=1.0,
        raised_at=now(),
    )


def test_a_candidate_is_shown_with_its_reason_and_raised_by_a_post(
    client: Client, newsroom: dict[str, Story]
) -> None:
    made = candidate(biggest(newsroom)[0])
    for path in ("/desk/", "/desk/alerts/", f"/desk/stories/{made.story.public_id}/"):
        assert "9 sources in 14 minutes, usual pace 1." in client.get(path).content.decode()
    assert client.get(f"/desk/breaking/{made.pk}/raise").status_code == 405
    answer = client.post(f"/desk/breaking/{made.pk}/raise")
    alert = Alert.objects.get()
    assert answer.url == f"/desk/alerts/{alert.public_id}/"
    assert (alert.state, alert.story) == (Alert.State.DRAFT, made.story)


def test_a_dismissed_candidate_leaves_the_desk(client: Client, newsroom: dict[str, Story]) -> None:
    made = candidate(biggest(newsroom)[0])
    assert client.post(f"/desk/breaking/{made.pk}/dismiss").status_code == 302
    assert "9 sources in 14 minutes" not in client.get("/desk/").content.decode()
    made.refresh_from_db()
    assert (made.state, made.decided_by is not None) == (Candidate.State.DISMISSED, True)


def test_a_story_to_merge_with_is_found_by_words_of_its_headline(client: Client) -> None:
    stories = desk_day.stories(now())
    client.force_login(desk_day.member())
    story, other, *_ = stories.values()
    Story.objects.filter(pk=other.pk).update(headline="Zugspitze railway reopens in snow")
    page = client.get(f"/desk/stories/{story.public_id}/?find=snow+zugspitze").content.decode()
    assert "1 story has these words" in page
    offered = set(re.findall(r'<option\s+value="([0-9a-f-]{36})"', page))
    assert offered == {str(other.public_id)}


def test_the_wire_goes_on_beyond_its_first_page(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk_day.stories(now())
    client.force_login(desk_day.member())
    monkeypatch.setattr("digest.web.desk.wire.SHOWN", 5)
    seen: list[str] = []
    for number in range(1, 40):
        page = client.get(f"/desk/?page={number}").content.decode()
        seen += re.findall(r'class="story" id="story-([0-9a-f-]{36})"', page)
        if f"page={number + 1}" not in page:
            break
    assert number > 2
    assert len(seen) == len(set(seen)) > 10
    assert client.get("/desk/?page=x").status_code == 200
    assert client.get("/desk/?page=99999999").status_code == 200


def test_a_label_of_urgency_is_shown_as_a_label(client: Client, newsroom: dict[str, Story]) -> None:
    story = biggest(newsroom)[0]
    lead = Article.objects.filter(story_article__story=story)[0]
    Article.objects.filter(pk=lead.pk).update(title="[속보] 서해펄호 화재")
    Story.objects.filter(pk=story.pk).update(
        lead_article=lead, headline="서해펄호 화재", language="ko"
    )
    for path in ("/desk/", f"/desk/stories/{story.public_id}/"):
        body = client.get(path).content.decode()
        assert re.search(r'<span class="tag urgent"[^>]*lang="ko"[^>]*>속보</span>', body), path


def test_reports_are_chosen_by_their_words_and_split_off(
    client: Client, newsroom: dict[str, Story]
) -> None:
    story = biggest(newsroom)[0]
    at = f"/desk/stories/{story.public_id}/"
    one, two, *others = Article.objects.filter(story_article__story=story).order_by("pk")
    one.text, two.title = "The harbour master of Baengnyeong was heard.", "A HARBOUR is closed"
    one.save()
    two.save()
    body = client.get(at, {"saying": "harbour"}).content.decode()
    ticked = re.findall(r'name="article" value="(\d+)" id="a\d+" checked', body)
    assert sorted(map(int, ticked)) == [one.pk, two.pk]
    assert not any(f'id="a{each.pk}"' in body for each in others)
    client.post(at + "split", {"article": ticked})
    split = Article.objects.get(pk=two.pk).story_article.story
    assert split.pk != story.pk
    assert split.article_count == 2
    nothing = client.get(at, {"saying": "zeppelin"}).content.decode()
    assert "0 of them say “zeppelin”" in nothing
    assert 'name="article"' not in nothing
