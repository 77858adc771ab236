"""The audit on the desk: found by words, kind and day; taken away as a file; seen by chiefs."""

import csv
import io
from datetime import timedelta

import pytest
from django.test import Client

from digest.kit import clock
from digest.models import AuditEntry, Edition
from digest.newsdesk.editions.curate import retitle
from digest.staff.access import Role
from digest.staff.audit import record
from tests.web import desk_day

pytestmark = pytest.mark.django_db


@pytest.fixture
def edition(client: Client) -> Edition:
    chief = desk_day.member("Vera Lind", Role.CHIEF)
    client.force_login(chief)
    now = clock.now()
    desk_day.stories(now)
    made = desk_day.edition(now)
    who = {"member": chief, "now": now, "lock_version": made.lock_version}
    retitle(made.pk, "한반도의 아침", "", **who)
    return made


def page(client: Client, **wanted: str) -> str:
    return client.get("/desk/audit/", wanted).content.decode()


def test_it_says_who_changed_what_from_what_to_what(client: Client, edition: Edition) -> None:
    body = page(client)
    assert "<b>Vera Lind</b> retitled" in body
    assert f'href="/desk/editions/{edition.public_id}/">한반도의 아침' in body
    assert f"title: {edition.title}" in body
    assert "title: 한반도의 아침" in body


def test_moments_are_told_by_the_clocks_of_who_reads(client: Client, edition: Edition) -> None:
    odd = "2026-99-99T99:99:99+00:00"
    due, now = "2026-11-29T22:51:00+00:00", clock.now()
    record("planned", edition, now=now, who="Ann Ito", due=due, says=odd, after={"at": due})
    body = page(client)
    assert "<dd>2026-11-30 06:51</dd>" in body and "at: 2026-11-30 06:51" in body
    assert odd in body.replace("&#43;", "+") and due not in body


def test_it_names_a_thing_once_and_nothing_by_its_number(client: Client, edition: Edition) -> None:
    key = "edition:30e2ad2e-f192-4e4b-bdeb-a90c541c2569"
    record("skipped the edition", edition, now=clock.now(), what=key, change=6, items=4)
    body = page(client)
    assert "skipped the edition <span" not in " ".join(body.split())
    assert key not in body and "<dt>change</dt>" not in body
    assert "<dt>items</dt><dd>4</dd>" in body


def test_words_kinds_and_days_are_searched_together(client: Client, edition: Edition) -> None:
    found = "<b>Vera Lind</b> retitled"
    assert found in page(client, q="vera 한반도의")
    assert found not in page(client, q="vera zeppelin")
    assert found in page(client, kind="edition")
    assert found not in page(client, kind="alert")
    long_ago = (clock.now() - timedelta(days=9)).date().isoformat()
    assert found not in page(client, since="2026-01-01", until=long_ago)
    assert found in page(client, since="nonsense", until="0000-99-99")
    assert "Nothing of this was done" in page(client, q="zeppelin")


def test_more_than_a_page_is_turned(client: Client, edition: Edition) -> None:
    for number in range(120):
        record(f"looked {number:03}", edition, now=clock.now())
    first = page(client)
    assert "looked 119" in first
    assert "looked 010" not in first
    earlier = AuditEntry.objects.get(verb="looked 020").pk
    assert f"before={earlier}" in first
    assert "looked 010" in page(client, before=str(earlier))


def test_the_file_holds_what_is_found_and_no_formula(client: Client, edition: Edition) -> None:
    record("said", edition, now=clock.now(), who="=HYPERLINK(1)")
    answer = client.get("/desk/audit/actions.csv", {"q": "said"})
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.reader(io.StringIO(answer.content.decode())))
    assert rows[0] == ["at", "who", "did", "to", "number", "details"]
    assert rows[1][1:4] == ["'=HYPERLINK(1)", "said", "edition"]
    assert len(rows) == 2
    taken = AuditEntry.objects.get(verb="took the audit away as a file")
    assert taken.detail["q"] == "said"


def test_an_editor_sees_none_of_it(client: Client, edition: Edition) -> None:
    client.force_login(desk_day.member("Ann Ito"))
    assert client.get("/desk/audit/").status_code == 403
    assert client.get("/desk/audit/actions.csv").status_code == 403
    assert "/desk/audit/" not in client.get("/desk/").content.decode()
