"""Outgoing HTTP that a stranger's URL cannot turn against us.

Every address is checked at the moment of connecting, so neither a redirect nor a name that
changes its mind between look-up and connection reaches the inside. Bodies are capped while they
stream, before and after expansion; a whole fetch, redirects included, has one time limit.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from digest.kit import expand

MAX_BYTES = 15 * 1024 * 1024
MAX_REDIRECTS = 5
_REDIRECTS = {301, 302, 303, 307, 308}
_PERMANENT = {301, 308}
# IANA's special-purpose registries, written out: what ipaddress calls global differs between
# Python's minor versions. The last one is Azure's metadata service, public by its number.
_INSIDE_V4 = [
    ipaddress.IPv4Network(net)
    for net in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
        "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3", "168.63.129.16/32",
    )
]  # fmt: skip
_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")
# Protocol assignments with Teredo and ORCHID, documentation, 6to4.
_INSIDE_V6 = [
    ipaddress.IPv6Network(net)
    for net in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
]  # fmt: skip
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class FetchFailed(Exception):
    """A fetch that brought nothing. ``kind`` is for rules, ``reason`` for the editor.

    FetchFailed
     ├── BadUrl           bad-url
     ├── BlockedAddress   blocked-address
     ├── NoSuchHost       dns
     ├── CannotConnect    connect
     ├── BadCertificate   tls
     ├── TookTooLong      timeout
     ├── TooLarge         too-large
     ├── RedirectLoop     redirect-loop
     └── BadStatus        http-status, with ``status`` and ``headers``
    """

    kind = "failed"

    def __init__(
        self, reason: str, *, status: int | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status
        self.headers = dict(headers or {})


class BadUrl(FetchFailed):
    """Not an address that can be fetched."""

    kind = "bad-url"


class BlockedAddress(FetchFailed):
    """The host lies inside a private network."""

    kind = "blocked-address"


class NoSuchHost(FetchFailed):
    """The name does not resolve."""

    kind = "dns"


class CannotConnect(FetchFailed):
    """Nobody answers, or the answer broke off."""

    kind = "connect"


class BadCertificate(FetchFailed):
    """The encrypted connection cannot be trusted."""

    kind = "tls"


class TookTooLong(FetchFailed):
    """The time limit passed."""

    kind = "timeout"


class TooLarge(FetchFailed):
    """More bytes than the cap, on the wire or expanded."""

    kind = "too-large"


class RedirectLoop(FetchFailed):
    """Redirects that lead nowhere."""

    kind = "redirect-loop"


class BadStatus(FetchFailed):
    """The server answered with an error."""

    kind = "http-status"


@dataclass(frozen=True, slots=True)
class Response:
    """An answer of 2xx or 304: ``headers`` with lower-case names, ``body`` expanded.

    ``moved_to`` is where permanent redirects (301, 308) led from the first hop on without a
    temporary one between, or None.
    """

    status: int
    url: str
    headers: dict[str, str]
    body: bytes
    moved_to: str | None = None


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet.

    Addresses that carry another inside (IPv4-mapped, NAT64 of RFC 6052) are judged by it; 6to4
    and Teredo, which no publisher uses any more, are refused.
    """
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped
        if inner is None and ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is None:
            return ip in _GLOBAL_V6 and not any(ip in net for net in _INSIDE_V6)
        ip = inner
    return not any(ip in net for net in _INSIDE_V4)


def session(
    *, user_agent: str, allow_private: bool = False, connections: int = 100
) -> aiohttp.ClientSession:
    """A client session for :func:`get`; to be closed by the caller.

    ``allow_private`` opens loopback and private networks, for installations whose own feeds live
    there. Cookies are not kept and no proxy is taken from the environment.
    """
    connector = aiohttp.TCPConnector(
        limit=connections,
        resolver=ThreadedResolver() if allow_private else _PublicResolver(),
        socket_factory=None if allow_private else _open_public_socket,
        ttl_dns_cache=60,
    )
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": user_agent},
        auto_decompress=False,
    )


async def get(
    session: aiohttp.ClientSession,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    max_bytes: int = MAX_BYTES,
    seconds: float = 20,
) -> Response:
    """GET ``url`` and follow up to five redirects, each checked like the first.

    Raises :class:`FetchFailed`; nothing else, but for cancellation.
    """
    return await _within(seconds, session, url, headers or {}, max_bytes)


async def post_form(
    session: aiohttp.ClientSession,
    url: str,
    form: Mapping[str, str],
    *,
    max_bytes: int = 100_000,
    seconds: float = 20,
) -> Response:
    """POST ``form`` URL-encoded; only 307 and 308 are followed, which keep the method.

    Raises :class:`FetchFailed`; nothing else, but for cancellation.
    """
    return await _within(seconds, session, url, {}, max_bytes, dict(form))


async def _within(
    seconds: float,
    session: aiohttp.ClientSession,
    url: str,
    headers: Mapping[str, str],
    max_bytes: int,
    form: dict[str, str] | None = None,
) -> Response:
    try:
        async with asyncio.timeout(seconds):
            return await _follow(session, url, headers, max_bytes, form)
    except FetchFailed:
        raise
    except TimeoutError:
        raise TookTooLong(
            f"{_host(url)} did not send the whole answer within {seconds:g} seconds."
        ) from None
    except Exception as error:
        raise _named(error, url) from error


async def _follow(
    session: aiohttp.ClientSession,
    url: str,
    headers: Mapping[str, str],
    max_bytes: int,
    form: dict[str, str] | None,
) -> Response:
    method, follows = ("GET", _REDIRECTS) if form is None else ("POST", {307, 308})
    seen: set[str] = set()
    moved_to: str | None = None
    permanent = True
    while True:
        _check(url)
        if url in seen or len(seen) > MAX_REDIRECTS:
            raise RedirectLoop(
                f"{_host(url)} redirects in a circle or more than {MAX_REDIRECTS} times."
            )
        seen.add(url)
        async with session.request(
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
                raise BadStatus(_status_words(url, answer.status), status=answer.status,
                                headers=plain)  # fmt: skip
            body = b"" if answer.status == 304 else await _read(answer, url, max_bytes)
            return Response(answer.status, url, plain, body, moved_to)


def _plain(headers: Mapping[str, str]) -> dict[str, str]:
    """Names in lower case; repeated Link fields as one list (RFC 9110, 5.3), of others the last."""
    found: dict[str, str] = {}
    for name, value in headers.items():
        name = name.lower()
        found[name] = f"{found[name]}, {value}" if name == "link" and name in found else value
    return found


def _check(url: str) -> None:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise BadUrl(f"{url[:200]!r} is not a web address.") from None
    if parts.scheme not in {"http", "https"} or not host or not url.isprintable():
        raise BadUrl(f"{url[:200]!r} is not a web address; it must begin with http:// or https://.")


def _blocked(host: str) -> BlockedAddress:
    return BlockedAddress(
        f"{host} lies inside a private network, which feeds may not reach. If it is your own, "
        "set DIGEST_ALLOW_PRIVATE_FETCH=1."
    )


class _PublicResolver(AbstractResolver):
    """Looks names up and leaves out every address that is not public."""

    def __init__(self) -> None:
        self._inner = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        public = [each for each in found if is_public(each["host"])]
        if found and not public:
            raise _blocked(host)
        return public

    async def close(self) -> None:
        await self._inner.close()


class _Refused(PermissionError):
    """A socket that would have led inside."""


def _open_public_socket(address: tuple[Any, ...]) -> socket.socket:
    """The last gate: what is connected to is what was checked."""
    family, kind, protocol, _, where = address
    if not is_public(str(where[0])):
        raise _Refused(f"{where[0]} is not public")
    return socket.socket(family=family, type=kind, proto=protocol)


async def _read(answer: aiohttp.ClientResponse, url: str, cap: int) -> bytes:
    too_large = TooLarge(f"{_host(url)} sent more than {cap / 1048576:.0f} MiB.")
    if (answer.content_length or 0) > cap:
        raise too_large
    try:
        unpack = expand.expander(answer.headers.get("Content-Encoding", ""))
    except ValueError as error:
        raise CannotConnect(
            f"{_host(url)} packed its answer in a way we did not ask for ({error})."
        ) from None
    body = bytearray()
    wire = 0
    async for chunk in answer.content.iter_any():
        wire += len(chunk)
        body += unpack.more(chunk, cap - len(body) + 1)
        if wire > cap or len(body) > cap:
            raise too_large
    if wire and not unpack.complete():
        raise CannotConnect(f"{_host(url)} stopped in the middle of its answer.")
    return bytes(body)


def _named(error: Exception, url: str) -> FetchFailed:
    host = _host(url)
    if isinstance(error, expand.Broken):
        return CannotConnect(f"{host} sent an answer whose compression is broken.")
    match error:
        case aiohttp.ClientConnectorDNSError():
            return NoSuchHost(f"No server is known as {host}: check the spelling of the address.")
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientSSLError():
            return BadCertificate(
                f"The encrypted connection to {host} cannot be trusted: its certificate is "
                "expired, incomplete or made for another name."
            )
        case aiohttp.ClientConnectorError(os_error=_Refused()):
            return _blocked(host)
        case aiohttp.ClientConnectorError():
            return CannotConnect(f"{host} does not accept connections.")
        case aiohttp.InvalidURL() | ValueError():
            return BadUrl(f"{url[:200]!r} is not a web address.")
        case aiohttp.ClientError() | OSError():
            return CannotConnect(f"{host} broke off in the middle of its answer.")
    return CannotConnect(f"{host} sent an answer that cannot be read ({type(error).__name__}).")


def _status_words(url: str, status: int) -> str:
    host = _host(url)
    known = {
        401: "asks for a password",
        403: "refuses to give the feed to us",
        404: "has no feed at this address any more",
        410: "says that the feed is gone for good",
        429: "asks us to come less often",
        503: "is overloaded or under maintenance",
    }
    what = known.get(status, "has an error of its own" if status >= 500 else "refused")
    return f"{host} {what} (HTTP {status})."


def _host(url: str) -> str:
    try:
        return URL(url).host or url[:100]
    except ValueError:
        return url[:100]
