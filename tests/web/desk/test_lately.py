"""An open page asks for news every three seconds: who asked a moment ago is not looked up anew."""

from dataclasses import replace

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from digest.staff.access import Role
from digest.staff.members import Member
from digest.web.desk import stamps
from digest.web.desk.lately import SECONDS, Lately, lately
from digest.web.desk.live import PATH, at_once
from digest.web.serving.asked import Asked
from tests.web import desk_day

ASKED = "/desk/live?watch=editions+tick"
pytestmark = pytest.mark.django_db


@pytest.fixture
def asker(client: Client) -> Member:
    lately.forget()
    member = desk_day.member("Ada Reyes", Role.EDITOR)
    client.force_login(member)
    return member


def tables_asked(client: Client) -> str:
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert client.get(ASKED).status_code == 200
    return " ".join(each["sql"] for each in asked.captured_queries)


def test_the_next_question_of_a_page_looks_up_neither_session_nor_member(
    client: Client, asker: Member
) -> None:
    assert "django_session" in tables_asked(client)
    again = tables_asked(client)
    assert "django_session" not in again
    assert Member._meta.db_table not in again


def test_who_signed_out_is_sent_to_the_door_by_the_next_question(
    client: Client, asker: Member
) -> None:
    tables_asked(client)
    Session.objects.filter(session_key=client.session.session_key).delete()
    assert client.get(ASKED).status_code == 302


def test_who_may_no_more_sign_in_sees_no_page_however_lately_it_asked(
    client: Client, asker: Member
) -> None:
    tables_asked(client)
    Member.objects.filter(pk=asker.pk).update(is_active=False)
    assert client.get("/desk/").status_code == 302


def test_nobody_is_known_for_longer_than_some_seconds_nor_by_no_session() -> None:
    moment = [100.0]
    known, member = Lately(lambda: moment[0]), Member(pk=1)
    known.note("key", member)
    known.note("", member)
    moment[0] += SECONDS - 0.1
    assert known.find("key") is member
    assert known.find("") is None
    moment[0] += 0.1
    assert known.find("key") is None


def test_a_question_with_no_session_is_sent_to_the_door(client: Client, asker: Member) -> None:
    tables_asked(client)
    client.cookies[settings.SESSION_COOKIE_NAME] = ""
    assert client.get(ASKED).status_code == 302


def asked(client: Client, watch: str = "editions+stories", **headers: str) -> Asked:
    """The question as the gate has it."""
    cookie = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
    given = {"cookie": cookie, **headers}
    named = {name.replace("_", "-").encode(): value.encode() for name, value in given.items()}
    return Asked("GET", PATH, f"watch={watch}".encode(), named, b"http", "198.51.100.7")


def test_the_gate_answers_as_django_does(client: Client, asker: Member) -> None:
    whole = client.get(f"{PATH}?watch=editions+stories")
    told = at_once(asked(client))
    assert told is not None
    assert (told.status, told.body) == (200, whole.content)
    known = client.get(f"{PATH}?watch=editions+stories", headers={"If-None-Match": whole["ETag"]})
    same = at_once(asked(client, if_none_match=whole["ETag"]))
    assert same is not None
    assert (same.status, same.body) == (304, b"") and known.status_code == 304
    for answer, of_django in ((told, client.get(f"{PATH}?watch=editions+stories")), (same, known)):
        headers = {name.decode(): value.decode() for name, value in answer.headers}
        others = {name.lower(): value for name, value in of_django.headers.items()}
        others.pop("content-length", None)
        assert headers == others


def test_the_gate_says_over_https_what_django_says_there(
    client: Client, asker: Member, settings: Settings
) -> None:
    settings.SECURE_HSTS_SECONDS = 31_536_000
    client.get(f"{PATH}?watch=editions+stories", secure=True)
    whole = client.get(f"{PATH}?watch=editions+stories", secure=True)
    told = at_once(replace(asked(client), scheme=b"https"))
    assert told is not None
    assert (
        dict(told.headers)[b"strict-transport-security"].decode()
        == (whole["Strict-Transport-Security"])
    )


def test_the_gate_leaves_to_django_what_has_to_be_looked_up(client: Client, asker: Member) -> None:
    assert at_once(asked(client)) is None
    tables_asked(client)
    assert at_once(asked(client)) is not None
    assert at_once(asked(client, "edition:9d1c7e4e-5b0a-4a39-9a3c-7e1f0c1d2b3a")) is None
    assert at_once(asked(client, "")) is None
    stamps.forget()
    assert at_once(asked(client)) is None


def test_the_gate_tells_nothing_to_who_signed_out(client: Client, asker: Member) -> None:
    tables_asked(client)
    question = asked(client)
    assert at_once(question) is not None
    Session.objects.get(session_key=client.session.session_key).delete()
    assert at_once(question) is None
