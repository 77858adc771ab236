"""An editor sees the button that a provider puts below an alert, and where it leads."""

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from digest.kit.clock import now
from digest.staff.access import Role
from tests.web import desk_day

pytestmark = pytest.mark.django_db
BUTTON = re.compile(r'<span class="act" title="([^"]+)">([^<]+)</span>')


def test_the_page_of_an_alert_shows_the_button_where_its_link_leads_to_the_site(
    client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DIGEST_CHANNELS = ["email", "whatsapp"]
    client.force_login(desk_day.member(role=Role.CHIEF))
    story = next(iter(desk_day.stories(now()).values()))
    told = {"story": str(story.public_id), "headline": "Ferry on fire", "summary": "All are safe."}
    path = client.post("/desk/alerts/raise", told).url
    plain = client.get(path).content.decode()
    assert not BUTTON.search(plain)
    (link,) = set(re.findall(r'<span class="url">([^<]+)</span>', plain))
    site = f"https://{urlsplit(link).hostname}"
    monkeypatch.setenv("DIGEST_WHATSAPP_SITE", site)
    page = client.get(path).content.decode()
    assert BUTTON.findall(page) == [(link, "Read the story")]
    assert "alert_button" in page
    monkeypatch.setenv("DIGEST_WHATSAPP_SITE", "https://another.example/")
    assert not BUTTON.search(client.get(path).content.decode())
