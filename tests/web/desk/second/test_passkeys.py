"""Passkeys at the door: whose they are, once for each challenge, and nothing for odd ones."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from digest.models import Member
from digest.staff.access import Role
from tests.web import desk_day
from tests.web.desk.second import passkey
from tests.web.desk.second.passkey import PRESENT, PassKey, asked, owned_by, show
from tests.web.desk.second.test_second_factor import no_guesses, sign_in

pytestmark = pytest.mark.django_db
__all__ = ["no_guesses"]
ODD: list[Any] = [None, 1, "", "x", [], {}, "\ud800", "a\0b", "=" * 50, {"a": []}, -1.5, "é"]


@pytest.fixture
def member() -> Member:
    return desk_day.member("Ann Ito", Role.EDITOR)


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_a_passkey_lets_its_owner_in_once_for_each_challenge(member: Member) -> None:
    _, key = owned_by(member)
    visitor = Client()
    told = key.shown(asked(visitor), member)
    show(visitor, told)
    assert is_in(visitor) and visitor.get("/desk/").status_code == 200
    visitor.post("/desk/sign-out")
    show(visitor, told)
    assert not is_in(visitor)
    # Nor in a session that has a challenge of its own.
    thief = Client()
    asked(thief)
    show(thief, told)
    assert not is_in(thief)


def test_a_key_opens_nobody_elses_place(member: Member) -> None:
    other = desk_day.member("Vera Lind", Role.CHIEF)
    _, mine = owned_by(member)
    owned_by(other)
    thief = Client()
    show(thief, mine.shown(asked(thief), other))
    assert not is_in(thief)
    show(thief, PassKey().shown(asked(thief), other))
    assert not is_in(thief)
    # Nor with their password, in the place of their own key.
    sign_in(thief, other)
    thief.get("/desk/second/asked")
    challenge = thief.session["mfa.webauthn.state"]["challenge"]
    form = {"credential": json.dumps(mine.shown(challenge, other))}
    assert thief.post("/desk/second/asked", form).status_code == 401
    assert not is_in(thief)


def test_who_was_ended_or_is_not_at_the_device_stays_out(member: Member) -> None:
    _, key = owned_by(member)
    visitor = Client()
    show(visitor, key.shown(asked(visitor), member, flags=PRESENT))
    assert not is_in(visitor)
    Member.objects.filter(pk=member.pk).update(is_active=False)
    show(visitor, key.shown(asked(visitor), member))
    assert not is_in(visitor)


@pytest.mark.parametrize("body", ["[" * 100_000, "1" * 5_000, '{"a":' * 50_000, "", "{", "\\ud800"])
@pytest.mark.parametrize("path", ["passkey", "asked", "keys/add"])
def test_what_is_no_json_is_refused(member: Member, path: str, body: str) -> None:
    client, _ = owned_by(member)
    if path == "keys/add":
        passkey.challenge_to_add(client)
    else:
        client = Client()
        asked(client)
    if path == "asked":
        sign_in(client, member)
    assert client.post(f"/desk/second/{path}", {"credential": body}).status_code in {200, 302, 401}


def places(told: Any, way: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if isinstance(told, dict):
        for name in told:
            yield (*way, name)
            yield from places(told[name], (*way, name))


def changed(told: Any, way: tuple[str, ...], odd: Any) -> Any:
    told = copy.deepcopy(told)
    inner = told
    for name in way[:-1]:
        inner = inner[name]
    inner[way[-1]] = odd
    return told


def test_odd_keys_are_refused_and_break_nothing(
    member: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digest.staff.signing_in.PER_IP", 10_000)
    _, key = owned_by(member)
    visitor = Client(raise_request_exception=False)
    whole = key.shown(asked(visitor), member)
    for odd in ODD:
        assert show(visitor, odd).status_code < 500, odd
        for way in places(whole):
            told = changed(key.shown(asked(visitor), member), way, odd)
            answer = show(visitor, told)
            assert answer.status_code < 500, (way, odd)
            if is_in(visitor):  # what was changed is not asked for
                visitor.post("/desk/sign-out")


def test_odd_new_keys_are_refused_and_break_nothing(member: Member) -> None:
    client, _ = owned_by(member)
    client.raise_request_exception = False
    own = Authenticator.objects.get(type="webauthn")
    for odd in ODD:
        fresh = PassKey()
        whole = fresh.made(passkey.challenge_to_add(client))
        for way in [*places(whole), ("more",)]:
            told = changed(PassKey().made(passkey.challenge_to_add(client)), way, odd)
            assert passkey.add(client, told).status_code < 500, (way, odd)
        # What was taken nonetheless can be shown, and taken off: soon, for all of a member's keys
        # are read for each new one.
        assert client.get("/desk/second/").status_code == 200, odd
        for each in Authenticator.objects.filter(type="webauthn").exclude(pk=own.pk):
            assert client.post(f"/desk/second/keys/{each.pk}/remove").status_code < 500, odd
        assert Authenticator.objects.get(type="webauthn") == own, odd
