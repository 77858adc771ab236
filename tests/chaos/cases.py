"""The faults. Each case sends one edition to many readers while something goes wrong."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from django.db import connection

from digest.kit.clock import now
from digest.models import Delivery, Send
from digest.outbound.delivery.fanout import fan_out
from digest.outbound.delivery.plan import plan_edition
from tests.bench.ground import Valkey
from tests.chaos import scene
from tests.chaos.count import Count, count
from tests.chaos.crew import Crew
from tests.fakes.smtp import DROP_REPLY, HANG_UP, STALL, Sink

CREW = ("digests", "upkeep", "beat")
# Celery processes of the digests queue work on up to two runs at once.
RUNS = 2
PATIENCE = 300.0


@dataclass
class Theatre:
    """Where one case plays: its readers, the sink, the broker and the workers."""

    case: str
    readers: int
    sink: Sink
    valkey: Valkey
    connections: int
    log: Path
    delay: float | None = None
    send_id: int = 0
    began: float = field(default_factory=time.monotonic)
    crews: list[Crew] = field(default_factory=list)

    @property
    def in_flight(self) -> int:
        """The most transactions that can be in flight at once."""
        return RUNS * self.connections

    def publish(self) -> None:
        """A new edition for new readers; workers find it by themselves."""
        letter = scene.newsletter(slug=f"chaos-{uuid4().hex[:8]}")
        scene.readers(self.readers, letter, now=now())
        frozen = scene.edition(letter, now=now())
        (self.send_id,) = plan_edition(frozen.edition_id, 1, now=now()).send_ids
        self.began = time.monotonic()

    @contextmanager
    def crew(self, *names: str) -> Iterator[Crew]:
        """Workers at work."""
        with Crew(names or CREW, log=self.log) as crew:
            self.crews.append(crew)
            yield crew
        self.crews.remove(crew)

    def wait(self, *, taken: int = 0, hurry: bool = True) -> bool:
        """Until the sink has taken so many, or with 0 until the send is done; False when late."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            for crew in self.crews:
                crew.check()
            if taken and len(self.sink.taken) >= min(taken, self.readers):
                return True
            if Send.objects.filter(pk=self.send_id, state=Send.State.DONE).exists():
                return True
            if hurry:
                self.hurry()
            time.sleep(0.05 if taken else 0.3)
        return False

    def hurry(self) -> None:
        """Do not wait out the pauses between tries: they are minutes and hours."""
        Delivery.objects.filter(
            send_id=self.send_id, state=Delivery.State.DEFERRED, next_try_at__gt=now()
        ).update(next_try_at=now())

    def count(self, allowed_twice: int) -> Count:
        """What became of everybody."""
        return count(
            self.case,
            self.send_id,
            [mail.recipient for mail in self.sink.taken],
            allowed_twice=allowed_twice,
            seconds=time.monotonic() - self.began,
        )

    def addresses(self, share: int) -> list[str]:
        """Every ``share``-th reader's address, at random."""
        values = Delivery.objects.filter(send_id=self.send_id).values_list(
            "address__value", flat=True
        )
        return random.sample(list(values), max(1, self.readers // share))


def kill_sender(theatre: Theatre) -> Count:
    """kill -9 of the sending worker, children and all, at random moments."""
    return _kills(theatre, ("digests",))


def kill_everything(theatre: Theatre) -> Count:
    """kill -9 of every worker and of beat at once."""
    return _kills(theatre, CREW)


def kill_beat(theatre: Theatre) -> Count:
    """kill -9 of beat, and a second beat beside it all the time."""
    with theatre.crew("beat"):
        return _kills(theatre, ("beat",))


def _kills(theatre: Theatre, names: tuple[str, ...]) -> Count:
    theatre.sink.delay = 0.02 if theatre.delay is None else theatre.delay
    theatre.publish()
    with theatre.crew() as crew:
        moments = sorted(random.sample(range(1, 90), k=4 if theatre.readers > 5000 else 2))
        for moment in moments:
            theatre.wait(taken=theatre.readers * moment // 100)
            time.sleep(random.random() / 5)
            crew.kill(*names)
        theatre.wait()
        # Beat holds nothing in flight.
        kills = crew.kills if names == ("digests",) else len(moments) * ("digests" in names)
    return theatre.count(allowed_twice=theatre.in_flight * kills)


def restarts(theatre: Theatre) -> Count:
    """The sending worker is asked to end, as by a deployment: nothing at all is repeated."""
    theatre.sink.delay = 0.02 if theatre.delay is None else theatre.delay
    theatre.publish()
    with theatre.crew() as crew:
        for share in (5, 3, 2):
            theatre.wait(taken=theatre.readers // share)
            crew.restart("digests")
        theatre.wait()
    return theatre.count(allowed_twice=0)


def valkey_lost(theatre: Theatre) -> Count:
    """The broker is flushed, then killed and restarted empty, in the middle of a send."""
    theatre.sink.delay = 0.005 if theatre.delay is None else theatre.delay
    theatre.publish()
    with theatre.crew():
        theatre.wait(taken=theatre.readers // 4)
        theatre.valkey.flush()
        theatre.wait(taken=theatre.readers // 2)
        theatre.valkey.stop()
        time.sleep(random.random())
        theatre.valkey.start()
        theatre.wait()
    return theatre.count(allowed_twice=0)


def refusals(theatre: Theatre) -> Count:
    """A tenth is turned away for now, at different moments; a hundredth for good."""
    theatre.publish()
    fan_out(theatre.send_id, now=now())
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
    theatre.publish()
    fan_out(theatre.send_id, now=now())
    for number, address in enumerate(theatre.addresses(20)):
        script = [theatre.sink.on_data, theatre.sink.on_content][number % 2]
        script[address] = [HANG_UP]
    with theatre.crew():
        theatre.wait()
    return theatre.count(allowed_twice=0)


def dropped_replies(theatre: Theatre) -> Count:
    """The relay takes the mail and drops the reply: once for most, for ever for some."""
    theatre.publish()
    fan_out(theatre.send_id, now=now())
    dropped = theatre.addresses(50)
    for number, address in enumerate(dropped):
        theatre.sink.on_content[address] = [DROP_REPLY] * (1 if number % 4 else 9)
    with theatre.crew():
        theatre.wait()
    return theatre.count(allowed_twice=len(dropped))


def stalls(theatre: Theatre) -> Count:
    """The relay stops answering some, before and after the content, and workers are killed."""
    theatre.publish()
    fan_out(theatre.send_id, now=now())
    for number, address in enumerate(theatre.addresses(max(theatre.readers // 8, 1))):
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
    with theatre.crew(), theatre.crew():
        theatre.wait()
    return theatre.count(allowed_twice=0)


CASES: dict[str, Callable[[Theatre], Count]] = {
    each.__name__.replace("_", "-"): each
    for each in (
        kill_sender,
        kill_everything,
        kill_beat,
        restarts,
        valkey_lost,
        refusals,
        hang_ups,
        dropped_replies,
        stalls,
        two_of_everything,
    )
}
