"""How a stand-in listens on loopback, is found and spoken to there, and ends when it is told to."""

import asyncio
import urllib.request
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path
from typing import Protocol
from urllib.parse import urlencode

from aiohttp import web

_ADDRESS = "address.txt"


class Listening(Protocol):
    """What listens, and can be ended: aiohttp's runner is one."""

    async def cleanup(self) -> None:
        """Listen no more."""


class HttpStandIn(Protocol):
    """A stand-in that speaks HTTP; ``port`` is noted once it listens."""

    port: int

    def application(self) -> web.Application:
        """Its paths."""


async def serve(server: HttpStandIn, port: int = 0, *, host: str = "127.0.0.1") -> web.AppRunner:
    """Let ``server`` listen; without ``port`` at one that is free. ``cleanup()`` ends it."""
    runner = web.AppRunner(server.application(), access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    server.port = runner.addresses[0][1]
    return runner


async def until_stopped(
    listening: Listening, words: str, *, folder: Path | None = None, at: str = ""
) -> None:
    """Say ``words``, and go on until this process is interrupted.

    Notes in ``folder`` the address that :func:`address_in` gives.
    """
    if folder is not None and at:
        note(folder, at)
    print(words, flush=True)
    try:
        await asyncio.Event().wait()
    finally:
        await listening.cleanup()


def note(folder: Path, at: str) -> None:
    """Write down where the stand-in of this folder listens."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _ADDRESS).write_text(at, encoding="utf-8")


def address_in(folder: Path) -> str:
    """Where the stand-in of this folder listens, or did when it ran last; empty if it never did."""
    try:
        return (folder / _ADDRESS).read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def ask(folder: Path, path: str, **fields: str) -> bytes | None:
    """Post a form to the stand-in of this folder; None while it does not answer, or refuses."""
    address = address_in(folder)
    if not address:
        return None
    try:
        with urllib.request.urlopen(  # noqa: S310 - a stand-in of ours, on loopback
            f"{address}{path}", urlencode(fields).encode(), timeout=10
        ) as answer:
            return answer.read() if answer.status == HTTPStatus.OK else None
    except (OSError, HTTPException):
        return None


def write(folder: Path, address: str, said: str) -> bool:
    """A reader at ``address`` writes to the newsroom, by the stand-in's ``/write``."""
    return ask(folder, "/write", chat=address, said=said) is not None
