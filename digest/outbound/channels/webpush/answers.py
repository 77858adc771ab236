"""What a push service's answer means (RFC 8030, 5; RFC 8292, 4.2). Pure."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from digest.outbound.channels.base import Rejected

TOO_LARGE = 413
_GONE = {404, 410}
# Our token, our key, our contact: every other message would fare no better.
_OURS = {400, 401, 403}
LONGEST_WAIT = 6 * 3600.0


def refusal(status: int, words: str, retry_after: str, *, now: float) -> Rejected:
    """The refusal that an answer other than 201 stands for.

    Gone: the browser's subscription has ended, for good. Anything about ourselves pauses the
    channel, so that a wrong key costs no reader.
    """
    reply = f"{status} {' '.join(words.split())[:300]}".strip()
    if status in _GONE:
        return Rejected(reply, status, permanent=True, recipient=True)
    if status in _OURS:
        told = f"The push service does not take our signature: {reply}. Run digest doctor."
        return Rejected(told, status, permanent=False, scope="channel")
    if status == TOO_LARGE or (400 <= status < 500 and status not in {408, 425, 429}):
        return Rejected(reply, status, permanent=True)
    return Rejected(reply, status, permanent=False, retry_after=seconds(retry_after, now))


def seconds(retry_after: str, now: float) -> float | None:
    """Retry-After (RFC 9110, 10.2.3) as seconds from ``now``, a Unix time: a number or a date."""
    given = retry_after.strip()
    if given.isascii() and given.isdecimal():
        return min(float(given[:9]), LONGEST_WAIT)
    try:
        at = parsedate_to_datetime(given)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return min(max((at - datetime.fromtimestamp(now, UTC)).total_seconds(), 0.0), LONGEST_WAIT)
