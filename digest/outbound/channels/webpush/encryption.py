"""Message encryption for web push: RFC 8291 over the content coding of RFC 8188 (pure).

Only the browser can read what the push service carries. ``aes128gcm`` in one record.
"""

import hmac
import os

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from digest.outbound.channels.webpush.address import BrowserKeys

# RFC 8030, 7.2: a push service need not take more than 4,096 bytes.
MOST_BYTES = 4_096
_RECORD = MOST_BYTES
_HEADER, _TAG, _DELIMITER = 16 + 4 + 1 + 65, 16, b"\x02"
MOST_PLAIN = MOST_BYTES - _HEADER - _TAG - len(_DELIMITER)

_CURVE = ec.SECP256R1()


def encrypt(
    plain: bytes,
    browser: BrowserKeys,
    *,
    key: ec.EllipticCurvePrivateKey | None = None,
    salt: bytes | None = None,
) -> bytes:
    """The request's body. ``key`` and ``salt`` are made fresh for each message, but in tests.

    Raises ValueError for more than :data:`MOST_PLAIN` bytes.
    """
    if len(plain) > MOST_PLAIN:
        raise ValueError(f"A push carries {MOST_PLAIN} bytes, not {len(plain)}.")
    key, salt = key or ec.generate_private_key(_CURVE), salt or os.urandom(16)
    ours = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    shared = key.exchange(ec.ECDH(), browser.key)
    # RFC 8291, 3.4: HKDF twice, each extract and one block of expand.
    info = b"WebPush: info\x00" + browser.point + ours
    material = _mac(_mac(browser.secret, shared), info + b"\x01")
    root = _mac(salt, material)
    secret = _mac(root, b"Content-Encoding: aes128gcm\x00\x01")[:16]
    nonce = _mac(root, b"Content-Encoding: nonce\x00\x01")[:12]
    sealed = AESGCM(secret).encrypt(nonce, plain + _DELIMITER, None)
    return b"".join((salt, _RECORD.to_bytes(4, "big"), bytes((len(ours),)), ours, sealed))


def _mac(key: bytes, told: bytes) -> bytes:
    return hmac.digest(key, told, "sha256")
