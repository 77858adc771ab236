"""What became of attempts, written to the ledger in batches.

A batch is a fraction of a second's answers. The journal already holds them, so a kill before the
commit costs nobody a second copy.
"""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic
from typing import Any

from psycopg import AsyncConnection, OperationalError

from digest.kit import background
from digest.outbound.delivery.ledger.states import named
from digest.outbound.delivery.models import Delivery

State = Delivery.State

BATCH_EVERY = 0.15
_REPLY_LIMIT = 500

# Touches no indexed column, so that PostgreSQL writes no index (HOT).
_SENT = named("""
UPDATE digest_delivery d
SET state = {SENT}, attempts = d.attempts + 1, leased_by = NULL,
    -- When it was accepted, and not when this batch of answers is written.
    sent_at = statement_timestamp() - t.age,
    code = t.code, reply = t.reply, provider_id = coalesce(t.provider_id, d.provider_id)
FROM unnest(
    %(address)s::bigint[], %(code)s::integer[], %(reply)s::text[], %(provider_id)s::text[],
    %(age)s::interval[]
) AS t (address_id, code, reply, provider_id, age)
WHERE d.send_id = %(send)s AND d.address_id = t.address_id
  AND d.leased_by = %(run)s AND d.state = {SENDING}
""")

_ANSWER = named("""
WITH answer AS (
    SELECT * FROM unnest(
        %(address)s::bigint[], %(state)s::smallint[], %(code)s::integer[], %(reply)s::text[],
        %(provider_id)s::text[], %(pause)s::interval[], %(lost)s::boolean[], %(tried)s::boolean[],
        %(recipient)s::boolean[]
    ) AS t (address_id, state, code, reply, provider_id, pause, lost, tried, recipient)
), recorded AS (
    UPDATE digest_delivery d
    SET state = t.state,
        attempts = d.attempts + t.tried::int,
        lost_answers = d.lost_answers + t.lost::int,
        next_try_at = CASE WHEN t.state = {DEFERRED} THEN statement_timestamp() + t.pause END,
        leased_by = NULL,
        code = t.code, reply = t.reply, provider_id = coalesce(t.provider_id, d.provider_id)
    FROM answer t
    WHERE d.send_id = %(send)s AND d.address_id = t.address_id
      AND d.leased_by = %(run)s AND d.state = {SENDING}
    RETURNING d.address_id, d.state, d.attempts, d.code, d.reply, t.lost, t.recipient
), reported AS (
    INSERT INTO digest_provider_event (provider, event_id, body, received_at)
    SELECT %(reported_as)s::text, concat_ws('-', %(send)s, address_id, attempts),
           jsonb_build_object('key', concat_ws('-', %(send)s, address_id), 'reply', reply),
           statement_timestamp()
    FROM recorded WHERE state = {FAILED} AND recipient AND %(reported_as)s::text <> ''
    ON CONFLICT DO NOTHING
)
INSERT INTO digest_attempt (send_id, address_id, number, at, result, code, reply)
SELECT %(send)s, address_id, attempts, statement_timestamp(),
       CASE WHEN lost THEN 'unknown' WHEN state = {DEFERRED} THEN 'deferred' ELSE 'failed' END,
       code, coalesce(reply, '')
FROM recorded WHERE state IN ({DEFERRED}, {UNKNOWN}, {FAILED})
""")


@dataclass(slots=True)
class Answer:
    """What became of one attempt, ready for the ledger.

    ``pause`` is set when it is deferred. ``recipient``: refused for good because of the address,
    which goes into the inbox of reports too, for whoever weighs bounces. ``at``: when it came, by
    the monotonic clock.
    """

    address_id: int
    state: Delivery.State
    code: int | None = None
    reply: str = ""
    provider_id: str | None = None
    pause: timedelta | None = None
    lost: bool = False
    tried: bool = True
    recipient: bool = False
    at: float = field(default_factory=monotonic)


class Answers:
    """Writes the answers of one run; see the module's text.

    ``told`` is called with each batch when it is in the ledger. ``reported_as``: under which
    provider's name the channel reads what was refused because of the address; empty: it does not.
    """

    def __init__(
        self,
        connect: Callable[[], Awaitable[AsyncConnection[Any]]],
        send_id: int,
        run: uuid.UUID,
        *,
        patience: timedelta = timedelta(seconds=20),
        told: Callable[[Sequence[Answer]], None] | None = None,
        reported_as: str = "",
    ) -> None:
        self._connect = connect
        self._names = {"send": send_id, "run": run, "reported_as": reported_as}
        self._patience = patience.total_seconds()
        self._told = told
        self._connection: AsyncConnection[Any] | None = None
        self._gathered: list[Answer] = []
        self._closing = asyncio.Event()
        self.batches = 0

    def record(self, answer: Answer) -> None:
        """Queue an answer; it is committed with the next batch."""
        self._gathered.append(answer)

    async def keep(self) -> None:
        """Commit batches until :meth:`close`; run as a task.

        A lost database connection is made anew for a while. Raises OperationalError after that:
        what was not committed is then settled from the journal.
        """
        try:
            while not (self._closing.is_set() and not self._gathered):
                await background.is_set(self._closing, BATCH_EVERY)
                if self._gathered:
                    await self._flush()
        finally:
            if self._connection is not None:
                await self._connection.close()

    def close(self) -> None:
        """Ask :meth:`keep` to commit what is left and end."""
        self._closing.set()

    async def _flush(self) -> None:
        batch, self._gathered = self._gathered, []
        deadline = monotonic() + self._patience
        while True:
            try:
                await self._commit(batch)
                break
            except OperationalError:
                self._connection = None
                if monotonic() > deadline:
                    raise
                await asyncio.sleep(0.2)
        self.batches += 1
        if self._told is not None:
            self._told(batch)

    async def _commit(self, batch: list[Answer]) -> None:
        """Write one batch in one transaction. Repeating it after a lost commit does no harm."""
        if self._connection is None:
            self._connection = await self._connect()
        connection = self._connection
        sent = [each for each in batch if each.state is State.SENT]
        others = [each for each in batch if each.state is not State.SENT]
        async with connection.pipeline(), connection.transaction():
            if sent:
                await connection.execute(_SENT, self._names | _common(sent) | _ages(sent))
            if others:
                await connection.execute(_ANSWER, self._names | _common(others) | _rest(others))


def _common(batch: list[Answer]) -> dict[str, Any]:
    return {
        "address": [each.address_id for each in batch],
        "code": [each.code for each in batch],
        "reply": [_clean(each.reply) for each in batch],
        "provider_id": [each.provider_id for each in batch],
    }


def _ages(batch: list[Answer]) -> dict[str, Any]:
    at = monotonic()
    return {"age": [timedelta(seconds=at - each.at) for each in batch]}


def _rest(batch: list[Answer]) -> dict[str, Any]:
    return {
        "state": [int(each.state) for each in batch],
        "pause": [each.pause for each in batch],
        "lost": [each.lost for each in batch],
        "tried": [each.tried for each in batch],
        "recipient": [each.recipient for each in batch],
    }


def _clean(reply: str) -> str:
    """What the other side said, bounded, without what PostgreSQL's text cannot hold."""
    return reply.replace("\x00", "")[:_REPLY_LIMIT]
