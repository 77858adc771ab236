"""A request as the gate sees it, before Django does."""

from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any, Self

from digest.kit.networks import network_of
from digest.web.serving.traffic import canonical


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked, and by whom. ``client`` is a network: an IPv4 address or an IPv6 /64."""

    method: str
    path: str
    query: bytes
    headers: dict[bytes, bytes]
    scheme: bytes
    client: str

    @classmethod
    def of(cls, scope: MutableMapping[str, Any], proxies: int) -> Self:
        """Read an ASGI scope; ``proxies`` of ours stand in front."""
        headers: dict[bytes, bytes] = {}
        for name, value in scope.get("headers", ()):
            # As Django reads one that is given twice: else a page would be kept for other readers
            # than it was made for.
            before = headers.get(name.lower())
            headers[name.lower()] = value if before is None else before + b"," + value
        peer = (scope.get("client") or ("",))[0]
        scheme = str(scope.get("scheme", "http")).encode()
        if proxies:
            seen = [each.strip() for each in headers.get(b"x-forwarded-for", b"").split(b",")]
            passed = [each for each in seen if each][-proxies:]
            peer = passed[0].decode("latin-1") if passed else peer
            scheme = headers.get(b"x-forwarded-proto", scheme)
        return cls(
            scope["method"],
            scope["path"],
            canonical(scope.get("query_string", b"")),
            headers,
            scheme,
            network_of(peer),
        )

    @property
    def length(self) -> int | None:
        """The announced length of the body; None without one."""
        given = self.headers.get(b"content-length", b"")
        return int(given) if given.isdigit() and len(given) < 16 else None

    @property
    def has_body(self) -> bool:
        """Whether a body follows (RFC 9112, 6.3), or may: HTTP/2 announces none."""
        if self.length is not None:
            return self.length > 0
        return b"transfer-encoding" in self.headers or self.method not in {"GET", "HEAD"}

    @property
    def is_readable(self) -> bool:
        """Whether path and query hold no NUL, which neither a page nor the database can name."""
        return "\0" not in self.path and b"%00" not in self.query and b"\0" not in self.query

    @property
    def key(self) -> tuple[bytes, ...]:
        """What makes two requests ask for the same page, but for headers that it varies by."""
        return (
            self.scheme,
            self.headers.get(b"host", b""),
            self.path.encode("utf-8", "surrogateescape"),
            self.query,
        )
