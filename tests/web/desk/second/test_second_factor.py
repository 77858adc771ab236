"""The second factor: set up, asked at the door, demanded of some roles, lost and taken off."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.contrib import admin
from django.core.cache import cache
from django.test import Client

from digest.checks import second_factor_is_asked_of_a_role
from digest.kit import valkey
from digest.models import AuditEntry, Member
from digest.staff.access import Role, needs_second_factor
from digest.staff.signing_in import code_tried
from tests.web import desk_day

pytestmark = pytest.mark.django_db
SECRET = re.compile(r'id="secret"[^>]* value="([A-Z2-7]+)"')


@pytest.fixture(autouse=True)
def no_guesses(settings: Any) -> Iterator[None]:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    _forget()
    cache.clear()
    yield
    _forget()


def _forget() -> None:
    client = valkey.client()
    for name in client.scan_iter("sign-in:*"):
        client.delete(name)


def code_of(secret: str) -> str:
    counter = next(iter(yield_hotp_counters_from_time()))
    return str(format_hotp_value(hotp_value(secret, counter)))


def sign_in(client: Client, member: Member, **more: str) -> Any:
    form = {"email": member.email, "password": desk_day.PASSWORD} | more
    return client.post("/desk/sign-in", form)


def with_app(member: Member) -> tuple[Client, str]:
    """A signed-in client of ``member`` who has set up an app, and its secret."""
    client = Client()
    sign_in(client, member)
    client.post("/desk/second/password?next=/desk/second/app", {"password": desk_day.PASSWORD})
    found = SECRET.search(client.get("/desk/second/app").content.decode())
    assert found is not None
    answer = client.post("/desk/second/app", {"code": code_of(found[1])})
    assert answer.status_code == 302, answer.content.decode()
    return client, found[1]


@pytest.fixture
def member() -> Member:
    return desk_day.member("Ann Ito", Role.EDITOR)


def test_an_app_is_set_up_and_asked_at_the_door(member: Member) -> None:
    with_app(member)
    visitor = Client()
    answer = sign_in(visitor, member, next="/desk/alerts/")
    assert answer.url == "/desk/second/asked"
    assert visitor.get("/desk/").status_code == 302
    page = visitor.get("/desk/second/asked")
    assert page["Cache-Control"] == "private, no-store"
    assert "script-src 'self'" in page["Content-Security-Policy"]
    secret = Authenticator.objects.get(type="totp").wrap().instance.data["secret"]
    assert visitor.post("/desk/second/asked", {"code": "000000"}).status_code == 401
    assert visitor.get("/desk/").status_code == 302
    assert "Incorrect code" in visitor.post("/desk/second/asked", {"code": "12"}).content.decode()
    assert secret  # encrypted, see below


def test_the_right_code_lets_in_where_one_was_going(member: Member) -> None:
    _, secret = with_app(member)
    visitor = Client()
    sign_in(visitor, member, next="/desk/alerts/")
    # A code works once: the one that set the app up is spent.
    cache.clear()
    answer = visitor.post("/desk/second/asked", {"code": code_of(secret)})
    assert answer.url == "/desk/alerts/"
    assert visitor.get("/desk/alerts/").status_code == 200
    assert AuditEntry.objects.filter(verb="signed in").count() == 2


def test_a_recovery_code_works_once(member: Member) -> None:
    client, _ = with_app(member)
    codes = re.findall(r"<code>([^<]+)</code>", client.get("/desk/second/codes").content.decode())
    assert len(codes) == 10
    for expected in (302, 401):
        visitor = Client()
        sign_in(visitor, member)
        answer = visitor.post("/desk/second/asked", {"code": codes[0]})
        assert answer.status_code == expected
    assert "9 are left" in client.get("/desk/second/").content.decode()


def test_codes_cannot_be_guessed_for_long_and_the_password_page_stays_open(
    member: Member,
) -> None:
    _, secret = with_app(member)
    visitor = Client()
    sign_in(visitor, member)
    tries = [visitor.post("/desk/second/asked", {"code": "000000"}).status_code for _ in range(7)]
    assert tries[:4] == [401] * 4 and tries[-1] == 429
    locked = visitor.post("/desk/second/asked", {"code": code_of(secret)})
    assert locked.status_code == 429 and int(locked["Retry-After"]) > 0
    assert sign_in(Client(), member).status_code == 302


def test_the_page_for_a_code_opens_for_nobody_without_a_password(client: Client) -> None:
    assert client.get("/desk/second/asked").url.startswith("/desk/second/in")
    assert client.post("/desk/second/asked", {"code": "000000"}).status_code == 302
    assert client.get("/desk/second/").url.startswith("/desk/sign-in")
    assert client.get("/desk/second/app").url.startswith("/desk/sign-in")


def test_a_secret_is_not_in_the_database_as_it_is(member: Member) -> None:
    _, secret = with_app(member)
    stored = Authenticator.objects.get(type="totp").data
    assert secret not in str(stored)


def test_a_factor_is_changed_after_the_password_alone(member: Member) -> None:
    client = Client()
    sign_in(client, member)
    asked = client.get("/desk/second/app")
    assert asked.url == "/desk/second/password?next=%2Fdesk%2Fsecond%2Fapp"
    wrong = client.post(asked.url, {"password": "no"})
    assert wrong.status_code == 200 and 'role="alert"' in wrong.content.decode()
    assert not SECRET.search(client.get("/desk/second/app", follow=True).content.decode())
    assert client.post(asked.url, {"password": desk_day.PASSWORD}).url == "/desk/second/app"


@pytest.mark.parametrize(
    ("role", "least", "demanded"),
    [
        ("chief", "chief", True), ("operator", "chief", True), ("editor", "chief", False),
        ("services", "chief", False), ("editor", "reader", True), ("services", "editor", False),
        ("chief", "", False), ("chief", "king", False), ("nobody", "reader", False),
    ],
)  # fmt: skip
def test_of_whom_it_is_demanded(role: str, least: str, demanded: bool) -> None:
    assert needs_second_factor(role, least) is demanded


def test_whose_role_demands_one_sets_it_up_before_the_desk_opens(settings: Any) -> None:
    settings.DIGEST_SECOND_FACTOR = "chief"
    chief = desk_day.member("Vera Lind", Role.CHIEF)
    client = Client()
    sign_in(client, chief)
    for path in ("/desk/", "/desk/alerts/", "/desk/members/"):
        assert client.get(path).url == "/desk/second/"
    assert client.post("/desk/feeds/1/pause").url == "/desk/second/"
    assert "Your role asks for a second factor" in client.get("/desk/second/").content.decode()
    client, _ = with_app(chief)
    assert client.get("/desk/").status_code == 200
    client.post("/desk/second/password?next=/desk/second/app/off", {"password": desk_day.PASSWORD})
    refused = client.post("/desk/second/app/off")
    assert "add another first" in refused.content.decode()
    assert Authenticator.objects.filter(type="totp").exists()
    editor = Client()
    sign_in(editor, desk_day.member("Ann Ito", Role.EDITOR))
    assert editor.get("/desk/").status_code == 200


def test_who_lost_it_is_helped_by_a_chief_and_signed_out(member: Member) -> None:
    theirs, _ = with_app(member)
    client = Client()
    client.force_login(desk_day.member("Vera Lind", Role.CHIEF))
    page = client.post(f"/desk/members/{member.pk}/drop-factor", follow=True).content.decode()
    assert "by password alone" in page
    assert not Authenticator.objects.exists()
    assert theirs.get("/desk/").status_code == 302
    assert sign_in(Client(), member).url == "/desk/"


def test_who_was_ended_comes_in_by_no_passkey_either(member: Member, client: Client) -> None:
    answer = client.post("/desk/second/passkey", {"credential": "{}"})
    assert answer.status_code in (302, 200) and "_auth_user_id" not in client.session


def test_a_code_works_once_in_its_half_minute(member: Member) -> None:
    _, secret = with_app(member)
    cache.clear()
    code = code_of(secret)
    first, second = Client(), Client()
    sign_in(first, member)
    assert first.post("/desk/second/asked", {"code": code}).status_code == 302
    sign_in(second, member)
    assert second.post("/desk/second/asked", {"code": code}).status_code == 401


def test_with_valkey_away_a_code_is_asked_later_and_nobody_is_let_in(
    member: Member, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, secret = with_app(member)
    visitor = Client()
    sign_in(visitor, member)

    def away(*given: Any, **named: Any) -> None:
        raise redis.ConnectionError("away")

    monkeypatch.setattr("django.core.cache.backends.redis.RedisCache.get", away)
    monkeypatch.setattr("django.core.cache.backends.redis.RedisCache.add", away)
    monkeypatch.setattr("django.core.cache.backends.redis.RedisCache.set", away)
    answer = visitor.post("/desk/second/asked", {"code": code_of(secret)})
    assert answer.status_code == 503 and answer["Retry-After"] == "60"
    assert visitor.get("/desk/").status_code == 302


def test_the_operators_pages_open_no_sooner_than_the_desk(settings: Any) -> None:
    operator = desk_day.member("Olga Op", Role.OPERATOR)
    Member.objects.filter(pk=operator.pk).update(is_staff=True, is_superuser=True)
    client = Client()
    client.force_login(operator)
    assert client.get("/admin/").status_code == 200
    settings.DIGEST_SECOND_FACTOR = "chief"
    landed = client.get("/admin/digest/member/", follow=True)
    assert landed.redirect_chain[-1][0] == "/desk/second/"
    assert client.post("/admin/digest/member/add/", {"email": "x@y.example"}).status_code == 302
    assert Member.objects.count() == 1
    client, _ = with_app(operator)
    assert client.get("/admin/").status_code == 200


def test_a_flood_of_made_up_passkeys_holds_up_its_own_network_alone() -> None:
    flood = Client(REMOTE_ADDR="203.0.113.40")
    tries = [
        flood.post("/desk/second/passkey", {"credential": "{}"}).status_code for _ in range(60)
    ]
    assert tries[:30] == [302] * 30 and set(tries[30:]) == {429}
    other = Client(REMOTE_ADDR="198.51.100.9")
    assert other.post("/desk/second/passkey", {"credential": "{}"}).status_code == 302


def test_the_other_name_of_the_door_takes_no_password(client: Client, member: Member) -> None:
    form = {"email": member.email, "password": desk_day.PASSWORD}
    assert client.post("/desk/second/in", form).url == "/desk/sign-in"
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize(("least", "found"), [("", 0), ("chief", 0), ("cheif", 1)])
def test_a_role_that_is_none_is_said_before_anybody_relies_on_it(
    settings: Any, least: str, found: int
) -> None:
    settings.DIGEST_SECOND_FACTOR = least
    assert len(second_factor_is_asked_of_a_role(None)) == found


def test_who_came_in_by_the_password_alone_is_out_once_a_factor_is_set_up(member: Member) -> None:
    thief = Client()
    sign_in(thief, member)
    assert thief.get("/desk/").status_code == 200
    owner, _ = with_app(member)
    assert thief.get("/desk/").status_code == 302
    assert owner.get("/desk/").status_code == 200


def test_the_last_key_of_whose_role_demands_one_stays(settings: Any) -> None:
    chief = desk_day.member("Vera Lind", Role.CHIEF)
    client, _ = with_app(chief)
    settings.DIGEST_SECOND_FACTOR = "chief"
    key = Authenticator.objects.create(
        user=chief, type="webauthn", data={"name": "Laptop", "credential": {}}
    )
    Authenticator.objects.filter(type="totp").delete()
    path = f"/desk/second/keys/{key.pk}/remove"
    client.post(f"/desk/second/password?next={path}", {"password": desk_day.PASSWORD})
    assert "your last key" in client.post(path).content.decode()
    assert Authenticator.objects.filter(pk=key.pk).exists()
    settings.DIGEST_SECOND_FACTOR = ""
    assert client.post(path).status_code == 302
    assert not Authenticator.objects.filter(pk=key.pk).exists()


def test_wrong_codes_lock_no_network_out_of_the_password(member: Member) -> None:
    with_app(member)
    for number in range(40):
        code_tried(f"{number}@desk.example", ip="127.0.0.1", counter=valkey.client())
    assert sign_in(Client(), member).url == "/desk/second/asked"


def test_no_factor_is_dropped_in_the_admin_behind_the_desks_back() -> None:
    assert not admin.site.is_registered(Authenticator)


@pytest.mark.parametrize("change", ["password", "ended"])
def test_who_waits_with_the_second_factor_is_out_when_the_password_counts_no_more(
    member: Member, change: str
) -> None:
    _, secret = with_app(member)
    thief = Client()
    sign_in(thief, member)
    cache.clear()
    if change == "password":
        member.set_password("another one by now")
        member.save()
    else:
        Member.objects.filter(pk=member.pk).update(is_active=False)
    answer = thief.post("/desk/second/asked", {"code": code_of(secret)})
    assert answer.status_code == 302 and "_auth_user_id" not in thief.session
    assert thief.get("/desk/").status_code == 302
    assert not AuditEntry.objects.filter(verb="signed in").count() > 1
    # Nor at a second try.
    cache.clear()
    thief.post("/desk/second/asked", {"code": code_of(secret)})
    assert thief.get("/desk/").status_code == 302
