"""Stop and start sends: pause, resume, cancel, retry the failed, let a held one go.

Each writes who did it into the audit trail. A running send notices within a second: workers look
up its state at each claim and twice a second.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from digest.kit import wake
from digest.kit.errors import ActionRefused
from digest.outbound.delivery.control import hindrance
from digest.outbound.delivery.control.sweep import close_cancelled
from digest.outbound.delivery.ledger.told_elsewhere import to_try_again
from digest.outbound.delivery.models import Delivery, Send
from digest.outbound.delivery.planning import held
from digest.staff import audit
from digest.staff.audit import AuditEntry
from digest.staff.members import Member

State = Send.State
_SAID = {
    State.PENDING: "is about to start",
    State.RUNNING: "is going out",
    State.PAUSED: "is paused",
    State.HELD: "waits for an editor",
    State.DONE: "has gone out",
    State.CANCELLED: "was cancelled",
}


class CannotControl(ActionRefused, ValueError):
    """The send is in no state for this; the text says which it is in and what can be done."""


def pause(
    send_id: int,
    *,
    now: datetime,
    member: Member | None = None,
    reason: str = "",
    who: str = "",
    unless_resumed_after: int | None = None,
) -> None:
    """Stop sending until somebody resumes. Pausing a paused send changes nothing.

    ``unless_resumed_after``: what :func:`last_resumed` said when the reason was not known yet. Who
    has resumed the send since knew it already, by another run that was quicker to tell: then it
    goes on, also with those whom this refusal hit.
    """
    with transaction.atomic():
        send = _locked(send_id)
        if send.state == State.PAUSED:
            return
        _require(send, {State.PENDING, State.RUNNING}, "paused")
        if unless_resumed_after is not None and last_resumed(send_id) > unless_resumed_after:
            _go_on(send, now)
            return
        _set(send, State.PAUSED, reason or f"Paused by {who or member or 'hand'}.")
        held.take_out(send, now=now)
        audit.record("paused", send, now=now, member=member, who=who, reason=reason)


def resume(send_id: int, *, now: datetime, member: Member | None = None) -> None:
    """Go on where it stopped, also with those whom the refusal hit that paused it. Resuming a
    running send changes nothing.
    """
    with transaction.atomic():
        send = _locked(send_id)
        if send.state in {State.RUNNING, State.PENDING}:
            return
        _require(send, {State.PAUSED}, "resumed")
        _set(send, State.RUNNING if send.fanned_out_at else State.PENDING, "")
        again = _go_on(send, now)
        audit.record("resumed", send, now=now, member=member, tried_again=again)


def last_resumed(send_id: int) -> int:
    """Which entry of the audit trail resumed the send last; 0 while none has."""
    entries = AuditEntry.objects.filter(subject_kind="send", subject_id=send_id, verb="resumed")
    return entries.aggregate(last=Max("pk"))["last"] or 0


def cancel(
    send_id: int,
    *,
    now: datetime,
    member: Member | None = None,
    reason: str = "",
    who: str = "",
) -> int:
    """Stop for good; returns how many deliveries were still to go.

    The send's state is committed before its rows are marked, so that workers stop at once even
    when there are a million of them.
    """
    call_off(send_id, now=now, member=member, reason=reason, who=who)
    return close_cancelled(send_id, now=now)


@transaction.atomic
def call_off(
    send_id: int,
    *,
    now: datetime,
    member: Member | None = None,
    reason: str = "",
    who: str = "",
) -> None:
    """Stop for good, and leave the marking of its rows to the sweeper."""
    send = _locked(send_id)
    if send.state != State.CANCELLED:
        _require(send, {State.PENDING, State.RUNNING, State.PAUSED, State.HELD}, "cancelled")
        _set(send, State.CANCELLED, reason or f"Cancelled by {who or member or 'hand'}.")
        held.take_out(send, now=now)
        audit.record("cancelled", send, now=now, member=member, who=who, reason=reason)


def retry_failed(send_id: int, *, now: datetime, member: Member | None = None) -> int:
    """Make the failed deliveries, and only those, due again; returns how many.

    A cancelled send stays cancelled, and an alert goes to nobody again whom another of their
    channels has told. How often an answer was lost is kept: nobody gets three.
    """
    with transaction.atomic():
        send = _locked(send_id)
        _require(send, {State.RUNNING, State.PAUSED, State.DONE}, "retried")
        failed = Delivery.objects.filter(send_id=send_id, state=Delivery.State.FAILED)
        count = to_try_again(failed, send).update(
            state=Delivery.State.DEFERRED, attempts=0, next_try_at=now
        )
        if not count:
            return 0
        if send.state == State.DONE:
            send.state = State.RUNNING
        # The pauses grow, and end, by the time since the send began.
        send.started_at, send.finished_at = now, None
        send.save(update_fields=["state", "started_at", "finished_at"])
        audit.record("retried the failed of", send, now=now, member=member, count=count)
        _wake(send)
        return count


def release_held(send_id: int, *, now: datetime, member: Member | None = None) -> None:
    """Let a send go that waited for an editor because it was late: it becomes due now."""
    with transaction.atomic():
        send = _locked(send_id)
        _require(send, {State.HELD}, "released")
        audit.record("released", send, now=now, member=member, was_due=send.due_at.isoformat())
        send.state, send.state_reason, send.due_at = State.PENDING, "", now
        send.save(update_fields=["state", "state_reason", "due_at"])
        _wake(send)


def _locked(send_id: int) -> Send:
    try:
        return Send.objects.select_for_update().get(pk=send_id)
    except Send.DoesNotExist:
        raise CannotControl(
            f"There is no send {send_id} any more. Look at the list of sends again."
        ) from None


def _require(send: Send, states: Iterable[str], done: str) -> None:
    if send.state not in states:
        allowed = " or ".join(_SAID[state] for state in State if state in states)
        raise CannotControl(
            f"It {_SAID[State(send.state)]}, so it cannot be {done}. That can be done to one that "
            f"{allowed}."
        )


def _set(send: Send, state: str, reason: str) -> None:
    send.state, send.state_reason = state, reason
    send.save(update_fields=["state", "state_reason"])


def _go_on(send: Send, now: datetime) -> int:
    """Make those due again whom the refusal hit, and call the workers; returns how many."""
    again = hindrance.put_back_refused(send, now=now)
    hindrance.clear(send.pk)
    _wake(send)
    return again


def _wake(send: Send) -> None:
    if send.state == State.RUNNING:
        wake.on_commit(f"send:{send.lane}", send.pk)
    elif send.state == State.PENDING:
        wake.on_commit(f"fan_out:{send.lane}", send.pk)
