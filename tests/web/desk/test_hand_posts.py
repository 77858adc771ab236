"""A WhatsApp Channel has no API: the desk makes posts ready, and remembers which are out."""

import re
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from digest.kit.clock import now
from digest.models import AuditEntry
from digest.outbound.channels.whatsapp.channel_post import LIMIT, alert, edition
from digest.staff.access import Role
from tests.outbound.samples import ALERT, EDITION, NEWSROOM, edition_of
from tests.scenes import scene
from tests.web import desk_day

pytestmark = pytest.mark.django_db
CHANNEL = "https://whatsapp.com/channel/0029Va"


@pytest.fixture(autouse=True)
def a_channel(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DIGEST_CHANNELS = ["email", "whatsapp"]
    monkeypatch.setenv("DIGEST_WHATSAPP_CHANNEL", CHANNEL)


@pytest.fixture
def desk(client: Client) -> Client:
    client.force_login(desk_day.member(role=Role.CHIEF))
    return client


def waiting(desk: Client) -> str:
    found = re.search(r"Posts by hand(?: \((\d+)\))?", desk.get("/desk/alerts/").content.decode())
    return found[1] or "0" if found else "none"


def test_an_edition_and_an_alert_wait_until_somebody_has_posted_them(desk: Client) -> None:
    assert waiting(desk) == "0"
    scene.edition(scene.newsletter(channels=["email", "whatsapp"]), now=now())
    scene.edition(scene.newsletter(slug="mail-alone"), now=now())
    scene.alert(now=now())
    assert waiting(desk) == "2"
    page = desk.get("/desk/posts/").content.decode()
    assert CHANNEL in page and "*Breaking: Quake of magnitude 6.1" in page
    for key in re.findall(r'name="post" value="([^"]+)"', page):
        answer = desk.post("/desk/posts/posted", {"post": key}, follow=True)
        assert "Marked as posted" in answer.content.decode()
        again = desk.post("/desk/posts/posted", {"post": key}, follow=True)
        assert "already" in again.content.decode()
    assert waiting(desk) == "0"
    assert AuditEntry.objects.filter(verb="posted").count() == 2
    page = desk.get("/desk/posts/").content.decode()
    assert "Nothing waits" in page


def test_a_correction_waits_in_its_alerts_place(desk: Client) -> None:
    first = scene.alert(now=now())
    scene.alert_revision(first.alert, 2, "correction", now=now())
    page = desk.get("/desk/posts/").content.decode()
    assert page.count("data-copy=") == 1 and "*Correction: Quake" in page


def test_a_post_that_is_none_is_refused_kindly_and_only_editors_mark(client: Client) -> None:
    client.force_login(desk_day.member(role=Role.READER))
    scene.alert(now=now())
    assert client.post("/desk/posts/posted", {"post": "x"}).status_code in {302, 403}
    assert AuditEntry.objects.filter(verb="posted").count() == 0


def test_without_a_channel_there_is_no_page_in_the_menu(
    desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGEST_WHATSAPP_CHANNEL", "")
    scene.alert(now=now())
    assert waiting(desk) == "none"
    assert "Nothing waits" in desk.get("/desk/posts/").content.decode()


def test_the_words_are_a_title_five_headlines_and_one_link() -> None:
    made = edition(edition_of([f"Headline {each}" for each in range(8)]), NEWSROOM)
    lines = made.text.splitlines()
    assert lines[0].startswith("*") and lines[0].endswith("*")
    assert [line[:2] for line in lines[2:7]] == ["1.", "2.", "3.", "4.", "5."]
    assert made.text.count("https://") == 1
    said = alert(ALERT, NEWSROOM).text
    assert said.startswith("*Breaking: Ferry with 212") and said.endswith(ALERT.url)
    assert edition(EDITION, NEWSROOM).text


def test_marks_in_a_headline_format_nothing() -> None:
    made = edition(edition_of(["*bold* _it_ ~no~ `x`"]), NEWSROOM)
    assert not set("_~`") & set(made.text.splitlines()[2])
    assert len(made.text) < LIMIT


def test_a_corrected_edition_is_a_post_of_its_own_that_says_so() -> None:
    assert edition(EDITION, NEWSROOM).text.startswith("*Korean peninsula")
    corrected = edition(replace(EDITION, revision=2), NEWSROOM).text
    assert corrected.startswith("*Correction: Korean peninsula")
