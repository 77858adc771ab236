"""When to try again: pauses grow, nothing is tried for ever, and nobody gets three."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.outbound.channels.base import AnswerLost, ChannelError, Rejected, Unreachable
from digest.outbound.delivery.core.retry import HORIZON, URGENT_HORIZON, RetryDecision, decide

GREY = Rejected("4.7.1 Greylisted", 451, permanent=False)
NEW = timedelta()
refusals = st.sampled_from([GREY, Rejected("4.2.2 Mailbox full", 452, permanent=False)])
nobodys = st.sampled_from([Unreachable("refused"), ChannelError("the run ended")])
passing = st.sampled_from(
    [GREY, Rejected("4.2.2 Mailbox full", 452, permanent=False), Unreachable("refused")]
)


def verdict(error: Exception, **given: object) -> RetryDecision:
    facts = {"attempts": 1, "lost_answers": 0, "age": NEW, "intended": False} | given
    return decide(error, **facts)  # type: ignore[arg-type]


def test_no_for_good_is_final() -> None:
    assert verdict(Rejected("5.1.1", 550, permanent=True)) == RetryDecision("failed")


def test_greylisting_is_answered_by_waiting_minutes() -> None:
    pause = verdict(GREY).pause
    assert pause is not None
    assert timedelta(minutes=1) < pause < timedelta(minutes=6)


@pytest.mark.parametrize(
    ("code", "reply", "minutes"),
    [
        (421, "421 closing, come back", 1),
        (451, "451 4.3.2 system not accepting messages", 1),
        (421, "421 4.7.0 too fast", 2),
        (450, "greylisted", 2),
        (452, "452 4.2.2 mailbox full", 30),
        (451, "451 4.4.1 no answer from host", 2),
    ],
)
def test_the_first_pause_depends_on_what_is_wrong(code: int, reply: str, minutes: int) -> None:
    assert verdict(Rejected(reply, code, permanent=False)).pause == timedelta(minutes=minutes)


@given(st.sampled_from(["4.2.2 full", "4.3.2 busy", "4.7.1 later", "later"]), st.integers(1, 40))
def test_every_class_waits_longer_each_time(reply: str, attempts: int) -> None:
    error = Rejected(reply, 451, permanent=False)
    now, later = (verdict(error, attempts=n).pause for n in (attempts, attempts + 1))
    assert now is not None
    assert later is not None
    assert now <= later <= timedelta(hours=12)


def test_an_alert_is_tried_again_within_seconds() -> None:
    pause = verdict(GREY, urgent=True).pause
    assert pause is not None
    assert pause < timedelta(seconds=15)


def test_the_other_side_may_ask_for_a_longer_pause() -> None:
    slow = Rejected("slow down", 429, permanent=False, retry_after=7200)
    assert verdict(slow).pause == timedelta(hours=2)


def test_a_lost_answer_is_repeated_once_then_unknown() -> None:
    lost = AnswerLost("gone")
    first, second = verdict(lost), verdict(lost, lost_answers=1)
    assert (first.result, first.lost) == ("deferred", True)
    assert (second.result, second.lost) == ("unknown", True)


def test_our_own_fault_after_the_intent_counts_as_a_lost_answer() -> None:
    assert verdict(RuntimeError("x"), intended=True).lost
    assert not verdict(RuntimeError("x"), intended=False).lost


def test_our_own_fault_is_tried_five_times() -> None:
    assert verdict(RuntimeError("x"), attempts=4).result == "deferred"
    assert verdict(RuntimeError("x"), attempts=5).result == "failed"


def test_a_refusal_of_everything_stops_the_send() -> None:
    paid = Rejected("payment", 131042, permanent=False, scope="channel")
    assert verdict(paid, age=timedelta(days=9)).pause_reason == "payment"
    assert verdict(paid).halt
    assert verdict(paid).result == "deferred"


@given(passing, st.integers(1, 60), st.booleans(), st.floats(0, 1))
def test_pauses_never_shrink(
    error: ChannelError, attempts: int, urgent: bool, jitter: float
) -> None:
    one = verdict(error, attempts=attempts, urgent=urgent, jitter=jitter).pause
    two = verdict(error, attempts=attempts + 1, urgent=urgent, jitter=jitter).pause
    assert one is not None
    assert two is not None
    assert NEW < one <= two


@given(refusals, st.booleans(), st.floats(0, 1), st.integers(0, 400))
def test_trying_ends_within_the_horizon_of_the_first_attempt(
    error: ChannelError, urgent: bool, jitter: float, late: int
) -> None:
    horizon = URGENT_HORIZON if urgent else HORIZON
    waited, attempts = NEW, 1
    while True:
        age = timedelta(hours=late) + waited
        said = verdict(error, attempts=attempts, age=age, urgent=urgent, jitter=jitter)
        if said.pause is None:
            break
        waited, attempts = waited + said.pause, attempts + 1
        assert attempts < 1000
    assert said.result == "failed"
    # The pauses count by their nominal lengths, the jitter is a tenth to both sides.
    assert 0.6 * horizon < waited <= 1.1 * horizon


@given(refusals, st.booleans(), st.floats(0, 1), st.integers(0, 10_000))
def test_a_first_refusal_is_never_the_last_however_old_the_send_is(
    error: ChannelError, urgent: bool, jitter: float, hours: int
) -> None:
    said = verdict(error, age=timedelta(hours=hours), urgent=urgent, jitter=jitter)
    assert said.result == "deferred"


@given(refusals, st.integers(1, 60), st.booleans())
def test_a_send_younger_than_its_pauses_counts_by_its_own_age(
    error: ChannelError, attempts: int, urgent: bool
) -> None:
    assert verdict(error, attempts=attempts, age=NEW, urgent=urgent).result == "deferred"


@given(nobodys, st.integers(1, 1000), st.integers(0, 10_000), st.booleans())
def test_what_is_nobodys_refusal_fails_nobody(
    error: ChannelError, attempts: int, hours: int, urgent: bool
) -> None:
    age = timedelta(hours=hours)
    said = verdict(error, attempts=attempts, age=age, urgent=urgent)
    assert said.result == "deferred"
    assert said.pause is not None
    assert said.pause <= timedelta(minutes=11)


def test_a_pause_asked_for_beyond_the_horizon_is_too_late() -> None:
    never = Rejected("come back next week", 450, permanent=False, retry_after=7 * 86400)
    assert verdict(never).result == "failed"


@given(
    st.sampled_from([AnswerLost("x"), GREY, Unreachable("x"), RuntimeError("x")]),
    st.integers(1, 40),
    st.integers(0, 1),
    st.booleans(),
)
def test_every_verdict_can_be_written_down(
    error: Exception, attempts: int, lost_answers: int, intended: bool
) -> None:
    said = verdict(error, attempts=attempts, lost_answers=lost_answers, intended=intended)
    assert said.result in {"deferred", "failed", "unknown"}
    assert (said.pause is not None) == (said.result == "deferred")
    assert lost_answers + said.lost <= 2
