"""Step: look over the running sends and pause the one whose bounds are passed."""

from datetime import datetime

from django.conf import settings
from django.db import connection, transaction

from digest.kit.observe import log
from digest.outbound.delivery import brake
from digest.outbound.delivery.breaker import Bounds, Seen, verdict

# What the other side answered has a code; what never got that far is the retry's business.
_SEEN = """
SELECT d.send_id,
       count(*) FILTER (WHERE d.state = 3),
       count(*) FILTER (WHERE d.state = 5 AND d.code IS NOT NULL),
       count(*) FILTER (WHERE d.state = 1 AND d.code IS NOT NULL),
       count(*) FILTER (WHERE d.outcome = 3),
       count(*) FILTER (WHERE d.outcome = 4),
       mode() WITHIN GROUP (ORDER BY d.reply) FILTER (WHERE d.state IN (1, 5))
FROM digest_delivery d
WHERE d.send_id = ANY(
    SELECT s.id FROM digest_send s WHERE s.state = 'running' AND s.total >= 50
    AND NOT EXISTS (
        SELECT FROM digest_audit_entry a WHERE a.subject_kind = 'send' AND a.subject_id = s.id
        AND a.verb = 'resumed'
    )
)
GROUP BY d.send_id
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
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_SEEN)
        rows = cursor.fetchall()
    paused = []
    for send_id, sent, refused, deferred, bounced, complained, words in rows:
        seen = Seen(sent, refused, deferred, bounced, complained, (words or "")[:200])
        reason = verdict(seen, bounds())
        if not reason:
            continue
        try:
            brake.pause(send_id, now=now, reason=reason, who="the circuit breaker")
        except brake.CannotBrake:  # it has ended meanwhile
            continue
        log.warning("a send was paused by its bounds", send=send_id, reason=reason)
        paused.append(send_id)
    return tuple(paused)
