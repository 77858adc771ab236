"""An open page asks for news every three seconds: who asked a moment ago is not looked up anew."""

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from digest.staff.access import Role
from digest.staff.members import Member
from digest.web.desk.lately import SECONDS, Lately, lately
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
