"""A reader changes their address: both are written to, and nothing else can tell."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection

from digest.audience.core import tokens
from digest.audience.core.address_change import LASTS, WAIT
from digest.audience.joining.subscribe import SignUp, subscribe
from digest.audience.leaving.erase import erase
from digest.audience.leaving.suppress import suppress
from digest.audience.leaving.unsubscribe import leaving, unsubscribe
from digest.audience.lists import export
from digest.audience.lists.import_readers import import_csv
from digest.audience.models.addresses import fingerprint_of
from digest.audience.models.consents import Circumstances
from digest.audience.moving import asking, making
from digest.audience.moving.asking import MoveAsked
from digest.models import (
    Address,
    AddressChange,
    Consent,
    Letter,
    Schedule,
    Subscriber,
    Subscription,
    Suppression,
)
from tests.audience.conftest import KINDS, NOW, Newsroom

pytestmark = pytest.mark.django_db
OLD, NEW = "ann@example.org", "ann@new.example"
PAGE = Circumstances("https://n.example/move", "192.0.2.7", "Yes, send it to me here")
KEY = settings.SECRET_KEY


@pytest.fixture
def ann(newsroom: Newsroom) -> Address:
    found = newsroom.reader(OLD, topics=("korea",), newsletters=("morning",))
    Letter.objects.all().delete()
    return found


def ask(address: Address, value: str = NEW, now=NOW) -> AddressChange:
    assert asking.ask_to_move(address.pk, value, now=now) is MoveAsked.KEPT
    asking.answer_moves(now=now, kinds=KINDS)
    return AddressChange.objects.latest("pk")


def confirm(change: AddressChange, now=NOW) -> None:
    token = tokens.move_token(KEY, change.pk)
    making.confirm_move(token, kinds=KINDS, now=now, at=PAGE)


def agree(change: AddressChange, now=NOW) -> None:
    making.agree(tokens.stay_token(KEY, change.pk), kinds=KINDS, now=now)


def stop(change: AddressChange, now=NOW) -> bool:
    return making.stop(tokens.stay_token(KEY, change.pk), kinds=KINDS, now=now)


def letters() -> list[tuple[str, str]]:
    rows = Letter.objects.order_by("pk").values_list("kind", "address__value")
    return [(kind, value) for kind, value in rows]


def outcome() -> str:
    return AddressChange.objects.latest("pk").outcome


def test_both_addresses_are_written_to_and_nothing_changes_yet(ann: Address) -> None:
    before = list(Subscription.objects.values())
    ask(ann)
    assert sorted(letters()) == [("move", NEW), ("notice", OLD)]
    assert list(Subscription.objects.values()) == before
    ann.refresh_from_db()
    assert (ann.value, ann.link_generation) == (OLD, 0)
    assert asking.answer_moves(now=NOW, kinds=KINDS).answered == 0


@pytest.mark.parametrize("first", ["new", "old"])
def test_when_both_confirm_it_is_changed_at_once(ann: Address, first: str) -> None:
    change = ask(ann)
    steps = [confirm, agree] if first == "new" else [agree, confirm]
    steps[0](change)
    ann.refresh_from_db()
    assert ann.value == OLD
    steps[1](change)
    ann.refresh_from_db()
    assert (ann.value, ann.link_generation, outcome()) == (NEW, 1, "made")
    assert letters()[-1] == ("renewed", NEW)
    assert {each.address_id for each in Subscription.objects.all()} == {ann.pk}
    assert Schedule.objects.get().is_active and Address.objects.count() == 1
    assert AddressChange.objects.get().value == "" and Subscriber.objects.count() == 1


def test_who_lost_the_old_mailbox_waits_three_days(ann: Address) -> None:
    change = ask(ann)
    confirm(change, NOW + timedelta(hours=1))
    assert making.make_due(now=NOW + WAIT - timedelta(seconds=1), kinds=KINDS) == 0
    assert making.make_due(now=NOW + WAIT, kinds=KINDS) == 1
    ann.refresh_from_db()
    assert ann.value == NEW
    assert making.make_due(now=NOW + WAIT, kinds=KINDS) == 0


def test_the_old_address_stops_it_and_the_links_a_stranger_has_are_renewed(ann: Address) -> None:
    change = ask(ann)
    confirm(change)
    assert stop(change, NOW + timedelta(days=2))
    assert not stop(change, NOW + timedelta(days=2))
    assert making.make_due(now=NOW + WAIT, kinds=KINDS) == 0
    confirm(change, NOW + WAIT)
    agree(change, NOW + WAIT)
    ann.refresh_from_db()
    assert (ann.value, ann.link_generation, outcome()) == (OLD, 1, "stopped")
    assert letters()[-1] == ("renewed", OLD)
    assert not Address.objects.filter(value=NEW).exists()


def test_nobody_confirms_and_the_typed_address_is_forgotten(ann: Address) -> None:
    change = ask(ann)
    late = NOW + LASTS + timedelta(minutes=1)
    confirm(change, late)
    assert AddressChange.objects.get().confirmed_at is None
    assert asking.answer_moves(now=late, kinds=KINDS).lapsed == 1
    assert (outcome(), AddressChange.objects.get().value) == ("lapsed", "")
    assert [each.value for each in Address.objects.all()] == [OLD]
    assert Subscriber.objects.count() == 1


@pytest.mark.parametrize("what", ["nobody", "reader", "complaint", "pending", "erased"])
def test_what_the_new_address_is_nobody_learns_at_the_old_one(
    newsroom: Newsroom, ann: Address, what: str
) -> None:
    match what:
        case "reader":
            newsroom.reader(NEW)
        case "pending":
            subscribe(SignUp("email", NEW, topics=("korea",)), now=NOW)
        case "erased":
            erase(newsroom.reader(NEW).pk, now=NOW)
        case "complaint":
            reason = Suppression.Reason.COMPLAINT
            suppress(newsroom.reader(NEW).pk, reason, now=NOW)
    Letter.objects.all().delete()
    change = ask(ann)
    assert (change.over_at, change.value, change.told_at) == (None, NEW, NOW)
    assert [kind for kind, value in letters() if value == OLD] == ["notice"]
    to_new = {"reader": ["known"], "complaint": []}.get(what, ["move"])
    assert [kind for kind, value in letters() if value == NEW] == to_new
    if what in ("reader", "complaint"):
        confirm(change)  # even a token that was never sent
        agree(change)
        ann.refresh_from_db()
        assert ann.value == OLD
    else:
        confirm(change)
        agree(change)
        ann.refresh_from_db()
        assert ann.value == NEW
        barred = Suppression.objects.filter(fingerprint=bytes(ann.fingerprint))
        assert not barred.exists()


def test_who_signs_up_there_meanwhile_keeps_what_is_theirs(
    newsroom: Newsroom, ann: Address
) -> None:
    change = ask(ann)
    newsroom.reader(NEW, topics=("trade",))
    confirm(change)
    agree(change)
    assert outcome() == "lapsed"
    values = dict(Address.objects.values_list("value", "subscriber__locale"))
    assert set(values) == {OLD, NEW}
    assert Address.objects.get(value=NEW).subscriber_id != ann.subscriber_id


def test_links_of_old_mails_go_on_to_end_things_and_open_nothing_else(ann: Address) -> None:
    wish = Subscription.objects.get(newsletter__slug="morning")
    old_links = [
        tokens.unsubscribe_token(KEY, wish.pk),
        tokens.unsubscribe_token(KEY, schedule_id=Schedule.objects.get().pk),
        tokens.unsubscribe_token(KEY, address_id=ann.pk),
    ]
    own = tokens.read_preferences(KEY, tokens.preferences_token(KEY, ann.pk, 0))
    change = ask(ann)
    confirm(change)
    agree(change)
    ann.refresh_from_db()
    assert own.generation != ann.link_generation
    assert all(leaving(each).value == NEW for each in old_links)
    assert unsubscribe(old_links[0], now=NOW).names == ("Morning briefing",)
    assert unsubscribe(old_links[1], now=NOW).names == ("Korean peninsula relations",)


def test_the_proof_is_kept_of_both_and_in_the_readers_own_data(ann: Address) -> None:
    change = ask(ann)
    confirm(change)
    agree(change)
    fresh = Consent.objects.get(fingerprint=fingerprint_of("email", NEW))
    assert (fresh.act, fresh.text, fresh.ip) == ("changed", PAGE.text, "192.0.2.7")
    assert fresh.subject == ["Korean peninsula relations", "Morning briefing"]
    acts = Consent.objects.filter(fingerprint=fingerprint_of("email", OLD)).order_by("pk")
    assert [each.act for each in acts] == ["asked", "confirmed", "changed"]
    told = export.person(ann.pk)
    assert told and [each["act"] for each in told["consents"]] == [
        "asked", "confirmed", "changed", "changed",
    ]  # fmt: skip
    (row,) = told["addresses"][0]["changes_of_address"]
    assert (row["outcome"], row["to"]) == ("made", None)


def test_no_old_list_brings_the_old_address_back_and_the_reader_may_return(
    newsroom: Newsroom, ann: Address
) -> None:
    change = ask(ann)
    confirm(change)
    agree(change)
    lines = ["address,newsletters\n", f"{OLD},morning\n"]
    assert import_csv(lines, kinds=KINDS, basis="An old list.", place="t", now=NOW).added == 0
    later = NOW + timedelta(days=2)
    back = ask(ann, OLD, now=later)
    confirm(back, later)
    agree(back, later)
    ann.refresh_from_db()
    assert ann.value == OLD
    assert not Suppression.objects.filter(fingerprint=bytes(ann.fingerprint)).exists()


def test_a_few_a_day_and_the_newest_counts(ann: Address) -> None:
    first = ask(ann, "typo@new.example")
    second = ask(ann, NEW, now=NOW + timedelta(minutes=5))
    confirm(first, NOW + timedelta(minutes=6))
    agree(second, NOW + timedelta(minutes=6))
    ann.refresh_from_db()
    assert ann.value == OLD
    assert not Address.objects.filter(value="typo@new.example").exists()
    third = NOW + timedelta(minutes=7)
    assert asking.ask_to_move(ann.pk, "c@new.example", now=third) is MoveAsked.KEPT
    assert asking.ask_to_move(ann.pk, "d@new.example", now=third) is MoveAsked.TOO_OFTEN
    assert asking.ask_to_move(ann.pk, OLD, now=third) is MoveAsked.SAME
    assert asking.ask_to_move(ann.pk, "d@new.example", now=NOW + timedelta(days=2))
    # One message of a kind an hour goes to a mailbox; what comes sooner waits, and so do its days.
    due = [each.due_at for each in Letter.objects.filter(kind="notice").order_by("pk")]
    assert due == [NOW, NOW + timedelta(hours=1)] and second.told_at == due[1]


def test_who_has_left_everything_has_nothing_to_take_along(ann: Address) -> None:
    unsubscribe(tokens.unsubscribe_token(KEY, address_id=ann.pk), now=NOW)
    assert asking.ask_to_move(ann.pk, NEW, now=NOW) is MoveAsked.NOTHING


def test_erasing_takes_the_wish_and_the_address_that_was_asked_along(ann: Address) -> None:
    ask(ann)
    erase(ann.pk, now=NOW)
    assert not AddressChange.objects.exists() and not Address.objects.exists()
    assert not Letter.objects.exists()


def test_the_page_may_be_left_and_called_off(ann: Address) -> None:
    ask(ann)
    assert making.call_off(ann.pk, kinds=KINDS, now=NOW)
    assert not making.call_off(ann.pk, kinds=KINDS, now=NOW)
    ann.refresh_from_db()
    assert (outcome(), ann.link_generation) == ("stopped", 0)


def test_a_message_from_the_new_number_confirms_it(newsroom: Newsroom) -> None:
    bo = newsroom.reader(OLD)
    Address.objects.filter(pk=bo.pk).update(channel="whatsapp", value="+6581234567")
    bo.refresh_from_db()
    ask(bo, "+6587654321")
    act = dict(kinds=KINDS, now=NOW, at=PAGE)
    assert not making.confirm_move_by_act("whatsapp", "+6580000000", **act)
    assert making.confirm_move_by_act("whatsapp", "+6587654321", **act)
    assert AddressChange.objects.get().confirmed_at == NOW


def test_the_token_of_one_page_opens_no_other(ann: Address) -> None:
    change = ask(ann)
    move, stay = tokens.move_token(KEY, change.pk), tokens.stay_token(KEY, change.pk)
    for read, other in (
        (tokens.read_move, stay), (tokens.read_stay, move), (tokens.read_keep, move),
        (tokens.read_confirm, move), (tokens.read_preferences, stay),
        (tokens.read_unsubscribe, stay),
    ):  # fmt: skip
        with pytest.raises(tokens.BadToken):
            read(KEY, other)
    with pytest.raises(tokens.Lapsed):
        making.to_confirm(tokens.move_token(KEY, 10**9), now=NOW)


@pytest.fixture
def committed(transactional_db: None) -> Iterator[Newsroom]:
    yield Newsroom()


@pytest.mark.django_db(transaction=True)
def test_both_at_the_same_time_and_the_worker_beside_them(committed: Newsroom) -> None:
    ann = committed.reader(OLD)
    change = ask(ann)
    barrier = threading.Barrier(4)

    def run(step) -> None:
        try:
            barrier.wait(timeout=20)
            step()
        finally:
            connection.close()

    steps = [
        lambda: confirm(change),
        lambda: agree(change),
        lambda: confirm(change),
        lambda: making.make_due(now=NOW + WAIT, kinds=KINDS),
    ]
    with ThreadPoolExecutor(4) as pool:
        for each in [pool.submit(run, step) for step in steps]:
            each.result(timeout=60)
    ann.refresh_from_db()
    assert (ann.value, ann.link_generation) == (NEW, 1)
    assert Consent.objects.filter(fingerprint=fingerprint_of("email", NEW)).count() == 1
    assert Letter.objects.filter(kind="renewed").count() == 1
