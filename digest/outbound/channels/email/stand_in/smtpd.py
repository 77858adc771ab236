"""A small, strict SMTP server on loopback: what the local mailbox and the tests' sink stand on.

It speaks what our sender uses (RFC 5321 with PIPELINING, 8BITMIME, SMTPUTF8, SIZE and, for a room
that offers it, CHUNKING of RFC 3030) and refuses what a strict relay refuses: bare line feeds,
commands out of order, oversized mails. It never connects anywhere.
"""

import asyncio
import re
from contextlib import suppress
from dataclasses import dataclass, field

LARGEST = 10 * 1024 * 1024
_LONGEST_LINE = 2048
_CHUNK = re.compile(r"(\d{1,9})( LAST)?", re.IGNORECASE)
_PATH = re.compile(r"(?:FROM|TO):\s?<([^<>\s]*)>((?: [A-Za-z0-9=-]+)*)", re.IGNORECASE)

HANG_UP = "hang up"


@dataclass(slots=True)
class SmtpTransaction:
    """One transaction: who from, who to, and the content once it is there."""

    sender: str
    recipients: list[str] = field(default_factory=list)
    content: bytes = b""


class Mailroom:
    """What the server does with mail. The tests' sink and the mailbox override what they need.

    Every method answers with a whole reply line (``250 ok``), or :data:`HANG_UP` to close the
    connection without a word.
    """

    extensions: tuple[str, ...] = ("PIPELINING", "8BITMIME", "SMTPUTF8", f"SIZE {LARGEST}")

    async def greet(self) -> str:
        """To a new connection."""
        return "220 digest.local ESMTP"

    async def recipient(self, address: str, envelope: SmtpTransaction) -> str:
        """To RCPT."""
        return "250 2.1.5 ok"

    async def data(self, envelope: SmtpTransaction) -> str:
        """To DATA, given that there are recipients; anything but 354 refuses the content."""
        return "354 end with a dot"

    async def accept(self, envelope: SmtpTransaction) -> str:
        """To the final dot, or the last chunk."""
        return "250 2.0.0 ok: queued"


class _HungUp(Exception):
    """The connection is to be closed at once."""


class SmtpSession:
    """One connection."""

    def __init__(
        self, room: Mailroom, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._room = room
        self._reader = reader
        self._writer = writer
        self._greeted = False
        self._envelope: SmtpTransaction | None = None
        self._chunks: bytearray | None = None

    async def run(self) -> None:
        """Serve until QUIT or until either side closes."""
        try:
            await self._say(await self._room.greet())
            while await self._command():
                pass
        except (_HungUp, OSError, EOFError, asyncio.LimitOverrunError):
            pass
        finally:
            self._writer.transport.abort() if self._writer.is_closing() else self._writer.close()

    async def _command(self) -> bool:
        line = await self._reader.readuntil(b"\n")
        if not line.endswith(b"\r\n") or len(line) > _LONGEST_LINE:
            await self._say("500 5.5.2 lines end with CR LF and are short")
            raise _HungUp
        text = line[:-2].decode("utf-8", "replace")
        verb, _, rest = text.partition(" ")
        match verb.upper():
            case "EHLO" | "HELO":
                await self._hello(verb.upper())
            case "MAIL":
                await self._say(self._mail(rest))
            case "RCPT":
                await self._say(await self._rcpt(rest))
            case "DATA":
                await self._data()
            case "BDAT" if "CHUNKING" in self._room.extensions:
                await self._bdat(rest)
            case "RSET":
                self._envelope = self._chunks = None
                await self._say("250 2.0.0 ok")
            case "NOOP":
                await self._say("250 2.0.0 ok")
            case "QUIT":
                await self._say("221 2.0.0 bye")
                return False
            case _:
                await self._say("502 5.5.1 no such command")
        return True

    async def _hello(self, verb: str) -> None:
        self._greeted = True
        self._envelope = self._chunks = None
        lines = ["digest.local", *(self._room.extensions if verb == "EHLO" else ())]
        marked = [f"250-{line}" for line in lines[:-1]] + [f"250 {lines[-1]}"]
        await self._say("\r\n".join(marked))

    def _mail(self, rest: str) -> str:
        if not self._greeted or self._envelope is not None:
            return "503 5.5.1 not now"
        found = _PATH.fullmatch(rest)
        if not found or not rest.upper().startswith("FROM"):
            return "501 5.5.4 MAIL FROM:<address>"
        size = re.search(r"SIZE=(\d+)", found[2], re.IGNORECASE)
        if size and int(size[1]) > LARGEST:
            return "552 5.3.4 too big"
        self._envelope = SmtpTransaction(found[1])
        return "250 2.1.0 ok"

    async def _rcpt(self, rest: str) -> str:
        if self._envelope is None or self._chunks is not None:
            return "503 5.5.1 MAIL first"
        found = _PATH.fullmatch(rest)
        if not found or not rest.upper().startswith("TO") or "@" not in found[1]:
            return "501 5.1.3 RCPT TO:<address>"
        reply = await self._room.recipient(found[1], self._envelope)
        if reply.startswith("2"):
            self._envelope.recipients.append(found[1])
        return reply

    async def _bdat(self, rest: str) -> None:
        """One chunk. Its bytes follow whatever the answer will be (RFC 3030, section 2)."""
        found = _CHUNK.fullmatch(rest)
        if not found or int(found[1]) > LARGEST:
            # Where the next command begins nobody can tell.
            await self._say("501 5.5.4 BDAT size [LAST]")
            raise _HungUp
        chunk = await self._reader.readexactly(int(found[1]))
        envelope = self._envelope
        if envelope is None or not envelope.recipients:
            await self._say("503 5.5.1 no valid recipients")
            return
        self._chunks = (self._chunks or bytearray()) + chunk
        if len(self._chunks) > LARGEST:
            self._envelope = self._chunks = None
            await self._say("552 5.3.4 too big")
        elif not found[2]:
            await self._say(f"250 2.0.0 {len(chunk)} octets")
        else:
            content, self._envelope, self._chunks = bytes(self._chunks), None, None
            await self._judge(envelope, content)

    async def _data(self) -> None:
        if self._chunks is not None:
            await self._say("503 5.5.1 a chunk has come already")
            return
        if self._envelope is None or not self._envelope.recipients:
            await self._say("554 5.5.1 no valid recipients")
            return
        envelope = self._envelope
        reply = await self._room.data(envelope)
        await self._say(reply)
        if not reply.startswith("354"):
            return
        self._envelope = None
        await self._judge(envelope, await self._content())

    async def _judge(self, envelope: SmtpTransaction, content: bytes) -> None:
        if not content.count(b"\r\n") == content.count(b"\n") == content.count(b"\r"):
            await self._say("550 5.6.0 bare line feed or carriage return")
        elif len(content) > LARGEST:
            await self._say("552 5.3.4 too big")
        else:
            envelope.content = content
            await self._say(await self._room.accept(envelope))

    async def _content(self) -> bytes:
        """What comes before the lone dot, with the sender's extra dots taken away (RFC 5321)."""
        raw = bytearray(b"\r\n")
        while not raw.endswith(b"\r\n.\r\n"):
            raw += await self._reader.readuntil(b".\r\n")
            if len(raw) > 2 * LARGEST:
                raise _HungUp
        return bytes(raw[:-3]).replace(b"\r\n..", b"\r\n.")[2:]

    async def _say(self, reply: str) -> None:
        if reply == HANG_UP:
            self._writer.transport.abort()
            raise _HungUp
        self._writer.write(reply.encode() + b"\r\n")
        await self._writer.drain()


async def listen(room: Mailroom, host: str = "127.0.0.1", port: int = 0) -> asyncio.Server:
    """Serve ``room``. With port 0 the system picks one: ``server.sockets[0].getsockname()[1]``."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # The session ends with its task; Python 3.11's streams would print a cancelled one.
        with suppress(asyncio.CancelledError):
            await SmtpSession(room, reader, writer).run()

    return await asyncio.start_server(serve, host, port, limit=LARGEST + 1024, backlog=512)
