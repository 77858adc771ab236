"""Where the fault runs play: one sink, one broker, one database, and the workers among them."""

import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

import redis
from django.db import InterfaceError, OperationalError, connection, models, transaction

from digest.kit.clock import now
from digest.models import Delivery, Run, Send
from digest.outbound.delivery.control import controls
from digest.outbound.delivery.planning.fanout import fan_out
from digest.outbound.delivery.planning.plan import plan_edition
from digest.web.public.health import health
from tests.chaos.count import Count, count
from tests.deadlines import slowness
from tests.fakes.sink import Register
from tests.scenes import scene
from tests.scenes.processes import Crew
from tests.scenes.servers import Postgres, Valkey

CREW = ("digests", "upkeep", "beat")
# Celery processes of the digests queue work on up to two runs at once.
RUNS = 2
# So long nothing may move on a machine at rest, before a wait is given up (seconds).
PATIENCE = 180.0

Found = TypeVar("Found")


@dataclass
class Theatre:
    """One case: its readers, its dice, and the parts that all cases share.

    ``dice`` are thrown for every random moment, so that a seed tells a run again as far as
    processes let themselves be told. ``delay``: seconds the relay takes for each mail.
    """

    case: str
    readers: int
    seed: int
    sink: Register
    valkey: Valkey
    postgres: Postgres
    connections: int
    log: Path
    standing: Crew
    delay: float | None = None
    send_id: int = 0
    struck: float | None = None
    said: float | None = None
    mended: float | None = None
    began: float = field(default_factory=time.monotonic)
    crews: list[Crew] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.dice = random.Random(f"{self.seed} {self.case}")

    @property
    def in_flight(self) -> int:
        """The most transactions that can be in flight at once."""
        return RUNS * self.connections

    @property
    def faults(self) -> int:
        """How many times a fault strikes in one case."""
        return 6 if self.readers > 5000 else 2

    def publish(self) -> None:
        """A new edition for new readers; workers find it by themselves."""
        daily = scene.newsletter(slug=f"chaos-{uuid4().hex[:8]}")
        scene.readers(self.readers, daily, now=now(), domain=f"{self.case}.example")
        frozen = scene.edition(daily, now=now())
        (self.send_id,) = plan_edition(frozen.edition_id, 1, now=now()).send_ids
        self.began = time.monotonic()

    @contextmanager
    def published_unseen(self) -> Iterator[None]:
        """A new edition, fanned out; workers that stand by see it when the block has ended."""
        with transaction.atomic():
            self.publish()
            fan_out(self.send_id, now=now())
            yield

    def slowly(self, delay: float) -> None:
        """Let the relay take its time, so that faults strike in the middle."""
        self.sink.delay = delay if self.delay is None else self.delay

    @contextmanager
    def crew(self) -> Iterator[Crew]:
        """The standing workers at work."""
        self.standing.revive()
        with self._watched(self.standing) as crew:
            yield crew

    @contextmanager
    def extra(self, *names: str, skew: str = "") -> Iterator[Crew]:
        """More workers beside them, for this case alone; with a ``skew`` their clocks are wrong."""
        with (
            Crew(names or CREW, log=self.log, skew=skew) as crew,
            self._watched(crew),
        ):
            yield crew

    @contextmanager
    def _watched(self, crew: Crew) -> Iterator[Crew]:
        self.crews.append(crew)
        try:
            yield crew
        finally:
            self.crews.remove(crew)

    def moments(self) -> Iterator[int]:
        """Random moments of the send, in order: yields when each has come, after a short wait."""
        for share in sorted(self.dice.sample(range(1, 95), k=self.faults)):
            self.wait(taken=max(self.readers * share // 100, 1))
            time.sleep(self.dice.random() / 4)
            yield share

    def until(self, met: Callable[[], bool]) -> bool:
        """Wait for something while the send goes on; False when it does not come."""
        for _ in self._while_it_moves(PATIENCE / 2):
            if self.ask(met):
                return True
            self.ask(self._hurry)
            time.sleep(0.2)
        return False

    def fault_begins(self) -> None:
        """From now on it is counted when health says so; of several faults the first counts."""
        if self.struck is None:
            self.struck = time.monotonic()

    def told(self, whether: bool) -> None:
        """Somebody was told of the fault just now; the first time counts."""
        if whether and self.struck is not None and self.said is None:
            self.said = time.monotonic() - self.struck

    def health_tells(self, reading: str) -> bool:
        """Whether health says within two hours that what ``reading`` names is wrong.

        The hours pass by health's clock alone, as if nothing happened meanwhile; it is asked over
        a connection of its own, for one that is held says nothing of new ones.
        """
        for ahead in (*range(0, 120, 10), *range(120, 7201, 60)):
            connection.close()
            found = health(now=now() + timedelta(seconds=ahead)).readings
            if any(each.name == reading and each.state != "ok" for each in found):
                assert self.struck is not None
                self.said = time.monotonic() - self.struck + ahead
                return True
        return False

    def fault_is_over(self) -> None:
        """From now on it is counted how long the send takes to recover."""
        self.mended = time.monotonic()

    def stand_by(self, workers: int) -> bool:
        """Until so many processes wait at the broker for something to do; False when late."""
        broker = redis.Redis.from_url(self.valkey.url)

        def waiting() -> bool:
            asked = Counter(each["cmd"].lower() for each in broker.client_list())
            return asked["brpop"] >= workers

        return self.until(waiting)

    def clear(self) -> None:
        """End what a case that failed has left, so that it says nothing of the next one."""
        self.standing.rest()
        self.valkey.stop()
        self.valkey.start()
        connection.close()
        left = Send.objects.exclude(state__in=[Send.State.DONE, Send.State.CANCELLED])
        for send_id in left.values_list("pk", flat=True):
            controls.cancel(send_id, now=now())

    def wait(self, *, taken: int = 0) -> bool:
        """Until the sink has taken so many, or with 0 until the send is done; False when late."""
        for _ in self._while_it_moves(PATIENCE):
            for crew in self.crews:
                crew.check()
            if taken and len(self.sink.taken) >= min(taken, self.readers):
                return True
            if self.ask(self._done):
                return True
            self.ask(self._hurry)
            time.sleep(0.1 if taken else 0.3)
        print(f"{self.case}: given up. {self.ask(self._standing)}", file=sys.stderr)
        return False

    def _while_it_moves(self, seconds: float) -> Iterator[None]:
        """Again and again, until the sink has taken nothing for so long.

        How fast the mails go is the machine's, and what else it does: on a busy one a pause that
        comes with the fifth thousand took longer than any one limit, so the limit grows with how
        slow the machine is now.
        """
        seen, moved = -1, 0.0
        while True:
            taken = len(self.sink.taken)
            if taken != seen:
                seen, moved = taken, time.monotonic()
            waited = time.monotonic() - moved
            if waited > seconds and waited > seconds * slowness():
                return
            yield

    def ask(self, question: Callable[[], Found]) -> Found | None:
        """The database's answer, or None while it is down."""
        try:
            return question()
        except (OperationalError, InterfaceError):
            connection.close()
            return None

    def _standing(self) -> str:
        send = Send.objects.get(pk=self.send_id)
        rows = Delivery.objects.filter(send_id=self.send_id).values_list("state")
        counts = dict(rows.annotate(count=models.Count("pk")).order_by())
        runs = Run.objects.filter(send_id=self.send_id).count()
        held = f"{send.state_reason} {send.held_up_by}".strip()
        return f"The send is {send.state} ({held}), with {runs} runs; its rows: {counts}"

    def _done(self) -> bool:
        return Send.objects.filter(pk=self.send_id, state=Send.State.DONE).exists()

    def _hurry(self) -> None:
        """Do not wait out the pauses between tries: they are minutes and hours."""
        Delivery.objects.filter(
            send_id=self.send_id, state=Delivery.State.DEFERRED, next_try_at__gt=now()
        ).update(next_try_at=now())

    def count(self, allowed_twice: int) -> Count:
        """What became of everybody."""
        return count(
            self.case,
            self.send_id,
            [mail.recipient for mail in list(self.sink.taken)],
            allowed_twice=allowed_twice,
            seconds=time.monotonic() - self.began,
            seed=self.seed,
            recovered=None if self.mended is None else time.monotonic() - self.mended,
            health_said=self.said,
        )

    def addresses(self, share: int, *, most: int = 0) -> list[str]:
        """Every ``share``-th reader's address, at random; ``most``, where one takes long."""
        rows = Delivery.objects.filter(send_id=self.send_id).order_by("address_id")
        values = list(rows.values_list("address__value", flat=True))
        many = max(1, self.readers // share)
        return self.dice.sample(values, min(many, most) if most else many)
