"""The base of stand-ins of networks where the newsroom has places: what was posted, and faults.

A network's own stand-in brings its paths, its rules and its error bodies.
"""

import argparse
import asyncio
import json
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

from digest.kit.errors import ServiceError
from digest.outbound.channels.stand_in import (
    RECORD,
    StandIn,
    StandInPlace,
    TakenMessage,
    TakenMessages,
    moment,
    records,
    taken_newest,
)
from digest.outbound.channels.stand_in_server import serve, until_stopped

_PORTAL = "<!doctype html><title>Welcome to our guests' network</title>"
_STANDING = "standing.json"
SENT, EDITED, DELETED = "sent", "edited", "deleted"


class PlaceRefused(ServiceError):
    """An error that a network answers with."""

    def __init__(
        self, status: int, body: Any, headers: Mapping[str, str] | None = None, words: str = ""
    ) -> None:
        super().__init__(words or str(body))
        self.status, self.body, self.headers = status, body, dict(headers or {})


@dataclass
class PlaceServer(ABC):
    """One network. ``script`` holds what comes next, one entry per request: a status to answer
    with, 0 for "behave"; below 0 a page with that status, as a portal on the way gives for the
    network. ``standing`` is what can be read there now, by the network's name of it.
    """

    folder: Path | None = None
    clock: Callable[[], float] = time.time
    script: deque[int] = field(default_factory=deque)
    retry_after: int = 7
    delay: float = 0.0
    taken: list[dict[str, Any]] = field(default_factory=list)
    standing: dict[str, dict[str, Any]] = field(default_factory=dict)
    port: int = 0
    requests: int = 0

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    @abstractmethod
    def paths(self) -> list[web.RouteDef]:
        """What it listens to."""

    @abstractmethod
    def scripted(self, status: int) -> PlaceRefused:
        """The error body for a status that was asked for."""

    def application(self) -> web.Application:
        """The web application."""
        made = web.Application(client_max_size=1024 * 1024, middlewares=[self._guarded])
        made.router.add_routes(self.paths())
        return made

    @web.middleware
    async def _guarded(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.requests += 1
        scripted = self.script.popleft() if self.script else 0
        await asyncio.sleep(self.delay)
        try:
            if scripted < 0:
                return web.Response(text=_PORTAL, content_type="text/html", status=-scripted)
            if scripted:
                raise self.scripted(scripted)
            answer: web.StreamResponse = await handler(request)
        except PlaceRefused as refused:
            return web.json_response(refused.body, status=refused.status, headers=refused.headers)
        return answer

    def keep(self, act: str, to: str, key: str, said: str, told: Any, marks: Any = None) -> None:
        """Record what was done; ``marks`` are pieces for the viewer."""
        record = {
            "at": self.clock(), "act": act, "id": key, "to": to, "preview": said,
            "pieces": marks or [["plain", said]], "request": told,
        }  # fmt: skip
        self.taken.append(record)
        if self.folder is not None:
            self.folder.mkdir(parents=True, exist_ok=True)
            with (self.folder / RECORD).open("a", encoding="utf-8") as file:
                file.write(json.dumps(record, ensure_ascii=False) + "\n")
            draft = self.folder / f"{_STANDING}.draft"
            draft.write_text(json.dumps(self.standing), encoding="utf-8")
            draft.replace(self.folder / _STANDING)

    def remember(self, folder: Path) -> None:
        """Work in ``folder``, where an earlier run of it may have left posts that stand."""
        self.folder = folder
        try:
            self.standing |= json.loads((folder / _STANDING).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return


async def json_of(request: web.Request, otherwise: PlaceRefused) -> dict[str, Any]:
    """The request's object. Raises ``otherwise``."""
    try:
        body = await request.json()
    except ValueError:
        raise otherwise from None
    if not isinstance(body, dict):
        raise otherwise
    return body


def taken(folder: Path, limit: int) -> TakenMessages:
    """The posts as bubbles; ``kind`` says what was done."""
    return taken_newest(folder, limit, _bubble)


def texts(folder: Path) -> Iterator[tuple[str, str]]:
    """Each post's place and its words."""
    for record in records(folder):
        yield str(record.get("to", "")), str(record.get("preview", ""))


def declared(
    name: str, module: str, settings: Callable[[StandInPlace], Mapping[str, str]]
) -> StandIn:
    """The stand-in of channel ``name``, whose server ``module`` runs."""

    def program(place: StandInPlace) -> Sequence[str]:
        return (module, "--port", str(place.port), "--folder", str(place.folder))

    return StandIn(
        settings=settings, taken=taken, texts=texts, program=program, lies_in=(name, RECORD)
    )


def run(server: PlaceServer, label: str) -> None:
    """The command line of a network's stand-in."""
    parser = argparse.ArgumentParser(description=f"A stand-in of {label} on loopback.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    if given.folder is not None:
        server.remember(given.folder)

    async def until() -> None:
        await until_stopped(await serve(server, given.port), f"{label}'s stand-in on {server.url}")

    asyncio.run(until())


def _bubble(record: dict[str, Any]) -> TakenMessage:
    pieces = record.get("pieces")
    shown = [each for each in pieces if isinstance(each, list) and len(each) == 2] if isinstance(
        pieces, list
    ) else []  # fmt: skip
    return TakenMessage(
        key=str(record.get("id", "")),
        to=str(record.get("to", "")),
        at=moment(record.get("at")),
        kind=str(record.get("act", "")),
        pieces=tuple((str(kind), str(words)) for kind, words in shown),
    )
