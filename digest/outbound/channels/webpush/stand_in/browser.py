"""A browser of the stand-in's own: it subscribes, and reads what the push service carries."""

import json
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from digest.outbound.channels.jwt import packed
from digest.outbound.channels.webpush.address import unpacked


@dataclass
class Browser:
    """A browser's own keys; decrypts as RFC 8291 tells the user agent to, with HKDF whole."""

    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    secret: bytes = b"sixteen bytes :)"

    @classmethod
    def kept(cls, written: str) -> "Browser":
        """One that was :meth:`written` down before."""
        number, secret = (unpacked(each) for each in written.split(" "))
        return cls(ec.derive_private_key(int.from_bytes(number, "big"), ec.SECP256R1()), secret)

    def written(self) -> str:
        """Its key and its secret."""
        number = self.key.private_numbers().private_value.to_bytes(32, "big")
        return f"{packed(number)} {packed(self.secret)}"

    @property
    def point(self) -> bytes:
        """Its public key."""
        return self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def data(self, ours: str) -> dict[str, str]:
        """What the newsroom stores of it."""
        return {"p256dh": packed(self.point), "auth": packed(self.secret), "ours": ours}

    def read(self, body: bytes) -> bytes:
        """What was sealed for it. Raises InvalidTag and ValueError for what was not."""
        salt, theirs, sealed = body[:16], body[21:86], body[86:]
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs)
        shared = self.key.exchange(ec.ECDH(), point)
        told = b"WebPush: info\0" + self.point + theirs
        material = HKDF(hashes.SHA256(), 32, self.secret, told).derive(shared)
        secret = HKDF(hashes.SHA256(), 16, salt, b"Content-Encoding: aes128gcm\0").derive(material)
        nonce = HKDF(hashes.SHA256(), 12, salt, b"Content-Encoding: nonce\0").derive(material)
        plain = AESGCM(secret).decrypt(nonce, sealed, None).rstrip(b"\0")
        if not plain.endswith(b"\2"):
            raise ValueError("the last record ends with a two (RFC 8188, 2)")
        return plain[:-1]

    def shown(self, body: bytes) -> dict[str, Any]:
        """The notification of a declarative push message."""
        told = json.loads(self.read(body))
        if told["web_push"] != 8030:
            raise ValueError("no declarative push message")
        notification: dict[str, Any] = told["notification"]
        return notification
