"""Lists of readers on the desk: who may, what is shown, and what every mistake says."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from digest.audience.lists import jobs
from digest.kit.clock import now
from digest.models import AuditEntry, ImportJob
from digest.outbound.channels import registry
from digest.staff.access import Role
from tests.web import desk_day

pytestmark = pytest.mark.django_db
PAGE = "/desk/imports/"
LIST = b"address\nann@example.org\n<script>x</script>\n"


@pytest.fixture
def desk(client: Client) -> Client:
    client.force_login(desk_day.member("Sue Reed", Role.SERVICES))
    return client


def hand_in(desk: Client, data: bytes = LIST, **fields: Any) -> Any:
    file = SimpleUploadedFile("old <b>.csv", data, "text/csv")
    given = {"list": file, "basis": "Signed up on our old site.", "alerts": "on"} | fields
    return desk.post(PAGE, {name: value for name, value in given.items() if value is not None})


def work() -> None:
    jobs.work(now=now, kinds=registry.address_kinds())


def test_a_list_goes_all_the_way_and_back(desk: Client) -> None:
    path = hand_in(desk).url
    assert "0 of 2 lines" in desk.get(path).content.decode()
    work()
    page = desk.get(path).content.decode()
    assert "It would bring 1 in. Nothing is stored yet." in page
    assert "old &lt;b&gt;.csv" in page and "Breaking news" in page
    file = desk.get(path + "left-out.csv")
    assert b"<script>x</script>" in file.content and "left-out-" in file["Content-Disposition"]
    for verb, said in (("bring", "It brought 1 in."), ("undo", "It was taken back.")):
        assert desk.post(path + verb).url == path
        again = desk.post(path + verb)
        assert again.status_code == 409 and "somebody was quicker" in again.content.decode()
        work()
        assert said in desk.get(path).content.decode()
    verbs = set(AuditEntry.objects.values_list("verb", flat=True))
    assert verbs >= {"handed in a list", "brought in a list", "took back a list",
                     "took rejected lines away"}  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"list": None}, "No file was chosen"),
        ({"basis": "old"}, "how these readers consented"),
        ({"data": b"name\nAnn\n"}, "must name the columns"),
        ({"data": b"a" * (jobs.MOST_BYTES + 1)}, "more than 8 MB"),
    ],
)
def test_what_cannot_be_used_says_why_and_keeps_the_words(
    desk: Client, fields: dict[str, Any], why: str
) -> None:
    answer = hand_in(desk, **fields)
    page = answer.content.decode()
    assert answer.status_code == 422 and why in page
    assert (fields.get("basis") or "Signed up on our old site.") in page
    assert 'name="alerts" value="on" checked' in page
    assert not ImportJob.objects.exists()


def test_who_does_not_serve_readers_sees_and_does_nothing(desk: Client) -> None:
    path = hand_in(desk).url
    work()
    desk.force_login(desk_day.member("Ed Rowe", Role.EDITOR))
    for asked in (PAGE, path, path + "left-out.csv"):
        assert desk.get(asked).status_code == 403
    for verb in ("bring", "stop", "undo"):
        assert desk.post(path + verb).status_code == 403
    assert hand_in(desk).status_code == 403
    assert ImportJob.objects.get().state == "checked"
    forged = Client(enforce_csrf_checks=True)
    forged.force_login(desk_day.member("Vera Lind", Role.CHIEF))
    assert forged.post(path + "bring").status_code == 403
    assert desk.get("/desk/imports/00000000-0000-0000-0000-000000000000/").status_code in (403, 404)
