"""The stand-in for a push service, and a browser that can read what it carries."""

import json
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from digest.outbound.channels.jwt import packed
from digest.outbound.channels.webpush.stand_in.push_service import Line, PushService, serve
from tests.fakes.in_thread import in_thread

__all__ = ["Browser", "Line", "PushService", "running", "serve"]


def running(service: PushService) -> AbstractContextManager[PushService]:
    """``service`` in a thread of its own."""
    return in_thread(service, serve)


@dataclass
class Browser:
    """A browser's own keys; decrypts as RFC 8291 tells the user agent to, with HKDF whole."""

    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    secret: bytes = b"sixteen bytes :)"

    @property
    def point(self) -> bytes:
        return self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def data(self, ours: str) -> dict[str, str]:
        """What the newsroom stores of it."""
        return {"p256dh": packed(self.point), "auth": packed(self.secret), "ours": ours}

    def read(self, body: bytes) -> bytes:
        salt, theirs, sealed = body[:16], body[21:86], body[86:]
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs)
        shared = self.key.exchange(ec.ECDH(), point)
        told = b"WebPush: info\0" + self.point + theirs
        material = HKDF(hashes.SHA256(), 32, self.secret, told).derive(shared)
        secret = HKDF(hashes.SHA256(), 16, salt, b"Content-Encoding: aes128gcm\0").derive(material)
        nonce = HKDF(hashes.SHA256(), 12, salt, b"Content-Encoding: nonce\0").derive(material)
        plain = AESGCM(secret).decrypt(nonce, sealed, None).rstrip(b"\0")
        assert plain.endswith(b"\2"), "the last record ends with a two (RFC 8188, 2)"
        return plain[:-1]

    def shown(self, body: bytes) -> dict[str, Any]:
        """The declarative push message."""
        told = json.loads(self.read(body))
        assert told["web_push"] == 8030
        notification: dict[str, Any] = told["notification"]
        return notification
