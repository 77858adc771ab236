"""Double opt-in: asking, confirming, and what a stranger can and cannot do with the form."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from digest.audience.core.tokens import BadToken, Lapsed
from digest.audience.joining.confirm import awaiting, confirm
from digest.audience.joining.subscribe import SignUp, subscribe
from digest.audience.leaving.suppress import suppress
from digest.audience.models.consents import Circumstances
from digest.models import Address, Consent, Schedule, Subscriber, Subscription, Suppression
from tests.audience.conftest import NOW, Newsroom, confirm_link

pytestmark = pytest.mark.django_db

WISH = SignUp(
    "email",
    "ann@example.org",
    newsletters=("morning",),
    topics=("korea", "old", "nonsense"),
    alerts=True,
    time_zone="Asia/Singapore",
    at=Circumstances("/subscribe", "192.0.2.7", "Yes, write to me.", "1"),
)


def test_a_sign_up_waits_until_it_is_confirmed(newsroom) -> None:
    signed = subscribe(WISH, now=NOW)
    assert signed.asked and len(signed.pending) == 3
    address = Address.objects.get()
    assert (address.value, address.verified_at) == ("ann@example.org", None)
    assert (address.confirm_round, address.confirm_asked_at) == (1, NOW)
    assert {s.state for s in Subscription.objects.all()} == {"pending"}
    assert not Schedule.objects.get().is_active
    asked = Consent.objects.get()
    assert (asked.act, asked.text, asked.ip) == ("asked", "Yes, write to me.", "192.0.2.7")
    assert asked.subject == ["Breaking news", "Korean peninsula relations", "Morning briefing"]


def test_confirming_begins_everything_that_waits_and_twice_is_once(newsroom) -> None:
    signed = subscribe(WISH, now=NOW)
    token = confirm_link(signed.address_id)
    later = NOW + timedelta(minutes=5)
    first = confirm(token, now=later, at=Circumstances("/confirm", "192.0.2.8"))
    assert len(first.names) == 3
    assert {s.state for s in Subscription.objects.all()} == {"active"}
    assert Address.objects.get().verified_at == later
    schedule = Schedule.objects.get()
    assert schedule.is_active and schedule.next_due_at.isoformat() == "2026-11-23T23:00:00+00:00"
    assert confirm(token, now=later).names == ()
    assert [c.act for c in Consent.objects.order_by("pk")] == ["asked", "confirmed"]
    assert Address.objects.get().verified_at == later


def test_looking_at_a_confirmation_changes_nothing(newsroom) -> None:
    token = confirm_link(subscribe(WISH, now=NOW).address_id)
    assert len(awaiting(token, now=NOW).names) == 3
    assert {s.state for s in Subscription.objects.all()} == {"pending"}


def test_the_same_form_twice_makes_nothing_twice_but_asks_again(newsroom) -> None:
    first = subscribe(WISH, now=NOW)
    old = confirm_link(first.address_id)
    second = subscribe(WISH, now=NOW + timedelta(minutes=1))
    assert first.pending == second.pending and second.asked
    assert Subscription.objects.count() == 3 and Subscriber.objects.count() == 1
    with pytest.raises(Lapsed):
        confirm(old, now=NOW + timedelta(minutes=2))
    assert confirm(confirm_link(first.address_id), now=NOW + timedelta(minutes=2)).names


def test_a_confirmation_lapses_after_seven_days(newsroom) -> None:
    token = confirm_link(subscribe(WISH, now=NOW).address_id)
    with pytest.raises(Lapsed):
        confirm(token, now=NOW + timedelta(days=7, seconds=1))
    with pytest.raises(BadToken):
        confirm("made.up", now=NOW)


def test_three_confirmations_an_hour_and_further_wishes_join_the_last(newsroom) -> None:
    for minute in range(5):
        subscribe(WISH, now=NOW + timedelta(minutes=minute))
    assert Address.objects.get().confirm_round == 3
    more = SignUp("email", "ann@example.org", topics=("trade",))
    assert not subscribe(more, now=NOW + timedelta(minutes=6)).asked
    token = confirm_link(Address.objects.get().pk)
    assert "Trade and shipping" in confirm(token, now=NOW + timedelta(minutes=7)).names
    assert not subscribe(more, now=NOW + timedelta(hours=2)).asked


def test_eight_confirmations_a_day(newsroom) -> None:
    for hour in range(20):
        subscribe(WISH, now=NOW + timedelta(hours=hour))
    assert Address.objects.get().confirm_round == 8


def test_a_strangers_form_moves_nothing_of_a_readers_own(newsroom) -> None:
    address = newsroom.reader(topics=("korea",), time_zone="Asia/Singapore")
    before = Schedule.objects.values().get()
    wish = SignUp("email", "ann@example.org", topics=("korea", "trade"), time_zone="UTC")
    signed = subscribe(wish, now=NOW + timedelta(hours=3))
    assert len(signed.pending) == 1
    assert Schedule.objects.values().get() == before
    states = dict(Subscription.objects.values_list("topic__slug", "state"))
    assert states == {"korea": "active", "trade": "pending"}
    confirm(confirm_link(address.pk), now=NOW + timedelta(hours=3))
    assert Schedule.objects.get().time_zone == "Asia/Singapore"


def test_who_follows_it_all_already_is_not_written_to(newsroom) -> None:
    newsroom.reader(topics=("korea",))
    wish = SignUp("email", "ann@example.org", topics=("korea",))
    assert not subscribe(wish, now=NOW + timedelta(hours=3)).asked


@pytest.mark.parametrize("reason", ["complaint", "bounce", "editor"])
def test_a_barred_address_is_left_alone(newsroom, reason: str) -> None:
    address = newsroom.reader()
    suppress(address.pk, Suppression.Reason(reason), now=NOW)
    assert {s.ended_reason for s in Subscription.objects.all()} == {reason}
    assert subscribe(WISH, now=NOW + timedelta(hours=3)).address_id is None
    assert not Subscription.objects.exclude(state="ended").exists()


def test_a_reader_lifts_their_own_suppression_only_by_confirming(newsroom) -> None:
    address = newsroom.reader()
    suppress(address.pk, Suppression.Reason.READER, now=NOW)
    assert subscribe(WISH, now=NOW + timedelta(hours=3)).asked
    assert Suppression.objects.exists()
    confirm(confirm_link(address.pk), now=NOW + timedelta(hours=3))
    assert not Suppression.objects.exists()
    assert Subscription.objects.filter(state="active").count() == 3


def test_a_complaint_outweighs_what_came_before_and_after(newsroom) -> None:
    address = newsroom.reader()
    for reason in ("reader", "complaint", "bounce"):
        suppress(address.pk, Suppression.Reason(reason), now=NOW)
    assert Suppression.objects.get().reason == "complaint"


@pytest.mark.django_db(transaction=True)
def test_two_forms_at_once_make_one_address_and_one_subscription_each() -> None:
    Newsroom()
    barrier, failures = threading.Barrier(4), []

    def sign_up() -> None:
        try:
            barrier.wait(10)
            subscribe(WISH, now=timezone.now())
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=sign_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not failures
    assert Address.objects.count() == Subscriber.objects.count() == 1
    assert Subscription.objects.count() == 3
