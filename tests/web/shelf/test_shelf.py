"""A page for each newsletter and topic, the front page, the calendar; what programs read."""

import json
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from lxml import html

from digest.audience.core import languages
from digest.kit.clock import now
from digest.models import Edition, ExemptDates, JoinRequest, Newsletter, Topic
from digest.web.public import form_time
from digest.web.public.shelf import shown
from tests.fakes import page_form
from tests.web import desk_day, newsroom

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def on_offer() -> None:
    newsroom.offer()


def page_of(client: Client, path: str, **headers: str) -> Any:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200
    return html.fromstring(answer.content.decode())


def test_a_newsletters_page_has_its_promise_its_sample_and_one_field(client: Client) -> None:
    newsroom.publish()
    page = page_of(client, "/newsletters/morning")
    words = page.text_content()
    for each in ("Morning briefing", "Our editors’ top reads", "Every day at 07:00, Singapore time",
                 "Beijing and Pyongyang mark", "Monday 23 November 2026"):  # fmt: skip
        assert each in words
    fields = page.xpath("//form[@method='post']//input[not(@type='hidden') and not(@maxlength=80)]")
    assert [each.get("name") for each in fields] == ["email"]
    sent = page_form.fields(html.tostring(page).decode()) | {"made": newsroom.made()}
    answer = client.post("/subscribe", {**sent, "email": "ann@example.org"})
    assert answer.status_code == 302
    assert [each.newsletter.slug for each in _asked_for()] == ["morning"]


def _asked_for() -> list[Any]:
    return list(JoinRequest.objects.get().address.subscriptions.all())


def test_a_closed_newsletter_keeps_its_page_once_it_was_published(client: Client) -> None:
    newsroom.publish()
    Newsletter.objects.update(is_open=False)
    page = page_of(client, "/newsletters/morning")
    assert "No longer open to others" in page.text_content()
    assert not page.xpath("//form[@method='post']")
    for path in ("/newsletters/week", "/newsletters/nowhere", "/topics/nowhere"):
        assert client.get(path).status_code == 404


def test_a_topics_page_shows_what_came_lately_in_the_language_of_the_page(client: Client) -> None:
    Topic.objects.all().delete()
    desk_day.stories(now())
    topic = Topic.objects.get(name__startswith="Korean")
    english = page_of(client, f"/topics/{topic.slug}")
    assert english.xpath("//h1")[0].text_content() == topic.name
    korean = page_of(client, f"/topics/{topic.slug}?lang=ko")
    for page, language in ((english, "en"), (korean, "ko")):
        items = page.xpath("//section[contains(@class, 'example')]//a[@rel='noopener noreferrer']")
        assert items and {each.get("lang") for each in items} == {language}
    sent = page_form.fields(html.tostring(english).decode()) | {"made": newsroom.made()}
    assert client.post("/subscribe", {**sent, "email": "ann@example.org"}).status_code == 302
    assert [each.topic.slug for each in _asked_for()] == [topic.slug]


def test_the_front_page_shows_the_eight_topics_most_readers_follow_and_folds_the_rest(
    client: Client,
) -> None:
    for number in range(20):
        Topic.objects.create(slug=f"t{number}", name=f"Topic {number:02}", query="x")
    for number, slug in enumerate(["t15", "t15", "t7"]):
        newsroom.reader(f"reader{number}@example.org", topics=(slug,))
    page = page_of(client, "/")
    chips = page.xpath("//section[@aria-labelledby='topics']/ul//a/@href")
    assert len(chips) == 8 and chips[:2] == ["/topics/t15", "/topics/t7"]
    assert len(page.xpath("//section[@aria-labelledby='topics']/details//li")) == 15
    assert "Search 23 topics" in page.xpath("//input[@type='search']/@placeholder")


def test_topics_are_searched_by_name_and_description_in_the_language_of_the_page(
    client: Client,
) -> None:
    Topic.objects.filter(slug="korea").update(names={"ko": "한반도"})

    def found(words: str, language: str = "en") -> list[str]:
        path = f"/topics?q={words}"
        return page_of(client, path, **{"Accept-Language": language}).xpath("//main//li//a/@href")

    assert found("SHIPPING") == ["/topics/trade"]
    assert found("tariffs routes") == ["/topics/trade"]
    assert found("한반도", "ko") == ["/topics/korea"]
    assert found("한반도") == []
    assert len(found("")) == 3
    evil = client.get("/topics", {"q": '"><script>alert(1)</script>'}).content.decode()
    assert "<script>alert" not in evil and "No topic is called that" in evil


def test_the_calendar_says_what_comes_when_over_a_change_of_clocks() -> None:
    Newsletter.objects.filter(slug="morning").update(time_zone="Europe/Berlin")
    days = shown.calendar(datetime(2026, 3, 27, 12, tzinfo=UTC))
    morning = [(day.day.isoformat(), each.time, each.at.hour) for day in days
               for each in day.issues if each.slug == "morning"]  # fmt: skip
    assert morning[0] == ("2026-03-28", "07:00", 6)
    assert morning[1] == ("2026-03-29", "07:00", 5)
    assert len(morning) == 7
    assert [day.day.isoweekday() for day in days for each in day.issues if each.slug == "week"] == [
        6
    ]


def test_the_calendar_promises_nothing_on_a_day_of_rest_nor_what_went_already() -> None:
    paper = Newsletter.objects.get(slug="morning")
    rests, moved = date(2026, 3, 3), date(2026, 3, 4)
    ExemptDates.objects.create(newsletter=paper, first=rests, last=rests)
    ExemptDates.objects.create(newsletter=paper, first=moved, last=moved, at=time(9))
    Edition.objects.create(
        newsletter=paper, local_date=date(2026, 3, 2), time_zone=paper.time_zone, state="published",
        slot_at=datetime(2026, 3, 1, 22, tzinfo=UTC), title=paper.name,
        window_start=datetime(2026, 2, 28, 22, tzinfo=UTC),
        window_end=datetime(2026, 3, 1, 22, tzinfo=UTC),
    )  # fmt: skip
    Newsletter.objects.filter(slug="week").update(is_open=False)
    days = shown.calendar(datetime(2026, 3, 1, 22, 5, tzinfo=UTC))
    told = [(day.day.day, each.slug, each.time) for day in days for each in day.issues]
    assert told == [(4, "morning", "09:00"), *((day, "morning", "07:00") for day in (5, 6, 7, 8))]


def test_programs_are_told_what_a_page_is(client: Client) -> None:
    edition = newsroom.publish()
    hostile = newsroom.item("</script><script>alert(1)</script>")
    newsroom.publish((hostile,), slot_at=newsroom.SLOT + timedelta(days=1))
    kinds = {
        "/": "NewsMediaOrganization",
        "/newsletters/morning": "Periodical",
        "/topics/korea": "CollectionPage",
        f"/editions/{edition.public_id}": "PublicationIssue",
    }
    for path, kind in kinds.items():
        page = page_of(client, path)
        (told,) = page.xpath("//script[@type='application/ld+json']/text()")
        assert json.loads(told)["@type"] == kind
        meta = {
            each.get("property"): each.get("content") for each in page.xpath("//meta[@property]")
        }
        assert meta["og:title"] and meta["og:description"] and meta["og:image"].startswith("http")
        (canonical,) = page.xpath("//link[@rel='canonical']/@href")
        assert canonical == meta["og:url"] and canonical.endswith(path)
        tongues = page.xpath("//link[@rel='alternate' and @hreflang]/@hreflang")
        assert tongues == [*languages.SPOKEN, "x-default"]
    assert (
        page_of(client, "/?lang=ko")
        .xpath("//link[@rel='canonical']/@href")[0]
        .endswith("/?lang=ko")
    )


def test_no_search_engine_is_led_to_what_is_one_readers_own(client: Client) -> None:
    personal = newsroom.publish(newsletter=None, signature_key="a" * 64, title="Korea and trade")
    token = newsroom.confirm_token(newsroom.pending())
    for path in (f"/editions/{personal.public_id}", f"/confirm/{token}", "/nothing"):
        words = client.get(path).content.decode()
        assert "noindex" in words and "canonical" not in words and "og:url" not in words
    sitemap = client.get("/sitemap.xml").content.decode()
    assert str(personal.public_id) not in sitemap and "confirm" not in sitemap


def test_the_sitemap_names_each_page_in_each_language_and_robots_name_the_sitemap(
    client: Client, settings: Any
) -> None:
    settings.DIGEST_BASE_URL = "https://news.example"
    edition = newsroom.publish()
    Topic.objects.filter(slug="climate").update(is_open=False)
    answer = client.get("/sitemap.xml")
    assert answer.headers["Content-Type"] == "application/xml; charset=utf-8"
    root = ET.fromstring(answer.content)
    space = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    found = [each.findtext(f"{space}loc") or "" for each in root]
    assert len(found) == len(set(found))
    paths = {each.removeprefix("https://news.example") for each in found}
    assert {"/", "/calendar", "/newsletters/week", "/topics/korea",
            f"/editions/{edition.public_id}"} <= paths  # fmt: skip
    assert "/topics/climate" not in paths
    for path in paths:
        assert client.get(path).status_code == 200
    assert len(root[0].findall("{http://www.w3.org/1999/xhtml}link")) == len(languages.SPOKEN)
    assert "Sitemap: https://news.example/sitemap.xml" in client.get("/robots.txt").content.decode()


@pytest.mark.parametrize(
    "path", ["/", "/newsletters/morning", "/topics", "/topics/korea", "/calendar", "/archive",
             "/sitemap.xml", "/robots.txt", "/feed.atom"],
)  # fmt: skip
def test_each_new_page_may_be_kept_and_says_when_nothing_changed(
    client: Client, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A form says in which second it was made: two are the same within one alone.
    monkeypatch.setattr(form_time, "stamp", lambda now: "made")
    newsroom.publish()
    first = client.get(path)
    assert first.headers["Cache-Control"].startswith("public") and first.headers["Digest-Keep"]
    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_front_page_asks_the_database_no_more_for_more_topics_and_newsletters(
    client: Client,
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            page_of(client, "/")
        return len(asked)

    newsroom.publish()
    few = queries()
    for number in range(30):
        Topic.objects.create(slug=f"t{number}", name=f"Topic {number}", query="x")
        Newsletter.objects.create(slug=f"n{number}", name=f"Letter {number}")
    assert queries() == few <= 5
