"""The sign-up form: on the front page, on its own page, and in a frame."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
import redis
from django.contrib.staticfiles import finders
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from digest.kit import valkey
from digest.kit.clock import now
from digest.models import Address, Consent, Letter, Subscription
from digest.outbound.channels import registry
from digest.web.public import form_time, visitor
from tests.fakes import page_form
from tests.web import newsroom

pytestmark = pytest.mark.django_db

WISH = {
    "topics": ["korea"],
    "newsletters": ["morning"],
    "alerts": "on",
    "channel": "email",
    "made": newsroom.made(),
    "email": "Ann@Example.org",
    "rhythm": "weekly-3",
    "hour": "18:00",
    "zone": "Asia/Seoul",
}


@pytest.fixture(autouse=True)
def on_offer():
    for key in valkey.client().scan_iter("digest:mails:*"):
        valkey.client().delete(key)
    newsroom.offer()


@pytest.fixture
def client() -> Client:
    return Client(enforce_csrf_checks=True)


def test_the_front_page_shows_what_is_on_offer_and_the_latest_edition(client) -> None:
    newsroom.publish()
    page = client.get("/").content.decode()
    for words in ("Korean peninsula relations", "Morning briefing", "Every day at 07:00, Singapore",
                  "Breaking news", "Start with Morning briefing",
                  "Beijing and Pyongyang mark"):  # fmt: skip
        assert words in page


def test_the_front_page_stands_before_anything_was_published(client) -> None:
    assert "first edition is being written" in client.get("/").content.decode()


def test_a_sign_up_is_stored_as_pending_and_answered_with_look_into_your_inbox(client) -> None:
    answer = client.post("/subscribe", WISH, REMOTE_ADDR="192.0.2.7")
    assert (answer.status_code, answer.url) == (302, "/subscribe/sent?by=email")
    assert "Look into your inbox" in client.get(answer.url).content.decode()
    address = Address.objects.get()
    assert address.value == "ann@example.org" and address.verified_at is None
    assert {s.state for s in Subscription.objects.all()} == {"pending"}
    asked = address.join_requests.get()
    assert (asked.frequency, asked.days, asked.time_zone) == ("weekly", "3", "Asia/Seoul")
    consent = Consent.objects.get()
    assert consent.ip == "192.0.2.7" and consent.place.endswith("/subscribe")
    assert "may send me what I picked" in consent.text and consent.text_version


def test_a_whatsapp_sign_up_takes_a_number(client) -> None:
    wish = WISH | {"channel": "whatsapp", "email": "", "phone": "+65 9123 4567"}
    answer = client.post("/subscribe", wish)
    assert "WhatsApp" in client.get(answer.url).content.decode()
    assert Address.objects.get().value == "+6591234567"


def test_the_answer_is_the_same_whether_or_not_the_address_is_known(client) -> None:
    newsroom.reader("ann@example.org", topics=("korea",))
    answers = [
        client.post("/subscribe", WISH | {"email": email, "newsletters": [], "alerts": ""})
        for email in ("ann@example.org", "new@example.org")
    ]
    seen = [(a.status_code, a.url, a.content, sorted(a.headers.items())) for a in answers]
    assert seen[0] == seen[1]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"email": "ann"}, "Write the whole address"),
        ({"topics": [], "newsletters": [], "alerts": ""}, "Choose at least one"),
        ({"channel": "whatsapp", "phone": "123"}, "country’s code"),
        ({"channel": "whatsapp", "phone": "+65 9123 4567", "newsletters": ["week"]},
         "The week does not come by WhatsApp"),
        ({"topics": ["gone"]}, "no longer offered"),
        ({"zone": "Nowhere/Atall"}, "Choose a place"),
        ({"hour": "25:99"}, "Write the hour like 07:00"),
        ({"channel": "fax"}, "Choose one of the channels"),
        ({"rhythm": "hourly"}, "Choose one of the days"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_beside_its_field_and_the_rest_is_kept(client, change, words) -> None:
    answer = client.post("/subscribe", WISH | change)
    page = answer.content.decode()
    assert answer.status_code == 422 and words in page
    assert 'aria-describedby="wrong-' in page or 'class="wrong"' in page
    if "zone" not in change:
        assert 'value="Asia/Seoul" selected' in page
    assert not Address.objects.exists()


def test_hostile_values_come_back_escaped(client) -> None:
    evil = '"><script>alert(1)</script>'
    fields = dict.fromkeys(WISH, evil) | {"phone": evil}
    page = client.post("/subscribe", fields).content.decode()
    assert "<script>alert" not in page
    page = client.get("/subscribe", {"topics": evil, "hour": evil, "zone": evil}).content.decode()
    assert "<script>alert" not in page


def test_a_program_that_fills_in_the_trap_is_thanked_and_ignored(client) -> None:
    answer = client.post("/subscribe", WISH | {"reference": "https://spam.example"})
    assert answer.status_code == 302
    assert not Address.objects.exists()


@pytest.mark.parametrize("path", ["/subscribe", "/", "/embed"])
def test_a_program_cannot_tell_the_trap_by_its_markup(client, path: str) -> None:
    """It was a "Website" that said of itself that nobody can see or reach it."""
    page = client.get(path).content.decode()
    (around,) = set(re.findall(r"<div[^>]*>\s*<label>[^<]*<input name=\"reference\"[^>]*>", page))
    for sign in ("hidden", "tabindex", "style", "website", "trap", "empty"):
        assert sign not in around.lower()
    (sheet,) = re.findall(r"(public|boxes)[.\w]*\.css", page)
    where = finders.find(f"digest/{sheet}.css")
    assert ".extra { display: none; }" in Path(str(where)).read_text(encoding="utf-8")


def test_a_program_cannot_tell_the_trap_by_any_answer(client) -> None:
    trap = {"reference": "https://spam.example"}
    page = client.get("/subscribe").content.decode()
    assert "trap" not in page
    assert "empty" not in page

    def said(number: int, **more: str) -> tuple[int, str, str]:
        wish = WISH | {"email": f"reader{number}@example.org"} | more
        with CaptureQueriesContext(connection) as asked:
            answer = client.post("/subscribe", wish, REMOTE_ADDR=f"192.0.2.{number}")
        writes = [q["sql"][:12] for q in asked.captured_queries if q["sql"].startswith("INSERT")]
        return answer.status_code, answer.headers.get("Location", ""), str(writes)

    assert said(1) == said(2, **trap)
    assert said(3, email="nonsense")[:2] == said(4, email="nonsense", **trap)[:2]
    codes = [
        client.post("/subscribe", WISH | trap, REMOTE_ADDR="192.0.2.77").status_code
        for _ in range(3)
    ]
    assert codes == [302] * 3


def send(client: Client, number: int, ip: str, **more: str) -> tuple[int, str]:
    wish = WISH | {"email": f"reader{number}@example.org"} | more
    answer = client.post("/subscribe", wish, REMOTE_ADDR=ip)
    return answer.status_code, answer.headers.get("Location", "")


def test_an_office_signs_up_together_and_its_typing_errors_count_for_nothing(
    client, monkeypatch
) -> None:
    # So far apart that no slow machine fills the bucket meanwhile.
    monkeypatch.setattr(visitor, "EVERY", 600)
    monkeypatch.setattr(visitor, "LONGEST_DELAY", 10_000)
    for _ in range(30):
        assert send(client, 0, "192.0.2.7", email="ann@")[0] == 422
    answers = [send(client, number, "192.0.2.7") for number in range(visitor.AT_ONCE + 5)]
    assert {code for code, _ in answers} == {302}
    assert Address.objects.count() == visitor.AT_ONCE + 5
    at_once, later = answers[: visitor.AT_ONCE], answers[visitor.AT_ONCE :]
    assert {url for _, url in at_once} == {"/subscribe/sent?by=email"}
    assert {url for _, url in later} == {f"/subscribe/sent?by=email&in={n}0" for n in range(1, 6)}
    assert "in about 50 minutes" in client.get(later[-1][1]).content.decode()
    dues = list(Letter.objects.order_by("due_at").values_list("due_at", flat=True))
    assert len([due for due in dues if due <= now()]) == visitor.AT_ONCE
    assert dues[-1] - now() > timedelta(minutes=45)


def test_who_asks_for_hundreds_is_refused_and_a_neighbour_is_not(client, monkeypatch) -> None:
    monkeypatch.setattr(visitor, "EVERY", 600)
    monkeypatch.setattr(visitor, "LONGEST_DELAY", 3 * 600)
    most = visitor.AT_ONCE + 3
    codes = [send(client, number, "192.0.2.7")[0] for number in range(most + 2)]
    assert codes == [302] * most + [429] * 2
    assert send(client, 500, "192.0.2.8")[0] == 302
    # One household holds a whole /64.
    codes = [send(client, 600 + n, f"2001:db8::{n + 1:x}")[0] for n in range(most + 1)]
    assert codes == [302] * most + [429]
    assert send(client, 700, "2001:db8:0:1::1")[0] == 302


def test_without_the_counting_server_a_small_share_of_forms_passes(client, monkeypatch) -> None:
    gone = redis.Redis.from_url("redis://127.0.0.1:1/0", socket_connect_timeout=0.2)
    monkeypatch.setattr(valkey, "client", lambda: gone)
    monkeypatch.setattr(visitor, "_blind", visitor._Allowance(3))
    codes = [
        client.post("/subscribe", WISH | {"email": f"r{n}@example.org"}).status_code
        for n in range(5)
    ]
    assert codes.count(302) in (3, 4, 5) and codes[:3] == [302] * 3
    assert 429 in codes or codes == [302] * 5


def test_the_address_that_counts_is_the_one_our_own_proxy_saw(client, settings) -> None:
    settings.DIGEST_PROXIES = 1
    client.post("/subscribe", WISH, headers={"X-Forwarded-For": "6.6.6.6, 203.0.113.9"})
    assert Consent.objects.get().ip == "203.0.113.9"


def test_the_box_in_a_frame_may_be_framed_and_stays_in_it(client) -> None:
    page = client.get("/embed?topics=trade")
    assert "frame-ancestors *" in page.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in page.headers
    assert '<input type="hidden" name="topics" value="trade">' in page.content.decode()
    answer = client.post("/embed", WISH)
    assert answer.url == "/embed/sent?by=email"
    assert "frame-ancestors *" in client.get(answer.url).headers["Content-Security-Policy"]


def test_readers_pages_set_no_cookie_and_allow_no_inline_script(client) -> None:
    for path in ("/", "/subscribe", "/archive", "/embed", "/health", "/about-our-reader"):
        answer = client.get(path)
        assert answer.status_code == 200 and not answer.cookies
        rules = answer.headers["Content-Security-Policy"]
        assert "script-src 'self'" in rules and "unsafe" not in rules
        assert b"<script>" not in answer.content and b" style=" not in answer.content
        assert b"onclick" not in answer.content
    assert "frame-ancestors 'none'" in client.get("/").headers["Content-Security-Policy"]


def test_every_mistake_is_named_at_once(client) -> None:
    page = client.post("/subscribe", {"channel": "email", "email": "ann"}).content.decode()
    assert "Choose at least one" in page and "Write the whole address" in page


@pytest.mark.parametrize(
    ("typed", "words"),
    [("ann@gmial.com", "ann@gmail.com?"), ("info@example.org", "several people")],
)
def test_a_doubtful_address_is_asked_about_once(
    client, monkeypatch, typed: str, words: str
) -> None:
    monkeypatch.setattr(form_time, "LEAST", timedelta(0))
    asked = client.post("/subscribe", WISH | {"email": typed})
    page = asked.content.decode()
    assert asked.status_code == 422 and words in page and "press the button once more" in page
    again = page_form.fields(page) | {"reference": [""]}
    assert (again["email"], again["asked_about"]) == ([typed], [typed])
    assert client.post("/subscribe", again | {"email": "ann@hotmial.com"}).status_code == 422
    assert not Address.objects.exists()
    assert client.post("/subscribe", again).status_code == 302
    assert Address.objects.get().value == typed


def test_the_newsroom_says_what_becomes_of_offices_and_throwaway_addresses(
    client, monkeypatch
) -> None:
    throwaway = WISH | {"email": "ann@mailinator.com", "asked_about": "ann@mailinator.com"}
    assert "use another one" in client.post("/subscribe", throwaway).content.decode()
    monkeypatch.setenv("DIGEST_EMAIL_DISPOSABLE", "accept")
    monkeypatch.setenv("DIGEST_EMAIL_ROLES", "refuse")
    registry.forget()
    try:
        assert client.post("/subscribe", throwaway).status_code == 302
        office = client.post("/subscribe", WISH | {"email": "info@example.org"})
        assert office.status_code == 422 and "use another one" in office.content.decode()
    finally:
        registry.forget()


def test_a_name_in_any_script_signs_up(client) -> None:
    assert client.post("/subscribe", WISH | {"email": "서하린@example.kr"}).status_code == 302
    assert Address.objects.get().value == "서하린@example.kr"
