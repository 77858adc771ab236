"""The service account that speaks for the newsroom's Firebase project: its key, and access tokens.

https://developers.google.com/identity/protocols/oauth2/service-account: a JWT signed with RS256
is exchanged for a token of an hour, which every message uses.
"""

import asyncio
import json
import time
from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256
from typing import Any

import aiohttp
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from digest.kit import background
from digest.kit.errors import SetupError
from digest.outbound.channels.answered import whole
from digest.outbound.channels.base import Rejected, Unreachable
from digest.outbound.channels.jwt import packed

SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_LIFE = 3600
# Renewed so long before its end, in seconds.
_EARLY = 300
# How long a request whose connections are closed may take to notice.
_ENDS_WITHIN = 2.0


class BadAccount(SetupError, ValueError):
    """A service account that cannot be used; the text says what to set instead."""


class ServiceAccount:
    """One account. Raises :class:`BadAccount` for what is no key file of Google's.

    ``kept``: where its token outlives it, so that the next run of a process need not ask for one
    before its first message: an alert would wait for that.
    """

    def __init__(
        self,
        document: str,
        *,
        clock: Callable[[], float] = time.time,
        kept: dict[str, tuple[str, float]] | None = None,
    ) -> None:
        try:
            told = json.loads(document)
            self.project = str(told["project_id"])
            self._email, self._key_id = str(told["client_email"]), str(told["private_key_id"])
            self._token_url = str(told["token_uri"])
            key = _key_of(str(told["private_key"]))
        except (ValueError, KeyError, TypeError) as error:
            raise BadAccount(
                "DIGEST_FCM_ACCOUNT is not the JSON of a service account's key: make one in the"
                " Firebase console and give its file by DIGEST_FCM_ACCOUNT_FILE."
            ) from error
        if not isinstance(key, rsa.RSAPrivateKey):
            raise BadAccount("The key in DIGEST_FCM_ACCOUNT is not an RSA key.")
        self._key = key
        self._clock = clock
        self._kept = {} if kept is None else kept
        self._name = sha256(document.encode()).hexdigest()
        self._renewal: asyncio.Task[str] | None = None

    async def token(self, session: aiohttp.ClientSession) -> str:
        """A token that is good for minutes at least. Raises Rejected and Unreachable.

        All who ask while one is fetched wait for the same one, and hear of the same failure; one
        who gives up takes it from nobody.
        """
        token, until = self._kept.get(self._name, ("", 0.0))
        if until - _LIFE <= self._clock() < until:
            return token
        if self._renewal is None or self._renewal.done():
            self._renewal = asyncio.create_task(self._renew(session))
            # Where all have given up, nobody is left to hear of a failure.
            self._renewal.add_done_callback(lambda done: done.cancelled() or done.exception())
        return await asyncio.shield(self._renewal)

    async def close(self) -> None:
        """Ask no longer: whoever waited has gone, and so have the session's connections.

        Without them the request fails by itself; it is cancelled after that alone, and nobody
        waits for it for long: a cancellation can be lost on the way.
        """
        renewal, self._renewal = self._renewal, None
        if renewal is not None:
            await background.end([renewal], patience=_ENDS_WITHIN, limit=2 * _ENDS_WITHIN)

    def forget(self, token: str) -> None:
        """It was refused: ask for a new one, once for all who had it."""
        if token == self._kept.get(self._name, ("", 0.0))[0]:
            del self._kept[self._name]

    def assertion(self) -> str:
        """The signed JWT (RFC 7523)."""
        now = int(self._clock())
        claims = {
            "iss": self._email, "scope": SCOPE, "aud": self._token_url, "iat": now,
            "exp": now + _LIFE,
        }  # fmt: skip
        parts = ({"alg": "RS256", "typ": "JWT", "kid": self._key_id}, claims)
        told = ".".join(packed(json.dumps(each).encode()) for each in parts)
        return f"{told}.{packed(self._key.sign(told.encode(), padding.PKCS1v15(), SHA256()))}"

    async def _renew(self, session: aiohttp.ClientSession) -> str:
        form = {"grant_type": GRANT, "assertion": self.assertion()}
        try:
            async with session.post(self._token_url, data=form, allow_redirects=False) as answer:
                status, raw = answer.status, await whole(answer.content, 64 * 1024)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            words = f"Google’s token server cannot be reached: {type(error).__name__}"
            raise Unreachable(words) from None
        told = _json(raw)
        if status == 200 and not told:
            raise Unreachable("200 from the token server's address, but Google did not write it")
        if status >= 500 or status == 429:
            raise Rejected(f"{status} from Google’s token server", status, permanent=False)
        if status != 200 or not isinstance(told.get("access_token"), str):
            raise Rejected(
                f"Google does not take the service account: {status} {told.get('error', '')}."
                " Check DIGEST_FCM_ACCOUNT and this machine's clock.",
                status,
                permanent=False,
                scope="channel",
            )
        life = told.get("expires_in")
        token = str(told["access_token"])
        until = self._clock() + (life if isinstance(life, int) else _LIFE) - _EARLY
        self._kept[self._name] = token, until
        return token


@lru_cache(maxsize=4)
def _key_of(pem: str) -> PrivateKeyTypes:
    """The key in ``pem``, read once in a process and those forked from it.

    An RSA key's numbers are examined when it is read, for longer than an alert's first message may
    wait. Raises ValueError and TypeError.
    """
    return load_pem_private_key(pem.encode(), None)


def _json(raw: bytes) -> dict[str, Any]:
    try:
        told = json.loads(raw)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
