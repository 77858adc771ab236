"""Step: look over the running sends and pause the one whose bounds are passed."""

from dataclasses import replace
from datetime import datetime

from django.conf import settings
from django.db import connection

from digest.kit.observe import log
from digest.outbound.delivery.control import controls, hindrance
from digest.outbound.delivery.core.circuit_breaker import Bounds, Seen, verdict

# Of what was refused or put off only what the other side answered counts; what never got that far
# is the retry's business.
_SEEN = """
SELECT s.id, sum(c.sent), sum(c.refused), sum(c.put_off), sum(c.bounced), sum(c.complained)
FROM digest_send s JOIN digest_send_count c ON c.send_id = s.id
WHERE s.state = 'running' AND s.total >= 50
  AND NOT EXISTS (
      SELECT FROM digest_audit_entry a WHERE a.subject_kind = 'send' AND a.subject_id = s.id
      AND a.verb = 'resumed'
  )
GROUP BY s.id
"""
# Only asked of a send that is about to be paused: a thousand answers are as good as all of them.
_WORDS = """
SELECT mode() WITHIN GROUP (ORDER BY reply) FROM (
    SELECT reply FROM digest_attempt WHERE send_id = %s AND reply <> '' AND code IS NOT NULL
    LIMIT 1000
) AS answers
"""


def bounds() -> Bounds:
    """The bounds that the settings set."""
    return Bounds(
        bounces=settings.DIGEST_MOST_BOUNCES,
        complaints=settings.DIGEST_MOST_COMPLAINTS,
        refusals=settings.DIGEST_MOST_REFUSALS,
    )


def guard(*, now: datetime) -> tuple[int, ...]:
    """Pause the running sends that pass a bound, with the reason; returns their ids.

    A send that somebody resumed by hand is left alone: they have read the reason.
    """
    with connection.cursor() as cursor:
        cursor.execute(_SEEN)
        rows = cursor.fetchall()
    paused = []
    for send_id, *counts in rows:
        sent, refused, deferred, bounced, complained = (int(each) for each in counts)
        seen = Seen(sent, refused, deferred, bounced, complained)
        if not verdict(seen, bounds()):
            continue
        words = _words(send_id)
        reason = verdict(replace(seen, words=words), bounds())
        by_refusals = reason != verdict(replace(seen, words=""), bounds())
        try:
            if by_refusals:
                hindrance.note(send_id, words, now=now)
            controls.pause(send_id, now=now, reason=reason, who="the circuit breaker")
        except controls.CannotControl:  # it has ended meanwhile
            continue
        log.warning("a send was paused by its bounds", send=send_id, reason=reason)
        paused.append(send_id)
    return tuple(paused)


def _words(send_id: int) -> str:
    """What the other side said most often."""
    with connection.cursor() as cursor:
        cursor.execute(_WORDS, [send_id])
        return str(cursor.fetchone()[0] or "")[:200]
