"""What can go wrong with a fetch, in a word for rules and a sentence for editors."""

import socket
from collections.abc import Mapping

import aiohttp
from yarl import URL

from digest.kit.errors import ExchangeFailed
from digest.kit.fetching import expand


class FetchFailed(ExchangeFailed):
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
     └── BadStatus        http-status, with ``status``, ``headers`` and a short ``page``
    """

    kind = "failed"

    def __init__(
        self,
        reason: str,
        *,
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
        page: bytes = b"",
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status
        self.headers = dict(headers or {})
        self.page = page


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


class BlockedConnection(ExchangeFailed, PermissionError):
    """A socket that would have led inside."""


def blocked(host: str) -> BlockedAddress:
    """For a host that lies inside."""
    return BlockedAddress(
        f"{host} lies inside a private network, which feeds may not reach. If it is your own, "
        "set DIGEST_ALLOW_PRIVATE_FETCH=1."
    )


def named(error: Exception, url: str) -> FetchFailed:
    """What went wrong at ``url``, in our words."""
    host = host_of(url)
    if isinstance(error, expand.Broken):
        return CannotConnect(f"{host} sent an answer whose compression is broken.")
    match error:
        case aiohttp.ClientConnectorDNSError():
            return NoSuchHost(_dns_words(host, error.os_error))
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientSSLError():
            return BadCertificate(_tls_words(host, error))
        case aiohttp.ServerTimeoutError():
            return TookTooLong(f"{host} does not answer: nobody takes the connection.")
        case aiohttp.ClientConnectorError(os_error=BlockedConnection()):
            return blocked(host)
        case aiohttp.ClientConnectorError():
            return CannotConnect(f"{host} does not accept connections.")
        case aiohttp.InvalidURL() | ValueError():
            return BadUrl(f"{url[:200]!r} is not a web address.")
        case aiohttp.ClientResponseError():
            return CannotConnect(f"{host} sent an answer that is not HTTP as it should be.")
        case aiohttp.ClientError() | OSError():
            return CannotConnect(f"{host} broke off in the middle of its answer.")
    return CannotConnect(f"{host} sent an answer that cannot be read ({type(error).__name__}).")


def _dns_words(host: str, error: OSError) -> str:
    if error.errno in {socket.EAI_AGAIN, None}:
        return f"The name servers did not say where {host} is; they may be down for the moment."
    return f"No server is known as {host}: check the spelling of the address."


def _tls_words(host: str, error: Exception) -> str:
    """By OpenSSL's verdict on the certificate (x509_vfy.h)."""
    cause = getattr(error, "certificate_error", None)
    why = {
        10: "its certificate has expired",
        18: "it signed its certificate itself",
        19: "it signed its certificate itself",
        20: "its certificate is not complete or comes from an unknown authority",
        21: "its certificate is not complete or comes from an unknown authority",
        62: "its certificate was made for another name",
    }.get(getattr(cause, "verify_code", 0), "it does not speak TLS as it should")
    return f"The encrypted connection to {host} cannot be trusted: {why}."


def status_words(url: str, status: int) -> str:
    """What an error status says, for an editor."""
    host = host_of(url)
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


def host_of(url: str) -> str:
    """The host, or as much of the address as helps to find the mistake."""
    try:
        return URL(url).host or url[:100]
    except ValueError:
        return url[:100]
