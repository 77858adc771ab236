"""How soon an alert was there: of all its readers on a channel, and of the newsroom's canaries.

Seconds from the editor's word to the other side's yes, by the ledger's moments. What quiet hours
held, or a host put off for long, does not count: only what went out within the hour after which an
alert is no news any more.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from digest.audience.joining.canaries import CANARY
from digest.outbound.delivery.ledger.states import named
from digest.outbound.delivery.models import Send

_SHARES = (0.5, 0.9, 0.99)
_ARRIVED = """
SELECT count(*), extract(epoch FROM min(sent_at) - %(word)s),
       percentile_disc(%(shares)s) WITHIN GROUP (ORDER BY extract(epoch FROM sent_at - %(word)s))
FROM digest_delivery
WHERE send_id = %(send)s AND sent_at BETWEEN %(word)s AND %(word)s::timestamptz + interval '1 hour'
"""
_CANARIES = named("""
SELECT d.address_id, a.value, d.state IN ({SENT}, {UNKNOWN}) AS is_in, d.state = {SKIPPED},
       extract(epoch FROM coalesce(
           CASE WHEN d.outcome = 1 THEN d.outcome_at END, d.sent_at) - %(word)s),
       coalesce(d.outcome = 1, false)
FROM digest_address a JOIN digest_delivery d ON d.address_id = a.id AND d.send_id = %(send)s
WHERE a.verified_by = %(canary)s AND a.channel = %(channel)s
ORDER BY a.id
""")


@dataclass(frozen=True, slots=True)
class AlertArrival:
    """Of one send, in seconds: the first, half, 90 % and 99 % of the ``accepted``."""

    accepted: int
    first: float
    half: float
    ninety: float
    p99: float


@dataclass(frozen=True, slots=True)
class CanaryArrival:
    """One canary: ``seconds`` until it had the alert, None while it has not; ``is_seen`` when the
    channel itself reported that it arrived, and not only that it was accepted. ``is_left_out``: it
    was not to get it, because of a barred address, say.
    """

    address_id: int
    value: str
    seconds: float | None
    is_seen: bool = False
    is_left_out: bool = False


def arrival(send: Send) -> AlertArrival | None:
    """The figures of an alert's send; None while nobody has it."""
    with connection.cursor() as cursor:
        cursor.execute(_ARRIVED, {"send": send.pk, "word": send.due_at, "shares": list(_SHARES)})
        accepted, first, shares = cursor.fetchone()
    if not accepted:
        return None
    return AlertArrival(accepted, float(first), *(float(each) for each in shares))


def canaries(send: Send) -> tuple[CanaryArrival, ...]:
    """The canaries among the readers of a send."""
    with connection.cursor() as cursor:
        cursor.execute(
            _CANARIES,
            {"send": send.pk, "word": send.due_at, "canary": CANARY, "channel": send.channel},
        )
        return tuple(
            CanaryArrival(
                address_id, value, max(float(seconds), 0.0) if is_in and seconds else None,
                is_seen, is_left_out,
            )
            for address_id, value, is_in, is_left_out, seconds, is_seen in cursor.fetchall()
        )  # fmt: skip


def latest_alerts(*, since: datetime) -> list[Send]:
    """The newest send of an alert, or of a trial of the path, on each channel since then."""
    rows = Send.objects.filter(
        lane=Send.Lane.ALERTS, due_at__gt=since, fanned_out_at__isnull=False
    ).order_by("due_at")
    return list({each.channel: each for each in rows}.values())
