"""A recording SMTP sink with scripted faults, in this process or as one that survives our kills.

``python -m tests.fakes.smtp --record FILE --delay-ms 20`` prints its port and appends one JSON line
``{"to", "id", "from"}`` per mail it took, before it answers.
"""

import argparse
import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from threading import Event, Thread

from digest.outbound.channels.email.stand_in.smtpd import HANG_UP, Mailroom, SmtpTransaction, listen

DROP_REPLY = "take the mail and say nothing"
STALL = "never answer"


@dataclass(frozen=True, slots=True)
class Taken:
    """A mail the sink has accepted."""

    sender: str
    recipient: str
    content: bytes

    @property
    def message(self) -> EmailMessage:
        """The mail, parsed by the standard library."""
        return message_from_bytes(self.content, policy=default)  # type: ignore[return-value]

    @property
    def id(self) -> str:
        """Its Message-ID, without the brackets."""
        return str(self.message["Message-ID"]).strip("<> ")


@dataclass
class Sink(Mailroom):
    """Takes mail and remembers it.

    Scripts are lists of replies (or HANG_UP, DROP_REPLY, STALL); each use takes the first one, and
    a dict entry for ``"*"`` serves every address that has none of its own. ``delay``: seconds
    before each final answer; ``delays``: before those of some addresses.
    """

    delay: float = 0.0
    delays: dict[str, float] = field(default_factory=dict)
    record: Path | None = None
    greetings: list[str] = field(default_factory=list)
    on_recipient: dict[str, list[str]] = field(default_factory=dict)
    on_data: dict[str, list[str]] = field(default_factory=dict)
    on_content: dict[str, list[str]] = field(default_factory=dict)
    offers: tuple[str, ...] = Mailroom.extensions
    taken: list[Taken] = field(default_factory=list)
    connections: int = 0
    in_flight: int = 0
    most_in_flight: int = 0
    port: int = 0

    def __post_init__(self) -> None:
        self.extensions = self.offers

    async def greet(self) -> str:
        self.connections += 1
        return self.greetings.pop(0) if self.greetings else await super().greet()

    async def recipient(self, address: str, envelope: SmtpTransaction) -> str:
        said = _next(self.on_recipient, address) or "250 2.1.5 ok"
        return await _stall() if said == STALL else said

    async def data(self, envelope: SmtpTransaction) -> str:
        said = _next(self.on_data, envelope.recipients[0]) or "354 go on"
        return await _stall() if said == STALL else said

    async def accept(self, envelope: SmtpTransaction) -> str:
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            said = _next(self.on_content, envelope.recipients[0])
            if delay := self.delays.get(envelope.recipients[0], self.delay):
                await asyncio.sleep(delay)
            if said == STALL:
                return await _stall()
            if said and said not in (DROP_REPLY,):
                return said
            for recipient in envelope.recipients:
                self._take(Taken(envelope.sender, recipient, envelope.content))
            return HANG_UP if said == DROP_REPLY else f"250 ok queued as S{len(self.taken):07}"
        finally:
            self.in_flight -= 1

    def _take(self, mail: Taken) -> None:
        self.taken.append(mail)
        if self.record is not None:
            line = json.dumps({"to": mail.recipient, "id": mail.id, "from": mail.sender})
            with self.record.open("a", encoding="utf-8") as file:
                file.write(line + "\n")

    @property
    def url(self) -> str:
        """For ``DIGEST_SMTP_URL``."""
        return f"smtp://127.0.0.1:{self.port}"


def _next(script: dict[str, list[str]], address: str) -> str:
    replies = script.get(address, script.get("*", []))
    return replies.pop(0) if replies else ""


async def _stall() -> str:
    # A timer, which the loop holds; an event that nobody holds would be collected, task and all.
    await asyncio.sleep(86_400)
    return HANG_UP


async def start(sink: Sink, port: int = 0) -> asyncio.Server:
    """Serve ``sink`` in the running loop and note its port."""
    server = await listen(sink, port=port)
    sink.port = server.sockets[0].getsockname()[1]
    return server


@contextmanager
def running(sink: Sink) -> Iterator[Sink]:
    """``sink`` in a thread of its own, for tests whose sender runs its own event loop."""
    ready, loop = Event(), asyncio.new_event_loop()

    def run() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(start(sink))
            ready.set()
            loop.run_forever()

    thread = Thread(target=run, daemon=True)
    thread.start()
    if not ready.wait(60):
        raise TimeoutError("the sink did not start")
    try:
        yield sink
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(60)


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--record", type=Path)
    parser.add_argument("--delay-ms", type=float, default=0.0)
    given = parser.parse_args()

    async def run() -> None:
        sink = Sink(delay=given.delay_ms / 1000, record=given.record)
        server = await start(sink, given.port)
        print(sink.port, flush=True)
        await server.serve_forever()

    asyncio.run(run())


if __name__ == "__main__":
    main()
