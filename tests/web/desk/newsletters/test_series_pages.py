"""Series on the desk: made from blank, shown as mail, started, and refused beside the field."""

import re

import pytest
from django.test import Client

from digest.models import Series, SeriesStep
from digest.staff.access import Role
from tests.scenes import scene
from tests.web import desk_day

pytestmark = pytest.mark.django_db
FORM = {
    "name": "First weeks", "begins_with": "newsletters:top-reads", "language": "ar",
    "local_time": "09:00", "wait_days": ["0", "3"], "subject": ["أهلًا", ""],
    "body": ["كلمة <b>أولى</b>", ""], "link_words": ["", ""], "link_url": ["", ""],
}  # fmt: skip


@pytest.fixture
def desk(client: Client) -> Client:
    scene.newsletter()
    client.force_login(desk_day.member("Vera Lind", Role.CHIEF))
    return client


def test_from_blank_to_running(desk: Client) -> None:
    assert b"Make the first one" in desk.get("/desk/series/").content
    blank = desk.get("/desk/new-series").content.decode()
    made = desk.post("/desk/new-series", FORM | {"base": _base(blank)}, follow=True)
    said = made.content.decode()
    assert "First weeks is saved." in said and "waiting 0, went to 0" in said
    mail = desk.get("/desk/series/first-weeks/1/mail")
    assert "كلمة &lt;b&gt;أولى&lt;/b&gt;" in mail.content.decode()
    assert 'dir="rtl"' in mail.content.decode()
    assert mail.headers["Content-Security-Policy"].startswith("sandbox")
    assert desk.get("/desk/series/first-weeks/2/mail").status_code == 404
    runs = desk.post("/desk/series/first-weeks/run", {"do": "start"}, follow=True)
    assert "runs: who confirms from now on gets it." in runs.content.decode()
    assert Series.objects.get().running_since
    rests = desk.post("/desk/series/first-weeks/run", {"do": "stop"}, follow=True)
    assert "rests: nothing of it goes" in rests.content.decode()
    assert "waiting 0, went to 0" in desk.get("/desk/series/").content.decode()


def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(desk: Client) -> None:
    wrong = FORM | {"link_url": ["javascript:alert(1)", ""], "local_time": "25:00"}
    page = desk.post("/desk/new-series", wrong)
    assert page.status_code == 422
    said = page.content.decode()
    for field in ("link_url-1", "link_words-1", "local_time"):
        assert f'id="{field}-wrong"' in said
    assert "javascript:alert(1)" in said and not Series.objects.exists()


def test_who_saves_over_a_change_is_told(desk: Client) -> None:
    blank = desk.get("/desk/new-series").content.decode()
    desk.post("/desk/new-series", FORM | {"base": _base(blank)})
    stale = desk.post("/desk/series/first-weeks/", FORM | {"base": "0" * 16})
    assert stale.status_code == 422 and "Somebody else changed" in stale.content.decode()


def test_a_message_put_between_two_others_leaves_them_the_messages_they_are(desk: Client) -> None:
    blank = desk.get("/desk/new-series").content.decode()
    words = {"subject": ["One", "Two"], "body": ["First.", "Second."]}
    desk.post("/desk/new-series", FORM | words | {"base": _base(blank)})
    one, two = SeriesStep.objects.order_by("position")
    here = "/desk/series/first-weeks/"
    base = _base(desk.get(here).content.decode())
    typed = FORM | words | {"base": base, "step_id": [one.pk, two.pk], "local_time": "10:00"}
    asked = desk.post(here, typed | {"insert": "2"})
    page = asked.content.decode()
    assert asked.status_code == 200 and 'value="10:00"' in page
    assert [page.index(f'value="{each}"') for each in ("One", "Two")] == sorted(
        page.index(f'value="{each}"') for each in ("One", "Two")
    )
    ids = re.findall(r'name="step_id" value="(\d*)"', page)
    assert ids == [str(one.pk), "", str(two.pk), ""]
    assert SeriesStep.objects.count() == 2
    whole = {
        "wait_days": ["0", "1", "3"], "subject": ["One", "Between", "Two"], "insert": "",
        "body": ["First.", "New.", "Second."], "link_words": [""] * 3, "link_url": [""] * 3,
        "step_id": ids[:3], "base": base,
    }  # fmt: skip
    desk.post(here, FORM | whole)
    places = dict(SeriesStep.objects.values_list("subject", "position"))
    assert places == {"One": 1, "Between": 2, "Two": 3}
    assert SeriesStep.objects.get(subject="Two").pk == two.pk


def _base(page: str) -> str:
    return page.split('name="base" value="')[1].split('"')[0]
