"""What keeps a page up to date: a stamp of all that it shows, asked for every few seconds.

A page names what it watches, carries the stamp of the moment it was made, and asks for the present
one with ``If-None-Match``. Nothing is kept open: between two questions a page holds no connection
and no thread, and a restart in between is not even noticed. All who ask within two seconds share a
query.
"""

import hashlib
import threading
import time
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.http import HttpRequest

from digest.intake.articles.by_address.models import AddressLookup
from digest.kit import clock
from digest.staff.members import Member
from digest.web.desk.editions.presence import here

# Each is read by an index or from a few rows, whatever the tables hold. What editors do to stories
# without moving a report (a name, a bar, a pin) stands among their latest acts.
_PARTS = {
    "staff": "SELECT max(id)::text FROM digest_audit_entry",
    "stories": """SELECT concat((SELECT max(id) FROM digest_story_article), ' ',
        (SELECT max(id) FROM digest_story_link), ' ',
        (SELECT max(id) FROM (SELECT id, subject_kind FROM digest_audit_entry
            ORDER BY id DESC LIMIT 200) AS latest WHERE subject_kind = 'story'))""",
    "breaking": """SELECT string_agg(concat(id, state), ',' ORDER BY id) FROM digest_candidate
        WHERE raised_at > now() - interval '6 hours'""",
    "editions": """SELECT string_agg(concat(id, ' ', state, lock_version), ',' ORDER BY id)
        FROM digest_edition WHERE newsletter_id IS NOT NULL
        AND (state IN ('draft', 'held', 'approved') OR slot_at > now() - interval '1 day')""",
    "planned": """SELECT concat(max(id), ' ', count(*), ' ', sum(id)) FROM digest_planned_change
        WHERE state = 'waiting'""",
    "alerts": """SELECT string_agg(concat(id, ' ', state, lock_version, ' ', revision), ','
        ORDER BY id) FROM (SELECT * FROM digest_alert ORDER BY id DESC LIMIT 60) AS latest""",
    "imports": """SELECT string_agg(concat(id, state, done), ',' ORDER BY id) FROM (
        SELECT id, state, done FROM digest_import_job ORDER BY id DESC LIMIT 20) AS latest""",
    "holds": """SELECT concat((SELECT string_agg(concat(id, decision), ',' ORDER BY id) FROM (
            SELECT id, decision FROM digest_bounce_hold ORDER BY id DESC LIMIT 40) AS latest), ' ',
        (SELECT count(*) FROM digest_hard_bounce bounce JOIN digest_bounce_hold hold
            ON hold.id = bounce.hold_id WHERE hold.decision = ''))""",
    "sends": """SELECT concat((
            SELECT string_agg(concat(id, state), ',' ORDER BY id) FROM (SELECT id, state
            FROM digest_send WHERE kind NOT IN ('service', 'welcome')
            ORDER BY id DESC LIMIT 80) AS latest), ' ', (
            SELECT string_agg(concat_ws('/', send.id, send.total, deferred, sending, sent, unknown,
                failed, skipped, cancelled), ',' ORDER BY send.id) FROM digest_send send
            LEFT JOIN digest_send_count counted ON counted.send_id = send.id
            WHERE send.state IN ('pending', 'running', 'paused', 'held')
            AND send.kind NOT IN ('service', 'welcome')))""",
}
# A wire that is read by thirty editors is made anew for all of them: not at every single report.
_SECONDS = {"stories": 15.0}
# All other stamps: a page asks every three seconds.
_OTHERS = 2.0
_WATCHED_AT_MOST = 12
_MADE_OF = ("staff", "stories", "breaking", "editions", "alerts")


class StampsRead:
    """The stamps as this process last read them, each for two seconds or longer."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._read: dict[str, tuple[float, str]] = {}

    def stamps(self) -> dict[str, str]:
        """Every part's stamp; those that are too old are read in one query, by one who asks."""
        with self._lock:
            return self._stamps(_SECONDS, _OTHERS)

    def known(self) -> dict[str, str] | None:
        """Every part's stamp where none is too old yet; asks nobody."""
        at, read = time.monotonic(), self._read
        if len(read) < len(_PARTS):
            return None
        if any(at - since >= _SECONDS.get(part, _OTHERS) for part, (since, _) in read.items()):
            return None
        return {part: stamp for part, (_, stamp) in read.items()}

    def right_now(self) -> dict[str, str]:
        """For a page: every stamp read now, but those that may be some seconds old by plan.

        An editor who comes back from a change sees it, whichever process made it.
        """
        return self._stamps(_SECONDS, 0.0)

    def _stamps(self, seconds: dict[str, float], other: float) -> dict[str, str]:
        at, read = time.monotonic(), dict(self._read)
        old = [
            part
            for part in _PARTS
            if part not in read or at - read[part][0] >= seconds.get(part, other)
        ]
        if old:
            columns = ", ".join(f"({_PARTS[part]})" for part in old)
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT {columns}")
                row = cursor.fetchone() or ()
            read |= {part: (at, str(value)) for part, value in zip(old, row, strict=True)}
            self._read = read
        return {part: stamp for part, (_, stamp) in read.items()}

    def forget(self) -> None:
        """Read everything anew when next asked."""
        with self._lock:
            self._read.clear()


latest = StampsRead()
forget = latest.forget


def came_in(request: HttpRequest) -> str:
    """The stamp of the stories: it changes when something has come in."""
    stamps: dict[str, str] = getattr(request, "desk_stamps", None) or latest.stamps()
    return stamps["stories"]


def as_it_stands(request: HttpRequest) -> str:
    """One word for all that the wire and a sheet are made of; another one when it has changed.

    How far the sends are is not in it: while one runs, that changes with every second.
    """
    stamps: dict[str, str] = getattr(request, "desk_stamps", None) or latest.right_now()
    return "|".join(stamps[part] for part in _MADE_OF)


def stamp_of(request: HttpRequest, watch: str) -> str:
    """One stamp of everything in ``watch``: names of parts, ``tick``, ``edition:UUID``,
    ``lookup:UUID``.

    Of the moment the request came in, so that a change while its page is made is not missed.
    """
    words = watch.split()[:_WATCHED_AT_MOST]
    if not words:
        return ""
    stamps = getattr(request, "desk_stamps", None) or latest.stamps()
    return _stamp(_each(request, words, stamps, clock.now()))


def known_stamp_of(watch: str, now: datetime) -> str | None:
    """As :func:`stamp_of`, where nobody has to be asked for it; None where somebody has."""
    words, stamps = watch.split()[:_WATCHED_AT_MOST], latest.known()
    if stamps is None or not words or any(":" in word for word in words):
        return None
    return _stamp(_of_all(word, stamps, now) for word in words)


def _stamp(told: Iterable[str]) -> str:
    return hashlib.sha256("|".join(told).encode()).hexdigest()[:16]


def _of_all(word: str, stamps: dict[str, str], now: datetime) -> str:
    return f"{now:%d %H:%M}" if word == "tick" else f"{word}={stamps.get(word, '')}"


def _each(
    request: HttpRequest, words: Iterable[str], stamps: dict[str, str], now: datetime
) -> Iterable[str]:
    for word in words:
        if word.startswith("edition:"):
            yield " ".join(_others(request, word.removeprefix("edition:"), now))
        elif word.startswith("lookup:"):
            yield _looked_up(word.removeprefix("lookup:"))
        else:
            yield _of_all(word, stamps, now)


def _looked_up(value: str) -> str:
    try:
        rows = AddressLookup.objects.filter(public_id=UUID(value))
    except ValueError:
        return ""
    return rows.values_list("state", flat=True).first() or ""


def _others(request: HttpRequest, value: str, now: datetime) -> tuple[str, ...]:
    if not isinstance(request.user, Member):
        return ()
    try:
        return here(UUID(value), request.user, now=now)
    except ValueError:
        return ()
