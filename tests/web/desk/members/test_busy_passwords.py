"""Passwords on a machine that has no time for them: an honest no, soon, and no guess counted."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.test import Client

from digest.kit import valkey
from digest.staff import door_links, hashing, signing_in
from digest.staff.members import Member
from digest.web.serving import traffic
from tests.web import desk_day

pytestmark = pytest.mark.django_db
OURS = "django.contrib.auth.hashers.PBKDF2PasswordHasher.encode"


def forget() -> None:
    client = valkey.client()
    for name in client.scan_iter("sign-in:*"):
        client.delete(name)


@pytest.fixture
def stuck(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """No hash is done before the event, which comes at the end of the test at the latest."""
    forget()
    desk_day._hashed(settings.PASSWORD_HASHERS[0])
    over = threading.Event()
    monkeypatch.setattr(hashing, "_made", None)
    monkeypatch.setattr(hashing, "PATIENCE", 0.05)
    real = hashing.PBKDF2PasswordHasher.encode

    def encode(self: Any, password: str, salt: str, iterations: int | None = None) -> str:
        over.wait(60)
        return real(self, password, salt, iterations)

    monkeypatch.setattr(OURS, encode)
    yield over
    over.set()
    forget()


def at_the_door(client: Client, who: str = "ann", password: str = "a guess") -> Any:
    return client.post("/desk/sign-in", {"email": f"{who}@desk.example", "password": password})


def test_who_would_wait_too_long_is_told_to_come_again_and_keeps_their_words(
    client: Client, stuck: threading.Event
) -> None:
    desk_day.member()
    answers = [at_the_door(client, who) for who in ("ann", "nobody")]
    for answer, who in zip(answers, ("ann", "nobody"), strict=True):
        assert answer.status_code == 503
        assert int(answer["Retry-After"]) == traffic.COME_AGAIN
        assert f'value="{who}@desk.example"' in answer.content.decode()
        assert "No password can be looked at just now" in answer.content.decode()


def test_a_guess_that_nobody_looked_at_is_not_counted(
    client: Client, stuck: threading.Event
) -> None:
    desk_day.member()
    for _ in range(signing_in.PER_IP + 1):
        assert at_the_door(client).status_code == 503
    stuck.set()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hashing, "PATIENCE", 60.0)
        assert at_the_door(client, password=desk_day.PASSWORD).status_code == 302


def test_no_more_stand_in_line_than_there_is_room_for(stuck: threading.Event) -> None:
    def guess() -> str:
        with hashing.in_time(3600.0):
            return make_password("a guess")

    with ThreadPoolExecutor(hashing.MOST_IN_LINE) as guessers:
        waiting = [guessers.submit(guess) for _ in range(hashing.MOST_IN_LINE)]
        until = time.monotonic() + 30
        while hashing._line()._room._value and time.monotonic() < until:  # type: ignore[attr-defined]
            time.sleep(0.01)
        with pytest.raises(hashing.PasswordsBusy):
            guess()
        stuck.set()
        assert all(each.result(60) for each in waiting)
    assert guess()


def test_every_other_page_for_a_password_says_so_too(
    client: Client, stuck: threading.Event
) -> None:
    member = desk_day.member()
    new = {"new": "a very good new one", "again": "a very good new one"}
    client.force_login(member)
    # Signed over the last signing in, so made after it.
    link = f"/desk/choose-password/{door_links.key_for(Member.objects.get(pk=member.pk))}"
    for path, form in (
        ("/desk/password", {"old": desk_day.PASSWORD, **new}),
        (link, new),
        ("/desk/second/password", {"password": desk_day.PASSWORD}),
    ):
        answer = client.post(path, form)
        assert (answer.status_code, answer["Retry-After"]) == (503, str(traffic.COME_AGAIN)), path
    member.refresh_from_db()
    stuck.set()
    assert member.check_password(desk_day.PASSWORD)


def test_the_operators_form_for_a_members_password_says_so_too(
    stuck: threading.Event,
) -> None:
    operator = Member.objects.create_superuser("op@example.org", None)
    client = Client(raise_request_exception=False)
    client.force_login(operator)
    new = {"password1": "a very good new one", "password2": "a very good new one"}
    answer = client.post(f"/admin/digest/member/{operator.pk}/password/", new)
    assert (answer.status_code, answer["Retry-After"]) == (503, str(traffic.COME_AGAIN))


def test_a_hash_gives_way_to_senders_no_further_than_pages_do() -> None:
    assert hashing.NICENESS == traffic.NICENESS
