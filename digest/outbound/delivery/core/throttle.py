"""Slowing down for a domain that says "too fast", and speeding up again with care."""

import re
from dataclasses import dataclass

# Never slower than this: a mail every ten seconds still arrives.
FLOOR = 0.1
# Halve at most so often: the answers to what was already on its way say nothing new.
SETTLE = 5.0
# So long without a complaint before the next step up, and each step's size.
CALM, STEP = 30.0, 1.25
# A domain that takes so many times what it once complained of is no longer watched.
LIFTED = 4.0
# Greylisting answers 4.7.1 to a few: only these many, or this share, are about speed.
_REFUSALS, _SHARE = 3, 0.2

_SPEED = re.compile(r"(?<![\d.])4\.7\.\d{1,3}(?![\d.])")
_GREY = re.compile(r"gr[ea]y.?list", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Throttle:
    """``rate`` in messages a second since ``since``; ``ceiling``: the rate that was too much."""

    rate: float
    ceiling: float
    since: float


def too_fast(code: int | None, reply: str) -> bool:
    """Whether a refusal is about speed: 421, 429, or an enhanced code 4.7.x (RFC 3463, 5.3).

    Greylisting, which many answer with 4.7.1, is about this one message.
    """
    if code in {421, 429}:
        return True
    return bool(_SPEED.search(reply)) and not _GREY.search(reply)


def adapt(
    current: Throttle | None, *, sent: int, refused: int, seconds: float, now: float
) -> Throttle | None:
    """The throttle after ``seconds`` in which ``sent`` went out and ``refused`` of them were
    refused as too fast; None when there is none (any more).
    """
    if refused >= _REFUSALS or (refused and refused >= _SHARE * sent):
        observed = max(sent, refused) / max(seconds, 0.1)
        if current is None:
            return Throttle(max(observed / 2, FLOOR), max(observed, FLOOR), now)
        if 0 <= now - current.since < SETTLE:
            return current
        slower = max(min(current.rate, observed) / 2, FLOOR)
        return Throttle(slower, min(current.ceiling, max(observed, FLOOR)), now)
    if current is None:
        return None
    if now < current.since:  # the clock was set back
        return Throttle(current.rate, current.ceiling, now)
    if refused or now - current.since < CALM:
        return current
    faster = current.rate * STEP
    return None if faster > LIFTED * current.ceiling else Throttle(faster, current.ceiling, now)
