"""An alert that one of a reader's channels does not bring goes on the next one, once."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as how
from hypothesis import strategies as st

from digest.audience.core.alert_order import AlertPlace, first_of, next_after, raised
from digest.audience.core.alert_rules import AlertRules
from digest.audience.leaving.suppress import suppress
from digest.audience.preferring import alert_order
from digest.audience.preferring.alert_rules import set_alert_rules
from digest.kit.clock import now as clock
from digest.models import (
    AlertRevision,
    AlertRule,
    Delivery,
    Send,
    Subscription,
    Suppression,
)
from digest.outbound.channels.base import Rejected
from digest.outbound.delivery.control import controls
from digest.outbound.delivery.core.takeover import (
    ACCEPTED_WITHIN,
    ARRIVES_WITHIN,
    LATEST,
    HeardSince,
    Stands,
    WatchedAlert,
    judge_watched,
)
from digest.outbound.delivery.planning import takeover
from digest.outbound.delivery.sending.send import send_some
from tests.scenes.ordered_channels import issue, look, on, pass_by, reader, refuse, rows
from tests.scenes.scripted import LOSE, Scripted

pytestmark = pytest.mark.django_db(transaction=True)
State = Delivery.State


@pytest.fixture(autouse=True)
def channels(settings: Any) -> None:
    settings.DIGEST_CHANNELS = ["email", "webpush", "whatsapp"]


def test_an_alert_goes_to_the_first_of_a_readers_channels_alone() -> None:
    push, mail = reader(1, "webpush", "email")
    other = on("email", 2)
    assert rows(issue()) == {
        "webpush": {push.address_id: State.PENDING},
        "email": {other.address_id: State.PENDING},
        "whatsapp": {},
    }
    suppress(push.address_id, Suppression.Reason.BOUNCE, now=clock())
    assert set(rows(issue())["email"]) == {mail.address_id, other.address_id}, "the next moves up"


def test_a_pause_is_a_wish_and_passes_nothing_on() -> None:
    push, _ = reader(1, "webpush", "email")
    Subscription.objects.filter(pk=push.pk).update(
        state="paused", paused_until=clock() + timedelta(days=2)
    )
    assert rows(issue()) == {"webpush": {}, "email": {}, "whatsapp": {}}


@pytest.mark.parametrize("gone", [False, True], ids=["refused", "shut before it left"])
def test_what_a_channel_refuses_goes_on_the_next_once(gone: bool) -> None:
    push, mail = reader(1, "webpush", "email")
    sends = issue()
    controls_of = Send.objects.filter(pk=sends["email"].pk)
    controls_of.update(state="done", finished_at=clock())
    if gone:
        suppress(push.address_id, Suppression.Reason.BOUNCE, now=clock(), note="410")
        send_some(sends["webpush"].pk, channel=Scripted())
    else:
        refuse(sends["webpush"], push.address_id, reply="410")
    pass_by(timedelta(seconds=6))
    assert look() == 1
    assert look() == 0
    assert rows(sends)["email"] == {mail.address_id: State.PENDING}
    assert takeover.taken_by_channel(sends["webpush"].pk) == {"email": 1}
    email = controls_of.get()
    assert (email.state, email.total) == ("running", 1)
    channel = Scripted()
    send_some(email.pk, channel=channel)
    assert [copy.to.value for copy in channel.copies] == [mail.address.value]


def test_what_is_not_accepted_within_a_minute_is_taken_over_and_called_off() -> None:
    push, mail = reader(1, "webpush", "email")
    sends = issue()
    pass_by(timedelta(seconds=30))
    assert look() == 0
    pass_by(timedelta(seconds=31))
    assert look() == 1
    found = rows(sends)
    assert found["webpush"] == {push.address_id: State.SKIPPED}
    assert found["email"] == {mail.address_id: State.PENDING}
    channel = Scripted()
    send_some(sends["webpush"].pk, channel=channel)
    assert channel.copies == [], "never on both"


def test_what_may_have_arrived_is_called_unknown_when_it_is_taken_over() -> None:
    push, mail = reader(1, "webpush", "email")
    sends, channel = issue(), Scripted()
    channel.script[push.address.value] = [LOSE]
    send_some(sends["webpush"].pk, channel=channel)
    pass_by(timedelta(seconds=61))
    assert look() == 1
    assert rows(sends)["webpush"] == {push.address_id: State.UNKNOWN}
    told = rows(issue("withdrawal", AlertRevision.objects.get().alert))
    assert told["webpush"] == {push.address_id: State.PENDING}
    assert told["email"] == {}, "nobody had told them there yet"
    assert mail.address_id in rows(sends)["email"]


@pytest.mark.parametrize(
    ("outcome", "minutes", "taken"),
    [(None, 4, 0), (None, 6, 1), (1, 6, 0), (3, 1, 1)],
    ids=["still time", "unseen", "seen", "failed"],
)
def test_a_whatsapp_message_that_nobody_saw_goes_on_the_next(
    outcome: int | None, minutes: int, taken: int
) -> None:
    phone, mail = reader(1, "whatsapp", "email")
    sends = issue()
    refuse(
        sends["whatsapp"], phone.address_id, state=State.SENT, sent_at=clock(), outcome=outcome,
        outcome_at=clock() if outcome else None,
    )  # fmt: skip
    pass_by(timedelta(minutes=minutes))
    assert look() == taken
    assert (mail.address_id in rows(sends)["email"]) == bool(taken)


def test_the_third_takes_what_the_second_cannot_and_a_stopped_one_is_passed_over() -> None:
    push, phone, mail = reader(1, "webpush", "whatsapp", "email")
    other = on("whatsapp", 2)
    sends = issue()
    controls.pause(sends["whatsapp"].pk, now=clock())
    refuse(sends["webpush"], push.address_id)
    pass_by(timedelta(seconds=6))
    assert look() == 1
    found = rows(sends)
    assert set(found["whatsapp"]) == {other.address_id}
    assert set(found["email"]) == {mail.address_id}
    assert phone.address_id not in found["email"]


@pytest.mark.parametrize("kind", ["correction", "withdrawal"])
def test_what_follows_goes_where_the_alert_was_told(kind: str) -> None:
    push, mail = reader(1, "webpush", "email")
    sends = issue()
    refuse(sends["webpush"], push.address_id)
    pass_by(timedelta(seconds=6))
    look()
    send_some(sends["email"].pk, channel=Scripted())
    told = rows(issue(kind, AlertRevision.objects.get().alert))
    assert told == {"webpush": {}, "email": {mail.address_id: State.PENDING}, "whatsapp": {}}


def test_quiet_hours_hold_and_then_the_minute_counts() -> None:
    push, _ = reader(1, "webpush", "email")
    now = clock()
    hours = [(now + timedelta(hours=by)).time().replace(microsecond=0) for by in (-1, 2)]
    set_alert_rules(push.address_id, AlertRules(quiet=(hours[0], hours[1])))
    assert AlertRule.objects.filter(quiet_from=hours[0]).count() == 2, "set once for all"
    sends = issue()
    pass_by(timedelta(minutes=30))
    assert look() == 0
    pass_by(timedelta(minutes=95))
    assert look() == 1
    assert len(rows(sends)["email"]) == 1


def test_a_days_limit_counts_on_whichever_channel_it_came() -> None:
    push, mail = reader(1, "webpush", "email")
    set_alert_rules(push.address_id, AlertRules(most_a_day=1))
    sends = issue()
    refuse(sends["webpush"], push.address_id)
    pass_by(timedelta(seconds=6))
    assert look() == 1
    assert rows(sends)["email"] == {mail.address_id: State.PENDING}
    assert rows(issue())["webpush"] == {push.address_id: State.SKIPPED}


def test_an_order_is_changed_parted_and_joined_again() -> None:
    a, b, c = (on(name, 1) for name in ("webpush", "email", "whatsapp"))
    for each in (b, c):
        alert_order.join(a.address_id, each.address_id)

    def order(of: Subscription) -> list[str]:
        return [each.channel for each in alert_order.order_of(of.address_id)]

    assert order(b) == ["webpush", "email", "whatsapp"]
    alert_order.raise_place(a.address_id, c.address_id)
    assert order(a) == ["webpush", "whatsapp", "email"]
    alert_order.part(b.address_id, a.address_id)
    assert (order(a), order(b)) == ([], ["whatsapp", "email"])
    assert set(rows(issue())["webpush"]) == {a.address_id}, "by itself again"
    alert_order.join(a.address_id, b.address_id)
    assert order(c) == ["webpush", "whatsapp", "email"]
    with pytest.raises(alert_order.NotJoined):
        alert_order.join(a.address_id, a.address_id)
    Subscription.objects.filter(pk=b.pk).update(
        state="ended", ended_reason="reader", ended_at=clock()
    )
    assert order(a) == ["webpush", "whatsapp"]


FATES = ("takes it", "refuses", "is away", "loses the answer")


@pytest.mark.parametrize("seed", range(2))
def test_whatever_fails_each_is_told_by_the_first_that_can_and_taken_back_from_there(
    seed: int,
) -> None:
    """Random readers, orders, quiet hours and outages against what ought to come of them."""
    chance = random.Random(seed)
    names, fates, channel, orders = ["webpush", "whatsapp", "email"], {}, Scripted(), []
    hours = [(clock() + timedelta(hours=by)).time().replace(microsecond=0) for by in (-1, 2)]
    for number in range(8):
        order = reader(number, *chance.sample(names, chance.randint(1, 3)))
        if chance.random() < 0.4:
            set_alert_rules(order[0].address_id, AlertRules(quiet=(hours[0], hours[1])))
        orders.append([each.address for each in order])
        for each in orders[-1]:
            fates[each.pk] = chance.choice(FATES)
            step = {
                "refuses": Rejected("gone", 410, permanent=True),
                "is away": Rejected("not now", 450, permanent=False),
                "loses the answer": LOSE,
            }.get(fates[each.pk])
            channel.script[each.value] = [step] * 30 if step else []
    sends = issue()
    for minutes in (0, 0.1, 1.1, 0.2, 1.1, 0.2, 1.1, 122, 0.1, 1.1, 0.2, 1.1, 0.2, 1.1):
        pass_by(timedelta(minutes=minutes))
        for each in sends.values():
            due = Delivery.objects.filter(send_id=each.pk, next_try_at__lte=clock())
            if due.exists():
                send_some(each.pk, channel=channel, seconds=5)
        look()
    for order in orders:
        may_have = [each.pk for each in order if channel.taken[each.value]]
        able = [each.pk for each in order if fates[each.pk] == "takes it"]
        before = [each.pk for each in order if each.pk not in able]
        if able:
            assert able[0] in may_have, "nobody lost"
            assert not set(able[1:]) & set(may_have), "never on two that took it"
            before = [each.pk for each in order[: [e.pk for e in order].index(able[0])]]
        assert set(may_have) <= {*able[:1], *before}, "in their order"
        assert all(fates[each] == "loses the answer" for each in may_have if each not in able)
    told = {value for value, number in channel.taken.items() if number}
    back = rows(issue("withdrawal", AlertRevision.objects.get().alert))
    again = {address for of in back.values() for address in of}
    reached = {each.value for order in orders for each in order if each.pk in again}
    assert reached == told, "exactly those who may have got it"


PLACES = st.lists(st.booleans(), max_size=6).map(
    lambda stands: [AlertPlace(10 + at, at, each) for at, each in enumerate(stands)]
)


@given(PLACES)
def test_whoever_cannot_be_told_the_next_that_stands_is_asked_and_nobody_twice(
    places: list[AlertPlace],
) -> None:
    asked, at = [], first_of(places)
    while at is not None:
        asked.append(at)
        at = next_after(places, at)
    assert asked == [each.address_id for each in places if each.stands]


@given(st.lists(st.integers(0, 9), unique=True), st.integers(0, 9))
def test_a_raised_channel_stays_among_the_others(order: list[int], which: int) -> None:
    after = raised(order, which)
    assert sorted(after) == sorted(order)
    if which in order:
        assert after.index(which) == max(order.index(which) - 1, 0)


NOW = datetime(2026, 11, 29, 9, tzinfo=UTC)
WATCHED = st.builds(
    WatchedAlert,
    stands=st.sampled_from(Stands),
    due_at=st.timedeltas(timedelta(-2), timedelta(2)).map(lambda by: NOW + by),
    heard=st.sampled_from(HeardSince),
    accepted_at=st.none()
    | st.timedeltas(timedelta(hours=-2), timedelta()).map(lambda by: NOW + by),
    is_reported=st.booleans(),
    stands_there=st.booleans(),
)


@how(max_examples=500)
@given(WATCHED)
def test_nothing_is_passed_on_that_was_told_called_off_or_is_not_due(watched: WatchedAlert) -> None:
    verdict = judge_watched(watched, now=NOW)
    if verdict.pass_on:
        assert verdict.look_at is None
        assert watched.stands is not Stands.CALLED_OFF
        assert watched.heard is not HeardSince.ARRIVED
        assert watched.due_at + LATEST >= NOW
        if watched.stands is Stands.OPEN and watched.heard is HeardSince.NOTHING:
            assert watched.due_at + ACCEPTED_WITHIN <= NOW, "not before its minute is over"
    if verdict.look_at is not None:
        assert verdict.look_at > NOW, "time passes between two looks"
        too_late = watched.due_at + LATEST + timedelta(seconds=1)
        assert judge_watched(watched, now=too_late).look_at is None


@given(WATCHED)
def test_every_watch_ends(watched: WatchedAlert) -> None:
    at = watched.due_at
    for _ in range(1_000):
        verdict = judge_watched(watched, now=at)
        if verdict.look_at is None:
            return
        assert verdict.look_at > at
        at = verdict.look_at
    raise AssertionError("watched for ever")


def test_an_unseen_message_has_its_time() -> None:
    watched = WatchedAlert(Stands.ACCEPTED, NOW, accepted_at=NOW, is_reported=True)
    assert not judge_watched(watched, now=NOW + ARRIVES_WITHIN - timedelta(seconds=1)).pass_on
    assert judge_watched(watched, now=NOW + ARRIVES_WITHIN).pass_on
