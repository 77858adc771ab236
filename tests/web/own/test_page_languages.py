"""Readers' pages speak the nine languages that messages speak."""

import re
from datetime import UTC, datetime, time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from lxml import html

from digest.audience.core import languages, tokens
from digest.kit import clock
from digest.models import Address, Consent, Subscription, Topic
from digest.outbound.messages.environment import TEMPLATES
from digest.outbound.messages.links import short_code
from digest.web.public import speech, times
from tests.web import desk_day, newsroom

PAGES = sorted((TEMPLATES / "web" / "public").glob("*.html"))
PAGES += [TEMPLATES / "web" / "404.html", *(TEMPLATES / "web" / "push").glob("*.html")]
# Names, of headers and of a number: the same in every language.
ATTRIBUTES = ("aria-", 'lang="')
# Names of the web's own, and the kind of a page as Open Graph calls it.
NAMES = {"UTC", "If-None-Match", "If-Modified-Since", "Retry-After", "article"}
LETTERS = re.compile(r"[A-Za-z]{2,}")


def left_in_english(source: str) -> list[str]:
    """The words of a template that would be shown and are not asked to be translated."""
    shown = re.sub(r"\{#.*?#\}", " ", source, flags=re.S)
    shown = re.sub(r"\{% block \w+_class %\}\w*\{% endblock %\}", " ", shown)
    shown = re.sub(r"\{%-?\s*trans\b.*?%\}.*?\{%-?\s*endtrans\s*-?%\}", " ", shown, flags=re.S)
    shown = re.sub(r"\{\{.*?\}\}|\{%.*?%\}", " ", shown, flags=re.S)
    named = re.findall(r'(?:aria-label|alt|title)="([^"]*)"', shown)
    shown = re.sub(r"<[^>]*>", "\n", shown, flags=re.S)
    found = [each.strip(" ·,(){}\t") for each in (*shown.split("\n"), *named)]
    return [each for each in found if LETTERS.search(each)]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_what_a_page_shows_is_asked_to_be_translated(path: Path) -> None:
    left = left_in_english(path.read_text(encoding="utf-8"))
    assert [each for each in left if not each.startswith(ATTRIBUTES) and each not in NAMES] == []


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


@pytest.mark.parametrize("language", [each for each in languages.SPOKEN if each != "en"])
@pytest.mark.django_db
def test_no_page_falls_back_to_english(client: Client, language: str) -> None:
    """What is left is what a newsroom wrote: names, headlines, an address."""
    newsroom.offer()
    edition = newsroom.publish()
    told = newsroom.story("https://a.example/1", "https://b.example/2")
    paths = ["/", "/newsletters/morning", "/topics", "/topics?q=no", "/topics/korea", "/calendar",
             "/subscribe", "/archive", "/archive?q=pyongyang", f"/editions/{edition.public_id}",
             f"/s/{short_code(told.public_id)}", "/link", "/link/sent", "/subscribe/sent",
             "/embed", "/embed/sent", "/about-our-reader", "/push", "/nothing"]  # fmt: skip
    for path in paths:
        english = words_of(client.get(path, headers={"Accept-Language": "en"}))
        spoken = words_of(client.get(path, headers={"Accept-Language": language}))
        same = {each for each in english & spoken if each not in WRITTEN and len(each.split()) > 2}
        assert not same, path


# What the small newsroom of the tests wrote itself.
WRITTEN = {
    *(each.headline for each in newsroom.ITEMS), *(each.blurb for each in newsroom.ITEMS),
    "Photo: Harbour Wire", "The Strait Post",
    "Korean peninsula relations", "Trade and shipping", "Climate and energy", "The Meridian",
    "The day’s stories from every side, merged.", "Ports, tariffs, routes.",
    "Our editors’ top reads, five minutes.", "What mattered, on one page.",
    "Ports on the strait a day behind", "The monsoon came early and stayed.",
    *(f"Report {number}: ports wait for the rain to end" for number in range(2)),
}  # fmt: skip


def words_of(answer: HttpResponse) -> set[str]:
    """What a page says: its texts, and the names of what is not text."""
    page = html.fromstring(answer.content.decode())
    for each in page.xpath("//pre|//script|//select|//*[@class='tongues']"):
        each.drop_tree()
    said = list(page.xpath("//body//text()|//@aria-label|//@placeholder"))
    address = str(settings.DIGEST_POSTAL_ADDRESS)
    plain = {" ".join(str(each).replace(address, "").split()).strip(" ·:") for each in said}
    return {each for each in plain if LETTERS.search(each)}


@pytest.mark.django_db
def test_a_language_is_chosen_by_the_address_and_carried_on_by_links(client: Client) -> None:
    newsroom.offer()
    answer = client.get("/?lang=ar", headers={"Accept-Language": "ko"})
    page = html.fromstring(answer.content.decode())
    assert (page.get("lang"), page.get("dir")) == ("ar", "rtl")
    # Whatever the browser wants, this address says the same: caches keep one.
    assert "Accept-Language" not in answer.headers.get("Vary", "")
    assert answer.headers["Cache-Control"].startswith("public") and answer.headers["ETag"]
    ours = [each for each in page.xpath("//main//a/@href|//form/@action") if each.startswith("/")]
    assert ours and all("lang=ar" in each for each in ours)
    wish = {"topics": ["korea"], "email": "ann@example.org", "made": newsroom.made()}
    sent = client.post("/subscribe?lang=ar", wish, headers={"Accept-Language": "ko"})
    after = urlsplit(sent.headers["Location"])
    assert (after.path, parse_qs(after.query)["lang"]) == ("/subscribe/sent", ["ar"])
    person = Address.objects.get().subscriber
    assert (person.locale, person.languages[:2]) == ("ar", ["ar", "ko"])


@pytest.mark.django_db
def test_each_language_has_its_own_page_in_every_cache(client: Client) -> None:
    newsroom.offer()
    seen = {}
    for language in languages.SPOKEN:
        answer = client.get("/archive", headers={"Accept-Language": language})
        assert "Accept-Language" in answer.headers["Vary"]
        seen[language] = answer.headers["ETag"]
        again = {"Accept-Language": language, "If-None-Match": answer.headers["ETag"]}
        assert client.get("/archive", headers=again).status_code == 304
    assert len(set(seen.values())) == len(languages.SPOKEN)
    odd = client.get("/archive?lang=xx-nonsense")
    assert "no-store" in odd.headers["Cache-Control"]


@pytest.mark.parametrize(
    ("typed", "korean"),
    [
        ({"email": "ann"}, "name@example.org처럼 주소 전체를 쓰십시오."),
        ({"email": "ann@gmial.com"}, "ann@gmail.com을(를) 뜻하셨습니까?"),
        ({"email": "info@example.org"}, "여러 사람이 읽는 주소 같습니다."),
        ({"channel": "whatsapp", "phone": "1"}, "국가 번호로 시작하십시오"),
    ],
)
@pytest.mark.django_db
def test_what_is_wrong_with_an_address_is_said_in_the_language_of_the_page(
    client: Client, typed: dict[str, str], korean: str
) -> None:
    newsroom.offer()
    wish = {"topics": ["korea"], "channel": "email"} | typed
    for path in ("/subscribe", "/link") if typed == {"email": "ann"} else ("/subscribe",):
        answer = client.post(path, wish, headers={"Accept-Language": "ko"})
        assert answer.status_code == 422
        assert korean in answer.content.decode()


@pytest.mark.django_db
def test_what_a_reader_agreed_to_is_stored_in_the_words_they_saw(client: Client) -> None:
    newsroom.offer()
    wish = {"topics": ["korea"], "email": "ann@example.org", "made": newsroom.made()}
    client.post("/subscribe", wish, headers={"Accept-Language": "fr"})
    assert "peut m’envoyer ce que j’ai choisi" in Consent.objects.get().text


@pytest.mark.django_db
def test_an_items_words_carry_their_own_language(client: Client) -> None:
    newsroom.offer()
    item = newsroom.item("اجتماع في الميناء", language="ar", blurb="")
    edition = newsroom.publish((item, newsroom.item("Ports wait", 1, language="")))
    page = client.get(f"/editions/{edition.public_id}", headers={"Accept-Language": "ko"})
    words = page.content.decode()
    assert 'lang="ar" dir="rtl">اجتماع في الميناء' in words
    assert 'dir="auto">Ports wait' in words
    assert '<html lang="ko"' in words


@pytest.mark.django_db
def test_a_readers_own_page_speaks_their_language_whatever_the_browser_does(
    client: Client,
) -> None:
    newsroom.offer()
    Topic.objects.filter(slug="korea").update(names={"ko": "한반도"})
    wish = {"topics": ["korea"], "channel": "email", "email": "ann@example.org", "hour": "07:00"}
    client.post("/subscribe", wish | {"locale": "ko", "made": newsroom.made()})
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


def test_places_are_called_as_the_page_calls_them() -> None:
    named = {}
    for tag in ("en", "ar", "ko", "zh-Hant"):
        speech.speak(tag)
        named[tag] = [times.place_of(f"Asia/{city}") for city in ("Singapore", "Kolkata")]
    speech.speak("en")
    assert named["en"] == ["Singapore", "Kolkata"]
    assert named["ar"] == ["سنغافورة", "كالكتا"]
    assert named["ko"] == ["싱가포르", "콜카타"]
    assert named["zh-Hant"] == ["新加坡", "加爾各答"]


def test_a_language_ends_with_its_page() -> None:
    assert speech.language() == "en"
    assert times.spoken("weekly", "15", time(7), "Asia/Seoul") == (
        "Every Monday, Friday at 07:00, Seoul time"
    )


@pytest.mark.django_db
def test_a_number_keeps_its_order_on_a_page_from_right_to_left(client: Client) -> None:
    desk_day.reader("+6591234567", clock.now(), alerts=True)
    number = Address.objects.get(value="+6591234567")
    own = f"/preferences/{tokens.preferences_token(settings.SECRET_KEY, number.pk)}"
    leaving = Subscription.objects.get()
    gone = f"/unsubscribe/{tokens.unsubscribe_token(settings.SECRET_KEY, leaving.pk)}"
    for path in (own, gone):
        assert (
            "<b>\u2068\u2066+65…67\u2069\u2069</b>"
            in client.get(f"{path}?lang=ar").content.decode()
        )
        assert "<b>+65…67</b>" in client.get(f"{path}?lang=ko").content.decode()


@pytest.mark.parametrize(
    ("language", "told"), [("en", ", "), ("zh-Hans", "、"), ("zh-Hant", "、"), ("ar", " و")]
)
def test_names_in_a_row_are_parted_as_the_page_writes(language: str, told: str) -> None:
    before = speech._language.set(language)
    try:
        assert speech.between() == told
    finally:
        speech._language.reset(before)


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/subscribe", "/link", "/embed"])
def test_an_address_is_typed_from_left_to_right_everywhere(client: Client, path: str) -> None:
    """Its dots, its sign and a number's plus would jump to the other end on a page in Arabic."""
    newsroom.offer()
    answer = client.get(f"{path}?lang=ar")
    fields = html.fromstring(answer.content).xpath("//input[@type='email' or @type='tel']")
    assert fields and all(each.get("dir") == "ltr" for each in fields)
