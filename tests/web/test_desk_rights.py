"""Who gets in to the desk, who may do what there, and how often one may guess."""

import os
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import redis
from django.contrib.auth.hashers import make_password
from django.test import Client
from django.urls import reverse

from digest.kit import valkey
from digest.kit.clock import now
from digest.models import AuditEntry, Edition
from digest.staff import hashing, signing_in
from digest.staff.access import Right, Role
from digest.staff.members import Member
from digest.web.desk import urls
from digest.web.desk.second import urls as second_urls
from tests.web import desk_day

pytestmark = pytest.mark.django_db
OPEN = {"sign-in", "single", "single-back", "sign-out", "lost-password", "choose-password"}
INLINE = re.compile(r"<[^>]+\s(?:style|on[a-z]+)=|<script(?![^>]*\ssrc=)|<style", re.I)


@pytest.fixture(autouse=True)
def quick_guesses(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Passwords are hashed quickly, and the counts of guesses end with the test."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    forget()
    yield
    monkeypatch.undo()
    forget()


def forget() -> None:
    client = valkey.client()
    for name in client.scan_iter("sign-in:*"):
        client.delete(name)


def sign_in(client: Client, password: str = desk_day.PASSWORD, **fields: str) -> Any:
    return client.post(
        "/desk/sign-in", {"email": "ann@desk.example", "password": password, **fields}
    )


def test_every_page_but_the_door_asks_for_a_right() -> None:
    unguarded = {
        pattern.name
        for pattern in urls.urlpatterns
        if not isinstance(getattr(pattern.callback, "right", None), Right)
    }
    assert unguarded == OPEN


def test_every_page_of_the_second_factor_but_the_door_asks_for_one_too() -> None:
    unguarded = {
        pattern.name
        for pattern in second_urls.urlpatterns
        if not isinstance(getattr(pattern.callback, "right", None), Right)
    }
    assert unguarded == {
        "mfa_authenticate",
        "mfa_login_webauthn",
        "account_login",
        "account_logout",
    }


def test_a_stranger_is_shown_the_door_and_comes_back_afterwards(client: Client) -> None:
    desk_day.member()
    answer = client.get("/desk/alerts/")
    assert answer.status_code == 302
    assert answer.url == "/desk/sign-in?next=/desk/alerts/"
    assert 'value="/desk/alerts/"' in client.get(answer.url).content.decode()
    answer = sign_in(client, next="/desk/alerts/")
    assert answer.url == "/desk/alerts/"
    assert client.get("/desk/alerts/").status_code == 200
    assert AuditEntry.objects.filter(verb="signed in").count() == 1


@pytest.mark.parametrize("onward", ["https://evil.example/", "//evil.example", "javascript:x"])
def test_signing_in_leads_nowhere_else(client: Client, onward: str) -> None:
    desk_day.member()
    assert sign_in(client, next=onward).url == "/desk/"


def test_a_wrong_password_and_an_unknown_member_get_the_same_answer(client: Client) -> None:
    desk_day.member()
    wrong = sign_in(client, "no")
    unknown = client.post("/desk/sign-in", {"email": "z@desk.example", "password": "no"})
    assert wrong.status_code == unknown.status_code == 401
    told = [re.findall(r'role="alert">([^<]+)', each.content.decode()) for each in (wrong, unknown)]
    assert told[0] == told[1] != []


def test_guessing_ends_after_five_wrong_passwords_even_for_the_right_one(client: Client) -> None:
    desk_day.member()
    assert [sign_in(client, "no").status_code for _ in range(6)] == [401] * 5 + [429]
    locked = sign_in(client)
    assert locked.status_code == 429
    assert 0 < int(locked["Retry-After"]) <= signing_in.WINDOW.total_seconds()
    assert "Wait 15 minutes" in locked.content.decode()


def test_a_stranger_elsewhere_cannot_lock_an_editor_out(client: Client) -> None:
    desk_day.member()
    # More than an account's own limit: what their network may not ask counts against nobody.
    for _ in range(signing_in.PER_ADDRESS + 10):
        client.post(
            "/desk/sign-in",
            {"email": "ann@desk.example", "password": "no"},
            REMOTE_ADDR="203.0.113.9",
        )
    assert sign_in(client).status_code == 302


def test_one_machine_cannot_try_many_addresses(client: Client) -> None:
    tries = [
        client.post("/desk/sign-in", {"email": f"m{n}@desk.example", "password": "no"}).status_code
        for n in range(signing_in.PER_IP + 1)
    ]
    assert tries[-2:] == [401, 429]


def test_right_passwords_use_nothing_up(client: Client) -> None:
    desk_day.member()
    for _ in range(signing_in.PER_IP + 5):
        assert sign_in(client).status_code == 302


class Gone:
    """A Redis that is not there."""

    def __getattr__(self, name: str) -> Any:
        def fail(*args: Any, **kwargs: Any) -> Any:
            raise redis.ConnectionError("gone")

        return fail


def test_without_valkey_editors_get_in_and_a_dictionary_does_not(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk_day.member()
    monkeypatch.setattr(valkey, "client", Gone)
    monkeypatch.setattr(signing_in, "_allowance", signing_in.Allowance())
    assert sign_in(client).status_code == 302
    tries = [sign_in(client, "no").status_code for _ in range(signing_in.WITHOUT_VALKEY)]
    assert tries[:-1] == [401] * (signing_in.WITHOUT_VALKEY - 1)
    assert tries[-1] == 429


def test_the_allowance_comes_back_with_time() -> None:
    allowance = signing_in.Allowance()
    assert [allowance.take(0.0) for _ in range(signing_in.WITHOUT_VALKEY)] == [0] * 10
    assert allowance.take(1.0) == 59
    assert allowance.take(60.0) == 0


def test_leaving_takes_a_post(client: Client) -> None:
    client.force_login(desk_day.member())
    assert client.get("/desk/sign-out").status_code == 405
    assert client.get("/desk/").status_code == 200
    assert client.post("/desk/sign-out").url == "/desk/sign-in"
    assert client.get("/desk/").status_code == 302


def test_a_member_who_left_the_newsroom_is_out(client: Client) -> None:
    ann = desk_day.member()
    client.force_login(ann)
    ann.is_active = False
    ann.save()
    assert client.get("/desk/").status_code == 302
    assert sign_in(client).status_code == 401


def test_a_reader_looks_and_touches_nothing(client: Client) -> None:
    moment = now()
    desk_day.stories(moment)
    edition = desk_day.edition(moment)
    client.force_login(desk_day.member(role=Role.READER))
    page = client.get(reverse("desk:sheet", args=[edition.public_id])).content.decode()
    forms = re.findall(r'<form method="post" action="([^"]+)"', page)
    assert forms == ["/desk/sign-out"]
    for act in ("move", "kill", "reword", "add", "approve", "skip", "undo", "test"):
        answer = client.post(f"/desk/editions/{edition.public_id}/{act}")
        assert answer.status_code == 403
        assert "Editor" in answer.content.decode()
    assert Edition.objects.get(pk=edition.pk).lock_version == edition.lock_version


def test_an_editor_may_not_stop_a_send_and_a_chief_may(client: Client) -> None:
    client.force_login(desk_day.member())
    assert client.post("/desk/sends/1/pause").status_code == 403
    client.force_login(desk_day.member("Vera Lind", Role.CHIEF))
    assert client.post("/desk/sends/1/pause").url == "/desk/sends/"


def test_every_form_needs_its_token() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(desk_day.member(role=Role.OPERATOR))
    for pattern in urls.urlpatterns:
        arguments = {
            "public_id": "00000000-0000-4000-8000-000000000000",
            "verdict": "approve",
            "send_id": 1,
            "candidate_id": 1,
            "search_id": 1,
            "feed_id": 1,
            "verb": "stop" if pattern.name == "import-act" else "pause",
            "slug": "korea",
            "member_id": 1,
            "position": 1,
            "what": "end",
            "token": "1-abc-def",
            "kind": "growth",
            "change_id": 1,
            "way": "undo",
        }
        wanted = pattern.pattern.converters or pattern.pattern.regex.groupindex
        path = reverse(f"desk:{pattern.name}", kwargs={name: arguments[name] for name in wanted})
        assert client.post(path).status_code in (403, 405), path
    for pattern in second_urls.urlpatterns:
        path = reverse(pattern.name, kwargs=dict.fromkeys(pattern.pattern.converters, 1))
        assert client.post(path).status_code == 403, path


@pytest.mark.parametrize(
    "path", ["", "editions/", "alerts/", "topics/", "new-topic", "aliases", "sends/", "sign-in"]
)
def test_pages_run_no_script_of_their_own_and_are_kept_by_nobody(client: Client, path: str) -> None:
    desk_day.stories(now())
    desk_day.edition(now())
    if path != "sign-in":
        client.force_login(desk_day.member())
    answer = client.get(f"/desk/{path}")
    assert answer.status_code == 200
    assert "script-src 'self'" in answer["Content-Security-Policy"]
    assert "unsafe-inline" not in answer["Content-Security-Policy"]
    assert "no-store" in answer["Cache-Control"]
    assert not INLINE.search(answer.content.decode())


def test_the_admin_has_the_same_door_and_the_same_limiter(client: Client) -> None:
    desk_day.member()
    sent = client.get("/admin/", follow=True)
    assert sent.redirect_chain[-1][0] == "/desk/sign-in?next=%2Fadmin%2F"
    guess = {"email": "ann@desk.example", "username": "ann@desk.example", "password": "no"}
    tries = [client.post("/admin/login/", guess, follow=True).status_code for _ in range(7)]
    assert tries == [401] * 5 + [429] * 2
    assert sign_in(client).status_code == 429


def test_an_operator_comes_to_the_admin_by_the_desks_door_and_nobody_else(client: Client) -> None:
    desk_day.member(role=Role.OPERATOR)
    Member.objects.update(is_staff=True, is_superuser=True)
    page = client.get("/admin/digest/topic/", follow=True).content.decode()
    assert 'name="next" value="/admin/digest/topic/"' in page
    assert sign_in(client, next="/admin/digest/topic/").url == "/admin/digest/topic/"
    assert client.get("/admin/digest/topic/").status_code == 200
    assert client.get("/admin/password_change/").url == "/desk/password"
    Member.objects.update(is_staff=False, is_superuser=False)
    refused = client.get("/admin/", follow=True)
    assert refused.status_code == 403
    assert "operators’ pages" in refused.content.decode()


def test_a_household_of_many_addresses_is_one_guesser(client: Client) -> None:
    tries = [
        client.post(
            "/desk/sign-in",
            {"email": f"m{n}@desk.example", "password": "no"},
            REMOTE_ADDR=f"2001:db8:7:7::{n:x}",
        ).status_code
        for n in range(signing_in.PER_IP + 1)
    ]
    assert tries[-2:] == [401, 429]


def test_a_member_changes_their_own_password(client: Client) -> None:
    ann = desk_day.member()
    other = Client()
    for each in (client, other):
        sign_in(each)
    new = {"new": "lantern over the strait", "again": "lantern over the strait"}
    for given, field in (
        ({"old": "no", **new}, "old"),
        ({"old": desk_day.PASSWORD, "new": "lantern over", "again": "lantern under"}, "again"),
        ({"old": desk_day.PASSWORD, "new": "password", "again": "password"}, "new"),
    ):
        answer = client.post("/desk/password", given)
        assert answer.status_code == 422
        assert f'id="{field}-problem"' in answer.content.decode()
    assert client.post("/desk/password", {"old": desk_day.PASSWORD, **new}).status_code == 302
    assert "is changed" in client.get("/desk/password").content.decode()
    assert other.get("/desk/").status_code == 302
    ann.refresh_from_db()
    assert ann.check_password("lantern over the strait")
    assert AuditEntry.objects.filter(verb="changed password").count() == 1


def test_a_stolen_session_does_not_serve_to_guess_the_password(client: Client) -> None:
    client.force_login(desk_day.member())
    given = {"old": "no", "new": "lantern over the strait", "again": "lantern over the strait"}
    tries = [client.post("/desk/password", given).status_code for _ in range(6)]
    assert tries == [422] * 5 + [429]


def test_passwords_are_hashed_one_at_a_time_in_a_thread_that_gives_way(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["digest.staff.hashing.GivingWayHasher"]
    seen: set[tuple[str, int]] = set()

    def spy(*args: Any, **kwargs: Any) -> str:
        niceness = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
        seen.add((threading.current_thread().name, niceness))
        return "pbkdf2_sha256$1$salt$hash"

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.contrib.auth.hashers.PBKDF2PasswordHasher.encode", spy)
        with ThreadPoolExecutor(8) as guessers:
            list(guessers.map(make_password, ["guess"] * 16))
    ((name, niceness),) = seen
    assert name.startswith("passwords")
    assert niceness >= hashing.NICENESS


def test_known_and_unknown_members_cost_the_same_hash(client: Client, settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["digest.staff.hashing.GivingWayHasher"]
    desk_day.member()
    Member.objects.create_user("bo@desk.example", None)
    Member.objects.create_user("cy@desk.example", "long enough one", is_active=False)
    counts = []
    encode = hashing.GivingWayHasher.encode
    for who in ("ann", "bo", "cy", "nobody"):
        hashed: list[int] = []

        def count(self: Any, password: str, salt: str, iterations: int | None = None) -> str:
            hashed.append(iterations or self.iterations)  # noqa: B023
            return encode(self, password, salt, 1)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(hashing.GivingWayHasher, "encode", count)
            client.post("/desk/sign-in", {"email": f"{who}@desk.example", "password": "no"})
        counts.append(hashed)
    assert len({tuple(each) for each in counts}) == 1, counts


def test_what_is_not_there_keeps_an_editor_on_the_desk(client: Client) -> None:
    lost = "/desk/editions/00000000-0000-4000-8000-000000000000/"
    assert "on the desk" not in client.get("/desk/nowhere").content.decode()
    client.force_login(desk_day.member())
    for path in ("/desk/nowhere", lost):
        answer = client.get(path)
        assert answer.status_code == 404
        assert "no such page on the desk" in answer.content.decode()
        assert 'aria-label="Desk"' in answer.content.decode()
