"""Relays that are slow, silent, full or away, as a relay may be for minutes and hours.

Hours pass by shifted clocks: the loop's in the case of late answers, the rows' in the others.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from unittest import mock

from django.db.models import F

from digest.kit.clock import now
from digest.models import Delivery, Send
from digest.outbound.channels.base import Patience
from digest.outbound.delivery.control import controls
from digest.outbound.delivery.sending import send as sending
from tests.chaos.count import Count
from tests.deadlines import slowness
from tests.fakes.smtp import HANG_UP, STALL
from tests.scenes.fast_loop import fast
from tests.scenes.theatre import Theatre

QUOTA = "550 5.4.5 Daily user sending quota exceeded."
# So many times as fast, a relay of 500 seconds answers after 25.
SPEED = 20.0
MANY = 10**5


def answers_late(theatre: Theatre) -> Count:
    """The relay takes 31, 120 and 500 seconds for its final answers: nobody gets two."""
    theatre.standing.rest()
    theatre.readers = min(theatre.readers, 60)
    with theatre.published_unseen():
        for number, address in enumerate(theatre.addresses(1)):
            theatre.sink.delays[address] = (31, 120, 500)[number % 3] / SPEED
    # A command may take its time on a busy machine, at this speed.
    patience = Patience(command=300, answer=600)
    with mock.patch.object(sending, "_NEW_LOOP", fast(SPEED)):
        sending.send_some(
            theatre.send_id,
            connections=theatre.readers,
            seconds=60 * slowness(),
            patience=patience,
        )
    return theatre.count(allowed_twice=0)


def no_answers(theatre: Theatre) -> Count:
    """From some moment on the relay takes contents and says nothing: the send pauses."""
    return _paused(theatre, STALL, "never answered for")


def quota_spent(theatre: Theatre) -> Count:
    """A quota is spent in the middle: the send pauses, and resuming leaves nobody behind."""
    found = _paused(theatre, QUOTA, "used up")
    return replace(found, ledger_ok=found.ledger_ok and not found.recorded_failed)


def _paused(theatre: Theatre, said: str, reason: str) -> Count:
    with theatre.published_unseen():
        theatre.fault_begins()
        theatre.sink.on_content["*"] = [""] * (theatre.readers // 4) + [said] * MANY
    with theatre.crew():
        paused = theatre.until(lambda: _is_paused(theatre, reason))
        unwell = theatre.health_tells("Sends that wait for an editor")
        theatre.sink.on_content.clear()
        theatre.fault_is_over()
        if paused:
            controls.resume(theatre.send_id, now=now())
        theatre.wait()
    found = theatre.count(allowed_twice=0)
    return replace(found, ledger_ok=found.ledger_ok and paused and unwell)


def _is_paused(theatre: Theatre, reason: str) -> bool:
    send = Send.objects.get(pk=theatre.send_id)
    return send.state == Send.State.PAUSED and reason in send.state_reason


def relay_down(theatre: Theatre) -> Count:
    """The relay is away for an hour, and the send says so and since when."""
    theatre.slowly(0.005)
    theatre.publish()
    with theatre.crew():
        theatre.wait(taken=theatre.readers // 4)
        theatre.fault_begins()
        theatre.sink.greetings += [HANG_UP] * MANY
        theatre.sink.on_recipient["*"] = [HANG_UP] * MANY
        told = theatre.until(lambda: _is_held_up(theatre))
        unwell = theatre.health_tells("Sends held up")
        hour = timedelta(hours=1)
        rows = Delivery.objects.filter(send_id=theatre.send_id, next_try_at__isnull=False)
        for _ in range(4):
            rows.update(next_try_at=F("next_try_at") - hour / 4)
            Send.objects.filter(pk=theatre.send_id).update(started_at=F("started_at") - hour / 4)
            # Time for a try or two, which the relay turns away.
            time.sleep(slowness())
        theatre.sink.greetings.clear()
        theatre.sink.on_recipient.clear()
        theatre.fault_is_over()
        theatre.wait()
    found = theatre.count(allowed_twice=0)
    return replace(
        found, ledger_ok=found.ledger_ok and told and unwell and not found.recorded_failed
    )


def _is_held_up(theatre: Theatre) -> bool:
    send = Send.objects.get(pk=theatre.send_id)
    return send.held_up_since is not None and bool(send.held_up_by)


RELAYS: dict[str, Callable[[Theatre], Count]] = {
    each.__name__.replace("_", "-"): each
    for each in (answers_late, no_answers, quota_spent, relay_down)
}
