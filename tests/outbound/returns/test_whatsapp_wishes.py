"""A reader's own word on WhatsApp, in whichever form Meta writes their number."""

import pytest
from django.conf import settings

from digest.audience.core import tokens
from digest.audience.moving.asking import MoveAsked, answer_moves, ask_to_move
from digest.audience.moving.making import agree
from digest.audience.preferring.own_links import answer_wishes
from digest.kit.clock import now
from digest.models import (
    Address,
    AddressChange,
    Consent,
    Letter,
    LinkWish,
    ProviderEvent,
    Subscription,
    Topic,
)
from digest.outbound.returns.take import take_events
from tests.audience.conftest import KINDS
from tests.web import desk_day

pytestmark = pytest.mark.django_db


def written(words: str, number: str) -> None:
    message = {
        "id": f"wamid.{ProviderEvent.objects.count()}", "from": number, "type": "text",
        "timestamp": str(int(now().timestamp())), "text": {"body": words},
    }  # fmt: skip
    ProviderEvent.objects.create(
        provider="whatsapp",
        event_id=str(message["id"]),
        body={"kind": "message", "message": message},
        received_at=now(),
    )
    take_events(now=now())


def bo_at(number: str) -> Address:
    """A reader of the alerts."""
    desk_day.reader(number, now(), alerts=True)
    return Address.objects.get(value=number)


@pytest.mark.parametrize(
    ("known", "named"),
    [
        ("+6591234567", "6591234567"),
        ("+525512345678", "5215512345678"),
        ("+5491123456789", "5491123456789"),
        ("+541123456789", "5491123456789"),
        ("+5511987654321", "551187654321"),
    ],
)
def test_stop_reaches_the_reader_in_either_form(known: str, named: str) -> None:
    desk_day.reader(known, now(), alerts=True)
    written("Baja", named)
    assert Subscription.objects.get().state == "ended"


def test_start_is_consent_and_joins_once() -> None:
    Topic.objects.create(slug="korea", name="Korean peninsula relations", query="korea")
    for _ in range(2):
        written("START korea", "6591234567")
    subscription = Subscription.objects.get()
    assert (subscription.name, subscription.state) == ("Korean peninsula relations", "active")
    address = Address.objects.get()
    assert (address.value, address.verified_by) == ("+6591234567", "inbound")
    assert address.window_ends_at is not None and address.window_ends_at > now()
    assert Consent.objects.get().text == "START korea"


def test_start_from_another_form_makes_no_second_reader() -> None:
    desk_day.reader("+525512345678", now(), alerts=True)
    written("STOP", "5215512345678")
    written("START", "5215512345678")
    assert Address.objects.count() == 1
    assert sorted(Subscription.objects.values_list("state", flat=True)) == ["active", "ended"]


def test_stop_and_a_topic_ends_that_alone() -> None:
    Topic.objects.create(slug="korea", name="Korean peninsula relations", query="korea")
    written("START korea", "6591234567")
    written("START", "6591234567")
    written("STOP korea", "6591234567")
    active = Subscription.objects.get(state="active")
    assert active.alerts


def test_start_from_the_new_number_confirms_the_change_to_it() -> None:
    """As Meta tells it: the number without its plus, to a reader who asked on their own page."""
    bo = bo_at("+6591234567")
    assert ask_to_move(bo.pk, "+6581234567", now=now()) is MoveAsked.KEPT
    answer_moves(now=now(), kinds=KINDS)
    written("START", "6580000000")
    assert AddressChange.objects.get().confirmed_at is None
    written("START", "6581234567")
    change = AddressChange.objects.get()
    assert change.confirmed_at is not None and change.outcome == ""
    # Their own word at the old number or three days make it; the new one joined nothing by itself.
    assert not Subscription.objects.filter(address__value="+6581234567").exists()
    agree(tokens.stay_token(settings.SECRET_KEY, change.pk), kinds=KINDS, now=now())
    bo.refresh_from_db()
    assert (bo.value, bo.verified_by) == ("+6581234567", "link")
    assert [each.state for each in Subscription.objects.filter(address=bo)] == ["active"]


def test_what_comes_from_the_numbers_after_the_change_is_theirs_alone() -> None:
    bo = bo_at("+6591234567")
    ask_to_move(bo.pk, "+6581234567", now=now())
    answer_moves(now=now(), kinds=KINDS)
    written("START", "6581234567")
    change = AddressChange.objects.get()
    agree(tokens.stay_token(settings.SECRET_KEY, change.pk), kinds=KINDS, now=now())
    # Whoever gets the old number next is somebody else; STOP from there ends nothing of this one.
    written("STOP", "6591234567")
    assert Subscription.objects.get(address=bo).state == "active"
    written("START", "6591234567")
    other = Address.objects.get(value="+6591234567")
    assert other.subscriber_id != bo.subscriber_id
    written("STOP", "6581234567")
    assert Subscription.objects.get(address=bo).state == "ended"
    assert Subscription.objects.get(address=other).state == "active"


def test_start_twice_and_from_another_form_of_the_new_number_is_one_change() -> None:
    bo = bo_at("+6591234567")
    ask_to_move(bo.pk, "+525512345678", now=now())
    answer_moves(now=now(), kinds=KINDS)
    for _ in range(2):
        written("ALTA", "5215512345678")
    assert AddressChange.objects.get().confirmed_at is not None
    assert Subscription.objects.count() == 1


def test_words_we_do_not_know_are_answered_by_the_link_once_an_hour() -> None:
    written("START", "6591234567")
    for words in ("START narnia", "What is this?", "hello?"):
        written(words, "6591234567")
        answer_wishes(now=now())
    letter = Letter.objects.get()
    assert (letter.kind, letter.address.value) == ("link", "+6591234567")
    assert letter.due_at <= now()
    assert letter.address.window_ends_at is not None and letter.address.window_ends_at > now()


def test_who_left_is_answered_only_when_they_try_to_begin() -> None:
    written("START", "6591234567")
    written("STOP", "6591234567")
    written("Thanks, and good bye", "6591234567")
    assert not LinkWish.objects.exists()
    written("START narnia", "6591234567")
    assert answer_wishes(now=now()).letters == 1


@pytest.mark.parametrize("words", ["START", "STOP", "START korea", "STOP korea"])
def test_what_is_done_needs_no_link(words: str) -> None:
    Topic.objects.create(slug="korea", name="Korean peninsula relations", query="korea")
    written("START", "6591234567")
    written(words, "6591234567")
    assert not LinkWish.objects.exists()


def test_a_stranger_gets_no_letter_and_leaves_no_row() -> None:
    written("START narnia", "6591234567")
    assert not Address.objects.exists() and not LinkWish.objects.exists()
