"""A change of address on the pages: the field, both links, and what they tell to whom."""

import re
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from digest.audience.core import tokens
from digest.audience.moving.asking import answer_moves
from digest.audience.preferring.own_links import token_of
from digest.kit.clock import now
from digest.models import Address, AddressChange, Letter, Subscriber, Subscription
from digest.outbound.channels import registry
from tests.web import newsroom

pytestmark = pytest.mark.django_db
NEW = "ann@new.example"


@pytest.fixture
def ann() -> Address:
    newsroom.offer()
    address_id = newsroom.reader()
    Letter.objects.all().delete()
    return Address.objects.get(pk=address_id)


@pytest.fixture
def client() -> Client:
    return Client(enforce_csrf_checks=True)


def page_of(ann: Address) -> str:
    return f"/preferences/{token_of(ann.pk)}"


def ask(client: Client, ann: Address, new: str = NEW, **more: str) -> Any:
    return client.post(page_of(ann), {"do": "move", "email": new} | more)


def links() -> tuple[str, str]:
    """The pages that the two letters lead to."""
    answer_moves(now=now(), kinds=registry.address_kinds())
    change, key = AddressChange.objects.latest("pk"), settings.SECRET_KEY
    return (
        f"/move/{tokens.move_token(key, change.pk)}",
        f"/stay/{tokens.stay_token(key, change.pk)}",
    )


def test_from_the_page_to_the_new_address(client: Client, ann: Address) -> None:
    assert "Change my address" in client.get(page_of(ann)).content.decode()
    told = client.get(ask(client, ann).url).content.decode()
    assert "A message is on its way to the new address" in told
    assert "a…@new.example is to take the place" in told and NEW not in told
    move, stay = links()
    asked = client.get(move)
    said = asked.content.decode()
    assert "Get it at this address from now on?" in said and "Morning briefing" in said
    assert "ann@example.org" not in said and asked.headers["Cache-Control"] == "no-store"
    assert AddressChange.objects.get().confirmed_at is None
    waits = client.post(move, follow=True).content.decode()
    assert "Confirmed" in waits and "or as soon as a…@example.org agrees" in waits
    old = client.get(stay).content.decode()
    assert "a…@new.example has confirmed" in old
    done = client.post(stay, {"do": "agree"}, follow=True).content.decode()
    assert "Nothing more is sent to the old one." in done
    assert "Everything comes to <b>a…@new.example</b>" in client.get(move).content.decode()
    ann.refresh_from_db()
    assert ann.value == NEW
    assert client.get(f"/preferences/{tokens.preferences_token(settings.SECRET_KEY, ann.pk, 0)}"
                      ).status_code == 410  # fmt: skip
    assert client.get(page_of(ann)).status_code == 200
    client.post(move)
    client.post(stay, {"do": "stop"})
    ann.refresh_from_db()
    assert (ann.value, ann.link_generation) == (NEW, 1)


def test_that_was_not_me(client: Client, ann: Address) -> None:
    ask(client, ann)
    held = page_of(ann)
    move, stay = links()
    client.post(move)
    for nothing in ({}, {"do": "else"}, {"List-Unsubscribe": "One-Click"}):
        client.post(stay, nothing)
    assert AddressChange.objects.get().over_at is None
    client.head(stay)
    said = client.post(stay, {"do": "stop"}, follow=True).content.decode()
    assert "Nothing was changed" in said and "goes on coming to <b>a…@example.org</b>" in said
    assert "Nothing was changed" in client.post(move, follow=True).content.decode()
    assert client.get(held).status_code == 410  # the stranger's link
    assert Letter.objects.latest("pk").kind == "renewed"


def test_the_answer_is_the_same_for_a_readers_address_and_for_nobodys(
    client: Client, ann: Address
) -> None:
    newsroom.reader("bo@example.org")
    answers = []
    for new in ("bo@example.org", "nobody@example.net"):
        AddressChange.objects.all().delete()
        with CaptureQueriesContext(connection) as made:
            answer = ask(client, ann, new)
        work = [
            re.split("VALUES|WHERE|_x[0-9]", query["sql"])[0] for query in made.captured_queries
        ]
        links()
        page = client.get(answer.url).content.decode()
        hidden = re.sub(r"[bn]…@example.(org|net)", "NEW", page)
        answers.append((answer.status_code, answer.url, work, hidden))
    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    ("typed", "words"),
    [("ann", "Write the whole address"), ("", "Write the whole address"),
     ("ann@example.org", "That is your address already."), ("ann@gmial.com", "gmail.com")],
)  # fmt: skip
def test_what_is_wrong_stands_at_the_field(
    client: Client, ann: Address, typed: str, words: str
) -> None:
    answer = ask(client, ann, typed)
    said = answer.content.decode()
    assert answer.status_code == 422 and words in said and 'id="wrong-new_address"' in said
    assert "<details open>" in said and not AddressChange.objects.exists()


def test_who_means_the_doubtful_address_says_so_once_more(client: Client, ann: Address) -> None:
    assert ask(client, ann, "ann@gmial.com", asked_about="ann@gmial.com").status_code == 302


def test_it_is_called_off_where_it_was_asked(client: Client, ann: Address) -> None:
    ask(client, ann)
    assert "Call it off" in client.get(page_of(ann)).content.decode()
    client.post(page_of(ann), {"do": "stay"})
    said = client.get(page_of(ann)).content.decode()
    assert "Call it off" not in said and "Write to both addresses" in said


def test_who_asks_too_often_is_told_to_come_tomorrow(client: Client, ann: Address) -> None:
    for number in range(3):
        assert ask(client, ann, f"a{number}@new.example").status_code == 302
    assert ask(client, ann, "a4@new.example").status_code == 429
    assert AddressChange.objects.filter(over_at=None).count() == 1


def test_who_follows_nothing_is_offered_none(client: Client, ann: Address) -> None:
    Subscription.objects.update(state="ended", ended_at=now(), ended_reason="reader")
    assert "Change my address" not in client.get(page_of(ann)).content.decode()


def test_the_pages_speak_the_readers_language(client: Client, ann: Address) -> None:
    Subscriber.objects.filter(pk=ann.subscriber_id).update(locale="ar")
    ask(client, ann)
    move, stay = links()
    for path in (move, stay):
        page = client.get(path).content.decode()
        assert (
            'dir="rtl"' in page
            and "عنوانك" in page
            and "address" not in re.sub("<[^>]*>", "", page)
        )


@pytest.mark.parametrize("path", ["/move/made-up", "/stay/made-up", "/move/1.abcdefghijklmnopqrst"])
def test_a_link_that_was_cut_is_named_so(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404
    assert client.post(path, {"do": "stop"}).status_code == 404
