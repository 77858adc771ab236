"""Signing in by the newsroom's own provider: sent there, come back, and proven who it is.

The code flow of OpenID Connect Core 1.0 with PKCE (RFC 7636), by Authlib: state, nonce and verifier
are kept in the visitor's session, each for one try; of the ID token the signature, issuer,
audience, times and nonce are looked at.
"""

import time
from typing import Any

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.django_client import DjangoIntegration, DjangoOAuth2App
from django.conf import settings
from django.http import HttpRequest
from joserfc.errors import JoseError

from digest.staff.single.discovery import (
    SECONDS,
    NotProven,
    algorithms,
    auth_method,
    document,
)
from digest.staff.single.identities import ProvenIdentity

LONGEST = 15 * 60
"""Seconds between being sent there and coming back."""
LEEWAY = 60
"""Seconds by which two clocks may differ."""
# What Authlib raises, and what nonsense in the place of an answer makes of it.
_FAILURES = (
    AuthlibBaseError, JoseError, requests.RequestException, ArithmeticError, AttributeError,
    LookupError, RuntimeError, TypeError, ValueError,
)  # fmt: skip


def address_there(request: HttpRequest, back: str, onward: str, *, anew: bool = False) -> str:
    """Where to send a visitor; afterwards they come to ``back``, and go on to ``onward``.

    ``anew`` asks the provider not to take them for who was signed in there before. Raises
    :class:`NotProven` when it cannot be asked.
    """
    app = _client(document())
    made = app.create_authorization_url(back, **({"prompt": "login"} if anew else {}))
    there = str(made.pop("url"))
    app.save_authorize_data(request, redirect_uri=back, onward=onward, at=int(time.time()), **made)
    return there


def come_back(request: HttpRequest) -> tuple[ProvenIdentity, str]:
    """Who has come back, and where they were going. Raises :class:`NotProven`."""
    told = document()
    app = _client(told)
    sent = app.framework.get_state_data(request.session, request.GET.get("state", ""))
    if not sent or time.time() - sent["at"] > LONGEST:
        raise NotProven("It took too long, or was begun in another window.")
    if request.GET.get("iss", told["issuer"]) != told["issuer"]:
        raise NotProven("The answer is another provider’s.")
    try:
        token = app.authorize_access_token(
            request,
            claims_options={
                "iss": {"essential": True, "value": told["issuer"]},
                "aud": {"essential": True, "value": settings.DIGEST_OIDC_CLIENT_ID},
            },
            leeway=LEEWAY,
        )
        claims = dict(token["userinfo"])
    except _FAILURES as error:
        said = getattr(error, "error", "") or type(error).__name__
        raise NotProven(f"Its answer proves nothing ({said}).") from error
    return _identity(claims), str(sent["onward"])


def _identity(claims: dict[str, Any]) -> ProvenIdentity:
    subject, email, name = (claims.get(each) for each in ("sub", "email", "name"))
    if not isinstance(subject, str) or not 0 < len(subject) <= 255:
        raise NotProven("It does not say who it is.")
    amr = claims.get("amr")
    ways = [*(amr if isinstance(amr, list) else []), claims.get("acr")]
    return ProvenIdentity(
        issuer=str(claims["iss"]),
        subject=subject,
        email=email[:254] if isinstance(email, str) else "",
        email_is_verified=claims.get("email_verified") is True,
        name=name if isinstance(name, str) else "",
        two_factors=any(each in settings.DIGEST_OIDC_SECOND_FACTOR for each in ways),
    )


def _client(told: dict[str, Any]) -> DjangoOAuth2App:
    """Ours; of what the provider says of itself only what is needed, so that nothing overrides."""
    return DjangoOAuth2App(
        DjangoIntegration("single"),
        client_id=settings.DIGEST_OIDC_CLIENT_ID,
        client_secret=settings.DIGEST_OIDC_CLIENT_SECRET or None,
        client_kwargs={
            "scope": "openid email profile",
            "code_challenge_method": "S256",
            "token_endpoint_auth_method": auth_method(told),
            "default_timeout": SECONDS,
        },
        compliance_fix=_stay,
        issuer=told["issuer"],
        authorization_endpoint=told["authorization_endpoint"],
        token_endpoint=told["token_endpoint"],
        jwks_uri=told["jwks_uri"],
        id_token_signing_alg_values_supported=algorithms(told),
    )


def _stay(session: requests.Session) -> None:
    """A redirect would carry the code and our secret to somewhere else."""
    session.max_redirects = 0
