"""A local mailbox: takes every mail by SMTP on loopback and lays it down as a file.

``python -m digest.outbound.channels.email.stand_in.mailbox --port 1025 --folder FOLDER`` writes
``FOLDER/new/*.eml``.
"""

import argparse
import asyncio
import itertools
import os
import time
from pathlib import Path

from digest.outbound.channels.email.stand_in.smtpd import Mailroom, SmtpTransaction, listen


class Mailbox(Mailroom):
    """Writes each mail into ``folder/new``, whole or not at all, after ``delay`` seconds."""

    def __init__(self, folder: Path, delay: float = 0.0) -> None:
        self._folder = folder
        self._delay = delay
        self._numbers = itertools.count()
        for name in ("tmp", "new"):
            (folder / name).mkdir(parents=True, exist_ok=True)

    async def accept(self, envelope: SmtpTransaction) -> str:
        if self._delay:
            await asyncio.sleep(self._delay)
        name = f"{time.time_ns() // 1000}.{os.getpid()}.{next(self._numbers):06}.eml"
        written = self._folder / "tmp" / name
        written.write_bytes(envelope.content)
        written.rename(self._folder / "new" / name)
        return f"250 2.0.0 ok: queued as {name.removesuffix('.eml').replace('.', '-')}"


async def serve(
    folder: Path, *, host: str = "127.0.0.1", port: int = 0, delay: float = 0.0
) -> asyncio.Server:
    """Listen, and lay mails down under ``folder``."""
    return await listen(Mailbox(folder, delay), host, port)


async def _run(given: argparse.Namespace) -> None:
    server = await serve(
        given.folder, host=given.host, port=given.port, delay=given.delay_ms / 1000
    )
    port = server.sockets[0].getsockname()[1]
    print(f"Mailbox on smtp://{given.host}:{port}, mails in {given.folder}/new", flush=True)
    await server.serve_forever()


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=1025)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--delay-ms", type=float, default=0.0, help="before each mail is taken")
    try:
        asyncio.run(_run(parser.parse_args()))
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
