"""Parts of our own that refuse: a broker without memory, a database without connections, journals
that cannot be written, and a clock that is set back once.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from threading import Event, Thread

import psycopg
import redis
from django.db import connection

from digest.models import Send
from digest.outbound.delivery.ledger import recover
from tests.chaos.count import Count
from tests.deadlines import slowness
from tests.scenes.theatre import Theatre

# So long each part refuses, on a machine at rest: a run has to begin meanwhile, and to fail.
SECONDS = 6.0


def valkey_full(theatre: Theatre) -> Count:
    """The broker is at its maxmemory and refuses every write, with its memory kept."""
    broker = redis.Redis.from_url(theatre.valkey.url)
    return _during(theatre, lambda: _full(broker), reading="Broker")


@contextmanager
def _full(broker: redis.Redis) -> Iterator[None]:
    broker.config_set("maxmemory-policy", "noeviction")
    broker.config_set("maxmemory", "1")
    try:
        yield
    finally:
        broker.config_set("maxmemory", "0")


def postgres_full(theatre: Theatre) -> Count:
    """Somebody else holds every connection that PostgreSQL has to give."""
    return _during(theatre, lambda: _crowd(theatre.postgres.url), reading="Database", kill=True)


@contextmanager
def _crowd(url: str) -> Iterator[None]:
    # Ours too, or health would find the one place that its closing frees.
    connection.close()
    held: list[psycopg.Connection] = []
    enough = Event()
    _take_all(url, held)
    # Places that a killed worker leaves are taken at once, as by a crowd: health must not find one.
    crowd = Thread(target=_stay, args=(url, held, enough))
    crowd.start()
    try:
        yield
    finally:
        enough.set()
        crowd.join()
        for each in held:
            each.close()


def _stay(url: str, held: list[psycopg.Connection], enough: Event) -> None:
    while not enough.wait(0.01):
        _take_all(url, held)


def _take_all(url: str, held: list[psycopg.Connection]) -> None:
    while len(held) < 1000:
        try:
            held.append(psycopg.connect(url, connect_timeout=5))
        except psycopg.OperationalError as error:
            # On a busy machine one may only have come too late.
            if any(words in str(error) for words in ("too many", "reserved")):
                return


def journals_unwritable(theatre: Theatre) -> Count:
    """No run can begin a journal: the folder is a file (which stops root as well). The send says
    so.
    """
    return _during(theatre, _no_journals, reading="Journals", restart=True, says="journal")


@contextmanager
def _no_journals() -> Iterator[None]:
    folder = recover.journals()
    aside = folder.with_name("aside")
    folder.mkdir(parents=True, exist_ok=True)
    folder.rename(aside)
    folder.write_text("")
    try:
        yield
    finally:
        folder.unlink()
        aside.rename(folder)


def _during(
    theatre: Theatre,
    fault: Callable[[], AbstractContextManager[None]],
    *,
    reading: str,
    kill: bool = False,
    restart: bool = False,
    says: str = "",
) -> Count:
    """A send with a fault in the middle. ``kill``, ``restart``: what becomes of the sender then, so
    that a run has to begin under the fault; ``reading``: what health must call wrong, and ``says``:
    what must stand on the send, meanwhile.
    """
    told = True
    theatre.slowly(0.02)
    theatre.publish()
    with theatre.crew() as crew:
        theatre.wait(taken=theatre.readers // 8)
        theatre.fault_begins()
        with fault():
            if kill:
                crew.kill("digests")
            if restart:
                crew.restart("digests")
            healthy = not theatre.health_tells(reading)
            time.sleep(SECONDS * slowness())
            if says:
                told = theatre.until(lambda: says in _held_up_by(theatre))
        theatre.fault_is_over()
        theatre.wait()
    connection.close()
    found = theatre.count(allowed_twice=theatre.in_flight if kill else 0)
    return replace(found, ledger_ok=found.ledger_ok and told and not healthy)


def _held_up_by(theatre: Theatre) -> str:
    return Send.objects.get(pk=theatre.send_id).held_up_by


def clock_back(theatre: Theatre) -> Count:
    """Every worker's clock is set back by an hour in the middle of a send."""
    theatre.standing.rest()
    theatre.slowly(0.01)
    theatre.publish()
    with theatre.extra(skew="back"):
        theatre.wait()
    return theatre.count(allowed_twice=0)


EXHAUSTION: dict[str, Callable[[Theatre], Count]] = {
    each.__name__.replace("_", "-"): each
    for each in (valkey_full, postgres_full, journals_unwritable, clock_back)
}
