"""Outgoing HTTP that a stranger's URL cannot turn against us.

Every address is checked at the moment of connecting, so neither a redirect nor a name that
changes its mind between look-up and connection reaches the inside. Bodies are capped while they
stream, before and after expansion; a whole fetch, redirects included, has one time limit.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from digest.kit import networks
from digest.kit.fetching import expand
from digest.kit.fetching.http_errors import (
    BadCertificate,
    BadStatus,
    BadUrl,
    BlockedAddress,
    BlockedConnection,
    CannotConnect,
    FetchFailed,
    NoSuchHost,
    RedirectLoop,
    TookTooLong,
    TooLarge,
    blocked,
    host_of,
    named,
    status_words,
)
from digest.kit.networks import is_public

__all__ = [
    "MAX_BYTES",
    "BadCertificate",
    "BadStatus",
    "BadUrl",
    "BlockedAddress",
    "CannotConnect",
    "FetchFailed",
    "NoSuchHost",
    "Permit",
    "RedirectLoop",
    "Response",
    "Session",
    "TooLarge",
    "TookTooLong",
    "get",
    "is_public",
    "post_form",
    "session",
]

MAX_BYTES = 15 * 1024 * 1024
MAX_REDIRECTS = 5
_REDIRECTS = {301, 302, 303, 307, 308}
_PERMANENT = {301, 308}
# Where a page beside the status may say who refuses, and why.
REFUSALS = frozenset({401, 403, 405, 406, 429, 503})
_REFUSAL_BYTES, _REFUSAL_SECONDS = 120_000, 3.0
# What a body may hold before it needs one of the few permits for large ones.
SMALL_BYTES = 512 * 1024
LARGE_AT_ONCE = 4
DNS_SECONDS = 8.0
CONNECT_SECONDS = 10.0
# Look-ups wait in threads; a name server that is down must not stop the others' look-ups.
_LOOK_UPS_AT_ONCE = 48


class Permit:
    """The right to hold one of a session's few large bodies; it is given back once only."""

    def __init__(self, permits: asyncio.Semaphore) -> None:
        self._permits: asyncio.Semaphore | None = permits

    def release(self) -> None:
        """Let another large body come in; on the session's own event loop."""
        permits, self._permits = self._permits, None
        if permits is not None:
            permits.release()


@dataclass(slots=True)
class Response:
    """An answer of 2xx or 304: ``headers`` with lower-case names, ``body`` expanded.

    ``moved_to`` is where permanent redirects (301, 308) led from the first hop on without a
    temporary one between, or None. A large body holds one of the session's permits until the
    block that :func:`get` or :func:`post_form` opened is left, or who called :meth:`keep` is done.
    """

    status: int
    url: str
    headers: dict[str, str]
    body: bytes
    moved_to: str | None = None
    _permit: Permit | None = field(default=None, repr=False)

    def keep(self) -> Permit | None:
        """Let the body outlive the block: whoever holds it releases what this returns."""
        permit, self._permit = self._permit, None
        return permit

    def release(self) -> None:
        """Give back what a large body holds."""
        if permit := self.keep():
            permit.release()


class Session:
    """Connections for :func:`get`, and permits for the large bodies held at once."""

    def __init__(self, client: aiohttp.ClientSession, *, allow_private: bool) -> None:
        self.client = client
        self.allow_private = allow_private
        self.permits = asyncio.Semaphore(LARGE_AT_ONCE)

    async def __aenter__(self) -> "Session":
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.client.close()


def session(*, user_agent: str, allow_private: bool = False, connections: int = 100) -> Session:
    """A session for :func:`get`; to be closed by the caller.

    ``allow_private`` opens loopback and private networks, for installations whose own feeds live
    there. Cookies are not kept and no proxy is taken from the environment.
    """
    connector = aiohttp.TCPConnector(
        limit=connections,
        resolver=_Resolver(allow_private),
        socket_factory=None if allow_private else _open_public_socket,
        ttl_dns_cache=60,
    )
    client = aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": user_agent},
        auto_decompress=False,
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS),
    )
    return Session(client, allow_private=allow_private)


@asynccontextmanager
async def get(
    session: Session,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    max_bytes: int = MAX_BYTES,
    seconds: float = 20,
) -> AsyncIterator[Response]:
    """GET ``url`` and follow up to five redirects, each checked like the first.

    ``async with http.get(…) as answer:`` holds the answer, and lets go of it at the end. Raises
    :class:`FetchFailed` on entering; nothing else, but for cancellation.
    """
    answer = await _within(seconds, session, url, headers or {}, max_bytes)
    try:
        yield answer
    finally:
        answer.release()


@asynccontextmanager
async def post_form(
    session: Session,
    url: str,
    form: Mapping[str, str],
    *,
    max_bytes: int = 100_000,
    seconds: float = 20,
) -> AsyncIterator[Response]:
    """POST ``form`` URL-encoded; only 307 and 308 are followed, which keep the method.

    To be entered like :func:`get`; raises the same.
    """
    answer = await _within(seconds, session, url, {}, max_bytes, dict(form))
    try:
        yield answer
    finally:
        answer.release()


async def _within(
    seconds: float,
    session: Session,
    url: str,
    headers: Mapping[str, str],
    max_bytes: int,
    form: dict[str, str] | None = None,
) -> Response:
    try:
        async with asyncio.timeout(seconds) as clock:
            return await _follow(session, url, headers, max_bytes, form, clock)
    except FetchFailed:
        raise
    except aiohttp.ServerTimeoutError as error:
        raise named(error, url) from None
    except TimeoutError:
        raise TookTooLong(
            f"{host_of(url)} did not send the whole answer within {seconds:g} seconds."
        ) from None
    except Exception as error:
        raise named(error, url) from error


async def _follow(
    session: Session,
    url: str,
    headers: Mapping[str, str],
    max_bytes: int,
    form: dict[str, str] | None,
    clock: asyncio.Timeout,
) -> Response:
    method, follows = ("GET", _REDIRECTS) if form is None else ("POST", {307, 308})
    seen: set[str] = set()
    moved_to: str | None = None
    permanent = True
    while True:
        _check(url, any_port=session.allow_private)
        if seen and "@" in urlsplit(url).netloc:
            raise BadUrl(
                f"A redirect to {host_of(url)} carries a user name, which is a known trick."
            )
        if url in seen or len(seen) > MAX_REDIRECTS:
            raise RedirectLoop(
                f"{host_of(url)} redirects in a circle or more than {MAX_REDIRECTS} times."
            )
        seen.add(url)
        async with session.client.request(
            method,
            url,
            data=form,
            headers={"Accept-Encoding": expand.ACCEPTED, **headers},
            allow_redirects=False,
        ) as answer:
            target = answer.headers.get("Location")
            if answer.status in follows and target:
                url = urljoin(url, target.strip()[:4000])
                permanent = permanent and answer.status in _PERMANENT
                moved_to = url if permanent else moved_to
                continue
            plain = _plain(answer.headers)
            if answer.status != 304 and not 200 <= answer.status < 300:
                raise BadStatus(
                    status_words(url, answer.status), status=answer.status, headers=plain,
                    page=await _said_with(session, answer, url, clock),
                )  # fmt: skip
            if answer.status == 304:
                return Response(304, url, plain, b"", moved_to)
            body, permit = await _read(session, answer, url, max_bytes, clock)
            return Response(answer.status, url, plain, body, moved_to, permit)


async def _said_with(
    session: Session, answer: aiohttp.ClientResponse, url: str, clock: asyncio.Timeout
) -> bytes:
    """What a refusal says, as far as it is short: b"" otherwise. The status counts, not this."""
    if answer.status not in REFUSALS or "html" not in answer.headers.get("Content-Type", ""):
        return b""
    try:
        async with asyncio.timeout(_REFUSAL_SECONDS):
            body, permit = await _read(session, answer, url, _REFUSAL_BYTES, clock)
    except (FetchFailed, TimeoutError, aiohttp.ClientError, OSError):
        return b""
    if permit is not None:
        permit.release()
    return body


def _plain(headers: Mapping[str, str]) -> dict[str, str]:
    """Names in lower case; repeated Link fields as one list (RFC 9110, 5.3), of others the last."""
    found: dict[str, str] = {}
    for name, value in headers.items():
        name = name.lower()
        found[name] = f"{found[name]}, {value}" if name == "link" and name in found else value
    return found


def _check(url: str, *, any_port: bool) -> None:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise BadUrl(f"{url[:200]!r} is not a web address.") from None
    if parts.scheme not in {"http", "https"} or not host or not url.isprintable():
        raise BadUrl(f"{url[:200]!r} is not a web address; it must begin with http:// or https://.")
    if port is not None and not any_port and not networks.is_web_port(port):
        raise BadUrl(f"Port {port} of {host} belongs to another service than the web.")


class _Resolver(AbstractResolver):
    """Looks names up in threads of its own and leaves out every address that is not public."""

    def __init__(self, allow_private: bool) -> None:
        self._allow_private = allow_private
        self._threads = ThreadPoolExecutor(_LOOK_UPS_AT_ONCE, thread_name_prefix="dns")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        look_up = asyncio.get_running_loop().run_in_executor(
            self._threads, self.look_up, host, port, family
        )
        try:
            async with asyncio.timeout(DNS_SECONDS):
                found = await look_up
        except TimeoutError:
            raise OSError(None, "the name servers do not answer") from None
        allowed = [each for each in found if self._allow_private or is_public(each["host"])]
        if found and not allowed:
            raise blocked(host)
        return allowed

    @staticmethod
    def look_up(host: str, port: int, family: socket.AddressFamily) -> list[ResolveResult]:
        """Ask the system. Raises OSError."""
        found = socket.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM)
        return [
            ResolveResult(hostname=host, host=str(where[0]), port=port, family=kind,
                          proto=protocol, flags=socket.AI_NUMERICHOST)
            for kind, _, protocol, _, where in found
        ]  # fmt: skip

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def _open_public_socket(address: tuple[Any, ...]) -> socket.socket:
    """The last check: what is connected to is what was checked."""
    family, kind, protocol, _, where = address
    if not is_public(str(where[0])):
        raise BlockedConnection(f"{where[0]} is not public")
    return socket.socket(family=family, type=kind, proto=protocol)


async def _permitted(session: Session, clock: asyncio.Timeout) -> Permit:
    """A permit for a large body. The server's time stands still meanwhile: we are the slow ones."""
    loop, ends = asyncio.get_running_loop(), clock.when()
    began = loop.time()
    clock.reschedule(None)
    await session.permits.acquire()
    if ends is not None:
        clock.reschedule(ends + loop.time() - began)
    return Permit(session.permits)


async def _read(
    session: Session, answer: aiohttp.ClientResponse, url: str, cap: int, clock: asyncio.Timeout
) -> tuple[bytes, Permit | None]:
    """The expanded body, and the permit it holds if it is large."""
    too_large = TooLarge(f"{host_of(url)} sent more than {cap / 1048576:.0f} MiB.")
    if (answer.content_length or 0) > cap:
        raise too_large
    try:
        unpack = expand.expander(answer.headers.get("Content-Encoding", ""))
    except ValueError as error:
        raise CannotConnect(
            f"{host_of(url)} packed its answer in a way we did not ask for ({error})."
        ) from None
    body, wire, permit = bytearray(), 0, None
    try:
        async for chunk in answer.content.iter_any():
            wire += len(chunk)
            for piece in unpack.pieces(chunk):
                body += piece
                if wire > cap or len(body) > cap:
                    raise too_large
                if len(body) > SMALL_BYTES and permit is None:
                    permit = await _permitted(session, clock)
        if wire and not unpack.complete():
            raise CannotConnect(f"{host_of(url)} stopped in the middle of its answer.")
    except BaseException:
        if permit is not None:
            permit.release()
        raise
    return bytes(body), permit
