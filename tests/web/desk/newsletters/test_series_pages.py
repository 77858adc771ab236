"""Series on the desk: made from blank, shown as mail, started, and refused beside the field."""

import pytest
from django.test import Client

from digest.models import Series
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


def _base(page: str) -> str:
    return page.split('name="base" value="')[1].split('"')[0]
