"""One SMTP connection: aiosmtplib opens and secures it, the transaction is ours.

Ours because the journal must be asked between DATA and the content, and because MAIL, RCPT and
DATA go out in one write where the relay allows it (RFC 2920), which aiosmtplib cannot do.
"""

import asyncio
import re
import ssl
from dataclasses import dataclass
from typing import Self
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib

from digest.outbound.channels.base import AnswerLost, Intend, Receipt, Refused, Unreachable

_LONGEST_REPLY = 100
_QUEUED = re.compile(r"queued as ([A-Za-z0-9-]{3,64})", re.IGNORECASE)
_PORTS = {"smtp": 25, "smtps": 465}
_LOST = (OSError, EOFError, asyncio.LimitOverrunError)


@dataclass(frozen=True, slots=True)
class Relay:
    """Where mail is handed over. ``smtp://user:password@host:587?starttls=1`` as a value."""

    host: str
    port: int
    tls: bool = False
    starttls: bool = False
    user: str = ""
    password: str = ""

    @classmethod
    def of(cls, url: str) -> "Relay":
        """Read a relay's URL: ``smtp`` or ``smtps`` (TLS from the first byte).

        A password never travels in the clear: with one, STARTTLS is required unless ``starttls=0``
        is written out. Raises ValueError that says what to write.
        """
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname:
            raise ValueError(
                "DIGEST_SMTP_URL must look like smtp://host:25, smtps://user:password@host or "
                "smtp://user:password@host:587?starttls=1."
            )
        query = parse_qs(parts.query)
        tls = parts.scheme == "smtps"
        wish = query.get("starttls", ["1" if parts.username else "0"])[-1]
        return cls(
            host=parts.hostname,
            port=parts.port or _PORTS[parts.scheme],
            tls=tls,
            starttls=not tls and wish not in ("0", "no", "false"),
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
        )


@dataclass(frozen=True, slots=True)
class Reply:
    """What the relay said; the lines of a long answer are joined by spaces."""

    code: int
    text: str


class Connection:
    """An open connection that carries one transaction at a time. ``usable`` says if another."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        extensions: frozenset[str],
        patience: float,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._extensions = extensions
        self._patience = patience
        self.carried = 0
        self.usable = True

    @classmethod
    async def open(cls, relay: Relay, hello: str, patience: float) -> Self:
        """Connect, greet, secure, sign in; each step may take ``patience`` seconds.

        Raises Unreachable, or Refused with scope ``channel`` when the relay wants none of us.
        """
        client = aiosmtplib.SMTP(
            hostname=relay.host,
            port=relay.port,
            use_tls=relay.tls,
            start_tls=relay.starttls,
            username=relay.user or None,
            password=relay.password or None,
            local_hostname=hello,
            timeout=patience,
        )
        try:
            await client.connect()
            if client.is_ehlo_or_helo_needed:
                await client.ehlo()
        except aiosmtplib.SMTPResponseException as error:
            client.close()
            where = f"{relay.host}:{relay.port} turned us away: {error.code} {error.message}"
            if error.code // 100 == 5:
                raise Refused(where, error.code, permanent=False, scope="channel") from error
            raise Unreachable(where, error.code) from error
        except (aiosmtplib.SMTPException, OSError, ssl.SSLError) as error:
            client.close()
            raise Unreachable(f"{relay.host}:{relay.port} cannot be reached: {error}") from error
        except BaseException:
            client.close()
            raise
        known = ("pipelining", "smtputf8", "8bitmime", "size")
        offered = frozenset(name for name in known if client.supports_extension(name))
        reader, writer = _take_over(client)
        return cls(reader, writer, offered, patience)

    async def transact(
        self, sender: str, recipient: str, content: bytes, intend: Intend
    ) -> Receipt:
        """Hand ``content`` (CRLF lines) to the relay for one recipient.

        ``intend`` is awaited when the relay has taken the recipient and waits for the content.
        Raises Refused (the connection stays usable unless the code was 421), Unreachable when the
        connection broke before the content, AnswerLost when it broke after.
        """
        handed_over = False

        async def intend_and_note() -> None:
            nonlocal handed_over
            await intend()
            handed_over = True

        self.carried += 1
        try:
            async with asyncio.timeout(None) as patience:
                return await self._transact(sender, recipient, content, intend_and_note, patience)
        except Refused as refused:
            if refused.code == 421:
                self.abort()
            raise
        except (TimeoutError, *_LOST) as error:
            self.abort()
            words = "no answer in time" if isinstance(error, TimeoutError) else "connection lost"
            if handed_over:
                raise AnswerLost(f"{words} after the content") from error
            raise Unreachable(f"{words} before the content") from error
        except BaseException:
            self.abort()
            raise

    async def _transact(
        self,
        sender: str,
        recipient: str,
        content: bytes,
        intend: Intend,
        patience: asyncio.Timeout,
    ) -> Receipt:
        await self._envelope(sender, recipient, patience)
        patience.reschedule(None)
        await intend()
        content = content.replace(b"\r\n.", b"\r\n..")  # RFC 5321 section 4.5.2
        if content.startswith(b"."):
            content = b"." + content
        self._renew(patience)
        self._writer.write(content + (b".\r\n" if content.endswith(b"\r\n") else b"\r\n.\r\n"))
        await self._writer.drain()
        reply = await self._reply(patience)
        if reply.code // 100 not in (2, 4, 5):
            raise EOFError(f"unexpected answer {reply.code}")
        if reply.code // 100 != 2:
            raise _refused(reply)
        queued = _QUEUED.search(reply.text)
        return Receipt(reply.code, reply.text, queued.group(1) if queued else "")

    async def _envelope(self, sender: str, recipient: str, patience: asyncio.Timeout) -> None:
        """MAIL, RCPT, DATA. Returns when the relay waits for the content."""
        wide = "" if recipient.isascii() else " SMTPUTF8"
        if wide and "smtputf8" not in self._extensions:
            raise Refused("the relay does not carry addresses outside ASCII", permanent=True)
        commands = [
            f"MAIL FROM:<{sender}>{wide}\r\n".encode(),
            f"RCPT TO:<{recipient}>\r\n".encode(),
            b"DATA\r\n",
        ]
        refusal: Reply | None = None
        replies: list[Reply] = []
        rounds = [commands] if "pipelining" in self._extensions else [[one] for one in commands]
        for batch in rounds:
            self._renew(patience)
            self._writer.write(b"".join(batch))
            await self._writer.drain()
            for _ in batch:
                replies.append(await self._reply(patience))
                if replies[-1].code == 421:  # it closes now and will not answer the rest
                    break
            wanted = (2, 2, 3)[: len(replies)]
            answered = zip(replies, wanted, strict=True)
            refusal = next((said for said, want in answered if said.code // 100 != want), None)
            if refusal:
                break
        if refusal is None:
            return
        if refusal.code != 421:
            if len(replies) == 3 and replies[2].code // 100 == 3:
                # The relay waits for content although it took no recipient: end it empty.
                self._writer.write(b".\r\n")
                await self._reply(patience)
            await self._reset(patience)
        raise _refused(refusal)

    async def _reset(self, patience: asyncio.Timeout) -> None:
        self._writer.write(b"RSET\r\n")
        if (await self._reply(patience)).code // 100 != 2:
            self.abort()

    async def _reply(self, patience: asyncio.Timeout) -> Reply:
        said: list[str] = []
        self._renew(patience)
        while len(said) < _LONGEST_REPLY:
            line = await self._reader.readuntil(b"\n")
            if not line[:3].isdigit():
                raise EOFError("not an SMTP answer")
            said.append(line[4:].decode("utf-8", "replace").strip())
            if line[3:4] != b"-":
                return Reply(int(line[:3]), " ".join(said))
        raise EOFError("the answer does not end")

    def _renew(self, patience: asyncio.Timeout) -> None:
        patience.reschedule(asyncio.get_running_loop().time() + self._patience)

    async def quit(self) -> None:
        """Say good-bye and close; waits a second at most for the answer."""
        if self.usable:
            try:
                async with asyncio.timeout(1):
                    self._writer.write(b"QUIT\r\n")
                    await self._reader.readuntil(b"\n")
            except (TimeoutError, *_LOST):
                pass
        self.abort()

    def abort(self) -> None:
        """Close at once. A mail whose final byte has not gone out is then not accepted."""
        self.usable = False
        self._writer.transport.abort()

    def fresh(self) -> bool:
        """Whether the other side still seems to be there."""
        return self.usable and not self._reader.at_eof() and not self._writer.is_closing()


def _refused(reply: Reply) -> Refused:
    return Refused(f"{reply.code} {reply.text}", reply.code, permanent=reply.code // 100 == 5)


def _take_over(client: aiosmtplib.SMTP) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Put plain streams on the connection that ``client`` has opened."""
    loop, transport = asyncio.get_running_loop(), client.transport
    if not isinstance(transport, asyncio.Transport):
        raise Unreachable("the connection was closed at once")
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    transport.set_protocol(protocol)
    protocol.connection_made(transport)
    return reader, asyncio.StreamWriter(transport, protocol, reader, loop)
