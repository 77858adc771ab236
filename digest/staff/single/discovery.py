"""What the newsroom's own provider (OpenID Connect) says of itself."""

import time
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings

from digest.kit.errors import ExchangeFailed

WELL_KNOWN = "/.well-known/openid-configuration"
SECONDS = 5
_KEPT_SECONDS = 300
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
# Signed by a key of which the provider shows half: never "none", and nothing made of our secret.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512",
              "EdDSA")  # fmt: skip


class NotProven(ExchangeFailed, RuntimeError):
    """The provider could not be asked, or what came from it proves nothing."""


def is_configured() -> bool:
    """Whether members may sign in by a provider at all."""
    return bool(settings.DIGEST_OIDC_ISSUER and settings.DIGEST_OIDC_CLIENT_ID)


def document() -> dict[str, Any]:
    """The provider's own words, a few minutes old at most. Raises :class:`NotProven`."""
    issuer = settings.DIGEST_OIDC_ISSUER
    return dict(_document(issuer, int(time.monotonic() // _KEPT_SECONDS)))


@lru_cache(maxsize=4)
def _document(issuer: str, epoch: int) -> dict[str, Any]:
    try:
        answer = requests.get(
            issuer.rstrip("/") + WELL_KNOWN, timeout=SECONDS, allow_redirects=False
        )
        answer.raise_for_status()
        told = answer.json()
    except (requests.RequestException, ValueError) as error:
        raise NotProven(f"{_host(issuer)} did not answer: {type(error).__name__}.") from error
    if not isinstance(told, dict) or told.get("issuer") != issuer:
        raise NotProven(f"What answers at {_host(issuer)} is not the issuer {issuer}.")
    scheme = urlsplit(issuer).scheme
    for name in _ENDPOINTS:
        if not str(told.get(name, "")).startswith(("https://", f"{scheme}://")):
            raise NotProven(f"{_host(issuer)} names no {name} that can be trusted.")
    return told


def algorithms(told: dict[str, Any]) -> list[str]:
    """The signatures that are taken: those that it names, as far as they prove anything."""
    named = told.get("id_token_signing_alg_values_supported") or ["RS256"]
    return [each for each in ALGORITHMS if each in named]


def auth_method(told: dict[str, Any]) -> str:
    """How we say who we are: with our secret, by the header unless only the form is taken."""
    if not settings.DIGEST_OIDC_CLIENT_SECRET:
        return "none"
    taken = told.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    basic = "client_secret_basic" in taken or "client_secret_post" not in taken
    return "client_secret_basic" if basic else "client_secret_post"


def _host(issuer: str) -> str:
    return urlsplit(issuer).netloc or issuer
