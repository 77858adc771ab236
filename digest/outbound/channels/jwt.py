"""Short-lived signed tokens that prove who we are: JWT with ES256 (RFC 7515, RFC 7518 3.4)."""

import base64
import json
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.hashes import SHA256

_SCALAR_BYTES = 32


def packed(raw: bytes) -> str:
    """URL-safe base64 without padding."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def unpacked(text: str) -> bytes:
    """Its reverse. Raises ValueError."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def es256(
    key: ec.EllipticCurvePrivateKey, header: Mapping[str, Any], claims: Mapping[str, Any]
) -> str:
    """The token. The same claims give the same one in every process (RFC 6979)."""
    told = ".".join(packed(json.dumps(each).encode()) for each in (header, claims))
    how = ec.ECDSA(SHA256(), deterministic_signing=True)
    r, s = decode_dss_signature(key.sign(told.encode(), how))
    return f"{told}.{packed(r.to_bytes(_SCALAR_BYTES, 'big') + s.to_bytes(_SCALAR_BYTES, 'big'))}"


def read_es256(token: str, key: ec.EllipticCurvePublicKey) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of a token that ``key`` signed.

    Raises ValueError, KeyError or ``cryptography.exceptions.InvalidSignature`` for any other.
    """
    told, _, signature = token.rpartition(".")
    raw = unpacked(signature)
    if len(raw) != 2 * _SCALAR_BYTES:
        raise ValueError("no signature of ES256")
    r, s = (int.from_bytes(raw[at : at + _SCALAR_BYTES], "big") for at in (0, _SCALAR_BYTES))
    key.verify(encode_dss_signature(r, s), told.encode(), ec.ECDSA(SHA256()))
    header, claims = (json.loads(unpacked(part)) for part in told.split("."))
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise ValueError("no objects")
    return header, claims
