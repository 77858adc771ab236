"""A send stops by itself when the other side refuses everything or too many complain."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.kit.clock import now
from digest.models import AuditEntry, Delivery, Send
from digest.outbound.channels.base import Rejected
from digest.outbound.delivery.control import controls
from digest.outbound.delivery.control.guard import guard
from digest.outbound.delivery.core.circuit_breaker import (
    Answered,
    Bounds,
    CircuitBreaker,
    Seen,
    verdict,
)
from digest.outbound.delivery.sending.send import send_some
from tests.scenes import scene
from tests.scenes.scripted import Scripted

FINE = Seen(sent=10_000, refused=100, deferred=3000, bounced=300, complained=5)
counts = st.integers(0, 10**6)


@pytest.mark.parametrize(
    ("seen", "says"),
    [
        (FINE, ""),
        (Seen(0, 0, 0, 0, 0), ""),
        (Seen(10_000, 0, 0, 0, 31), "spam"),
        (Seen(500, 0, 0, 0, 2), ""),
        (Seen(1000, 0, 0, 101, 0), "do not exist"),
        (Seen(100, 0, 0, 49, 0), ""),
        (Seen(100, 120, 0, 0, 0, "550 blocked"), "550 blocked"),
        (Seen(0, 0, 250, 0, 0, "451 later"), "None of the first 250"),
        (Seen(1, 0, 250, 0, 0), ""),
    ],
)
def test_bounds_are_judged_by_share_and_from_a_least_number_on(seen: Seen, says: str) -> None:
    found = verdict(seen, Bounds())
    assert says in found if says else not found


@given(counts, counts, counts, counts, counts)
def test_more_accepted_mail_never_stops_a_send(a: int, b: int, c: int, d: int, e: int) -> None:
    if not verdict(Seen(a, b, c, d, e), Bounds()):
        assert not verdict(Seen(a + 1, b, c, d, e), Bounds())


@given(st.lists(st.booleans(), max_size=400))
def test_a_fuse_blows_only_when_nearly_all_of_the_latest_are_refused(answers: list[bool]) -> None:
    breaker = CircuitBreaker(0.5)
    for number, refused in enumerate(answers, start=1):
        latest = answers[max(number - 100, 0) : number]
        answered = Answered.REFUSED if refused else Answered.ACCEPTED
        assert bool(breaker.note(answered)) is (refused and sum(latest) > 80)


@given(st.lists(st.sampled_from(Answered), max_size=300), st.integers(1, 50))
def test_while_most_final_answers_come_none_is_missed_enough_to_pause(
    answers: list[Answered], connections: int
) -> None:
    breaker = CircuitBreaker(0.5, connections=connections)
    lost, refused, quotas = 0, 0, 0
    for answered in answers:
        lost += answered in {Answered.LOST, Answered.OVERDUE}
        refused += answered is Answered.REFUSED
        quotas += answered is Answered.QUOTA
        if lost < 3 and refused < 80 and quotas < 3:
            assert not breaker.note(answered)


def test_a_relay_that_restarts_once_loses_what_is_under_way_and_pauses_nothing() -> None:
    breaker = CircuitBreaker(0.5, connections=20)
    for _ in range(20):
        assert not breaker.note(Answered.LOST)
    assert "never answered for" in breaker.note(Answered.LOST)


def test_answers_that_never_come_pause_at_the_third() -> None:
    breaker = CircuitBreaker(0.5, connections=20)
    assert not breaker.note(Answered.OVERDUE)
    assert not breaker.note(Answered.OVERDUE)
    assert "3 of the last 3" in breaker.note(Answered.OVERDUE)


@pytest.mark.django_db(transaction=True)
def test_a_relay_that_refuses_everything_is_not_asked_for_everybody() -> None:
    send = scene.running_edition(400, now=now())
    channel = Scripted(default=Rejected("554 5.7.1 you are blocked", 554, permanent=True))
    send_some(send.pk, channel=channel, connections=5)
    send.refresh_from_db()
    assert send.state == Send.State.PAUSED
    assert "you are blocked" in send.state_reason
    assert Delivery.objects.filter(send_id=send.pk, state=Delivery.State.FAILED).count() < 150


@pytest.mark.django_db
def test_complaints_pause_a_running_send_and_an_editor_s_resume_stands() -> None:
    send = scene.running_edition(100, now=now())
    rows = Delivery.objects.filter(send_id=send.pk)
    rows.update(state=Delivery.State.SENT, sent_at=now())
    Send.objects.filter(pk=send.pk).update(state=Send.State.RUNNING)
    assert guard(now=now()) == ()
    some = list(rows.values_list("address_id", flat=True)[:4])
    rows.filter(address_id__in=some).update(outcome=Delivery.Outcome.COMPLAINT)
    assert guard(now=now()) == (send.pk,)
    send.refresh_from_db()
    assert "4 of 100 readers reported it as spam" in send.state_reason
    assert AuditEntry.objects.filter(subject_id=send.pk, who="the circuit breaker").exists()
    controls.resume(send.pk, now=now() + timedelta(minutes=1))
    assert guard(now=now()) == ()
