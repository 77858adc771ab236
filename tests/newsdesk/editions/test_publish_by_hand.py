"""The `digest editions` command, and the tasks that do the same by the clock."""

import json
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command

from digest.models import Edition, EditionRevision, Send
from tests.clocks import travel_together
from tests.newsdesk.desk import NOW, SLOT, editor, hours, newsletter, story
from workers.newsdesk import compose, publish

pytestmark = pytest.mark.django_db


def editions(*words: str) -> Any:
    out = StringIO()
    call_command("editions", *words, stdout=out)
    return json.loads(out.getvalue().splitlines()[-1]) if "--json" in words else out.getvalue()


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> Any:
    travel_together(monkeypatch)
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def edition() -> Edition:
    newsletter(slug="morning")
    story("Ferry fire off the west coast", ["Reuters", "AFP"])
    (made,) = editions("compose", "--json")["editions"]
    return Edition.objects.get(pk=made)


def test_compose_list_and_preview(edition: Edition) -> None:
    assert editions("compose", "--json") == {"editions": [], "refreshed": [], "skipped": []}
    (line,) = editions("list", "--json")["editions"]
    assert (line["id"], line["state"], line["newsletter"]) == (edition.pk, "draft", "morning")
    for channel in ("email", "whatsapp"):
        text = editions("preview", str(edition.pk), "--channel", channel)
        assert "Ferry fire off the west coast" in text
    content = editions("preview", str(edition.pk), "--json")
    assert content["items"][0]["sources"] == ["Reuters", "AFP"]


def test_the_next_draft_of_a_newsletter_however_early(_clock: Any) -> None:
    _clock.move_to(NOW - hours(12))
    newsletter(slug="morning")
    assert editions("compose", "--json")["editions"] == []
    assert len(editions("compose", "--newsletter", "morning", "--json")["editions"]) == 1
    with pytest.raises(CommandError, match="there is: morning"):
        editions("compose", "--newsletter", "evening")


def test_send_asks_first_then_publishes_and_plans_once(edition: Edition) -> None:
    with pytest.raises(CommandError, match=r"1 items would go.*--yes"):
        editions("send", str(edition.pk))
    assert EditionRevision.objects.count() == 0
    first = editions("send", str(edition.pk), "--yes", "--json")
    again = editions("send", str(edition.pk), "--yes", "--json")
    assert first["published"] == [{"edition": edition.pk, "revision": 1, "first": True}]
    assert again["published"] == [{"edition": edition.pk, "revision": 1, "first": False}]
    assert (
        sorted(first["sends"])
        == sorted(again["sends"])
        == sorted(Send.objects.values_list("pk", flat=True))
    )
    assert set(Send.objects.values_list("channel", flat=True)) == {"email", "whatsapp"}


def test_a_held_edition_is_released_or_skipped_by_a_member(edition: Edition, _clock: Any) -> None:
    editor("Ann")
    _clock.move_to(SLOT + hours(3))
    assert editions("publish", "--json") == {"published": []}
    with pytest.raises(CommandError, match="Release it first"):
        editions("send", str(edition.pk), "--yes")
    with pytest.raises(CommandError, match="No member"):
        editions("release", str(edition.pk), "--as", "nobody@desk.example")
    released = editions("release", str(edition.pk), "--as", "ann@desk.example", "--json")
    assert released["published"][0]["first"]
    with pytest.raises(CommandError, match="this can be done while"):
        editions("skip", str(edition.pk), "--as", "ann@desk.example")


def test_what_is_not_there_names_the_remedy(edition: Edition) -> None:
    with pytest.raises(CommandError, match="digest editions list"):
        editions("preview", "999999")
    with pytest.raises(CommandError, match="try email or whatsapp"):
        editions("preview", str(edition.pk), "--channel", "pigeon")


def test_the_tasks_compose_and_publish_by_the_clock(_clock: Any) -> None:
    newsletter(publishes_by_rule=True)
    story("Ferry fire")
    compose()
    publish()
    assert Edition.objects.get().state == "draft"
    _clock.move_to(SLOT)
    publish()
    publish()
    assert Edition.objects.get().state == "published"
    assert EditionRevision.objects.count() == 1
