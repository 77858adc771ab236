"""Who we are to a push service: VAPID (RFC 8292), keys that are kept and tokens that are reused.

The first key signs new subscriptions; older ones stay for those that were made with them, for a
subscription is bound to its key for life.
"""

import base64
import binascii
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from digest.kit.errors import SetupError
from digest.outbound.channels import jwt

FILE = "webpush-keys.txt"
# RFC 8292, 2: at most a day ahead; clocks differ, so half of that, renewed at half of it again.
_GOOD_FOR, _USED_FOR = 12 * 3600, 6 * 3600
_SCALAR_BYTES = 32
# Newsrooms reach a handful of push services.
_MOST_TOKENS = 500


class BadVapidKey(SetupError, ValueError):
    """A VAPID key that cannot be used; the text says what to write instead."""


def made() -> str:
    """A new private key as it is written down: 32 bytes in URL-safe base64."""
    number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    return jwt.packed(number.to_bytes(_SCALAR_BYTES, "big"))


def kept(given: Sequence[str], folder: Path) -> tuple[str, ...]:
    """The private keys, the newest first: those ``given``, else those kept in ``folder``.

    A key is made and kept when there is none. Two processes at once make one.
    """
    if given:
        return tuple(given)
    path = folder / FILE
    for _ in range(2):
        try:
            return tuple(path.read_text(encoding="ascii").split())
        except FileNotFoundError:
            folder.mkdir(parents=True, exist_ok=True)
            draft = folder / f"{FILE}.{os.getpid()}.{time.monotonic_ns()}"
            draft.touch(mode=0o600)
            draft.write_text(f"{made()}\n", encoding="ascii")
            try:
                # A link appears whole or not at all, and never in another's place.
                os.link(draft, path)
            except FileExistsError:
                pass
            finally:
                draft.unlink()
    raise BadVapidKey(f"{path} cannot be read: set DIGEST_WEBPUSH_KEYS.")


class VapidKey:
    """One key. ``public`` is what a page gives to ``pushManager.subscribe``.

    Raises :class:`BadVapidKey` for what is no private key of P-256.
    """

    def __init__(self, private: str, *, clock: Callable[[], float] = time.time) -> None:
        try:
            raw = base64.b64decode(private + "=" * (-len(private) % 4), b"-_", validate=True)
            if len(raw) != _SCALAR_BYTES:
                raise ValueError("32 bytes are needed")
            self._key = ec.derive_private_key(int.from_bytes(raw, "big"), ec.SECP256R1())
        except (ValueError, binascii.Error) as error:
            raise BadVapidKey(
                "A key in DIGEST_WEBPUSH_KEYS is not 32 bytes in URL-safe base64. Leave the setting"
                f" out to have one made in DIGEST_HOME/{FILE}."
            ) from error
        point = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.public = jwt.packed(point)
        self._clock = clock
        self._tokens: dict[tuple[str, str], tuple[float, str]] = {}

    def authorization(self, origin: str, contact: str) -> str:
        """The header for one push service; the same for hours, since signing costs."""
        now = self._clock()
        until, value = self._tokens.get((origin, contact), (0.0, ""))
        if now < until <= now + _USED_FOR:
            return value
        if len(self._tokens) >= _MOST_TOKENS:
            self._tokens.clear()
        claims = {"aud": origin, "exp": int(now) + _GOOD_FOR, "sub": contact}
        value = f"vapid t={self._token(claims)}, k={self.public}"
        self._tokens[origin, contact] = now + _USED_FOR, value
        return value

    def _token(self, claims: dict[str, object]) -> str:
        return jwt.es256(self._key, {"typ": "JWT", "alg": "ES256"}, claims)
