"""The journal of a run: intents before the final byte, outcomes after the answer.

Both are committed in groups: whatever gathered while one commit was under way goes into the
next, so the cost of a commit is shared by all connections. Intents and outcomes share the same
transaction, and an outcome is always queued before the same connection's next intent. So, at any
moment, each connection has at most one message that is intended and has no outcome on disk: that
is the bound on repeats after a kill.
"""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import Any

from psycopg import AsyncConnection, OperationalError

from digest.outbound.delivery.models import Delivery

_INTEND = """
UPDATE digest_delivery SET intent_at = statement_timestamp()
WHERE send_id = %s AND address_id = ANY(%s) AND leased_by = %s AND state = 2
  AND leased_until > statement_timestamp()
RETURNING address_id
"""

_ANSWER = """
WITH answer AS (
    SELECT * FROM unnest(
        %(address)s::bigint[], %(state)s::smallint[], %(code)s::integer[], %(reply)s::text[],
        %(provider_id)s::text[], %(pause)s::interval[], %(lost)s::boolean[], %(tried)s::boolean[]
    ) AS t (address_id, state, code, reply, provider_id, pause, lost, tried)
), recorded AS (
    UPDATE digest_delivery d
    SET state = t.state,
        attempts = d.attempts + t.tried::int,
        lost_answers = d.lost_answers + t.lost::int,
        next_try_at = coalesce(statement_timestamp() + t.pause, d.next_try_at),
        sent_at = CASE WHEN t.state = 3 THEN statement_timestamp() END,
        leased_by = NULL, leased_until = NULL, intent_at = NULL,
        code = t.code, reply = t.reply, provider_id = coalesce(t.provider_id, d.provider_id)
    FROM answer t
    WHERE d.send_id = %(send)s AND d.address_id = t.address_id
      AND d.leased_by = %(run)s AND d.state = 2
    RETURNING d.address_id, d.state, d.attempts, d.code, d.reply, t.lost
)
INSERT INTO digest_attempt (send_id, address_id, number, at, result, code, reply)
SELECT %(send)s, address_id, attempts, statement_timestamp(),
       CASE WHEN lost THEN 'unknown' WHEN state = 1 THEN 'deferred' ELSE 'failed' END,
       code, coalesce(reply, '')
FROM recorded WHERE state IN (1, 4, 5)
"""

_REPLY_LIMIT = 500


class LeaseLost(Exception):
    """The delivery is no longer ours: its final byte must not go out."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one attempt, ready for the ledger. ``pause`` is set when it is deferred."""

    address_id: int
    state: Delivery.State
    code: int | None = None
    reply: str = ""
    provider_id: str | None = None
    pause: timedelta | None = None
    lost: bool = False
    tried: bool = True


class Journal:
    """Commits intents and answers of one run in groups; see the module's text."""

    def __init__(
        self,
        connect: Callable[[], Awaitable[AsyncConnection[Any]]],
        send_id: int,
        run: uuid.UUID,
        *,
        patience: timedelta = timedelta(seconds=20),
    ) -> None:
        self._connect = connect
        self._send_id = send_id
        self._run = run
        self._patience = patience.total_seconds()
        self._connection: AsyncConnection[Any] | None = None
        self._intents: dict[int, asyncio.Future[None]] = {}
        self._answers: list[Answer] = []
        self._filled = asyncio.Event()
        self._closing = self._ended = False
        self.flushes = 0

    async def intend(self, address_id: int) -> None:
        """Return once the intent is committed. Raises :class:`LeaseLost`."""
        if self._ended:
            raise LeaseLost("The journal is closed.")
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._intents[address_id] = future
        self._filled.set()
        await future

    def record(self, answer: Answer) -> None:
        """Queue an answer; it is committed with the next group."""
        self._answers.append(answer)
        self._filled.set()

    async def keep(self) -> None:
        """Commit groups until :meth:`close`; run as a task.

        A lost database connection is made anew for a while, because each answer that does not
        reach the ledger costs its reader a second copy. Raises OperationalError after that.
        """
        try:
            while not (self._closing and not self._answers and not self._intents):
                await self._filled.wait()
                self._filled.clear()
                if self._answers or self._intents:
                    await self._flush()
        finally:
            self._ended = True
            self._forget()
            if self._connection is not None:
                await self._connection.close()

    def close(self) -> None:
        """Ask :meth:`keep` to commit what is left and end."""
        self._closing = True
        self._filled.set()

    async def _flush(self) -> None:
        intents, self._intents = self._intents, {}
        answers, self._answers = self._answers, []
        deadline = monotonic() + self._patience
        try:
            while True:
                try:
                    granted = await self._commit(list(intents), answers)
                    break
                except OperationalError:
                    self._connection = None
                    if monotonic() > deadline:
                        raise
                    await asyncio.sleep(0.2)
        except BaseException:
            for future in intents.values():
                if not future.done():
                    future.set_exception(LeaseLost("The ledger cannot be reached."))
            raise
        self.flushes += 1
        for address_id, future in intents.items():
            if future.done():
                continue
            if address_id in granted:
                future.set_result(None)
            else:
                future.set_exception(LeaseLost("Another run holds this delivery now."))

    async def _commit(self, intents: list[int], answers: list[Answer]) -> set[int]:
        """Write one group in one transaction. Repeating it after a lost commit does no harm."""
        if self._connection is None:
            self._connection = await self._connect()
        connection = self._connection
        async with connection.pipeline(), connection.transaction():
            if answers:
                await connection.execute(_ANSWER, self._columns(answers))
            if intents:
                cursor = await connection.execute(_INTEND, (self._send_id, intents, self._run))
        return {row[0] for row in await cursor.fetchall()} if intents else set()

    def _columns(self, answers: list[Answer]) -> dict[str, Any]:
        return {
            "send": self._send_id,
            "run": self._run,
            "address": [each.address_id for each in answers],
            "state": [int(each.state) for each in answers],
            "code": [each.code for each in answers],
            "reply": [_clean(each.reply) for each in answers],
            "provider_id": [each.provider_id for each in answers],
            "pause": [each.pause for each in answers],
            "lost": [each.lost for each in answers],
            "tried": [each.tried for each in answers],
        }

    def _forget(self) -> None:
        for future in self._intents.values():
            if not future.done():
                future.set_exception(LeaseLost("The run has ended."))


def _clean(reply: str) -> str:
    """What the other side said, bounded, without what PostgreSQL's text cannot hold."""
    return reply.replace("\x00", "")[:_REPLY_LIMIT]
