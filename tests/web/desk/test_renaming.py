"""A story is renamed on its page: what is typed is kept, met, refused, and seen elsewhere."""

from typing import Any

import pytest
from django.test import Client

from digest.kit.clock import now
from digest.models import Article, Story, StoryArticle
from digest.newsdesk.stories.refresh import refresh
from digest.outbound.messages import links
from digest.staff.access import Role
from digest.web.desk.stamps import StampsRead
from tests.web import desk_day

pytestmark = pytest.mark.django_db


class Named:
    """The story with most reports, and its page."""

    def __init__(self, client: Client) -> None:
        self.client = client
        client.force_login(desk_day.member())
        stories = desk_day.stories(now())
        self.story = max(stories.values(), key=lambda each: each.article_count)
        refresh([self.story.pk])
        self.story.refresh_from_db()
        self.said = self.story.headline
        self.path = f"/desk/stories/{self.story.public_id}/"

    def give(self, words: str, base: str | None = None, **more: str) -> Any:
        language = self.story.language
        seen = self.said if base is None else base
        fields = {"headline": words, "base_headline": seen, "language": language}
        return self.client.post(f"{self.path}rename", {**fields, **more})

    @property
    def headline(self) -> str:
        return Story.objects.get(pk=self.story.pk).headline

    @property
    def page(self) -> str:
        return self.client.get(self.path).content.decode()


@pytest.fixture
def on(client: Client) -> Named:
    return Named(client)


def test_it_is_seen_on_the_page_the_wire_and_by_readers_and_taken_back(on: Named) -> None:
    assert on.give("[BREAKING] Ours <b>&\nnobody’s").url == on.path
    assert on.headline == "Ours <b>& nobody’s"
    public = f"/s/{links.short_code(on.story.public_id)}"
    for path in (on.path, "/desk/", public):
        body = on.client.get(path).content.decode()
        assert "Ours &lt;b&gt;&amp; nobody’s" in body, path
        assert "Ours <b>" not in body
    assert "The lead report’s\n    words again" in on.page
    assert on.give("Ours <b>& nobody’s", "Ours <b>& nobody’s", clear="1").status_code == 302
    assert on.headline == on.said
    assert 'name="clear"' not in on.page


def test_words_that_are_refused_stay_in_the_field(on: Named) -> None:
    words = "A very long one " * 20
    answer = on.give(words)
    body = answer.content.decode()
    assert answer.status_code == 422
    assert words.strip() in body
    assert "200 fit" in body
    assert 'id="rename" open' in body
    assert on.headline == on.said


def test_the_second_of_two_sees_the_first_ones_words_and_keeps_hers(on: Named) -> None:
    on.give("The first one’s")
    answer = on.give("The second one’s")
    body = answer.content.decode()
    assert answer.status_code == 422
    assert "Meanwhile saved: <q>The first one’s</q>" in body
    assert "The second one’s</textarea>" in body
    assert 'name="base_headline" value="The first one’s"' in body
    assert on.headline == "The first one’s"
    assert on.give("The second one’s", "The first one’s").status_code == 302
    assert on.headline == "The second one’s"


def test_words_typed_while_the_story_was_merged_are_kept_on_the_one_it_became(on: Named) -> None:
    other = Story.objects.exclude(pk=on.story.pk).order_by("-article_count")[0]
    on.client.post(f"{on.path}merge", {"into": str(other.public_id)})
    answer = on.give("Typed meanwhile")
    assert answer.status_code == 422
    assert "Typed meanwhile</textarea>" in answer.content.decode()
    assert f"/desk/stories/{other.public_id}/rename" in answer.content.decode()


def test_each_language_that_it_is_told_in_has_a_field(on: Named) -> None:
    some = StoryArticle.objects.filter(story=on.story).exclude(article=on.story.lead_article_id)
    Article.objects.filter(pk=some[0].article_id).update(language="ko", title="북부에 강진")
    refresh([on.story.pk])
    assert "Headline in Korean" in on.page
    on.give("우리 제목", "북부에 강진", language="ko")
    assert on.headline == on.said
    assert "우리 제목</textarea>" in on.page
    assert on.give("Kichwa chetu", "", language="sw").status_code == 422


def test_nonsense_in_the_form_is_no_error(on: Named) -> None:
    assert on.client.post(f"{on.path}rename", {}).status_code in (302, 422)
    assert on.give("a\x00b").status_code == 400
    assert on.headline == on.said


@pytest.mark.parametrize("role", [Role.READER, Role.SERVICES])
def test_who_may_not_curate_has_no_form_and_cannot_forge_one(on: Named, role: Role) -> None:
    on.client.force_login(desk_day.member("Rae Low", role))
    assert "/rename" not in on.page
    assert on.give("Forged").status_code == 403
    assert on.headline == on.said


def test_an_editor_of_one_newsletter_and_a_request_without_a_token_are_refused(on: Named) -> None:
    held = desk_day.member("Sco Ped")
    held.scope = [desk_day.newsletter(now()).pk]
    held.save()
    on.client.force_login(held)
    assert on.give("Forged").status_code == 403
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(desk_day.member("Vera Lind"))
    assert strict.post(f"{on.path}rename", {"headline": "Forged"}).status_code == 403
    assert on.client.get(f"{on.path}rename").status_code == 405
    assert on.headline == on.said


def test_an_open_page_and_another_web_process_learn_of_it(on: Named) -> None:
    """They look for words in what they read before: its stamp must not outlive the name."""
    stamps = StampsRead()
    before = stamps.right_now()["stories"]
    assert on.give("Harbour closed by ice").status_code == 302
    assert StampsRead().right_now()["stories"] != before
