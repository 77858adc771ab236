"""Which reports count: those about a copy that may have left, or an address lately written to.

Whoever can sign a webhook, or has seen one of our mails, could otherwise shut any reader out with a
number made up.
"""

from datetime import datetime, timedelta

from django.db import connection

from digest.outbound.channels.report import Kind, Report
from digest.outbound.delivery.ledger import outcomes
from digest.outbound.delivery.ledger.states import named
from digest.outbound.delivery.models import Send

# Hosts try for four or five days (RFC 5321, 4.5.4.1); some of the bounces are themselves late.
BOUNCES_FOR = timedelta(days=30)
WROTE_WITHIN = timedelta(days=30)
_BOUNCES = {Kind.HARD_BOUNCE, Kind.SOFT_BOUNCE}

_WRITTEN_TO = named("""
SELECT EXISTS (
    SELECT FROM digest_send s JOIN digest_delivery d ON d.send_id = s.id
    WHERE s.channel = %(channel)s AND s.created_at >= %(since)s - interval '7 days'
      AND d.address_id = %(address)s
      AND (d.state IN ({SENDING}, {SENT}, {UNKNOWN}) OR d.lost_answers > 0)
      AND coalesce(d.sent_at, s.started_at, s.created_at) >= %(since)s
)
""")


def counts(
    report: Report, address_id: int, *, channel: str, now: datetime, refused: bool = False
) -> bool:
    """Whether ``report`` may change anything.

    One that names its copy: when that may have been handed over, whichever comes first, the report
    or our own note of it; a bounce also within :data:`BOUNCES_FOR` of that; and a Message-ID must
    be the very one that went out. One that names only an address: when we wrote to it within
    :data:`WROTE_WITHIN`. ``refused``: it is our own relay's refusal, which is in the ledger.
    """
    key = outcomes.read_key(report.key)
    if key is None:
        return was_written_to(address_id, channel=channel, since=now - WROTE_WITHIN)
    if report.suffix is not None:
        suffix = Send.objects.filter(pk=key[0]).values_list("message_id_suffix", flat=True).first()
        if suffix != report.suffix:
            return False
    since = now - BOUNCES_FOR if report.kind in _BOUNCES else None
    return outcomes.handed_over(*key, since=since, refused=refused)


def was_written_to(address_id: int, *, channel: str, since: datetime) -> bool:
    """Whether a message to the address may have left since then."""
    with connection.cursor() as cursor:
        cursor.execute(_WRITTEN_TO, {"address": address_id, "channel": channel, "since": since})
        return bool(cursor.fetchone()[0])
