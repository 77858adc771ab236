"""Links in messages: each opens the one thing it was sent for, and can be revoked."""

import json
import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from digest.audience.core import tokens
from digest.audience.preferring.own_links import answer_wishes
from digest.kit.clock import now
from digest.kit.signing import seal
from digest.models import (
    Address,
    Consent,
    Letter,
    LinkWish,
    Schedule,
    Subscription,
    Suppression,
)
from tests.fakes import page_form
from tests.web import newsroom

pytestmark = pytest.mark.django_db

PAGES = ("confirm", "unsubscribe", "preferences", "export", "erase")


@pytest.fixture(autouse=True)
def on_offer():
    newsroom.offer()


@pytest.fixture
def client() -> Client:
    return Client(enforce_csrf_checks=True)


def links(address_id: int) -> dict[str, str]:
    """A working token of each purpose, by purpose."""
    key, address = settings.SECRET_KEY, Address.objects.get(pk=address_id)
    letters = {
        kind: Letter.objects.filter(address=address, kind=kind).first()
        or Letter.objects.create(
            address=address, kind=kind, mailbox=b"m", created_at=now(), due_at=now()
        )
        for kind in ("confirm", "export", "erase")
    }
    chosen = Subscription.objects.filter(address=address).order_by("pk").first()
    assert chosen is not None
    data = {
        kind: tokens.own_data_token(key, kind, letters[kind].pk, address.link_generation)
        for kind in ("export", "erase")
    }
    return data | {
        "confirm": tokens.confirm_token(key, letters["confirm"].pk),
        "unsubscribe": tokens.unsubscribe_token(key, chosen.pk),
        "preferences": tokens.preferences_token(key, address_id, address.link_generation),
    }


def everything() -> object:
    """All that a wrong token might change."""
    return (
        list(Address.objects.values().order_by("pk")),
        list(Subscription.objects.values().order_by("pk")),
        list(Schedule.objects.values().order_by("pk")),
        Consent.objects.count(),
    )


@pytest.mark.parametrize("purpose", PAGES)
@pytest.mark.parametrize("page", PAGES)
def test_a_link_opens_the_page_of_its_purpose_and_no_other(client, purpose: str, page: str) -> None:
    path = f"/{page}/{links(newsroom.reader())[purpose]}"
    if purpose == page:
        assert client.get(path).status_code == 200
        return
    before = everything()
    assert client.get(path).status_code == 404
    for form in ({}, {"do": "save"}, {"do": "erase"}, {"do": "export"}, {"what": "everything"}):
        assert client.post(path, form).status_code == 404
    assert everything() == before


# Each in each place, before and after each of the others.
ORDERS = [
    turned[::way]
    for at in range(len(PAGES))
    for turned in [PAGES[at:] + PAGES[:at]]
    for way in (1, -1)
]


@pytest.mark.parametrize("order", ORDERS, ids=" ".join)
def test_no_page_shows_a_working_link_of_another_purpose(order: tuple[str, ...]) -> None:
    """Whoever was given one link must not find another behind it, whatever was opened before."""
    own = links(newsroom.reader())
    client = Client()
    for page in order:
        shown = client.get(f"/{page}/{own[page]}").content.decode()
        for kind, token in re.findall(rf"/({'|'.join(PAGES)})/([\w.-]+)", shown):
            assert (kind, token) == (page, own[page]), f"{page} leads to {kind}"


def test_a_renewed_link_is_dead_in_every_older_mail_and_leaving_goes_on(client) -> None:
    address_id = newsroom.reader()
    old = links(address_id)
    answer = client.post(f"/preferences/{old['preferences']}", {"do": "renew"})
    assert answer.status_code == 200 and "a…@example.org" in answer.content.decode()
    assert Letter.objects.get(kind="renewed").due_at <= now()
    assert "/preferences/" not in answer.content.decode()
    for page in ("preferences", "export", "erase"):
        dead = client.get(f"/{page}/{old[page]}")
        assert dead.status_code == 410 and 'href="/link"' in dead.content.decode()
        assert client.post(f"/{page}/{old[page]}", {"do": "leave"}).status_code == 410
    assert client.get(f"/preferences/{links(address_id)['preferences']}").status_code == 200
    assert client.get(f"/unsubscribe/{old['unsubscribe']}").status_code == 200
    client.post(f"/unsubscribe/{old['unsubscribe']}", {"List-Unsubscribe": "One-Click"})
    assert Subscription.objects.filter(ended_reason="reader").count() == 1


def test_a_link_of_before_there_were_generations_opens_until_it_is_renewed(client) -> None:
    address_id = newsroom.reader()
    path = f"/preferences/{seal(settings.SECRET_KEY, 'preferences', tokens._base36(address_id))}"
    assert client.get(path).status_code == 200
    client.post(path, {"do": "renew"})
    assert client.get(path).status_code == 410


@pytest.mark.parametrize("kind", ["export", "erase"])
def test_data_is_asked_for_by_a_fresh_mail_once_an_hour(client, kind: str) -> None:
    path = f"/preferences/{links(newsroom.reader())['preferences']}"
    Letter.objects.all().delete()
    answer = client.post(path, {"do": kind})
    assert (answer.status_code, answer.url) == (302, f"{path}?said={kind}")
    assert "on its way" in client.get(answer.url).content.decode()
    assert client.post(path, {"do": kind}).url == f"{path}?said=again"
    assert Letter.objects.get().kind == kind
    assert Address.objects.exists() and Suppression.objects.count() == 0
    Letter.objects.update(due_at=now() - timedelta(hours=1))
    assert client.post(path, {"do": kind}).url == f"{path}?said={kind}"


def test_the_reader_takes_their_data_along(client) -> None:
    path = f"/export/{links(newsroom.reader())['export']}"
    assert "attachment" not in client.get(path).headers.get("Content-Disposition", "")
    answer = client.post(path)
    assert "attachment" in answer.headers["Content-Disposition"]
    found = json.loads(answer.content)
    assert found["addresses"][0]["address"] == "ann@example.org"
    assert [each["act"] for each in found["consents"]] == ["asked", "confirmed"]
    Letter.objects.update(due_at=now() - timedelta(days=1, seconds=1))
    assert client.post(path).status_code == 410


def test_the_reader_is_forgotten_and_the_proof_stays(client) -> None:
    path = f"/erase/{links(newsroom.reader())['erase']}"
    for _ in range(2):
        assert "Erase everything" in client.get(path).content.decode()
    answer = client.post(path)
    assert "Nothing is stored here" in client.get(answer.url).content.decode()
    assert not Address.objects.exists() and not Subscription.objects.exists()
    assert not Letter.objects.exists()
    assert client.get(path).status_code == 410
    assert Suppression.objects.get().reason == "reader"
    proofs = Consent.objects.order_by("pk")
    assert [each.act for each in proofs] == ["asked", "confirmed", "withdrawn"]
    assert not any(each.subscriber_id or each.ip for each in proofs)


def test_the_unsubscribe_page_lets_its_topic_rest_and_nothing_else(client) -> None:
    newsroom.reader()
    chosen = Subscription.objects.get(newsletter__slug="morning")
    path = f"/unsubscribe/{tokens.unsubscribe_token(settings.SECRET_KEY, chosen.pk)}"
    before = now()
    assert client.post(path, {"what": "rest-30"}).status_code == 302
    chosen.refresh_from_db()
    assert chosen.state == "paused" and chosen.paused_until is not None
    assert before + timedelta(days=30) <= chosen.paused_until <= now() + timedelta(days=30)
    others = Subscription.objects.exclude(pk=chosen.pk)
    assert {each.state for each in others} == {"active"}
    page = client.get(path).content.decode()
    assert "nothing of this comes before" in page and "Leave Morning briefing?" in page
    client.post(path, {"what": "this"})
    chosen.refresh_from_db()
    assert chosen.state == "ended"
    client.post(path, {"what": "rest-7"})
    chosen.refresh_from_db()
    assert chosen.state == "ended"


def ask_for_link(client: Client, email: str) -> tuple[object, list[str]]:
    with CaptureQueriesContext(connection) as asked:
        answer = client.post("/link", {"channel": "email", "email": email})
    said = (answer.status_code, answer.url, answer.content, sorted(answer.headers.items()))
    return said, [re.split("VALUES|_x[0-9]", query["sql"])[0] for query in asked.captured_queries]


def test_known_and_unknown_get_one_answer_made_by_the_same_work(client) -> None:
    newsroom.reader()
    newsroom.pending("new@example.org")
    answers = [
        ask_for_link(client, email)
        for email in ("ann@example.org", "nobody@example.org", "new@example.org")
    ]
    assert answers[0] == answers[1] == answers[2]
    assert len(answers[0][1]) < 5
    assert "If you read us there" in client.get("/link/sent?by=email").content.decode()


def test_a_lost_link_is_mailed_to_who_reads_us_once_an_hour(client) -> None:
    address_id = newsroom.reader()
    newsroom.pending("new@example.org")
    Letter.objects.all().delete()
    for email in ("ann@example.org", "Ann@Example.org", "nobody@example.org", "new@example.org"):
        ask_for_link(client, email)
    assert LinkWish.objects.count() == 4
    done = answer_wishes(now=now())
    assert (done.wishes, done.letters) == (4, 1)
    letter = Letter.objects.get()
    assert (letter.address_id, letter.kind) == (address_id, "link")
    assert not LinkWish.objects.exists()
    Letter.objects.update(due_at=now() - timedelta(hours=1, seconds=1))
    ask_for_link(client, "ann@example.org")
    assert answer_wishes(now=now()).letters == 1


@pytest.mark.parametrize("reason", ["complaint", "bounce", "editor"])
def test_who_must_not_be_written_to_is_not_sent_a_link(client, reason: str) -> None:
    newsroom.reader()
    Letter.objects.all().delete()
    found = Address.objects.get()
    Suppression.objects.create(
        fingerprint=found.fingerprint, channel="email", reason=reason, at=now()
    )
    ask_for_link(client, "ann@example.org")
    assert answer_wishes(now=now()).letters == 0


def test_a_mistyped_address_is_named_at_its_field(client) -> None:
    answer = client.post("/link", {"channel": "email", "email": "ann"})
    assert answer.status_code == 422 and "Write the whole address" in answer.content.decode()
    assert client.post("/link", {"channel": "fax"}).status_code == 422
    assert not LinkWish.objects.exists()


def test_the_confirmation_opens_nothing_else_and_can_have_the_link_mailed(client) -> None:
    path = f"/confirm/{newsroom.confirm_token(newsroom.pending())}"
    client.post(path)
    page = client.get(path).content.decode()
    assert "You are in" in page and "/preferences/" not in page
    assert client.post(path, {"do": "link"}).url == f"{path}?mailed=1"
    assert answer_wishes(now=now()).letters == 1


def test_each_request_has_its_button_and_confirms_nothing_else(client) -> None:
    address_id = newsroom.pending(topics=("korea",))
    newsroom.pending(topics=("trade",))
    newsroom.pending(topics=("climate",))
    path = f"/confirm/{newsroom.confirm_token(address_id)}"
    page = client.get(path).content.decode()
    assert page.count('name="request"') == 2 and "Korean" not in page
    assert client.get(f"{path}/2").content.decode().count('name="request"') == 1
    client.post(f"{path}/2", {"request": "2"})
    active = Subscription.objects.filter(state="active").values_list("topic__slug", flat=True)
    assert list(active) == ["climate"]
    page = client.get(path).content.decode()
    assert "You are in" in page and page.count('name="request"') == 1


def test_a_pause_until_a_day_is_shown_and_one_newsletters_rest_is_no_pause_of_all(client) -> None:
    newsroom.reader()
    path = f"/preferences/{links(Address.objects.get().pk)['preferences']}"
    chosen = Subscription.objects.get(newsletter__slug="morning")
    until = now() + timedelta(days=30)
    Subscription.objects.filter(pk=chosen.pk).update(state="paused", paused_until=until)
    page = client.get(path).content.decode()
    assert page.count("Paused until") == 2 and "Some of it is paused" in page
    assert "Nothing is sent until" not in page
    day = (now() + timedelta(days=40)).date()
    form = page_form.fields(page) | {"do": "save", "pause_date": day.isoformat()}
    assert client.post(path, form).status_code == 302
    ends = set(Subscription.objects.values_list("state", "paused_until"))
    ((state, end),) = ends
    zone = ZoneInfo(Schedule.objects.get().time_zone)
    assert state == "paused" and end is not None
    assert end.astimezone(zone).isoformat()[:16] == f"{day}T00:00"
    assert "Nothing is sent until" in client.get(path).content.decode()
    for wrong in ("2001-01-01", "9999-12-31", "soon"):
        answer = client.post(path, form | {"pause_date": wrong})
        assert answer.status_code == 422 and 'id="wrong-pause_date"' in answer.content.decode()


def test_a_form_without_its_token_is_told_how_to_go_on(client: Client) -> None:
    answer = client.post("/desk/sign-in", {"username": "ann", "password": "x"})
    assert answer.status_code == 403
    assert "load the page anew" in answer.content.decode()
    assert "CSRF" not in answer.content.decode()
