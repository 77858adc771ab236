"""What dead runs held: settled from their journals, exactly, or by the clock, cautiously."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from digest.kit import env
from digest.kit.observe import log
from digest.outbound.channels import registry
from digest.outbound.delivery.core.retry import REPORT_PAUSE
from digest.outbound.delivery.ledger import journal
from digest.outbound.delivery.ledger.journal import IntentState, Legacy
from digest.outbound.delivery.ledger.states import named
from digest.outbound.delivery.models import Send

# So many leases after a run's end its machine is taken for lost, and its journal with it.
_GRACE = 4

_SETTLE = named("""
WITH held AS MATERIALIZED (
    SELECT send_id, address_id,
           address_id = ANY(%(accepted)s) AS accepted,
           address_id = ANY(%(begun)s) OR (%(all_lost)s AND NOT address_id = ANY(%(known)s))
               AS intended
    FROM digest_delivery
    WHERE send_id = %(send)s AND leased_by = %(run)s AND state = {SENDING}
    FOR UPDATE
), settled AS (
    UPDATE digest_delivery d
    SET state = CASE
            WHEN e.accepted THEN {SENT}
            WHEN e.intended AND d.lost_answers > 0 THEN {UNKNOWN}
            WHEN e.intended OR d.attempts > 0 THEN {DEFERRED}
            ELSE {PENDING}
        END,
        attempts = d.attempts + (e.accepted OR e.intended)::int,
        lost_answers = d.lost_answers + e.intended::int,
        next_try_at = CASE
            WHEN NOT (e.accepted OR e.intended AND d.lost_answers > 0)
                THEN statement_timestamp()
                    + make_interval(secs => CASE WHEN e.intended THEN %(wait)s ELSE 0 END)
        END,
        sent_at = CASE WHEN e.accepted THEN statement_timestamp() ELSE d.sent_at END,
        reply = CASE
            WHEN e.accepted THEN 'Accepted; recorded from the journal.'
            WHEN e.intended THEN %(reply)s
            ELSE d.reply
        END,
        leased_by = NULL
    FROM held e
    WHERE d.send_id = e.send_id AND d.address_id = e.address_id AND d.state = {SENDING}
    RETURNING d.send_id, d.address_id, d.attempts, d.state, e.intended
), noted AS (
    INSERT INTO digest_attempt (send_id, address_id, number, at, result, reply)
    SELECT send_id, address_id, attempts, statement_timestamp(), 'unknown', %(reply)s
    FROM settled WHERE intended
), gone AS (
    DELETE FROM digest_run WHERE id = %(run)s
)
SELECT count(*) FILTER (WHERE state = {SENT}),
       count(*) FILTER (WHERE NOT intended AND state <> {SENT}),
       count(*) FILTER (WHERE intended), count(*) FILTER (WHERE state = {UNKNOWN})
FROM settled
""")
# A claim of the dead run may still be under way at the server, and what it takes cannot be seen
# yet; nor may two settle the same run.
_HOLD = "SELECT FROM digest_run WHERE id = %s FOR UPDATE SKIP LOCKED"
_THERE = "SELECT FROM digest_run WHERE id = %s"
_ENDED = "The worker ended before the answer was recorded."

# By the database's clock: a worker whose own clock is an hour ahead must not take live leases.
_LAPSED = """
SELECT id, send_id FROM digest_run
WHERE leased_until + make_interval(secs => %s) < statement_timestamp()
ORDER BY leased_until FOR UPDATE SKIP LOCKED
"""


@dataclass(frozen=True, slots=True)
class Settled:
    """Deliveries of dead runs: ``sent`` as their journals say, ``released`` unbegun, ``lost``
    with an intent and no answer, ``unknown`` of them for the second time.
    """

    sent: int = 0
    released: int = 0
    lost: int = 0
    unknown: int = 0

    def __add__(self, other: "Settled") -> "Settled":
        return Settled(
            self.sent + other.sent,
            self.released + other.released,
            self.lost + other.lost,
            self.unknown + other.unknown,
        )


def journals() -> Path:
    """Where runs on this machine that share this database keep their journals."""
    found = settings.DATABASES["default"]
    which = "\0".join(str(found.get(part, "")) for part in ("HOST", "PORT", "NAME"))
    return env.home() / "journals" / hashlib.sha256(which.encode()).hexdigest()[:12]


def settle_orphans() -> Settled:
    """Settle what runs that died on this machine held. Any process may do so, at any time."""
    total = Settled()
    journal.discard_drafts(journals())
    for estate in journal.orphans(journals()):
        settled = False
        try:
            legacy = estate.read()
            found = settle(legacy) if legacy is not None else Settled()
            settled = found is not None
            total += found or Settled()
        finally:
            estate.close(settled=settled)
    if total.lost or total.sent:
        log.warning("a worker ended in the middle of its work", settled=repr(total))
    return total


def settle_lapsed() -> Settled:
    """Settle what runs held whose machine does not come back; every answer counts as lost."""
    total = Settled()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_LAPSED, [_GRACE * settings.DIGEST_LEASE.total_seconds()])
            lapsed = cursor.fetchall()
        for run, send_id in lapsed:
            total += settle(Legacy(run, send_id, {}, same_boot=False)) or Settled()
    return total


@transaction.atomic
def settle(legacy: Legacy) -> Settled | None:
    """Write a dead run's last will into the ledger; doing it twice changes nothing.

    None when it must be tried again later: a statement of the run is still at work at the server,
    or somebody else settles it.

    Accepted is sent; an intent without an answer may have arrived, is repeated once and recorded
    as unknown the second time; what was not begun is due again. When the machine went down, what
    the journal does not know of may have been begun as well.
    """
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, [legacy.run])
        if cursor.fetchone() is None:
            cursor.execute(_THERE, [legacy.run])
            if cursor.fetchone() is not None:
                return None
        cursor.execute(
            _SETTLE,
            {
                "send": legacy.send_id,
                "run": legacy.run,
                "accepted": legacy.of(IntentState.ACCEPTED),
                "begun": legacy.of(IntentState.INTENT),
                "known": list(legacy.states),
                "all_lost": not legacy.same_boot,
                "reply": _ENDED,
                "wait": _wait(legacy.send_id).total_seconds(),
            },
        )
        return Settled(*cursor.fetchone())


def _wait(send_id: int) -> timedelta:
    """How long what may have arrived waits for the provider's report of it."""
    name = Send.objects.filter(pk=send_id).values_list("channel", flat=True).first()
    try:
        reported = name is not None and registry.spec(name).reports_each_copy
    except (registry.UnknownChannel, registry.BrokenChannel):
        return timedelta()
    return REPORT_PAUSE if reported else timedelta()
