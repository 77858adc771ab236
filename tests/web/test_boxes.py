"""The boxes at an article's end: what they are told, and what a sign-up tells of them."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as configured
from django.test import Client

from digest.intake.articles.core import canonical
from digest.models import Address, Article, JoinRequest, Topic
from digest.newsdesk.topics.models import StoryTopic
from digest.web.public import boxes, form_time, offers
from tests.web import newsroom

pytestmark = pytest.mark.django_db

ARTICLE = "https://outlet.example/news/reactor"
WISH = {
    "topics": ["korea"],
    "channel": "email",
    "email": "ann@example.org",
    "made": newsroom.made(),
}
SCRIPT = Path(configured.STATICFILES_DIRS[0][1]) / "boxes.js"


@pytest.fixture(autouse=True)
def on_offer():
    newsroom.offer()
    offers.forget()
    yield
    offers.forget()


@pytest.fixture
def client() -> Client:
    return Client(enforce_csrf_checks=True)


def hidden(box: dict) -> dict[str, str]:
    return dict(box["hidden"])


def of_story(url: str, *slugs: str) -> None:
    """An article at ``url`` in a story of these topics, the nearest first."""
    story = newsroom.story(url)
    identity = canonical.identity(canonical.canonical(url) or "")
    Article.objects.filter(url=url).update(url_hash=identity)
    for place, slug in enumerate(slugs):
        topic = Topic.objects.get(slug=slug)
        StoryTopic.objects.create(story=story, topic=topic, share=1 - place / 10)


def test_the_boxes_are_told_to_any_site_and_may_be_kept(client, monkeypatch) -> None:
    # A form says in which second it was made: two are the same within one alone.
    monkeypatch.setattr(form_time, "stamp", lambda now: "made")
    answer = client.get("/boxes.json", {"topics": "korea, trade"})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer.headers and not answer.cookies
    assert answer.headers["Cache-Control"].startswith("public") and answer.headers["ETag"]
    told = answer.json()
    first, alerts, chat = told["boxes"]
    assert [first["name"], alerts["name"], chat["name"]] == ["newsletter", "alerts", "chat"]
    assert first["heading"] == "Korean peninsula relations · Trade and shipping"
    assert [each for each in first["hidden"] if each[0] == "topics"] == [
        ["topics", "korea"],
        ["topics", "trade"],
    ]
    assert first["field"]["type"] == "email" and chat["field"]["name"] == "phone"
    assert told["more"] == "/subscribe?topics=korea&topics=trade"
    assert "may send me what I picked" in told["fine"]
    again = client.get(
        "/boxes.json", {"topics": "korea, trade"}, headers={"If-None-Match": answer["ETag"]}
    )
    assert again.status_code == 304


def test_an_article_we_know_brings_the_topics_of_its_story(client) -> None:
    of_story(ARTICLE, "trade", "korea")
    shared = f"{ARTICLE}?utm_source=mail#end"
    told = client.get("/boxes.json", {"article": shared}).json()
    assert told["boxes"][0]["heading"] == "Trade and shipping · Korean peninsula relations"
    assert hidden(told["boxes"][0])["article"] == f"{ARTICLE}?utm_source=mail"
    Topic.objects.filter(slug="trade").update(is_open=False)
    StoryTopic.objects.filter(topic__slug="korea").update(by=StoryTopic.By.BARRED)
    offers.forget()
    told = client.get("/boxes.json", {"article": shared}).json()
    assert told["boxes"][0]["heading"] == "Morning briefing"


def test_the_attribute_counts_before_the_article(client) -> None:
    of_story(ARTICLE, "trade")
    told = client.get("/boxes.json", {"article": ARTICLE, "topics": "climate"}).json()
    assert told["boxes"][0]["heading"] == "Climate and energy"


@pytest.mark.parametrize(
    "article",
    [
        "javascript:alert(1)",
        "https://",
        "http://[::1",
        "https://a b.example/",
        "https://ann:secret@outlet.example/",
        "https://outlet.example/" + "x" * 500,
        "https://outlet.example/\nSet-Cookie: a=b",
        "//outlet.example/a",
        "https://outlet.example:99999999/",
        '"><script>alert(1)</script>',
    ],
)
def test_an_address_that_is_none_is_left_out_and_stops_nobody(client, article: str) -> None:
    asked = {"article": article, "topics": ", ".join(["<b>", "nowhere"] * 300)}
    answer = client.get("/boxes.json", asked)
    assert answer.status_code == 200
    assert "article" not in hidden(answer.json()["boxes"][0])
    framed = client.get("/embed", asked)
    assert framed.status_code == 200 and "<script>alert" not in framed.content.decode()
    sent = client.post("/subscribe", WISH | {"article": article, "box": "<b>" * 99})
    assert sent.status_code == 302
    asked_for = JoinRequest.objects.get()
    assert (asked_for.article, asked_for.box) == ("", "")


@pytest.mark.parametrize("path", ["/subscribe", "/embed"])
def test_a_sign_up_says_which_article_and_box_it_came_from(client, path: str) -> None:
    client.post(path, WISH | {"article": f"{ARTICLE}#comments", "box": "newsletter"})
    asked = JoinRequest.objects.get()
    assert (asked.article, asked.box) == (ARTICLE, "newsletter")


def test_what_a_box_sends_is_all_that_its_sign_up_needs(client, monkeypatch) -> None:
    monkeypatch.setattr(form_time, "LEAST", timedelta(0))
    told = client.get("/boxes.json", {"article": ARTICLE, "topics": "korea"}).json()
    typed = {"email": "ann@example.org", "phone": "+65 9123 4567"}
    for box in told["boxes"]:
        fields = hidden(box) | {box["field"]["name"]: typed[box["field"]["name"]]}
        answer = client.post(told["action"], fields | {"zone_guess": "Asia/Seoul"})
        assert answer.status_code == 302, answer.content
    found = JoinRequest.objects.order_by("pk").values_list("box", "article", "time_zone")
    assert list(found) == [(name, ARTICLE, "Asia/Seoul") for name in boxes.NAMES]
    assert Address.objects.count() == 2


def test_a_guessed_zone_that_nobody_knows_is_the_newsrooms(client) -> None:
    assert client.post("/subscribe", WISH | {"zone_guess": "Mars/Base"}).status_code == 302
    assert JoinRequest.objects.get().time_zone == "Asia/Singapore"


def test_a_mistake_keeps_where_the_form_stood(client) -> None:
    wrong = WISH | {"email": "ann@", "article": ARTICLE, "box": "newsletter"}
    page = client.post("/subscribe", wrong).content.decode()
    assert f'name="article" value="{ARTICLE}"' in page
    assert 'name="box" value="newsletter"' in page


def test_a_channel_that_is_joined_elsewhere_is_a_link(client, settings) -> None:
    settings.DIGEST_CHANNELS = ["email", "telegram"]
    settings.DIGEST_TELEGRAM_BOT = "our_bot"
    offers.forget()
    told = client.get("/boxes.json").json()
    chat = told["boxes"][2]
    assert chat["field"] is None and chat["href"].startswith("https://t.me/our_bot")
    assert 'href="https://t.me/our_bot' in client.get("/embed").content.decode()


def test_links_to_the_bot_lead_where_the_installation_says(client, settings) -> None:
    settings.DIGEST_CHANNELS = ["email", "telegram"]
    settings.DIGEST_TELEGRAM_BOT, settings.DIGEST_TELEGRAM_SITE = "our_bot", "http://127.0.0.1:9"
    offers.forget()
    told = client.get("/boxes.json").json()
    assert told["boxes"][2]["href"] == "http://127.0.0.1:9/our_bot?start=site"


def test_the_script_is_small_and_makes_no_code_or_markup_of_words() -> None:
    script = SCRIPT.read_text(encoding="utf-8")
    assert len(script.encode()) < 10_000
    for word in ("innerHTML", "eval(", "new Function", "insertAdjacentHTML", "<style"):
        assert word not in script
