"""A provider of sign-ins (OpenID Connect) on loopback: strict where it checks, wrong where asked.

It refuses a wrong client, secret, redirect address or verifier, and a code that was used before, as
RFC 6749 and RFC 7636 have it.
"""

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import unquote, urlencode

from aiohttp import web
from joserfc import jwt
from joserfc.jwk import RSAKey

Parts = tuple[dict[str, Any], dict[str, Any], Any]
"""Header and claims of an ID token, and the key that signs it."""
CLIENT, SECRET = "digest-desk", "a secret of the client's, +/%"


@cache
def _first_key() -> RSAKey:
    """To make one takes longer than most of what is asked with it."""
    return RSAKey.generate_key(2048, {"kid": "one"})


@dataclass
class IdentityProvider:
    """``person`` are the claims of whoever signs in. ``spoil`` changes a token before it is signed.

    With ``asks`` it shows a page with one button; without it, it sends people back at once.
    """

    back: str
    person: dict[str, Any] = field(default_factory=dict)
    spoil: Callable[["IdentityProvider", Parts], Parts] | None = None
    told: dict[str, Any] = field(default_factory=dict)
    tokens: dict[str, Any] | None = None
    token_status: int = 200
    keys_status: int = 200
    asks: bool = False
    port: int = 0
    key: RSAKey = field(default_factory=_first_key)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def application(self) -> web.Application:
        made = web.Application()
        made.router.add_get("/.well-known/openid-configuration", self._discovery)
        made.router.add_get("/keys", self._keys)
        made.router.add_get("/authorize", self._authorize)
        made.router.add_post("/token", self._token)
        return made

    def public_pem(self) -> bytes:
        return bytes(self.key.as_pem(private=False))

    async def _discovery(self, request: web.Request) -> web.Response:
        return web.json_response({
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            # What would override the client's own words, were it believed.
            "token_endpoint_auth_method": "none", "scope": "profile", "verify": False,
            **self.told,
        })  # fmt: skip

    async def _keys(self, request: web.Request) -> web.Response:
        keys = {"keys": [self.key.as_dict(private=False) | {"use": "sig"}]}
        return web.json_response(keys, status=self.keys_status)

    async def _authorize(self, request: web.Request) -> web.Response:
        asked = dict(request.query)
        self.asked.append(asked)
        right = (
            asked.get("client_id") == CLIENT
            and asked.get("redirect_uri") == self.back
            and asked.get("response_type") == "code"
            and "openid" in asked.get("scope", "").split()
            and asked.get("code_challenge_method") == "S256"
            and len(asked.get("code_challenge", "")) == 43
            and asked.get("state")
            and asked.get("nonce")
        )
        if not right:
            return web.Response(status=400, text="The client asked for something else.")
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        there = f"{self.back}?{urlencode({'code': code, 'state': asked['state']})}"
        if self.asks:
            page = (
                f'<!doctype html><title>Login</title><h1>Login</h1><a href="{there}">I am Ann</a>'
            )
            return web.Response(text=page.replace("&", "&amp;"), content_type="text/html")
        raise web.HTTPFound(there)

    async def _token(self, request: web.Request) -> web.Response:
        form = await request.post()
        if self._client_of(request) != (CLIENT, SECRET):
            return web.json_response({"error": "invalid_client"}, status=401)
        # A code is worth one try, a wrong one too.
        asked = self.codes.pop(str(form.get("code")), None)
        verifier = str(form.get("code_verifier", "")).encode()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier).digest()).rstrip(b"=")
        if (
            asked is None
            or form.get("grant_type") != "authorization_code"
            or form.get("redirect_uri") != asked["redirect_uri"]
            or challenge.decode() != asked["code_challenge"]
        ):
            return web.json_response({"error": "invalid_grant"}, status=400)
        told = {"access_token": "an-access-token", "token_type": "Bearer", "expires_in": 300}
        if self.tokens is not None:
            return web.json_response(self.tokens, status=self.token_status)
        return web.json_response(
            told | {"id_token": self._id_token(asked)}, status=self.token_status
        )

    def _client_of(self, request: web.Request) -> tuple[str, ...]:
        kind, _, both = request.headers.get("Authorization", "").partition(" ")
        if kind != "Basic":
            return ()
        return tuple(unquote(each) for each in base64.b64decode(both).decode().split(":", 1))

    def _id_token(self, asked: dict[str, str]) -> str:
        moment = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.issuer, "aud": CLIENT, "sub": "u-1", "iat": moment, "exp": moment + 300,
            "nonce": asked["nonce"], "email": "ann@desk.example", "email_verified": True,
            "name": "Ann Ito", **self.person,
        }  # fmt: skip
        parts: Parts = ({"alg": "RS256", "kid": "one"}, claims, self.key)
        header, claims, key = self.spoil(self, parts) if self.spoil else parts
        if header["alg"] == "none" or isinstance(key, bytes):
            # What no library makes: not signed, or by what everybody may know, as a secret.
            said = f"{_part(header)}.{_part(claims)}"
            sign = hmac.digest(key, said.encode(), "sha256") if key else b""
            return f"{said}.{_plain(sign)}"
        return str(jwt.encode(header, claims, key, algorithms=[header["alg"]]))


def _part(words: dict[str, Any]) -> str:
    return _plain(json.dumps(words).encode())


def _plain(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
