"""The cards that networks show of a shared link: of every kind of page, with an honest picture."""

from typing import Any

import lxml.html
import pytest
from django.test import Client

from digest.audience.core import languages
from digest.models import Article, Story
from digest.outbound.messages.links import short_code
from tests.web import newsroom

pytestmark = pytest.mark.django_db

BASE = "https://news.example"
SIGN = f"{BASE}/static/digest/icon-512.png"
PICTURE = "https://pictures.example/a.jpg"


@pytest.fixture(autouse=True)
def on_offer(settings: Any) -> None:
    settings.DIGEST_BASE_URL = BASE
    newsroom.offer()


def card(client: Client, path: str) -> dict[str, str]:
    """What a page says of itself to networks; each thing once."""
    answer = client.get(path)
    assert answer.status_code == 200, path
    pairs = [
        (each.get("property") or each.get("name"), each.get("content"))
        for each in lxml.html.fromstring(answer.content).xpath("//meta[@property or @name]")
    ]
    found = [pair for pair in pairs if pair[0].startswith(("og:", "twitter:"))]
    assert len(found) == len({name for name, _ in found}), path
    return dict(found)


def story_of(*pictures: dict[str, str]) -> Story:
    """A story with a report for each of ``pictures``, the first of them leading."""
    story = newsroom.story(*(f"https://outlet.example/{n}" for n in range(len(pictures))))
    for number, fields in enumerate(pictures):
        Article.objects.filter(url=f"https://outlet.example/{number}").update(**fields)
    lead = Article.objects.get(url="https://outlet.example/0")
    Story.objects.filter(pk=story.pk).update(lead_article=lead)
    return story


def path_of(story: Story) -> str:
    return f"/s/{short_code(story.public_id)}"


def test_every_page_that_may_be_shared_has_a_card(client: Client) -> None:
    edition = newsroom.publish()
    story = story_of({}, {})
    kinds = {
        "/": "website",
        "/newsletters/morning": "website",
        "/topics/korea": "website",
        "/topics": "website",
        "/archive": "website",
        "/calendar": "website",
        "/subscribe": "website",
        f"/editions/{edition.public_id}": "article",
        path_of(story): "article",
    }
    for path, kind in kinds.items():
        found = card(client, path)
        assert found["og:type"] == kind, path
        assert found["og:url"] == BASE + path
        assert found["og:title"].strip() and found["og:description"].strip(), path
        assert found["og:site_name"] and found["og:locale"] == "en_US"
        assert found["og:image"].startswith("https://") and found["og:image:alt"]
        assert found["twitter:card"] in ("summary", "summary_large_image")


def test_a_card_says_its_language_as_networks_know_it(client: Client) -> None:
    told = {tag: card(client, f"/?lang={tag}")["og:locale"] for tag in languages.SPOKEN}
    assert told["zh-Hans"] == "zh_CN" and told["zh-Hant"] == "zh_TW" and told["ar"] == "ar_AR"
    assert len(set(told.values())) == len(languages.SPOKEN)
    assert all(value[2] == "_" and value[3:].isupper() for value in told.values())


def test_an_edition_shows_the_picture_of_its_lead_and_whose_it_is(client: Client) -> None:
    found = card(client, f"/editions/{newsroom.publish().public_id}")
    assert found["og:image"] == PICTURE and found["twitter:card"] == "summary_large_image"
    assert found["og:image:alt"] == "A flag over a building (Photo: Harbour Wire)"
    # Nobody measured a picture of another site.
    assert "og:image:width" not in found


def test_no_picture_of_a_story_further_down_stands_for_an_edition(client: Client) -> None:
    plain, pictured = newsroom.ITEMS[1], newsroom.ITEMS[0]
    edition = newsroom.publish((plain, pictured))
    found = card(client, f"/editions/{edition.public_id}")
    assert found["og:image"] == SIGN and found["twitter:card"] == "summary"
    assert (found["og:image:width"], found["og:image:height"]) == ("512", "512")


def test_a_page_that_stays_shows_the_newsrooms_sign(client: Client) -> None:
    newsroom.publish()
    for path in ("/", "/newsletters/morning", "/topics/korea"):
        assert card(client, path)["og:image"] == SIGN, path


@pytest.mark.parametrize(
    ("pictures", "shown", "alt"),
    [
        ([{"image_url": PICTURE, "image_alt": "A quay", "image_credit": "Foto: Ann Lee"}, {}],
         PICTURE, "A quay (Foto: Ann Lee)"),
        ([{"image_url": PICTURE}, {}], PICTURE, "Report 0: ports wait for the rain to end"),
        # Another report's picture is shown where it says whose it is, and else none is.
        ([{}, {"image_url": PICTURE, "image_alt": "A quay", "image_credit": "Ann Lee"}],
         PICTURE, "A quay (Photo: Ann Lee)"),
        ([{}, {"image_url": PICTURE, "image_alt": "A quay"}], SIGN, None),
        ([{"image_url": "javascript:alert(1)"}, {}], SIGN, None),
        ([{"image_url": "/p.jpg", "image_credit": "Ann Lee"}, {}], SIGN, None),
    ],
)  # fmt: skip
def test_a_story_shows_the_picture_that_its_editions_show(
    client: Client, pictures: list[dict[str, str]], shown: str, alt: str | None
) -> None:
    found = card(client, path_of(story_of(*pictures)))
    assert found["og:image"] == shown
    assert alt is None or found["og:image:alt"] == alt


def test_a_picture_of_a_report_that_was_withdrawn_is_not_shown(client: Client) -> None:
    own = {"image_url": PICTURE, "image_credit": "Ann Lee", "withdrawn_at": newsroom.SLOT}
    assert card(client, path_of(story_of(own, {}, {})))["og:image"] == SIGN


def test_a_story_is_told_by_its_own_words_and_found_by_no_search_engine(client: Client) -> None:
    path = path_of(story_of({}, {}))
    found, words = card(client, path), client.get(path).content.decode()
    assert "Ports on the strait a day behind" in found["og:title"]
    assert found["og:description"] == "The monsoon came early and stayed."
    assert "noindex" in words and "canonical" not in words


def test_what_is_a_readers_own_has_no_card(client: Client) -> None:
    personal = newsroom.publish(newsletter=None, signature_key="a" * 64, title="Korea and trade")
    token = newsroom.confirm_token(newsroom.pending())
    for path in (f"/editions/{personal.public_id}", f"/confirm/{token}"):
        assert card(client, path) == {}, path
