"""Signing in by the newsroom's own provider: who gets in, and as whom."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.cache import cache
from django.test import Client
from joserfc.jwk import RSAKey

from digest.checks import provider_of_sign_ins_is_whole
from digest.management.examination.single_sign_on import single_sign_on
from digest.models import AuditEntry, Member, MemberIdentity
from digest.staff.access import Role
from digest.staff.single import discovery
from tests.fakes.identity_provider import IdentityProvider
from tests.web import desk_day
from tests.web.desk.second.by_provider import BACK, is_in, sent_there, through
from tests.web.desk.second.test_second_factor import code_of, with_app

pytestmark = pytest.mark.django_db


def test_a_member_comes_in_by_a_verified_address_and_afterwards_by_the_account(
    idp: IdentityProvider, ann: Member
) -> None:
    idp.person = {"email": "Ann@Desk.Example"}
    client = Client()
    answer = client.get(through(client))
    assert answer.status_code == 302 and answer.url == "/desk/alerts/"
    assert answer["Cache-Control"] == "private, no-store"
    assert is_in(client)
    entry = AuditEntry.objects.get(verb="signed in")
    assert entry.member == ann and entry.detail == {"by": "Newsroom account"}
    assert MemberIdentity.objects.get().member == ann and ann.sessions.count() == 1
    # The address is another one there now, and not verified: the account still is Ann's.
    idp.person = {"email": "ann.new@desk.example", "email_verified": False}
    again = Client()
    again.get(through(again))
    assert is_in(again)
    assert AuditEntry.objects.filter(verb="linked an account").count() == 1


def test_what_is_asked_of_the_provider_is_guarded(idp: IdentityProvider, ann: Member) -> None:
    client = Client()
    first, second = (parse_qs(urlsplit(sent_there(client)).query) for _ in range(2))
    for each in (first, second):
        assert each["response_type"] == ["code"] and each["redirect_uri"] == [BACK]
        assert each["code_challenge_method"] == ["S256"] and "openid" in each["scope"][0]
        assert "prompt" not in each
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name][0]) >= 20 and first[name] != second[name]


def test_the_button_is_there_only_where_a_provider_is(
    idp: IdentityProvider, client: Client, settings: Any
) -> None:
    assert "Sign in with Newsroom account" in client.get("/desk/sign-in").content.decode()
    settings.DIGEST_OIDC_ISSUER = ""
    assert "Sign in with Newsroom" not in client.get("/desk/sign-in").content.decode()
    assert client.post("/desk/sign-in/elsewhere").status_code == 404
    assert client.get("/desk/sign-in/back?code=x&state=y").status_code == 404


def test_keys_that_were_changed_meanwhile_are_asked_for(idp: IdentityProvider, ann: Member) -> None:
    first = Client()
    first.get(through(first))
    idp.key = RSAKey.generate_key(2048, {"kid": "two"})
    idp.spoil = lambda idp, parts: ({"alg": "RS256", "kid": "two"}, parts[1], idp.key)
    second = Client()
    second.get(through(second))
    assert is_in(second)


def test_an_address_that_was_given_to_somebody_else_opens_nothing(
    idp: IdentityProvider, ann: Member
) -> None:
    first = Client()
    first.get(through(first))
    idp.person = {"sub": "u-2"}
    second = Client()
    answer = second.get(through(second))
    assert answer.status_code == 403 and not is_in(second)


def test_who_was_ended_stays_out(idp: IdentityProvider, ann: Member) -> None:
    first = Client()
    first.get(through(first))
    Member.objects.update(is_active=False)
    second = Client()
    assert second.get(through(second)).status_code == 403
    MemberIdentity.objects.all().delete()
    assert second.get(through(second)).status_code == 403
    assert not is_in(first) and not is_in(second) and not MemberIdentity.objects.exists()


def test_nobody_becomes_a_member_unless_a_setting_says_so(
    idp: IdentityProvider, settings: Any
) -> None:
    idp.person = {"email": "new@desk.example", "name": "Noor New"}
    settings.DIGEST_OIDC_DOMAINS = ["desk.example"]
    client = Client()
    assert client.get(through(client)).status_code == 403 and not Member.objects.exists()
    settings.DIGEST_OIDC_NEW_MEMBERS = "chief"
    assert client.get(through(client)).status_code == 403 and not Member.objects.exists()
    settings.DIGEST_OIDC_NEW_MEMBERS = "reader"
    settings.DIGEST_OIDC_DOMAINS = ["elsewhere.example"]
    assert client.get(through(client)).status_code == 403 and not Member.objects.exists()
    settings.DIGEST_OIDC_DOMAINS = ["desk.example"]
    assert client.get(through(client)).status_code == 302
    made = Member.objects.get()
    assert (made.email, made.role, str(made)) == ("new@desk.example", "reader", "Noor New")
    assert not made.has_usable_password() and not made.is_staff
    assert is_in(client)


def test_who_has_an_app_is_asked_for_its_code_unless_the_provider_asked(
    idp: IdentityProvider, ann: Member, settings: Any
) -> None:
    _, secret = with_app(ann)
    client = Client()
    assert client.get(through(client)).url == "/desk/second/asked"
    assert not is_in(client)
    cache.clear()
    assert client.post("/desk/second/asked", {"code": code_of(secret)}).url == "/desk/alerts/"
    assert AuditEntry.objects.filter(verb="signed in").latest("pk").detail["by"]
    for amr, there in ((["pwd"], "/desk/second/asked"), (["pwd", "mfa"], "/desk/alerts/")):
        settings.DIGEST_OIDC_SECOND_FACTOR = ["mfa"]
        idp.person = {"amr": amr}
        again = Client()
        assert again.get(through(again)).url == there


def test_a_chief_who_needs_a_second_factor_may_have_shown_it_to_the_provider(
    idp: IdentityProvider, settings: Any
) -> None:
    desk_day.member("Ann Ito", Role.CHIEF)
    settings.DIGEST_SECOND_FACTOR = "chief"
    client = Client()
    client.get(through(client))
    assert client.get("/desk/alerts/").url == "/desk/second/"
    settings.DIGEST_OIDC_SECOND_FACTOR = ["https://idp.example/strong"]
    idp.person = {"acr": "https://idp.example/strong"}
    again = Client()
    again.get(through(again))
    assert is_in(again)
    # It is of this signing in, and of no other one.
    again.post("/desk/sign-out")
    idp.person = {}
    again.get(through(again))
    assert again.get("/desk/alerts/").url == "/desk/second/"


def test_after_signing_out_the_provider_asks_anew(idp: IdentityProvider, ann: Member) -> None:
    client = Client()
    client.get(through(client))
    client.post("/desk/sign-out")
    assert not is_in(client)
    assert parse_qs(urlsplit(sent_there(client)).query)["prompt"] == ["login"]
    client.get(through(client))
    assert is_in(client)


def test_a_password_after_a_try_elsewhere_is_told_as_such(
    idp: IdentityProvider, ann: Member
) -> None:
    with_app(ann)
    client = Client()
    client.get(through(client))
    assert client.get("/desk/sign-in").status_code == 200
    assert "signing_in_by" not in client.session


def test_it_cannot_be_begun_without_end(idp: IdentityProvider, client: Client) -> None:
    statuses = [client.post("/desk/sign-in/elsewhere").status_code for _ in range(32)]
    assert statuses[0] == 200 and statuses[-1] == 429
    # From elsewhere it still goes.
    other = Client(REMOTE_ADDR="203.0.113.9")
    assert other.post("/desk/sign-in/elsewhere").status_code == 200


def test_one_is_led_nowhere_else_afterwards(idp: IdentityProvider, ann: Member) -> None:
    client = Client()
    assert client.get(through(client, "https://elsewhere.example/")).url == "/desk/"


def test_the_doctor_asks_the_provider(idp: IdentityProvider, settings: Any) -> None:
    (found,) = single_sign_on(settings)
    assert found.state == "ok" and idp.issuer in found.what
    discovery._document.cache_clear()
    idp.told = {"id_token_signing_alg_values_supported": ["HS256", "none"]}
    (found,) = single_sign_on(settings)
    assert found.state == "warning"
    settings.DIGEST_OIDC_ISSUER = ""
    assert single_sign_on(settings) == []


def test_half_a_configuration_is_an_error(settings: Any) -> None:
    def ids() -> list[str | None]:
        return [each.id for each in provider_of_sign_ins_is_whole(None)]

    assert ids() == []
    settings.DIGEST_OIDC_ISSUER = "http://login.example.org"
    assert ids() == ["digest.E006"]
    settings.DIGEST_OIDC_CLIENT_ID = "desk"
    settings.DIGEST_PRODUCTION = True
    assert ids() == ["digest.E007"]
    settings.DIGEST_OIDC_ISSUER = "https://login.example.org"
    for role, domains, wrong in (("chief", ["a.example"], True), ("editor", [], True),
                                 ("editor", ["a.example"], False)):  # fmt: skip
        settings.DIGEST_OIDC_NEW_MEMBERS, settings.DIGEST_OIDC_DOMAINS = role, domains
        assert ids() == (["digest.E008"] if wrong else [])


def test_a_form_alone_is_used_where_the_provider_takes_no_header(settings: Any) -> None:
    settings.DIGEST_OIDC_CLIENT_SECRET = "x"
    told = {"token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"]}
    assert discovery.auth_method(told) == "client_secret_post"
    assert discovery.auth_method({}) == "client_secret_basic"
    settings.DIGEST_OIDC_CLIENT_SECRET = ""
    assert discovery.auth_method(told) == "none"
