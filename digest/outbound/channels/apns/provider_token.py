"""The token that speaks for the newsroom's team at Apple: made once in 40 minutes, for everybody.

Apple asks for one token for all connections and processes, renewed every 20 to 60 minutes. Its
moment is that of the last full 40 minutes and its signature is deterministic, so every process of
the same key has the very same token without asking the others.
"""

import time
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from digest.kit.errors import SetupError
from digest.outbound.channels import jwt

SPAN = 40 * 60


class BadApnsKey(SetupError, ValueError):
    """A key that cannot be used; the text says what to set instead."""


class ProviderToken:
    """One key of one team. Raises :class:`BadApnsKey` for what is no key of Apple's."""

    def __init__(
        self, pem: str, key_id: str, team: str, *, clock: Callable[[], float] = time.time
    ) -> None:
        try:
            key = load_pem_private_key(pem.encode(), None)
        except (ValueError, TypeError) as error:
            raise BadApnsKey(
                "DIGEST_APNS_KEY is not the text of a .p8 file: make a key for APNs in Apple's"
                " developer portal and give its file by DIGEST_APNS_KEY_FILE."
            ) from error
        if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
            raise BadApnsKey("The key in DIGEST_APNS_KEY is not one of P-256.")
        if not (key_id and team):
            raise BadApnsKey("Set DIGEST_APNS_KEY_ID and DIGEST_APNS_TEAM beside the key.")
        self._key, self._key_id, self._team = key, key_id, team
        self._clock = clock
        self._made_for = -1
        self._value = b""

    def value(self) -> bytes:
        """``bearer …``, for the header."""
        span = int(self._clock()) // SPAN
        if span != self._made_for:
            self._made_for, self._value = span, self._at(span * SPAN)
        return self._value

    def renew(self, refused: bytes) -> bool:
        """The token was called too old: make one of this moment, once for all who had it.

        Whether there is another one to try now.
        """
        if refused != self._value:
            return True
        value = self._at(int(self._clock()))
        changed, self._value = value != self._value, value
        return changed

    def _at(self, moment: int) -> bytes:
        header = {"alg": "ES256", "kid": self._key_id}
        token = jwt.es256(self._key, header, {"iss": self._team, "iat": moment})
        return f"bearer {token}".encode()
