"""Double opt-in: asking, confirming, and what a stranger can and cannot do with the form."""

import threading
from datetime import datetime, time, timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from digest.audience.core import asking, tokens
from digest.audience.core.asking import HOUR
from digest.audience.core.tokens import BadToken, Lapsed
from digest.audience.joining.confirm import awaiting, awaiting_in, confirm
from digest.audience.joining.subscribe import SignUp, subscribe
from digest.audience.leaving.suppress import suppress
from digest.audience.models.consents import Circumstances
from digest.models import (
    Address,
    Consent,
    JoinRequest,
    Letter,
    Schedule,
    Subscriber,
    Subscription,
    Suppression,
    Topic,
)
from tests.audience.conftest import KINDS, NOW, Newsroom, confirm_link

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
    assert signed.asked == NOW and len(signed.pending) == 3
    address = Address.objects.get()
    assert (address.value, address.verified_at) == ("ann@example.org", None)
    letter = Letter.objects.get()
    assert (letter.kind, letter.due_at, len(letter.requests)) == ("confirm", NOW, 1)
    assert {s.state for s in Subscription.objects.all()} == {"pending"}
    assert not Schedule.objects.exists()
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
    (asked,) = awaiting(token, now=NOW).waiting
    assert len(asked.names) == 3
    assert {s.state for s in Subscription.objects.all()} == {"pending"}


def test_a_double_click_sends_one_mail_and_its_link_lives(newsroom) -> None:
    first = subscribe(WISH, now=NOW)
    token = confirm_link(first.address_id)
    second = subscribe(WISH, now=NOW + timedelta(seconds=1))
    assert first.pending == second.pending and second.asked is None
    assert Letter.objects.count() == JoinRequest.objects.count() == Subscriber.objects.count() == 1
    assert len(confirm(token, now=NOW + timedelta(minutes=2)).names) == 3


def test_who_asks_again_an_hour_later_is_written_to_again_and_both_links_live(newsroom) -> None:
    old = confirm_link(subscribe(WISH, now=NOW).address_id)
    again = subscribe(WISH, now=NOW + HOUR)
    assert again.asked == NOW + HOUR
    new = confirm_link(again.address_id)
    assert old != new and JoinRequest.objects.count() == 1
    assert len(awaiting(new, now=NOW + HOUR).waiting) == 1
    assert confirm(old, now=NOW + HOUR).names
    assert not confirm(new, now=NOW + HOUR).names


def test_a_confirmation_lapses_after_seven_days(newsroom) -> None:
    token = confirm_link(subscribe(WISH, now=NOW).address_id)
    with pytest.raises(Lapsed):
        confirm(token, now=NOW + timedelta(days=7, seconds=1))
    with pytest.raises(BadToken):
        confirm("made.up", now=NOW)


def test_a_stranger_adds_nothing_to_somebodys_pending_sign_up(newsroom) -> None:
    own = subscribe(SignUp("email", "ann@example.org", topics=("korea",)), now=NOW)
    token = confirm_link(own.address_id)
    theirs = SignUp(
        "email", "ann@example.org", topics=("trade",), alerts=True, local_time=time(3),
        time_zone="Pacific/Apia",
    )  # fmt: skip
    later = subscribe(theirs, now=NOW + timedelta(minutes=5))
    assert later.asked == NOW + HOUR
    (asked,) = awaiting(token, now=NOW + HOUR).waiting
    assert asked.names == ("Korean peninsula relations",)
    confirm(token, now=NOW + timedelta(minutes=6))
    assert dict(Subscription.objects.values_list("topic__slug", "state")) == {
        "korea": "active", "trade": "pending", None: "pending",
    }  # fmt: skip
    schedule = Schedule.objects.get()
    assert (schedule.local_time, schedule.time_zone) == (time(7), "UTC")
    assert Subscriber.objects.get().time_zone == "UTC"


def test_forms_of_one_hour_come_together_and_each_is_confirmed_for_itself(newsroom) -> None:
    subscribe(SignUp("email", "ann@example.org", topics=("korea",)), now=NOW)
    for minute, wish in enumerate([{"topics": ("trade",)}, {"alerts": True}], start=1):
        at = NOW + timedelta(minutes=minute)
        assert subscribe(SignUp("email", "ann@example.org", **wish), now=at).asked == NOW + HOUR
    _, second = Letter.objects.order_by("due_at")
    assert second.due_at == NOW + HOUR and len(second.requests) == 2
    token = tokens.confirm_token(settings.SECRET_KEY, second.pk)
    held = awaiting(token, now=NOW + HOUR)
    assert [each.names for each in held.waiting] == [("Trade and shipping",), ("Breaking news",)]
    assert confirm(token, 2, now=NOW + HOUR).names == ("Breaking news",)
    assert [each.number for each in awaiting(token, now=NOW + HOUR).waiting] == [1]
    with pytest.raises(BadToken):
        confirm(token, 3, now=NOW + HOUR)


def test_a_letter_asks_about_no_more_than_one_can_look_through(newsroom) -> None:
    for number in range(15):
        topic = Topic.objects.create(slug=f"t{number}", name=f"T{number}", query="x")
        subscribe(SignUp("email", "ann@example.org", topics=(topic.slug,)), now=NOW)
    waiting = Letter.objects.get(due_at__gt=NOW)
    named = [each.names for each in awaiting_in(waiting).waiting]
    assert named == [(f"T{number}",) for number in range(5, 15)]
    assert JoinRequest.objects.count() == 11


def mailbox_wish(value: str) -> SignUp:
    return SignUp("email", value, topics=("korea",), mailbox=KINDS["email"].mailbox(value))


def test_spellings_of_one_mailbox_get_one_mail_an_hour_together(newsroom) -> None:
    spellings = [f"a.n.n+{n}@gmail.com" for n in range(20)] + [
        "ann@googlemail.com", "a.nn@gmail.com",
    ]  # fmt: skip
    for value in spellings:
        subscribe(mailbox_wish(value), now=NOW)
    dues = list(Letter.objects.order_by("due_at").values_list("due_at", flat=True))
    # An hour apart, and six in any day: the seventh waits for tomorrow, and no more are planned.
    assert dues == [NOW + hours * HOUR for hours in (0, 1, 2, 3, 4, 5, 24)]
    assert Address.objects.count() == len(spellings)
    late = [subscribe(mailbox_wish(f"ann+x{n}@gmail.com"), now=NOW + HOUR).asked for n in range(2)]
    assert late == [NOW + 25 * HOUR, None]


def test_the_owner_of_a_mailbox_that_was_flooded_joins_the_letter_that_went(newsroom) -> None:
    for number in range(12):
        subscribe(mailbox_wish(f"ann+{number}@gmail.com"), now=NOW)
    again = subscribe(mailbox_wish("ann+0@gmail.com"), now=NOW + timedelta(minutes=5))
    assert again.address_id is not None
    assert Letter.objects.filter(address=again.address_id).count() == 1


def test_a_domain_gets_no_more_mails_an_hour_than_its_bound(newsroom) -> None:
    for number in range(asking.SITE_AN_HOUR + 3):
        subscribe(mailbox_wish(f"reader{number}@small.example"), now=NOW)
    at_once = Letter.objects.filter(due_at=NOW).count()
    assert at_once == asking.SITE_AN_HOUR
    assert Letter.objects.filter(due_at=NOW + HOUR).count() == 3
    assert subscribe(mailbox_wish("ann@gmail.com"), now=NOW).asked == NOW


@given(
    st.lists(
        st.tuples(st.integers(0, 7_200), st.sampled_from("abc"), st.sampled_from("xy")),
        max_size=60,
    )
)
def test_in_no_hour_does_a_mailbox_or_a_domain_get_more_than_its_bound(forms) -> None:
    """The rule alone, with a small bound for the domain."""
    planned: list[tuple[datetime, str, str]] = []
    for second, box, site in sorted(forms):
        moment = NOW + timedelta(seconds=second)
        of_box = sorted((due for due, b, s in planned if (b, s) == (box, site)), reverse=True)
        of_site = sorted((due for due, _, s in planned if s == site), reverse=True)
        due = asking.room_at(moment, next(iter(of_box), None), next(iter(of_site[2:]), None))
        if due is not None:
            assert moment <= due <= moment + asking.LONGEST_WAIT
            planned.append((due, box, site))
    for due, box, site in planned:
        hour = [each for each in planned if due <= each[0] < due + HOUR]
        assert len([each for each in hour if each[1:] == (box, site)]) == 1
        assert len([each for each in hour if each[2] == site]) <= 3


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
