"""Reports taken together leave what they leave one after the other, in the ledger and on lists."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import time, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.audience.leaving.suppress import suppress
from digest.audience.leaving.suppress_many import ToSuppress, suppress_many
from digest.kit.clock import now
from digest.models import (
    Address,
    Consent,
    Delivery,
    ProviderEvent,
    Schedule,
    Send,
    SendCount,
    SoftBounces,
    Subscription,
    Suppression,
)
from digest.outbound.channels.email.spec import SPEC as MAIL
from digest.outbound.channels.report import Kind, Report
from digest.outbound.returns import take, together
from digest.outbound.returns.take import apply, take_events
from tests.scenes import scene

NOW = now()
READERS = 5
State = Delivery.State

Snapshot = dict[str, list[Any]]


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def snapshot() -> Snapshot:
    """Everything that reports may change, in an order of its own."""
    counts = "deferred", "sent", "unknown", "bounced", "complained"
    tables: list[tuple[Any, tuple[str, ...]]] = [
        (Delivery, ("send_id", "address_id", "state", "outcome", "outcome_at", "sent_at",
                    "provider_id", "next_try_at")),
        (Suppression, ("channel", "reason", "note", "at", "fingerprint")),
        (Subscription, ("pk", "state", "ended_reason", "ended_at", "paused_until")),
        (Consent, ("fingerprint", "subscriber_id", "channel", "act", "subject", "place", "at")),
        (Schedule, ("pk", "is_active", "next_due_at", "last_window_end")),
        (SoftBounces, ("address_id", "days", "last_at")),
        (SendCount, ("send_id", *counts)),
    ]  # fmt: skip
    found: Snapshot = {}
    for model, names in tables:
        rows = model.objects.values_list(*names)
        found[model.__name__] = sorted(map(repr, (tuple(map(_plain, row)) for row in rows)))
    return found


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview | bytes) else value


def both_ways(
    one_by_one: Callable[[], Any], at_once: Callable[[], Any]
) -> tuple[tuple[Any, Snapshot], tuple[Any, Snapshot]]:
    found = []
    for work in (one_by_one, at_once):
        with undone():
            answer = work()
            found.append((answer, snapshot()))
    return found[0], found[1]


@pytest.fixture
def copies(db: None) -> list[str]:
    """Copies of an edition, by key, to readers with a schedule each."""
    send = scene.running_edition(READERS, now=NOW)
    for address in Address.objects.all():
        Schedule.objects.create(
            subscriber=address.subscriber, address=address, channel="email",
            local_time=time(7), time_zone="UTC", next_due_at=NOW,
        )  # fmt: skip
    return [f"{send.pk}-{pk}" for pk in Address.objects.order_by("pk").values_list("pk", flat=True)]


states = st.sampled_from(
    [
        {"state": State.SENT, "sent_at": NOW - timedelta(hours=1), "next_try_at": None},
        {"state": State.PENDING, "next_try_at": NOW},
        {"state": State.DEFERRED, "next_try_at": NOW, "lost_answers": 1},
        {"state": State.UNKNOWN, "next_try_at": None, "lost_answers": 2},
        {"state": State.FAILED, "next_try_at": None},
    ]
)
outcomes = st.none() | st.sampled_from([1, 2, 3, 4])


@st.composite
def scenes(draw: st.DrawFn) -> tuple[list[Any], list[Any], list[list[tuple[Any, ...]]]]:
    rows = draw(st.lists(st.tuples(states, outcomes), min_size=READERS, max_size=READERS))
    bounces = draw(st.lists(st.none() | st.integers(-3, 3), min_size=READERS, max_size=READERS))
    report = st.tuples(
        st.sampled_from([Kind.DELIVERED, Kind.COMPLAINT]),
        st.integers(0, READERS),  # one more than there are: a copy that nobody has
        st.none() | st.integers(-3, 3),
        st.sampled_from(["own", None, "0123456789abcde"]),
        st.sampled_from(["", "abuse", "x" * 400]),
    )
    return rows, bounces, draw(st.lists(st.lists(report, max_size=2), max_size=8))


def furnish(keys: Sequence[str], rows: Sequence[Any], bounces: Sequence[Any]) -> None:
    for key, (fields, outcome), days in zip(keys, rows, bounces, strict=True):
        send_id, address_id = key.split("-")
        Delivery.objects.filter(send_id=send_id, address_id=address_id).update(
            **{"lost_answers": 0, **fields}, outcome=outcome,
            outcome_at=NOW if outcome else None,
        )  # fmt: skip
        if days is not None:
            at = NOW + timedelta(days=days)
            SoftBounces.objects.create(address_id=address_id, days=2, first_at=at, last_at=at)


def reports_of(keys: Sequence[str], events: Sequence[Any]) -> list[list[Report]]:
    send = Send.objects.get()
    suffixes = {"own": send.message_id_suffix}
    known = [*keys, f"{send.pk}-999999999"]
    return [
        [
            Report(
                kind,
                known[number],
                words=words,
                at=None if hours is None else NOW + timedelta(hours=hours),
                suffix=suffixes.get(suffix, suffix),
                provider_id="wamid" if kind is Kind.DELIVERED else "",
            )
            for kind, number, hours, suffix, words in event
        ]
        for event in events
    ]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=scenes())
def test_together_is_one_by_one(copies: list[str], told: Any) -> None:
    rows, bounces, events = told
    with undone():
        furnish(copies, rows, bounces)
        events = reports_of(copies, events)
        alone, at_once = both_ways(
            lambda: [sum(apply(r, MAIL, now=NOW) for r in event) > 0 for event in events],
            lambda: together.apply_together(events, now=NOW),
        )
    assert at_once == alone


wishes = st.lists(
    st.tuples(st.integers(0, READERS), st.sampled_from(list(Suppression.Reason)), st.text("ab")),
    max_size=10,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=wishes, then=wishes, paused=st.booleans())
def test_many_are_barred_as_each_is(
    copies: list[str], before: Any, then: Any, paused: bool
) -> None:
    ids = [int(key.split("-")[1]) for key in copies] + [999_999_999]
    with undone():
        for number, reason, note in before:
            suppress(ids[number], reason, now=NOW - timedelta(days=1), note=note)
        if paused:
            Subscription.objects.filter(state="active").update(
                state="paused", paused_until=NOW + timedelta(days=3)
            )
        asked = [ToSuppress(ids[number], reason, note) for number, reason, note in then]
        alone, at_once = both_ways(
            lambda: (
                [suppress(w.address_id, w.reason, now=NOW, note=w.note) for w in asked] and None
            ),
            lambda: suppress_many(asked, now=NOW),
        )
    assert at_once[1] == alone[1]


def complaint(key: str, number: int, kind: str = "complained") -> ProviderEvent:
    suffix = Send.objects.get().message_id_suffix
    domain = MAIL_DOMAIN
    return ProviderEvent.objects.create(
        provider="mailgun", event_id=str(number), received_at=NOW,
        body={
            "event": kind, "recipient": "a@b.example",
            "message": {"headers": {"message-id": f"{key}.{suffix}@{domain}"}},
        },
    )  # fmt: skip


MAIL_DOMAIN = "lists.example"


@pytest.fixture
def sent(copies: list[str], settings: Any) -> list[str]:
    settings.DIGEST_LIST_DOMAIN = MAIL_DOMAIN
    Delivery.objects.update(state=State.SENT, sent_at=NOW, next_try_at=None)
    return copies


def test_complaints_take_a_number_of_statements_that_does_not_grow(sent: list[str]) -> None:
    asked = []
    for many in (sent[:2], sent[2:]):
        for number, key in enumerate(many):
            complaint(key, int(key.replace("-", "")) * 10 + number)
        with CaptureQueriesContext(connection) as queries:
            taken = take_events(now=NOW)
        assert taken == take.TakenEvents(len(many), len(many))
        asked.append(len(queries))
    assert asked[0] == asked[1] < 30
    assert Suppression.objects.count() == READERS


def test_one_that_fails_in_a_row_fails_alone(
    sent: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, key in enumerate(sent):
        complaint(key, number)
    bad = int(sent[2].split("-")[1])
    alone, many = take.apply, together.suppress_many

    def never_alone(report: Report, *given: Any, **named: Any) -> bool:
        if report.key == sent[2]:
            raise ValueError("broken")
        return alone(report, *given, **named)

    def never_together(asked: Sequence[ToSuppress], **named: Any) -> None:
        if any(each.address_id == bad for each in asked):
            raise ValueError("broken")
        many(asked, **named)

    monkeypatch.setattr(take, "apply", never_alone)
    monkeypatch.setattr(together, "suppress_many", never_together)
    assert take_events(now=NOW) == take.TakenEvents(READERS, READERS - 1)
    assert Suppression.objects.count() == READERS - 1
    assert not ProviderEvent.objects.filter(processed_at=None).exists()


def test_what_needs_a_look_of_its_own_keeps_its_place_in_the_row(
    sent: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds = ["delivered", "delivered", "unsubscribed", "complained", "opened"]
    events = [
        complaint(key, n, kind) for n, (key, kind) in enumerate(zip(sent, kinds, strict=True))
    ]
    order: list[list[int]] = []
    alone, row = take._take, together.apply_together

    def one(event: ProviderEvent, moment: Any) -> bool:
        order.append([event.pk])
        return alone(event, moment)

    def some(said: Sequence[Sequence[Report]], *, now: Any) -> list[bool]:
        order.append([0] * len(said))
        return row(said, now=now)

    monkeypatch.setattr(take, "_take", one)
    monkeypatch.setattr(together, "apply_together", some)
    assert take_events(now=NOW) == take.TakenEvents(5, 4)
    assert order == [[0, 0], [events[2].pk], [0, 0]]


def test_a_second_taker_does_not_take_them_again(sent: list[str]) -> None:
    for number, key in enumerate(sent):
        complaint(key, number)
    assert take_events(now=NOW).used == READERS
    assert take_events(now=NOW) == take.TakenEvents(0, 0)
    assert Consent.objects.filter(act=Consent.Act.WITHDRAWN).count() == READERS
