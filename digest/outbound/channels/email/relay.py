"""Relays: how to reach one, what it offers, which of several comes next."""

import asyncio
import random
import re
import ssl
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import cast
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib

from digest.outbound.channels.base import ChannelError, Rejected, Unreachable
from digest.outbound.channels.email.transport import TRANSPORTS, OpenedRelay, transport_of

_PORTS = {"smtp": 25, "smtps": 465}
# A relay that could not be reached is asked again after so many seconds, others before that.
_REST = 10.0
_MANY = 1_000_000
# Connect, greeting, EHLO, STARTTLS, EHLO again, signing in: each has its patience.
_STEPS = 6


@dataclass(frozen=True, slots=True)
class Relay:
    """Where mail is handed over. ``smtp://user:password@host:587?starttls=1`` as a value.

    ``weight`` is its share among several relays; ``scheme`` names its
    :class:`~.transport.RelayTransport`, ``path`` is for those that have one.
    """

    host: str
    port: int
    tls: bool = False
    starttls: bool = False
    user: str = ""
    password: str = ""
    weight: int = 1
    scheme: str = "smtp"
    path: str = ""

    @property
    def name(self) -> str:
        """``host:port``, by which it has limits of its own."""
        return f"{self.host.lower()}:{self.port}"

    @classmethod
    def of(cls, url: str) -> "Relay":
        """Read a relay's URL: ``smtp`` or ``smtps`` (TLS from the first byte).

        A password never travels in the clear: with one, STARTTLS is required unless ``starttls=0``
        is written out. Raises ValueError that says what to write.
        """
        parts = urlsplit(url)
        if parts.scheme not in TRANSPORTS or not parts.hostname:
            raise ValueError(
                "DIGEST_SMTP_URL must look like smtp://host:25, smtps://user:password@host or "
                "smtp://user:password@host:587?starttls=1."
            )
        query = parse_qs(parts.query)
        tls = parts.scheme == "smtps"
        wish = query.get("starttls", ["1" if parts.username else "0"])[-1]
        weight = query.get("weight", ["1"])[-1]
        if not re.fullmatch(r"[1-9][0-9]{0,3}", weight):
            raise ValueError("A relay's weight in DIGEST_SMTP_URL must be from 1 to 9999.")
        return cls(
            host=parts.hostname,
            port=parts.port or _PORTS.get(parts.scheme) or transport_of(parts.scheme).port,
            tls=tls,
            starttls=parts.scheme == "smtp" and wish not in ("0", "no", "false"),
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            weight=int(weight),
            scheme=parts.scheme,
            path=parts.path,
        )


def relays_of(urls: str) -> tuple[Relay, ...]:
    """The relays of ``DIGEST_SMTP_URL``: one URL, or several with spaces between them.

    Raises ValueError that says what to write.
    """
    return tuple(Relay.of(url) for url in urls.split() or [""])


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a relay said it can do. ``size``: the longest mail in bytes, 0 when it named none."""

    pipelining: bool = False
    chunking: bool = False
    eightbit: bool = False
    smtputf8: bool = False
    size: int = 0

    def refusal(self, recipient: str, size: int) -> Rejected | None:
        """Why it cannot carry a mail of ``size`` bytes to ``recipient``; None when it can."""
        if not (recipient.isascii() or self.smtputf8):
            words = "the relay carries no addresses outside ASCII; use one that offers SMTPUTF8"
            return Rejected(words, permanent=True)
        if 0 < self.size < size:
            words = (
                f"5.3.4 The mail has {size} bytes and the relay takes {self.size} at most: shorten"
                " it or raise the relay's limit."
            )
            return Rejected(words, 552, permanent=True)
        return None


async def dial(relay: Relay, hello: str, patience: float) -> tuple[asyncio.Transport, Capabilities]:
    """Connect, greet, secure, sign in; each step may take ``patience`` seconds.

    Certificates are verified. Raises Unreachable, or Refused with scope ``channel`` when the relay
    wants none of us.
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
            raise Rejected(where, error.code, permanent=False, scope="channel") from error
        raise Unreachable(where, error.code) from error
    except (aiosmtplib.SMTPException, OSError, ssl.SSLError) as error:
        client.close()
        raise Unreachable(f"{relay.host}:{relay.port} cannot be reached: {error}") from error
    except BaseException:
        client.close()
        raise
    transport = client.transport
    if transport is None:
        raise Unreachable("the connection was closed at once")
    # uvloop's transports do not inherit from asyncio's.
    return cast(asyncio.Transport, transport), _capabilities(client)


def _capabilities(client: aiosmtplib.SMTP) -> Capabilities:
    size = client.esmtp_extensions.get("size", "").strip()
    return Capabilities(
        pipelining=client.supports_extension("pipelining"),
        chunking=client.supports_extension("chunking"),
        eightbit=client.supports_extension("8bitmime"),
        smtputf8=client.supports_extension("smtputf8"),
        size=int(size) if size.isascii() and size.isdecimal() and len(size) < 13 else 0,
    )


@dataclass(frozen=True, slots=True)
class RelayConnection:
    """A connection to a relay; ``leave`` is to be called once when it is gone."""

    transport: OpenedRelay
    relay: str
    leave: Callable[[], None]


class Relays:
    """Several relays as one: each gets its share, and one that is down leaves it to the others.

    ``places`` says how many connections a relay may have, by its name; None: no limit.
    """

    def __init__(
        self,
        relays: Sequence[Relay],
        hello: str,
        places: Callable[[str], int | None] = lambda name: None,
    ) -> None:
        self._relays = tuple(relays)
        self._hello = hello
        self._places = places
        self._down: dict[Relay, float] = {}
        self._taken: Counter[Relay] = Counter()

    @property
    def room(self) -> int:
        """How many more connections there may be; one that was down a moment ago is none to wish
        for while another serves."""
        since = monotonic() - _REST
        return sum(
            self._room(relay)
            for relay in self._relays
            if not self._taken.total() or self._down.get(relay, 0.0) <= since
        )

    @property
    def names(self) -> frozenset[str]:
        """What they are called."""
        return frozenset(relay.name for relay in self._relays)

    def rest(self, name: str) -> None:
        """Ask the others before this one for a while."""
        for relay in self._relays:
            if relay.name == name:
                self._down[relay] = monotonic()

    async def dial(self, patience: float, but: Collection[str] = ()) -> RelayConnection:
        """A connection to one of them, those named in ``but`` left out.

        Raises what the last one tried had to say.
        """
        last: ChannelError = Unreachable("Every relay has as many connections as it may.")
        tried = {relay for relay in self._relays if relay.name in but}
        while (relay := self._next(tried)) is not None:
            tried.add(relay)
            self._taken[relay] += 1
            try:
                # A transport of somebody else's may not keep to the patience that it is told.
                async with asyncio.timeout(_STEPS * patience):
                    opened = await transport_of(relay.scheme).open(relay, self._hello, patience)
            except BaseException as error:
                self._taken[relay] -= 1
                if isinstance(error, TimeoutError):
                    words = f"{relay.name} did not let itself be reached in time"
                    error = Unreachable(words)
                if not isinstance(error, ChannelError):
                    raise
                self._down[relay] = monotonic()
                last = error
            else:
                self._down.pop(relay, None)
                return RelayConnection(opened, relay.name, partial(self._leave, relay))
        raise last

    def _leave(self, relay: Relay) -> None:
        self._taken[relay] -= 1

    def _room(self, relay: Relay) -> int:
        places = self._places(relay.name)
        return _MANY if places is None else max(places - self._taken[relay], 0)

    def _next(self, tried: set[Relay]) -> Relay | None:
        """That which has the fewest connections for its weight; those down a moment ago last.

        The very first goes by chance, so that runs of one connection keep to the weights too.
        """
        free = [each for each in self._relays if each not in tried and self._room(each)]
        since = monotonic() - _REST
        free = [each for each in free if self._down.get(each, 0.0) <= since] or free
        if not free:
            return None
        if not tried and not self._taken.total():
            return random.choices(free, [each.weight for each in free])[0]  # noqa: S311
        return min(free, key=lambda each: ((self._taken[each] + 1) / each.weight, -each.weight))
