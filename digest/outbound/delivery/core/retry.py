"""After an answer that was not yes: when to try again, or what to write down for good."""

import re
from dataclasses import dataclass
from datetime import timedelta

from digest.outbound.channels.base import AnswerLost, ChannelError, Rejected

_SECOND = timedelta(seconds=1)
_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)

HORIZON = timedelta(hours=48)
URGENT_HORIZON = timedelta(hours=6)
# RFC 5321, 4.5.4.1: give up after some days, wait at least half an hour in the long run. The
# first pauses are shorter, because greylisting hosts let a message in after one to five minutes.
_PAUSES = (
    2 * _MINUTE, 6 * _MINUTE, 15 * _MINUTE, 30 * _MINUTE, _HOUR, 2 * _HOUR, 4 * _HOUR, 8 * _HOUR
)  # fmt: skip
# RFC 3463: X.2.x is the mailbox (full, disabled for now), which takes a person hours to mend;
# X.3.x and 421 are the host, which is back sooner; X.7.x and the rest wait as for greylisting.
_MAILBOX_PAUSES = (30 * _MINUTE, 2 * _HOUR, 4 * _HOUR, 8 * _HOUR, 12 * _HOUR)
_HOST_PAUSES = (
    _MINUTE, 2 * _MINUTE, 5 * _MINUTE, 10 * _MINUTE, 20 * _MINUTE, 40 * _MINUTE, _HOUR, 2 * _HOUR
)  # fmt: skip
_ENHANCED = re.compile(r"(?<![\d.])4\.(\d)\.\d{1,3}(?![\d.])")
# News that is an hour old is no alert: it is tried often and given up early.
_URGENT_PAUSES = (
    10 * _SECOND, 30 * _SECOND, _MINUTE, 2 * _MINUTE, 5 * _MINUTE, 10 * _MINUTE, 15 * _MINUTE
)  # fmt: skip
# A relay that is down refuses nobody in particular, so looking again costs nothing.
_UNREACHABLE_PAUSES = (
    5 * _SECOND, 15 * _SECOND, 30 * _SECOND, _MINUTE, 2 * _MINUTE, 5 * _MINUTE, 10 * _MINUTE
)  # fmt: skip
# After a lost answer the other side may still be digesting the first copy.
_LOST_PAUSE = 2 * _SECOND
# Where the provider reports each copy, its report is waited for: statuses come within seconds, and
# after an outage of a webhook within minutes.
REPORT_PAUSE = 15 * _MINUTE
NO_REPORT = "No answer, and no report whether it was taken: it may have arrived, so not repeated."
_HALT_PAUSE = 30 * _SECOND
# The send is paused by then; if one answer was no quota after all, its reader waits no longer.
_QUOTA_PAUSE = 10 * _MINUTE
_FAULTS_ALLOWED = 5


@dataclass(frozen=True, slots=True)
class RetryDecision:
    """What becomes of a delivery: ``deferred`` for ``pause``, ``failed`` or ``unknown``.

    ``lost``: this attempt may have arrived. ``halt``: nothing will get through for now, end the
    run. ``pause_reason``: why the whole send must be paused; empty for most answers.
    """

    result: str
    pause: timedelta | None = None
    lost: bool = False
    halt: bool = False
    pause_reason: str = ""


def decide(
    error: Exception,
    *,
    attempts: int,
    lost_answers: int,
    age: timedelta,
    intended: bool,
    urgent: bool = False,
    is_reported: bool = False,
    jitter: float = 0.5,
) -> RetryDecision:
    """The verdict on one attempt.

    ``attempts`` counts this one; ``lost_answers`` those before it that may have arrived; ``age``
    is the time since the send began; ``intended`` says that the intent was journalled, so that an
    error which is no :class:`ChannelError` may hide an accepted message. ``is_reported``: the
    provider reports each copy, so that a lost one waits for its report. ``jitter`` in [0, 1]
    spreads the pauses by a tenth to both sides.

    A refusal that is no more than passing is given up by the delivery's own history: by the pauses
    it has waited out, never by those of a send that was paused, warming up or without a relay. What
    is nothing of this reader's (no connection, the end of a run) is never given up by age.
    """
    if isinstance(error, AnswerLost) or (intended and not isinstance(error, ChannelError)):
        return lost(lost_answers, is_reported=is_reported)
    if isinstance(error, Rejected) and error.scope == "channel":
        wait = max(_HALT_PAUSE, timedelta(seconds=error.retry_after or 0))
        return RetryDecision("deferred", wait, halt=True, pause_reason=error.reply)
    if isinstance(error, Rejected) and error.scope == "quota":
        return RetryDecision("deferred", _QUOTA_PAUSE)
    if isinstance(error, Rejected) and error.permanent:
        return RetryDecision("failed")
    if not isinstance(error, ChannelError) and attempts >= _FAULTS_ALLOWED:
        return RetryDecision("failed")
    spread = 0.9 + 0.2 * jitter
    if not isinstance(error, Rejected):
        return RetryDecision("deferred", _step(_UNREACHABLE_PAUSES, attempts) * spread)
    ladder = _URGENT_PAUSES if urgent else _ladder(error)
    pause = max(_step(ladder, attempts) * spread, timedelta(seconds=error.retry_after or 0))
    if min(age, _spent(ladder, attempts)) + pause > (URGENT_HORIZON if urgent else HORIZON):
        return RetryDecision("failed")
    return RetryDecision("deferred", pause)


def _step(ladder: tuple[timedelta, ...], attempts: int) -> timedelta:
    return ladder[min(max(attempts, 1), len(ladder)) - 1]


def _spent(ladder: tuple[timedelta, ...], attempts: int) -> timedelta:
    """The pauses before this attempt, by their nominal lengths."""
    before = max(attempts - 1, 0)
    return sum(ladder[:before], timedelta()) + max(before - len(ladder), 0) * ladder[-1]


def _ladder(refused: Rejected) -> tuple[timedelta, ...]:
    """How long to wait by the class of a 4xx: the enhanced code where there is one (RFC 3463)."""
    found = _ENHANCED.search(refused.reply)
    subject = found.group(1) if found else ""
    if subject == "2":
        return _MAILBOX_PAUSES
    if subject == "3" or (refused.code == 421 and subject != "7"):
        return _HOST_PAUSES
    return _PAUSES


def lost(lost_answers: int, *, is_reported: bool = False) -> RetryDecision:
    """The verdict on an attempt whose answer was lost: repeated once, then recorded as unknown."""
    if lost_answers:
        return RetryDecision("unknown", lost=True)
    return RetryDecision("deferred", REPORT_PAUSE if is_reported else _LOST_PAUSE, lost=True)
