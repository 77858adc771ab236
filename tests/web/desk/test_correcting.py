"""A sent edition is corrected on the desk: its page says the new words, its sheet where else."""

from typing import Any

import pytest
from django.test import Client

from digest.audience.joining.places import add_place
from digest.kit.clock import now
from digest.models import Edition, EditionRevision
from digest.newsdesk.editions.publish import publish
from digest.staff.access import Role
from tests.web import desk_day

pytestmark = pytest.mark.django_db


@pytest.fixture
def edition(settings: Any) -> Edition:
    settings.DIGEST_CHANNELS = ["email", "slack", "teams"]
    moment = now()
    desk_day.stories(moment)
    made = desk_day.edition(moment)
    newsletter = made.newsletter
    assert newsletter is not None
    newsletter.channels = ["email", "slack", "teams"]
    newsletter.save()
    add_place("slack", "C0123456789", newsletters=(newsletter.slug,), alerts=False, now=moment)
    add_place("teams", "newsroom", newsletters=(newsletter.slug,), alerts=False, now=moment)
    publish(made.pk, now=moment, by="by rule")
    return Edition.objects.get(pk=made.pk)


@pytest.fixture
def editor(client: Client) -> Client:
    client.force_login(desk_day.member())
    return client


def at(edition: Edition) -> str:
    return f"/desk/editions/{edition.public_id}/correct"


def items(edition: Edition) -> list[dict[str, Any]]:
    last = EditionRevision.objects.filter(edition=edition).order_by("-revision")[0]
    return list(last.content["items"])


def test_the_page_says_where_it_is_corrected_and_where_not(
    editor: Client, edition: Edition
) -> None:
    page = editor.get(at(edition)).content.decode()
    assert "Slack, C0123456789: its post is replaced" in page
    assert "Teams, newsroom: a correction follows its post" in page
    assert "nobody is written to" in page
    assert at(edition) in editor.get(f"/desk/editions/{edition.public_id}/").content.decode()


def test_corrected_words_stand_on_the_editions_own_page(editor: Client, edition: Edition) -> None:
    first, second = items(edition)[:2]
    told = {
        "lock_version": edition.lock_version,
        f"headline_{first['story']}": "Ferry safe & sound",
        f"out_{second['story']}": "on",
    }
    assert editor.post(at(edition), told).status_code == 302
    assert items(edition)[0]["headline"] == "Ferry safe & sound"
    page = Client().get(f"/editions/{edition.public_id}").content.decode()
    assert "Ferry safe &amp; sound" in page and second["headline"] not in page


def test_what_is_refused_gives_the_words_back(editor: Client, edition: Edition) -> None:
    first = items(edition)[0]["story"]
    long = {"lock_version": edition.lock_version, f"headline_{first}": "<b>" + "x" * 200}
    answer = editor.post(at(edition), long)
    assert answer.status_code == 422
    assert "headline has 203" in answer.content.decode()
    assert "&lt;b&gt;xxx" in answer.content.decode()
    same = editor.post(at(edition), {"lock_version": edition.lock_version})
    assert same.status_code == 422 and "nothing was done" in same.content.decode()
    stale = editor.post(at(edition), {"lock_version": 0, f"headline_{first}": "x"})
    assert stale.status_code == 409
    assert EditionRevision.objects.count() == 1


def test_what_has_not_gone_out_is_changed_on_its_sheet(editor: Client, edition: Edition) -> None:
    Edition.objects.update(state="draft")
    assert editor.get(at(edition)).status_code == 302


def test_whoever_may_not_approve_may_not_correct(client: Client, edition: Edition) -> None:
    client.force_login(desk_day.member("Rae Dee", Role.READER))
    assert client.get(at(edition)).status_code == 403
    assert client.post(at(edition), {"lock_version": edition.lock_version}).status_code == 403
