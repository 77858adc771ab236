"""An editor sees the picture that a provider puts above an alert, and which templates have one."""

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from digest.kit.clock import now
from digest.models import Article
from digest.staff.access import Role
from tests.web import desk_day

pytestmark = pytest.mark.django_db
SHOT = re.compile(r'<div class="bub"[^>]*><iframe class="shot"')
ABOVE = "The alert’s picture stands above these words."


@pytest.fixture(autouse=True)
def chief(client: Client, settings: Any) -> None:
    settings.DIGEST_CHANNELS = ["email", "whatsapp"]
    client.force_login(desk_day.member(role=Role.CHIEF))


def test_the_page_of_an_alert_shows_it_where_it_can_go_out(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = next(iter(desk_day.stories(now()).values()))
    credit = {"image_url": "https://wire.example/f.jpg", "image_credit": "Lina Sato"}
    Article.objects.filter(story_article__story=story).update(**credit)
    told = {"story": str(story.public_id), "headline": "Ferry on fire", "summary": ""}
    path = client.post("/desk/alerts/raise", told).url
    (link,) = set(
        re.findall(r'<span class="url">([^<]+)</span>', client.get(path).content.decode())
    )
    monkeypatch.setenv("DIGEST_WHATSAPP_SITE", f"https://{urlsplit(link).hostname}")
    assert not SHOT.search(client.get(path).content.decode())
    monkeypatch.setenv("DIGEST_WHATSAPP_APP_ID", "1234567890")
    page = client.get(path).content.decode()
    assert SHOT.search(page) and "“alert_picture”" in page


def test_the_page_of_templates_says_which_begin_with_one(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGEST_WHATSAPP_SITE", "https://news.example/")
    assert ABOVE not in client.get("/desk/templates/").content.decode()
    monkeypatch.setenv("DIGEST_WHATSAPP_APP_ID", "1234567890")
    assert client.get("/desk/templates/").content.decode().count(ABOVE) == 9
