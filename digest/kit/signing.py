"""Keyed hashes: fingerprints of addresses, and short signatures for links."""

import base64
import hmac
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hashlib import _Hash

_BLOCK = 64  # of SHA-256


def mac(key: str, purpose: str, *parts: str) -> bytes:
    """HMAC-SHA-256 over ``parts``, bound to ``purpose`` so that no signature serves twice."""
    pieces = [_bytes(part) for part in (purpose, *parts)]
    # Each with its length in front: no text can pass for the border between two parts.
    body = b"".join(len(piece).to_bytes(4, "big") + piece for piece in pieces)
    begun, ending = _keyed(key)
    inner, outer = begun.copy(), ending.copy()
    inner.update(body)
    outer.update(inner.digest())
    return outer.digest()


@lru_cache(maxsize=8)
def _keyed(key: str) -> "tuple[_Hash, _Hash]":
    """HMAC's two hashes (RFC 2104) with the key taken in: each mail needs three, all of one key."""
    padded = key.encode()
    if len(padded) > _BLOCK:
        padded = sha256(padded).digest()
    padded = padded.ljust(_BLOCK, b"\0")
    return sha256(bytes(b ^ 0x36 for b in padded)), sha256(bytes(b ^ 0x5C for b in padded))


def fingerprint(key: str, channel: str, value: str) -> bytes:
    """32 bytes that stand for a normalised address once the address itself is erased."""
    return mac(key, "address", channel, value)


def seal(key: str, purpose: str, payload: str, size: int = 15) -> str:
    """``payload`` followed by a URL-safe signature of ``size`` bytes."""
    sign = base64.urlsafe_b64encode(mac(key, purpose, payload)[:size]).decode().rstrip("=")
    return f"{payload}.{sign}"


def unseal(key: str, purpose: str, sealed: str, size: int = 15) -> str | None:
    """The payload of what :func:`seal` made with the same key and purpose, or None."""
    payload, dot, _ = sealed.rpartition(".")
    if not dot:
        return None
    whole = seal(key, purpose, payload, size)
    return payload if hmac.compare_digest(_bytes(whole), _bytes(sealed)) else None


def _bytes(text: str) -> bytes:
    """Any string at all, also one with half a surrogate pair: links are typed by anybody."""
    return text.encode("utf-8", "surrogatepass")
