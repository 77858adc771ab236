"""The doubtful joins on the desk: told with what they were joined to, confirmed or split."""

import re
from html import unescape

import pytest
from django.test import Client

from digest.kit.clock import now
from digest.models import Article, AuditEntry, Story, StoryArticle
from digest.newsdesk.stories.doubtful import BELOW, doubtful, how_many
from digest.staff.access import Role
from digest.web.desk.told.doubts import odds
from tests.web import desk_day

pytestmark = pytest.mark.django_db
PAGE, SETTLE = "/desk/doubts/", "/desk/doubts/settle"


@pytest.fixture
def doubted(client: Client) -> list[StoryArticle]:
    """Two joins in doubt, the less probable first; the second is its story's lead."""
    client.force_login(desk_day.member())
    stories = sorted(desk_day.stories(now()).values(), key=lambda each: -each.article_count)[:2]
    rows = []
    for story, score in zip(stories, (0.42, 0.61), strict=True):
        row = StoryArticle.objects.filter(story=story).order_by("-article__published_at")[0]
        row.score = score
        row.save()
        rows.append(row)
    Story.objects.filter(pk=stories[1].pk).update(lead_article=rows[1].article)
    return rows


def words(client: Client, path: str = PAGE) -> str:
    body = client.get(path).content.decode()
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body)))


def answer(row: StoryArticle, verdict: str) -> dict[str, str]:
    return {"article": str(row.article_id), "story": str(row.story_id), "verdict": verdict}


def test_each_stands_with_another_report_of_its_story_and_its_odds(
    client: Client, doubted: list[StoryArticle]
) -> None:
    page = words(client)
    first, second = doubtful(now=now())
    assert page.index(first.title) < page.index("right 4 times in 10") < page.index(second.title)
    assert "right 6 times in 10" in page
    for join in (first, second):
        assert join.beside and join.beside != join.title
        assert StoryArticle.objects.filter(
            story=join.story_id, article__title=join.beside
        ).exclude(article=join.article_id).exists()  # fmt: skip
        assert join.beside in page
    assert "Doubtful joins: 2" in words(client, "/desk/")


def test_one_is_confirmed_the_other_split_and_none_is_left(
    client: Client, doubted: list[StoryArticle]
) -> None:
    one, other = doubted
    assert client.post(SETTLE, answer(one, "confirm")).url == PAGE
    assert client.post(SETTLE, answer(other, "split")).url == PAGE
    one.refresh_from_db()
    assert (one.assigned_by, one.story_id) == ("editor", doubted[0].story_id)
    assert StoryArticle.objects.get(pk=other.pk).story_id != doubted[1].story_id
    assert set(AuditEntry.objects.values_list("verb", flat=True)) >= {"confirmed", "split"}
    assert "No join of the last two days is in doubt" in words(client)
    assert "Doubtful joins:" not in words(client, "/desk/")


def test_what_was_moved_meanwhile_or_makes_no_sense_changes_nothing(
    client: Client, doubted: list[StoryArticle]
) -> None:
    one, other = doubted
    rows = StoryArticle.objects.order_by("pk").values_list("pk", "story_id", "assigned_by")
    before = list(rows)
    for wrong in (
        answer(one, "confirm") | {"story": str(other.story_id)},
        answer(one, "confirm") | {"article": "x"},
        answer(one, "delete"),
        {},
    ):
        assert client.post(SETTLE, wrong, follow=True).status_code == 200
    now_held = list(
        StoryArticle.objects.order_by("pk").values_list("pk", "story_id", "assigned_by")
    )
    assert now_held == before


def test_who_may_not_curate_sees_neither_the_page_nor_the_way_to_it(
    client: Client, doubted: list[StoryArticle]
) -> None:
    client.force_login(desk_day.member("Rolf Reader", Role.READER))
    assert client.get(PAGE).status_code == 403
    assert client.post(SETTLE, answer(doubted[0], "split")).status_code == 403
    assert "Doubtful joins:" not in words(client, "/desk/")


def test_hostile_titles_and_links_stay_words(client: Client, doubted: list[StoryArticle]) -> None:
    Article.objects.filter(pk=doubted[0].article_id).update(
        url="javascript:alert(1)", title="<script>x</script>"
    )
    body = client.get(PAGE).content.decode()
    assert "javascript:" not in body and "<script>x" not in body


def test_the_count_stops_where_nobody_counts_on(doubted: list[StoryArticle]) -> None:
    assert how_many(now=now()) == 2
    assert how_many(now=now(), at_most=1) == 1
    StoryArticle.objects.filter(pk=doubted[0].pk).update(score=BELOW)
    assert how_many(now=now()) == 1


@pytest.mark.parametrize(
    ("probability", "told"),
    [
        (0.0, "hardly ever right"),
        (0.1, "right once in 10"),
        (0.34, "right 3 times in 10"),
        (1.0, "nearly always right"),
    ],
)
def test_odds_are_told_in_tenths(probability: float, told: str) -> None:
    assert odds(probability) == told
