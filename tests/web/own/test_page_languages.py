"""Readers' pages speak the nine languages that messages speak."""

import re
from datetime import UTC, datetime, time
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from digest.audience.core import languages, tokens
from digest.models import Address, Topic
from digest.outbound.messages.environment import TEMPLATES
from digest.web.public import speech, times
from tests.web import newsroom

PUBLIC = TEMPLATES / "web" / "public"
# Said in English until they are done; nothing that is not translated may join them.
ENGLISH_YET = {
    "archive", "box", "edition", "embed", "embed_boxes", "embed_sent", "front", "health", "link",
    "link_sent", "our_reader", "own_data", "story", "subscribe",
}  # fmt: skip
# Of the pieces, those that only pages of the list above take.
EDITIONS = {"Update", "sources", "since", "first:", "also", "Source:", "Photo:"}
LETTERS = re.compile(r"[A-Za-z]{2,}")


def left_in_english(source: str) -> list[str]:
    """The words of a template that would be shown and are not asked to be translated."""
    shown = re.sub(r"\{#.*?#\}", " ", source, flags=re.S)
    shown = re.sub(r"\{%-?\s*trans\b.*?%\}.*?\{%-?\s*endtrans\s*-?%\}", " ", shown, flags=re.S)
    shown = re.sub(r"\{\{.*?\}\}|\{%.*?%\}", " ", shown, flags=re.S)
    named = re.findall(r'(?:aria-label|alt|title)="([^"]*)"', shown)
    shown = re.sub(r"<[^>]*>", "\n", shown, flags=re.S)
    found = [each.strip(" ·,(){}\t") for each in (*shown.split("\n"), *named)]
    return [each for each in found if LETTERS.search(each)]


@pytest.mark.parametrize("path", sorted(PUBLIC.glob("*.html")), ids=lambda path: path.stem)
def test_what_a_page_shows_is_asked_to_be_translated_or_owned_up_to(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    left = left_in_english(source)
    if path.stem == "parts":
        left = [each for each in left if not each.startswith("aria-")]
        left = [each for each in left if not any(word in each for word in EDITIONS)]
    if path.stem in ENGLISH_YET:
        assert left, "done: take it off the list"
    else:
        assert left == []


@pytest.mark.parametrize("language", [each for each in languages.SPOKEN if each != "en"])
@pytest.mark.django_db
def test_a_page_is_in_the_visitors_language(client: Client, language: str) -> None:
    answer = client.get("/subscribe/sent?by=email", headers={"Accept-Language": language})
    page = answer.content.decode()
    assert f'<html lang="{language}"' in page
    assert ('dir="rtl"' in page) is (language == "ar")
    assert "Accept-Language" in answer.headers["Vary"]
    for english in ("Look into your inbox", "One more step", "No cookies", "Skip to"):
        assert english not in page


@pytest.mark.django_db
def test_what_nobody_translated_is_in_english_and_says_so(client: Client) -> None:
    page = client.get("/archive", headers={"Accept-Language": "ko"}).content.decode()
    assert '<html lang="en"' in page
    assert "Skip to the content" in page


@pytest.mark.django_db
def test_a_readers_own_page_speaks_their_language_whatever_the_browser_does(
    client: Client,
) -> None:
    newsroom.offer()
    Topic.objects.filter(slug="korea").update(names={"ko": "한반도"})
    wish = {"topics": ["korea"], "channel": "email", "email": "ann@example.org", "hour": "07:00"}
    client.post("/subscribe", wish | {"locale": "ko"})
    address = Address.objects.get()
    address.verified_at = datetime.now(UTC)
    address.save()
    token = tokens.preferences_token(settings.SECRET_KEY, address.pk, address.link_generation)
    for header in ("fr", "en"):
        page = client.get(f"/preferences/{token}", headers={"Accept-Language": header})
        words = page.content.decode()
        assert '<html lang="ko"' in words
        assert "받는 것과 받는 때" in words
        assert "매주 월요일" in words
        assert "한반도" in words
    wrong = client.post(f"/preferences/{token}", {"do": "save", "pause_date": "soon"})
    assert "날짜를 2026-12-24처럼 쓰십시오." in wrong.content.decode()


def test_a_language_ends_with_its_page() -> None:
    assert speech.language() == "en"
    assert times.spoken("weekly", "15", time(7), "Asia/Seoul") == (
        "Every Monday, Friday at 07:00, Seoul time"
    )
