"""The faults. Each case sends one edition to many readers while something goes wrong."""

import threading
import time
from collections.abc import Callable

from django.db import connection

from digest.kit.clock import now
from digest.outbound.delivery.planning.fanout import fan_out
from tests.chaos.count import Count
from tests.fakes.smtp import DROP_REPLY, HANG_UP, STALL
from tests.scenes.theatre import CREW, Theatre


def kill_sender(theatre: Theatre) -> Count:
    """kill -9 of the sending worker, children and all, at random moments."""
    return _kills(theatre, ("digests",))


def kill_everything(theatre: Theatre) -> Count:
    """kill -9 of every worker and of beat at once."""
    return _kills(theatre, CREW)


def kill_beat(theatre: Theatre) -> Count:
    """kill -9 of beat, and a second beat beside it all the time."""
    with theatre.extra("beat"):
        return _kills(theatre, ("beat",))


def _kills(theatre: Theatre, names: tuple[str, ...]) -> Count:
    theatre.slowly(0.01)
    theatre.publish()
    with theatre.crew() as crew:
        before = crew.kills
        for _ in theatre.moments():
            crew.kill(*names)
        theatre.wait()
        # Beat holds nothing in flight, and is not counted.
        return theatre.count(allowed_twice=theatre.in_flight * (crew.kills - before))


def restarts(theatre: Theatre) -> Count:
    """The sending worker is asked to end, as by a deployment: nothing at all is repeated."""
    theatre.slowly(0.01)
    theatre.publish()
    with theatre.crew() as crew:
        for _ in theatre.moments():
            crew.restart("digests")
        theatre.wait()
    return theatre.count(allowed_twice=0)


def valkey_flushed(theatre: Theatre) -> Count:
    """The broker forgets everything in the middle of a send."""
    theatre.slowly(0.005)
    theatre.publish()
    with theatre.crew():
        for _ in theatre.moments():
            theatre.valkey.flush()
        theatre.wait()
    return theatre.count(allowed_twice=0)


def valkey_restarted(theatre: Theatre) -> Count:
    """The broker is killed, is away for a moment, and comes back empty."""
    theatre.slowly(0.005)
    theatre.publish()
    with theatre.crew():
        for _ in theatre.moments():
            theatre.valkey.stop()
            time.sleep(theatre.dice.random() * 2)
            theatre.valkey.start()
        theatre.wait()
    return theatre.count(allowed_twice=0)


def postgres_restarted(theatre: Theatre) -> Count:
    """PostgreSQL is stopped with ``-m immediate`` in the middle of a send, and started again.

    What was in flight then may be repeated: its answer had nowhere to go.
    """
    theatre.slowly(0.01)
    theatre.publish()
    falls = 0
    with theatre.crew():
        for _ in theatre.moments():
            theatre.postgres.knock_over()
            falls += 1
        theatre.wait()
    connection.close()
    return theatre.count(allowed_twice=theatre.in_flight * falls)


def refusals(theatre: Theatre) -> Count:
    """A tenth is turned away for now, at different moments; a hundredth for good."""
    with theatre.published_unseen():
        for number, address in enumerate(theatre.addresses(10)):
            said = ["451 4.7.1 greylisted", "452 4.2.2 full"][: 1 + number % 2]
            script = [theatre.sink.on_recipient, theatre.sink.on_content][number % 2]
            script[address] = said
        for address in theatre.addresses(100):
            theatre.sink.on_recipient[address] = ["550 5.1.1 no such user"] * 99
            theatre.sink.on_content.pop(address, None)
    with theatre.crew():
        theatre.wait()
    return theatre.count(allowed_twice=0)


def hang_ups(theatre: Theatre) -> Count:
    """The relay closes the connection after DATA, and after the content without taking it."""
    with theatre.published_unseen():
        for number, address in enumerate(theatre.addresses(20)):
            script = [theatre.sink.on_data, theatre.sink.on_content][number % 2]
            script[address] = [HANG_UP]
    with theatre.crew():
        theatre.wait()
    return theatre.count(allowed_twice=0)


def dropped_replies(theatre: Theatre) -> Count:
    """The relay takes the mail and drops the reply: once for most, for ever for some."""
    with theatre.published_unseen():
        dropped = theatre.addresses(50)
        for number, address in enumerate(dropped):
            theatre.sink.on_content[address] = [DROP_REPLY] * (1 if number % 4 else 9)
    with theatre.crew():
        theatre.wait()
    return theatre.count(allowed_twice=len(dropped))


def stalls(theatre: Theatre) -> Count:
    """The relay stops answering some, before and after the content, and workers are killed.

    A stalled connection holds its place until patience ends, so few are enough.
    """
    with theatre.published_unseen():
        for number, address in enumerate(theatre.addresses(20, most=150)):
            script = [theatre.sink.on_recipient, theatre.sink.on_content][number % 2]
            script[address] = [STALL]
    with theatre.crew() as crew:
        theatre.wait(taken=theatre.readers // 2)
        crew.kill("digests")
        theatre.wait()
    return theatre.count(allowed_twice=theatre.in_flight)


def two_of_everything(theatre: Theatre) -> Count:
    """Four fan-outs of one send at once, two sets of workers, two beats."""
    theatre.publish()

    def work() -> None:
        fan_out(theatre.send_id, now=now())
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with theatre.crew(), theatre.extra():
        theatre.wait()
    return theatre.count(allowed_twice=0)


def clock_jumps(theatre: Theatre) -> Count:
    """Every worker's clock, and beat's, is set to some moment within 60 hours every few seconds.

    A tenth is turned away for now, so that pauses and give-up times come into it.
    """
    theatre.standing.rest()
    theatre.slowly(0.005)
    theatre.publish()
    with theatre.extra(skew=str(theatre.seed)):
        theatre.wait(taken=1)
        for address in theatre.addresses(10):
            theatre.sink.on_content[address] = ["451 4.7.1 greylisted"]
        theatre.wait()
    return theatre.count(allowed_twice=0)


CASES: dict[str, Callable[[Theatre], Count]] = {
    each.__name__.replace("_", "-"): each
    for each in (
        kill_sender,
        kill_everything,
        kill_beat,
        restarts,
        valkey_flushed,
        valkey_restarted,
        postgres_restarted,
        refusals,
        hang_ups,
        dropped_replies,
        stalls,
        two_of_everything,
        clock_jumps,
    )
}
