"""What is taken away from under the service: beat for a day, memory, its supervisor, its folder."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from django.db.models import F

from digest.kit.clock import now
from digest.models import Send
from digest.outbound.delivery.control import controls
from tests.chaos.cases import CASES
from tests.chaos.count import Count
from tests.chaos.exhaustion import EXHAUSTION
from tests.chaos.relays import RELAYS
from tests.deadlines import slowness
from tests.scenes.service import REFUSED, Service
from tests.scenes.theatre import Theatre

# Long enough, on a machine at rest, for workers that stand by to do what they must not.
STILL = 3.0
# Of the sender and of upkeep each, the parent listens at the broker for its children.
STANDING_BY = 2
DAY = timedelta(days=1)


def beat_gone(theatre: Theatre) -> Count:
    """Beat is dead for a day, and the hint of a send that is due is lost with the broker's memory.

    The workers stand by and find nothing. A day later beat runs again, and the send, too late by
    then, waits for an editor; let go, it reaches everybody once. The day passes in the rows: what
    is due is judged by the database's clock.
    """
    theatre.standing.rest()
    theatre.publish()
    theatre.valkey.flush()
    with theatre.extra("digests", "upkeep"):
        theatre.fault_begins()
        told = theatre.health_tells("Sends waiting: digests")
        told = theatre.stand_by(STANDING_BY) and told
        time.sleep(STILL * slowness())
        still = not theatre.sink.taken
        Send.objects.filter(pk=theatre.send_id).update(due_at=F("due_at") - DAY)
        with theatre.extra("beat"):
            held = theatre.until(lambda: _state(theatre) == Send.State.HELD)
            theatre.fault_is_over()
            if held:
                controls.release_held(theatre.send_id, now=now())
            theatre.wait()
    found = theatre.count(allowed_twice=0)
    return replace(found, ledger_ok=found.ledger_ok and told and still and held)


def _state(theatre: Theatre) -> str:
    return Send.objects.get(pk=theatre.send_id).state


def out_of_memory(theatre: Theatre) -> Count:
    """The kernel takes the largest process of the sender, as when memory has run out (SIGKILL).

    Its parent lives, puts another in its place, and whoever it held gets the mail from that one.
    """
    theatre.slowly(0.01)
    theatre.publish()
    with theatre.crew() as crew:
        killed = 0
        for _ in theatre.moments():
            theatre.fault_begins()
            killed += crew.kill_largest("digests")
            theatre.fault_is_over()
        theatre.wait()
    found = theatre.count(allowed_twice=theatre.connections * killed)
    return replace(found, ledger_ok=found.ledger_ok and killed > 0)


def kill_up(theatre: Theatre) -> Count:
    """SIGKILL of ``digest up``: its processes end in order, and another goes on at once."""
    theatre.standing.rest()
    theatre.slowly(0.01)
    theatre.publish()
    kills = 0
    with Service(log=theatre.log) as service:
        answered = theatre.until(service.answers)
        for _ in theatre.moments():
            theatre.fault_begins()
            service.kill()
            kills += 1
            theatre.told(theatre.until(lambda: not service.answers()))
            service.start()
            answered = theatre.until(service.answers) and answered
            theatre.fault_is_over()
        theatre.wait()
    found = theatre.count(allowed_twice=theatre.in_flight * kills)
    return replace(found, ledger_ok=found.ledger_ok and answered)


def two_on_one_home(theatre: Theatre) -> Count:
    """``digest up`` is started twice at one moment, and a third time later: one runs."""
    theatre.standing.rest()
    theatre.slowly(0.005)
    theatre.publish()
    with Service(log=theatre.log) as service:
        theatre.fault_begins()
        second = service.another()
        answered = theatre.until(service.answers)
        one = theatre.until(lambda: service.is_the_one_beside(second))
        third = service.another()
        one = answered and third.wait(120 * slowness()) == REFUSED and one
        theatre.told(one)
        theatre.fault_is_over()
        theatre.wait()
    found = theatre.count(allowed_twice=0)
    return replace(found, ledger_ok=found.ledger_ok and one)


LOSSES: dict[str, Callable[[Theatre], Count]] = {
    each.__name__.replace("_", "-"): each
    for each in (beat_gone, out_of_memory, kill_up, two_on_one_home)
}
ALL = CASES | RELAYS | EXHAUSTION | LOSSES
