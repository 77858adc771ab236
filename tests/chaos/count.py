"""Who got how many: the sink's record beside the ledger."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from digest.models import Address, Delivery
from digest.outbound.delivery.figures.progress import figures
from tests.scenes.kills import lost_at_two_kills

_STATE = Delivery.State
_EXPLAINED = {_STATE.UNKNOWN, _STATE.FAILED, _STATE.SKIPPED, _STATE.CANCELLED}


@dataclass(frozen=True, slots=True)
class Count:
    """One fault run in figures. ``lost``: not received and no reason on record.

    ``allowed_twice`` is the most that promise 2 grants: the transactions in flight times the
    kills, or the replies that were dropped. ``killed_twice``: unknown, and rightly, since the
    message was in flight at two kills. ``ledger_ok``: every row is final, and the counts that are
    kept beside the rows say what the rows say. ``recovered_s``: seconds from the end of the fault
    to the end of the send, where a fault has an end. ``health_said_s``: seconds from its
    beginning until /health says so, where it is something that an operator must know.
    """

    case: str
    due: int
    received_once: int
    received_twice: int
    received_more: int
    lost: int
    recorded_failed: int
    allowed_twice: int
    sent_rows: int
    killed_twice: int
    ledger_ok: bool
    seconds: float
    seed: int
    recovered_s: float | None = None
    health_said_s: float | None = None

    @property
    def ok(self) -> bool:
        """Whether the promises were kept."""
        return (
            not self.lost
            and not self.received_more
            and self.received_twice <= self.allowed_twice
            and self.ledger_ok
        )

    def document(self) -> dict[str, Any]:
        """As JSON-ready values."""
        return asdict(self) | {"ok": self.ok}


def count(
    case: str,
    send_id: int,
    received: Iterable[str],
    *,
    allowed_twice: int,
    seconds: float,
    seed: int,
    recovered: float | None = None,
    health_said: float | None = None,
) -> Count:
    """Compare what the other side took with the ledger of one send."""
    copies = Counter(received)
    rows = Delivery.objects.filter(send_id=send_id).values_list("address_id", "state")
    values = dict(Address.objects.values_list("pk", "value"))
    states = {values[address_id]: _STATE(state) for address_id, state in rows}
    times = Counter(min(copies[value], 3) for value in states)
    silent = [value for value in states if not copies[value]]
    twice = lost_at_two_kills(send_id)
    final = {_STATE.SENT, *_EXPLAINED}
    return Count(
        case=case,
        due=len(states),
        received_once=times[1],
        received_twice=times[2],
        received_more=times[3],
        lost=sum(states[value] not in _EXPLAINED for value in silent),
        recorded_failed=sum(state in _EXPLAINED for state in states.values()),
        allowed_twice=allowed_twice,
        sent_rows=sum(state == _STATE.SENT for state in states.values()),
        killed_twice=sum(states[values[each]] == _STATE.UNKNOWN for each in twice),
        ledger_ok=all(state in final for state in states.values())
        and set(copies) <= set(states)
        and _counts_agree(send_id, Counter(states.values())),
        seconds=round(seconds, 1),
        seed=seed,
        recovered_s=None if recovered is None else round(recovered, 1),
        health_said_s=None if health_said is None else round(health_said, 1),
    )


def _counts_agree(send_id: int, states: Counter[Delivery.State]) -> bool:
    """Whether what editors are shown is what the rows say."""
    shown = figures(send_id)
    assert shown is not None
    return shown.queued == states[_STATE.PENDING] and all(
        getattr(shown, state.name.lower()) == states[state]
        for state in _STATE
        if state is not _STATE.PENDING
    )
