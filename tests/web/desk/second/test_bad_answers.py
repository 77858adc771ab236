"""Signing in by the newsroom's own provider: of thirty bad answers none lets anybody in."""

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from joserfc.jwk import RSAKey

from digest.management.examination.single_sign_on import single_sign_on
from digest.models import AuditEntry, Member, MemberIdentity
from digest.staff.single import provider
from tests.fakes.identity_provider import CLIENT, SECRET, IdentityProvider, Parts
from tests.web import desk_day
from tests.web.desk.second.by_provider import is_in, sent_there, through

pytestmark = pytest.mark.django_db
Spoil = Callable[[IdentityProvider, Parts], Parts]


def claims(**changes: Any) -> Spoil:
    """Other claims; None takes one away."""

    def spoil(idp: IdentityProvider, parts: Parts) -> Parts:
        header, told, key = parts
        made = told | changes
        return header, {name: each for name, each in made.items() if each is not None}, key

    return spoil


def times(**seconds: int) -> Spoil:
    """Seconds from the moment of the answer: what was read long ago may have come true since."""

    def spoil(idp: IdentityProvider, parts: Parts) -> Parts:
        moment = int(time.time())
        return claims(**{name: moment + each for name, each in seconds.items()})(idp, parts)

    return spoil


def signed(alg: str, key: Callable[[IdentityProvider], Any], kid: str = "one") -> Spoil:
    return lambda idp, parts: ({"alg": alg, "kid": kid}, parts[1], key(idp))


def a_stranger(idp: IdentityProvider) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": "one"})


BAD: dict[str, Spoil] = {
    "another issuer": claims(iss="https://elsewhere.example"),
    "no issuer": claims(iss=None),
    "another audience": claims(aud="another-client"),
    "another audience, and us as its party": claims(aud="another-client", azp=CLIENT),
    "audiences, and another as its party": claims(aud=[CLIENT, "another"], azp="another"),
    "no audience": claims(aud=None),
    "expired": times(iat=-900, exp=-300),
    "no expiry": claims(exp=None),
    "an expiry that is none": claims(exp="tomorrow"),
    "not valid yet": times(nbf=600),
    "issued in the future": times(iat=600),
    "no nonce": claims(nonce=None),
    "another nonce": claims(nonce="another"),
    "no subject": claims(sub=None),
    "an empty subject": claims(sub=""),
    "a subject that is a number": claims(sub=7),
    "a subject without end": claims(sub="x" * 300),
    "the hash of another access token": claims(at_hash="bm90IHRoaXMgb25l"),
    "address not verified": claims(email_verified=False),
    "address verified in words": claims(email_verified="true"),
    "nothing said of verifying": claims(email_verified=None),
    "no address": claims(email=None),
    "an address that is none": claims(email=["ann@desk.example"]),
    "an address of nobody": claims(email="bob@desk.example"),
    "not signed": signed("none", lambda idp: None),
    "signed by the public key as a secret": signed("HS256", lambda idp: idp.public_pem()),
    "signed by the client's secret": signed("HS256", lambda idp: SECRET.encode()),
    "signed by a key of no name here": signed("RS256", a_stranger, kid="two"),
    "signed by another key of that name": signed("RS256", a_stranger),
}


@pytest.mark.parametrize("spoil", BAD.values(), ids=BAD)
def test_a_token_that_proves_nothing_lets_nobody_in(
    idp: IdentityProvider, ann: Member, spoil: Spoil
) -> None:
    idp.spoil = spoil
    client = Client()
    answer = client.get(through(client))
    assert answer.status_code in {401, 403}
    assert 'role="alert"' in answer.content.decode() and not is_in(client)
    assert not MemberIdentity.objects.exists()
    assert not AuditEntry.objects.filter(verb="signed in").exists()


@pytest.mark.parametrize(
    ("tokens", "status"),
    [
        ({"access_token": "a", "token_type": "Bearer"}, 200),
        ({"access_token": "a", "token_type": "Bearer", "id_token": "no.token"}, 200),
        ({"access_token": "a", "token_type": "Bearer", "id_token": 7}, 200),
        ({"error": "temporarily_unavailable"}, 400),
        ({}, 500),
        ({}, 200),
    ],
)
def test_an_answer_without_a_token_lets_nobody_in(
    idp: IdentityProvider, ann: Member, tokens: dict[str, Any], status: int
) -> None:
    idp.tokens, idp.token_status = tokens, status
    client = Client()
    assert client.get(through(client)).status_code == 401
    assert not is_in(client)


def test_a_way_back_works_once_and_only_where_it_was_begun(
    idp: IdentityProvider, ann: Member
) -> None:
    client, other = Client(), Client()
    back = through(client)
    # Another visitor's, sent as a link.
    assert other.get(back).status_code == 401 and not is_in(other)
    # The code of another's try in a way back of one's own: nonce and verifier are not its.
    mine = parse_qs(urlsplit(through(other)).query)
    theirs = parse_qs(urlsplit(back).query)
    mixed = f"/desk/sign-in/back?code={theirs['code'][0]}&state={mine['state'][0]}"
    assert other.get(mixed).status_code == 401 and not is_in(other)
    # That spent the code, so its owner begins again.
    assert client.get(back).status_code == 401
    back = through(client)
    assert client.get(back).status_code == 302
    client.post("/desk/sign-out")
    assert client.get(back).status_code == 401 and not is_in(client)


@pytest.mark.parametrize("query", ["", "code=x", "state=x", "code=x&state=x", "code[]=x&state[]=x"])
def test_a_way_back_that_was_never_begun_is_none(
    idp: IdentityProvider, client: Client, query: str
) -> None:
    assert client.get(f"/desk/sign-in/back?{query}").status_code == 401


def test_a_way_back_of_another_provider_or_of_a_no_is_none(
    idp: IdentityProvider, ann: Member
) -> None:
    client = Client()
    assert client.get(through(client) + "&iss=https://elsewhere.example").status_code == 401
    state = parse_qs(urlsplit(sent_there(client)).query)["state"][0]
    said = client.get(f"/desk/sign-in/back?error=access_denied&state={state}")
    assert said.status_code == 401 and "access_denied" in said.content.decode()
    assert not is_in(client)


def test_a_way_back_does_not_wait_for_ever(
    idp: IdentityProvider, ann: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client()
    back = through(client)
    monkeypatch.setattr(provider, "LONGEST", -1)
    assert client.get(back).status_code == 401 and not is_in(client)


def test_a_wrong_secret_lets_nobody_in(idp: IdentityProvider, ann: Member, settings: Any) -> None:
    settings.DIGEST_OIDC_CLIENT_SECRET = "wrong"
    client = Client()
    assert client.get(through(client)).status_code == 401 and not is_in(client)


@pytest.mark.parametrize(
    "told",
    [
        {"issuer": "https://elsewhere.example"},
        {"jwks_uri": None},
        {"token_endpoint": "ftp://127.0.0.1/token"},
        {"authorization_endpoint": "javascript:alert(1)"},
    ],
)
def test_a_provider_that_is_another_is_not_gone_to(
    idp: IdentityProvider, client: Client, told: dict[str, Any], settings: Any
) -> None:
    idp.told = told
    answer = client.post("/desk/sign-in/elsewhere")
    assert answer.status_code == 503 and 'name="password"' in answer.content.decode()
    (found,) = single_sign_on(settings)
    assert found.state == "warning" and found.remedy


def test_a_provider_that_is_gone_leaves_the_password(
    idp: IdentityProvider, ann: Member, settings: Any
) -> None:
    client = Client()
    back = through(client)
    idp.keys_status = 503
    assert client.get(back).status_code == 401
    settings.DIGEST_OIDC_ISSUER = "http://127.0.0.1:9"
    answer = client.post("/desk/sign-in/elsewhere")
    assert answer.status_code == 503 and "did not answer" in answer.content.decode()
    form = {"email": ann.email, "password": desk_day.PASSWORD}
    assert client.post("/desk/sign-in", form).status_code == 302
