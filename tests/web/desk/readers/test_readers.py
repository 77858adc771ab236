"""Readers on the desk: found by their address, explained, barred and forgotten."""

import json
from typing import Any

import pytest
from django.test import Client

from digest.kit.clock import now
from digest.models import Address, AuditEntry, Subscriber, Subscription, Suppression
from digest.staff.access import Right, Role, may
from tests.web import desk_day

pytestmark = pytest.mark.django_db
NOOR = "noor.halim@example.org"


@pytest.fixture
def noor(client: Client) -> Subscriber:
    client.force_login(desk_day.member("Rea Der", Role.SERVICES))
    desk_day.reader(NOOR, now(), on=desk_day.newsletter(now()), alerts=True)
    return Subscriber.objects.get()


def find(client: Client, typed: str) -> Any:
    return client.post("/desk/readers/", {"address": typed})


def test_a_reader_is_found_however_the_address_is_typed_and_it_stands_in_no_link(
    client: Client, noor: Subscriber
) -> None:
    for typed in (NOOR, f"  {NOOR.upper()} ", str(noor.public_id)):
        answer = find(client, typed)
        assert answer.url == f"/desk/readers/{noor.public_id}/"
    assert AuditEntry.objects.filter(verb="looked up", subject_id=noor.pk).count() == 3
    page = client.get(f"/desk/readers/{noor.public_id}/").content.decode()
    assert NOOR in page
    assert "Morning briefing" in page and "Breaking news" in page
    assert "Nothing was sent to this reader yet" in page


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Type the whole address"),
        ("nobody@example.org", "Nobody has this address"),
        ("<script>x</script>", "no address of any channel"),
    ],
)
def test_who_is_not_found_is_said_so_with_what_to_do(
    client: Client, noor: Subscriber, typed: str, said: str
) -> None:
    answer = find(client, typed)
    assert (answer.status_code == 302 and not typed) or typed not in answer.url
    for _ in range(2):
        # A browser that comes back asks again, and gets the same.
        page = client.get(answer.url)
        assert page.status_code == (404 if typed else 422)
        assert said in page.content.decode()
        assert "<script>x" not in page.content.decode()
    client.force_login(desk_day.member("Ann Other", Role.SERVICES))
    assert said not in client.get(answer.url).content.decode()
    assert client.get("/desk/readers/?sought=../x").status_code == 200


def test_an_editor_sees_no_reader_and_reader_services_curates_nothing(
    client: Client, noor: Subscriber
) -> None:
    assert not may(Role.SERVICES, Right.CURATE)
    assert may(Role.CHIEF, Right.SERVE_READERS) and may(Role.OPERATOR, Right.SERVE_READERS)
    assert ">Readers</a>" in client.get("/desk/").content.decode()
    client.force_login(desk_day.member("Ed Itor", Role.EDITOR))
    assert ">Readers</a>" not in client.get("/desk/").content.decode()
    for path in ("", f"{noor.public_id}/", f"{noor.public_id}/export"):
        answer = client.get(f"/desk/readers/{path}")
        assert answer.status_code == 403
        assert "Reader services" in answer.content.decode()
    for act in ("bar", "erase"):
        assert client.post(f"/desk/readers/{noor.public_id}/{act}").status_code == 403
    assert Address.objects.exists()


def test_one_address_is_barred_with_the_reason_and_who_said_so(
    client: Client, noor: Subscriber
) -> None:
    address = Address.objects.get()
    path = f"/desk/readers/{noor.public_id}/"
    client.post(f"{path}bar", {"address": address.pk, "note": "Asked by phone"})
    assert Suppression.objects.get().note == "Asked by phone (Rea Der)"
    assert set(Subscription.objects.values_list("ended_reason", flat=True)) == {"editor"}
    page = client.get(path).content.decode()
    assert "Asked by phone (Rea Der)" in page
    assert "Never write there again" not in page
    for address_id in ("", "x", "9" * 30, str(address.pk + 1)):
        assert client.post(f"{path}bar", {"address": address_id}).status_code == 404


def test_a_reader_is_given_the_whole_as_a_file_then_forgotten_and_traces_are_told(
    client: Client, noor: Subscriber
) -> None:
    path = f"/desk/readers/{noor.public_id}/"
    answer = client.get(f"{path}export")
    assert NOOR in str(json.loads(answer.content)["addresses"])
    assert "attachment" in answer["Content-Disposition"]
    assert client.post(f"{path}erase").url == "/desk/readers/"
    assert not Address.objects.exists()
    assert "A reader who was forgotten" in client.get(path).content.decode()
    assert client.get(f"{path}export").status_code == 404
    page = client.get(find(client, NOOR).url).content.decode()
    assert "What is left of it" in page and "Barred from email (reader" in page
    verbs = set(AuditEntry.objects.values_list("verb", flat=True))
    assert {"exported", "erased"} <= verbs


def test_only_channels_that_serve_readers_are_named_where_one_is_looked_for(
    client: Client, settings: Any
) -> None:
    settings.DIGEST_CHANNELS = ["email", "slack"]
    client.force_login(desk_day.member(role=Role.CHIEF))
    page = client.get("/desk/readers/").content.decode()
    assert "email; the whole of it" in page
