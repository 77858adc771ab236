"""The languages a reader reads: from the browser at sign-up, and by a wish on their own page."""

import re

import pytest
from django.conf import settings
from django.test import Client

from digest.audience.core import tokens
from digest.audience.preferring.reading_languages import languages_of
from digest.models import Address
from tests.web import newsroom

pytestmark = pytest.mark.django_db
WISH = {
    "topics": ["korea"],
    "channel": "email",
    "email": "ann@example.org",
    "hour": "07:00",
    "made": newsroom.made(),
}


@pytest.fixture(autouse=True)
def on_offer() -> None:
    newsroom.offer()


def signed_up(client: Client, language: str, **more: object) -> tuple[str, tuple[str, ...]]:
    headers = {"Accept-Language": language} if language else {}
    answer = client.post("/subscribe", WISH | more, headers=headers)
    assert answer.status_code == 302
    return languages_of(Address.objects.get().pk)


@pytest.mark.parametrize(
    ("header", "locale", "reads"),
    [
        ("fr-CA,fr;q=0.9,en;q=0.5", "fr", ("fr", "en")),
        ("zh-TW,zh;q=0.8", "zh-Hant", ("zh", "en")),
        ("ta-IN", "ta", ("ta", "en")),
        ("de-AT,de;q=0.9", "en", ("de", "en")),
        ("", "en", ("en",)),
        ("*;q=0.5, !!", "en", ("en",)),
    ],
)
def test_who_signs_up_reads_what_their_browser_and_the_page_speak(
    client: Client, header: str, locale: str, reads: tuple[str, ...]
) -> None:
    assert signed_up(client, header) == (locale, reads)


def test_what_is_chosen_on_the_form_counts_before_the_browser(client: Client) -> None:
    chosen = signed_up(client, "fr", reads=["ms", "en", "<b>"], locale="ms")
    assert chosen == ("ms", ("ms", "en"))


def test_a_mistake_elsewhere_keeps_what_was_ticked(client: Client) -> None:
    answer = client.post("/subscribe", WISH | {"email": "no", "reads": ["ta"], "locale": "ta"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert re.search(r'name="reads" value="ta"\s+checked', page)
    assert re.search(r'<option value="ta" lang="ta"\s+selected', page)


def own_page(address_id: int) -> str:
    return "/preferences/" + tokens.preferences_token(settings.SECRET_KEY, address_id)


def form_of(page: str) -> dict[str, list[str]]:
    """What a browser sends of the page's first form when nothing is touched."""
    form = page.partition('<form class="box"')[2].partition("</form>")[0]
    sent: dict[str, list[str]] = {"do": ["save"]}
    for tag in re.findall(r"<input[^>]*>", form):
        name = re.search(r'name="([^"]*)"', tag)
        value = re.search(r'value="([^"]*)"', tag)
        ticked = 'type="hidden"' in tag or re.search(r"\schecked", tag)
        if name and ticked:
            sent.setdefault(name[1], []).append(value[1] if value else "on")
    for name, options in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.S):
        found = re.search(r'<option(?: value="([^"]*)")?[^>]*\sselected[^>]*>([^<]*)', options)
        first = re.search(r'<option(?: value="([^"]*)")?[^>]*>([^<]*)', options)
        picked = found or first
        assert picked is not None
        sent[name] = [picked[1] if picked[1] is not None else picked[2].strip()]
    return sent


def test_saving_an_untouched_page_changes_no_language(client: Client) -> None:
    address_id = newsroom.reader(topics=("korea",), locale="ms", languages=("ms", "de"))
    path = own_page(address_id)
    page = client.get(path).content.decode()
    assert "Bahasa Melayu" in page and "Deutsch" in page
    assert client.post(path, form_of(page)).status_code == 302
    assert languages_of(address_id) == ("ms", ("ms", "de"))


def test_a_reader_changes_languages_and_the_best_stays_the_best(client: Client) -> None:
    address_id = newsroom.reader(topics=("korea",), locale="ms", languages=("ms", "en"))
    path = own_page(address_id)
    sent = form_of(client.get(path).content.decode())
    client.post(path, sent | {"reads": ["ar", "ms"], "locale": ["ar"]})
    assert languages_of(address_id) == ("ar", ("ms", "ar"))


def test_who_unticks_every_language_is_told_what_to_do_and_keeps_the_rest(client: Client) -> None:
    """Who reads nothing could be sent nothing; the page once said "saved" and kept them all."""
    address_id = newsroom.reader(topics=("korea",), locale="ms", languages=("ms", "de"))
    path = own_page(address_id)
    sent = form_of(client.get(path).content.decode())
    answer = client.post(path, sent | {"reads": [], "hour": ["09:00"], "locale": ["ta"]})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Tandakan sekurang-kurangnya satu bahasa" in page
    again = form_of(page)
    assert (again["hour"], again["locale"]) == (["09:00"], ["ta"])
    assert "reads" not in again and 'value="de"' in page
    assert languages_of(address_id) == ("ms", ("ms", "de"))
    assert client.post(path, again | {"reads": ["de"]}).status_code == 302
    assert languages_of(address_id) == ("ta", ("de",))


def test_a_day_is_written_as_it_is_called(client: Client) -> None:
    """``monday to Friday`` it once said."""
    address_id = newsroom.pending(topics=("korea",), frequency="weekdays", days="12345")
    page = client.get(f"/confirm/{newsroom.confirm_token(address_id)}").content.decode()
    assert "Monday to Friday at 07:00" in page
    assert "monday" not in page
