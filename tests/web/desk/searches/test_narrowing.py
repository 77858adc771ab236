"""The wire narrowed by everything at once, and searches kept under a name."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from digest.kit import clock
from digest.models import Article, SavedSearch, Story, StoryArticle
from digest.newsdesk.editions.searching.narrow import Narrowing, narrowed, offered
from digest.newsdesk.editions.searching.saved import (
    MOST,
    SearchRefused,
    forget_search,
    keep_search,
)
from digest.web.desk import stamps
from digest.web.desk.searches.asked import WireAsked, tongue
from tests.web import desk_day

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed_in(client: Client) -> Client:
    client.force_login(desk_day.member())
    return client


def shown(client: Client, **asked: str) -> set[str]:
    """Headlines of the stories that the wire shows."""
    page = client.get(reverse("desk:wire"), asked).content.decode()
    return {each.headline for each in Story.objects.all() if str(each.public_id) in page}


def told_by(**of: str) -> set[str]:
    found = Article.objects.filter(**of).values("story_article__story__headline")
    return {each["story_article__story__headline"] for each in found} - {None}


def test_a_source_a_language_and_a_topic_combine(signed_in: Client) -> None:
    desk_day.stories(clock.now())
    korean = Article.objects.filter(language="ko", story_article__isnull=False)[0]
    source = korean.source
    assert shown(signed_in, source=source) <= told_by(source=source)
    assert shown(signed_in, language="ko") <= told_by(language="ko")
    both = shown(signed_in, source=source, language="ko")
    assert both <= shown(signed_in, source=source) & shown(signed_in, language="ko")
    assert both
    assert not shown(signed_in, source=source, language="ta")
    assert shown(signed_in, source=source, topic="korea") <= both | told_by(source=source)
    assert shown(signed_in, source="' OR 1=1 --") == set()


def test_what_came_since_one_looked_is_found_until_it_is_seen(signed_in: Client) -> None:
    now = clock.now()
    desk_day.stories(now)
    StoryArticle.objects.update(assigned_at=now - timedelta(hours=2))
    signed_in.get(reverse("desk:wire"))
    fresh = StoryArticle.objects.filter(article__published_at__gt=now - timedelta(hours=9))
    late = fresh.order_by("pk").last()
    assert late is not None
    StoryArticle.objects.filter(pk=late.pk).update(assigned_at=clock.now())
    stamps.forget()
    assert shown(signed_in, new="1") == {late.story.headline}
    answer = signed_in.post(reverse("desk:wire-seen"), {"new": "1"})
    assert answer["Location"] == "/desk/?new=1"
    assert shown(signed_in, new="1") == set()


def test_what_there_is_to_narrow_to_is_counted_by_stories() -> None:
    now = clock.now()
    desk_day.stories(now)
    found = offered(now=now)
    source, count = found.sources[0]
    assert count == len(narrowed(Narrowing(source=source), now=now))
    assert {"en", "ko"} <= {language for language, _ in found.languages}


def test_a_search_is_kept_found_and_forgotten_by_its_owner_alone(signed_in: Client) -> None:
    asked = {"q": "ferry", "language": "ko"}
    answer = signed_in.post(reverse("desk:search-keep"), asked | {"name": " Ferries  in Korean "})
    assert answer["Location"] == "/desk/?q=ferry&language=ko"
    kept = SavedSearch.objects.get()
    assert (kept.name, kept.asked) == ("Ferries in Korean", asked)
    page = signed_in.get(reverse("desk:wire")).content.decode()
    assert "/desk/?q=ferry&amp;language=ko" in page
    other = Client()
    other.force_login(desk_day.member("Bo Ode"))
    assert "Ferries in Korean" not in other.get(reverse("desk:wire")).content.decode()
    other.post(reverse("desk:search-forget", args=[kept.pk]), asked)
    assert SavedSearch.objects.exists()
    signed_in.post(reverse("desk:search-forget", args=[kept.pk]), asked)
    assert not SavedSearch.objects.exists()


def test_a_search_that_cannot_be_kept_says_why() -> None:
    member, now = desk_day.member(), clock.now()
    for name, asked, why in (
        ("", {"q": "x"}, "Give the search a name"),
        ("n" * 61, {"q": "x"}, "60 characters"),
        ("Everything", {}, "Nothing is narrowed"),
    ):
        with pytest.raises(SearchRefused, match=why):
            keep_search(name, asked, member=member, now=now)
    for number in range(MOST):
        keep_search(f"Search {number}", {"q": "x"}, member=member, now=now)
    assert keep_search("Search 1", {"q": "y"}, member=member, now=now).asked == {"q": "y"}
    with pytest.raises(SearchRefused, match="Forget one"):
        keep_search("One more", {"q": "x"}, member=member, now=now)
    assert not forget_search(0, member=member)


def test_an_address_says_what_is_asked_and_nothing_else() -> None:
    asked = WireAsked.of({"q": " a&b ", "topic": "korea", "new": "yes", "language": "KO", "x": "y"})
    assert asked.address() == "?q=a%26b&topic=korea&language=ko"
    assert asked.address(2, topic="") == "?q=a%26b&language=ko&page=2"
    assert WireAsked.of(asked.said) == asked
    assert (tongue("ko"), tongue("qx")) == ("Korean", "qx")
