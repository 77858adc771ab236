"""Where a browser is reached: its push service's endpoint, and the browser's keys (pure)."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec

from digest.audience.kinds import AddressKind, BadAddress
from digest.outbound.channels import jwt

NAME = "webpush"
LONGEST = 1_000
# An uncompressed point of P-256 (SEC 1, 2.3.3), and what RFC 8291, 3.2 calls the authentication
# secret.
POINT_BYTES, AUTH_BYTES = 65, 16
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class BrowserKeys:
    """What a browser gave us: its public key (65 bytes), its secret (16), and ours that it knows.

    ``ours`` is the public VAPID key that the subscription was made with, as URL-safe base64: a
    push service takes messages of no other (RFC 8292, 4.2). ``key`` is ``point``, read.
    """

    point: bytes
    secret: bytes
    ours: str
    key: ec.EllipticCurvePublicKey = field(repr=False, compare=False)

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "BrowserKeys":
        """From the JSON of a subscription's keys. Raises BadAddress for keys that are none."""
        point, secret = unpacked(data.get("p256dh")), unpacked(data.get("auth"))
        if len(point) != POINT_BYTES or len(secret) != AUTH_BYTES:
            raise BadAddress("The browser gave no keys for a push: switch notifications on anew.")
        try:
            key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        except ValueError:
            raise BadAddress("The browser’s key is no point of P-256.") from None
        return cls(point, secret, str(data.get("ours", ""))[:100], key)

    def to_document(self) -> dict[str, str]:
        """As it is stored beside the address."""
        return {
            "p256dh": jwt.packed(self.point),
            "auth": jwt.packed(self.secret),
            "ours": self.ours,
        }


def unpacked(text: object) -> bytes:
    """The bytes behind URL-safe base64 without padding; none for what is not base64."""
    if not isinstance(text, str) or len(text) > 200:
        return b""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""


def endpoint(value: str) -> str:
    """The endpoint as the browser gave it. Raises BadAddress for what no push service hands out.

    https, or http on this very machine, where a stand-in may run.
    """
    value = value.strip()
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        host, parts = "", urlsplit("")
    secure = parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK)
    fits = len(value) <= LONGEST and value.isascii() and value.isprintable() and " " not in value
    if not (secure and host and fits) or "@" in parts.netloc or parts.fragment:
        raise BadAddress("That is no address of a push service: switch notifications on anew.")
    return value


def origin_of(url: str) -> str:
    """Scheme, host and port: what a token is good for (RFC 8292, 2: ``aud``)."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.lower()}"


def is_served_by(url: str, services: Sequence[str]) -> bool:
    """Whether the endpoint lies at one of ``services``: hosts, ``.suffixes`` of hosts, ``*``."""
    host = (urlsplit(url).hostname or "").lower()
    return any(
        each == "*" or host == each or (each.startswith(".") and host.endswith(each))
        for each in map(str.lower, services)
    )


def masked(value: str) -> str:
    """A browser has no name that a reader would know; its push service tells which it is."""
    return f"a browser ({urlsplit(value).hostname or 'unknown'})"


ENDPOINT = AddressKind(
    field="endpoint",
    label="This browser",
    example="https://push.example/abc",
    normalise=endpoint,
    mask=masked,
    input="hidden",
    longest=LONGEST,
)
