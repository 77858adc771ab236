"""What an editor does to an edition, and what happens when two do it at once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as some

from digest.kit.text import one_line
from digest.models import AuditEntry, Edition, ItemWording, Member
from digest.newsdesk.editions import curate
from digest.newsdesk.editions.approve import approve, cancel, reopen, skip
from digest.newsdesk.editions.compose import compose_due
from digest.newsdesk.editions.curate import EditionRefused, StaleEdition
from digest.newsdesk.editions.preview import content_of
from digest.newsdesk.editions.publish import publish
from digest.newsdesk.editions.sheet import Sheet, agenda, sheet
from tests.newsdesk.desk import NOW, editor, newsletter, report, story

pytestmark = pytest.mark.django_db


@pytest.fixture
def edition() -> Edition:
    newsletter()
    for n in range(1, 5):
        story(f"Event {n}", [f"Source {s}" for s in range(9 - n)])
    (made,) = compose_due(now=NOW).edition_ids
    return Edition.objects.get(pk=made)


@pytest.fixture
def ann() -> Member:
    return editor("Ann")


def shown(edition: Edition) -> list[str]:
    return [item.headline for item in content_of(edition.pk).items]


def ids(edition: Edition) -> list[int]:
    return [item.item_id for item in sheet(edition.pk).items]


def test_an_editors_morning(edition: Edition, ann: Member) -> None:
    first, second, third, fourth = ids(edition)
    step = {"member": ann, "now": NOW}
    done = curate.reorder(edition.pk, [third, first, second, fourth], lock_version=0, **step)
    assert shown(edition) == ["Event 3", "Event 1", "Event 2", "Event 4"]
    done = curate.move(edition.pk, fourth, -2, lock_version=done.lock_version, **step)
    assert shown(edition) == ["Event 3", "Event 4", "Event 1", "Event 2"]
    done = curate.kill(edition.pk, first, lock_version=done.lock_version, **step)
    done = curate.pin(edition.pk, third, lock_version=done.lock_version, **step)
    done = curate.reword(
        edition.pk, third, "Three, in our words", "Why.", lock_version=done.lock_version, **step
    )
    done = curate.retitle(
        edition.pk, "Monday", "Good morning.", lock_version=done.lock_version, **step
    )
    content = content_of(edition.pk)
    assert [item.headline for item in content.items] == [
        "Three, in our words",
        "Event 4",
        "Event 2",
    ]
    assert (content.items[0].blurb, content.title, content.intro) == (
        "Why.",
        "Monday",
        "Good morning.",
    )
    page = sheet(edition.pk)
    assert page.lock_version == done.lock_version == 6
    assert page.items[0].pinned
    assert page.items[0].story_headline == "Event 3"
    assert [item.headline for item in page.killed] == ["Event 1"]
    assert page.items[1].reason.startswith("5 sources, new since yesterday")
    verbs = AuditEntry.objects.filter(member=ann).order_by("id").values_list("verb", flat=True)
    assert list(verbs) == ["reordered", "moved", "killed", "pinned", "reworded", "retitled"]


def test_what_was_killed_comes_back_to_its_place(edition: Edition, ann: Member) -> None:
    second = ids(edition)[1]
    done = curate.kill(edition.pk, second, lock_version=0, member=ann, now=NOW)
    assert shown(edition) == ["Event 1", "Event 3", "Event 4"]
    curate.revive(edition.pk, second, lock_version=done.lock_version, member=ann, now=NOW)
    assert shown(edition) == ["Event 1", "Event 2", "Event 3", "Event 4"]


def test_a_stale_page_changes_nothing_and_says_who_was_quicker(
    edition: Edition, ann: Member
) -> None:
    first, second, *_ = ids(edition)
    curate.kill(edition.pk, first, lock_version=0, member=ann, now=NOW)
    with pytest.raises(StaleEdition, match=r"Ann changed this edition at 06:40.*reload"):
        curate.kill(edition.pk, second, lock_version=0, member=editor("Ben"), now=NOW)
    assert shown(edition) == ["Event 2", "Event 3", "Event 4"]


@pytest.mark.django_db(transaction=True)
def test_of_editors_at_once_one_wins_and_the_others_are_told(edition: Edition, ann: Member) -> None:
    items, together = ids(edition), Barrier(4)

    def kill(item_id: int) -> str:
        together.wait(10)
        try:
            curate.kill(edition.pk, item_id, lock_version=0, member=ann, now=NOW)
        except StaleEdition:
            return "stale"
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(kill, items)) == ["done", "stale", "stale", "stale"]
    assert len(sheet(edition.pk).killed) == 1


@pytest.mark.parametrize("wrong", ["missing", "twice", "foreign", "killed"])
def test_an_order_that_does_not_fit_is_refused(edition: Edition, ann: Member, wrong: str) -> None:
    order, version = ids(edition), 0
    if wrong == "killed":
        version = curate.kill(
            edition.pk, order[0], lock_version=0, member=ann, now=NOW
        ).lock_version
    order = {
        "missing": order[1:],
        "twice": [order[0], *order[:3]],
        "foreign": [10**9, *order[1:]],
        "killed": order,
    }[wrong]
    before = shown(edition)
    with pytest.raises(EditionRefused, match="Reload"):
        curate.reorder(edition.pk, order, lock_version=version, member=ann, now=NOW)
    assert shown(edition) == before


def test_wordings_differ_by_channel_and_an_empty_one_takes_them_back(
    edition: Edition, ann: Member
) -> None:
    first, step = ids(edition)[0], {"member": ann, "now": NOW}
    curate.reword(edition.pk, first, "Common", "", lock_version=0, **step)
    curate.reword(edition.pk, first, "Short", "", "whatsapp", lock_version=1, **step)
    curate.reword(edition.pk, first, "Auf Deutsch", "", "", "de", lock_version=2, **step)
    item = content_of(edition.pk).items[0]
    assert (item.headline, item.headline_on("whatsapp")) == ("Common", "Short")
    assert item.blurb == "What is known about: Event 1."
    curate.reword(edition.pk, first, "", "", "whatsapp", lock_version=3, **step)
    assert content_of(edition.pk).items[0].headline_on("whatsapp") == "Common"
    assert ItemWording.objects.count() == 2
    assert AuditEntry.objects.filter(verb="reworded").last().detail["before"]["headline"] == "Short"


def test_wording_is_bounded_and_on_one_line(edition: Edition, ann: Member) -> None:
    first, step = ids(edition)[0], {"lock_version": 0, "member": ann, "now": NOW}
    with pytest.raises(EditionRefused, match=r"201 characters; 200 is the most"):
        curate.reword(edition.pk, first, "x" * 201, "", **step)
    with pytest.raises(EditionRefused, match=r"blurb has 501"):
        curate.reword(edition.pk, first, "", "x" * 501, **step)
    with pytest.raises(EditionRefused, match="email or whatsapp"):
        curate.reword(edition.pk, first, "x", "", "pigeon", **step)
    with pytest.raises(EditionRefused, match="needs a title"):
        curate.retitle(edition.pk, " \n", "", **step)
    curate.reword(edition.pk, first, "Two\r\nlines\u202e and\ttabs", "", **step)
    assert shown(edition)[0] == "Two lines and tabs"


@given(some.text(max_size=190), some.text(max_size=400))
def test_no_text_leaves_its_line(headline: str, blurb: str) -> None:
    assert "\n" not in curate._bounded("headline", headline, 200)
    assert curate._bounded("blurb", blurb, 500) == one_line(blurb)


def test_a_story_can_be_added_once_and_stands_last(edition: Edition, ann: Member) -> None:
    extra = story("Added by hand")
    done = curate.add(edition.pk, extra.pk, lock_version=0, member=ann, now=NOW)
    assert shown(edition)[-1] == "Added by hand"
    assert sheet(edition.pk).items[-1].reason == "Added by Ann"
    with pytest.raises(EditionRefused, match="already"):
        curate.add(edition.pk, extra.pk, lock_version=done.lock_version, member=ann, now=NOW)
    with pytest.raises(EditionRefused, match="no such story"):
        curate.add(edition.pk, 10**9, lock_version=done.lock_version, member=ann, now=NOW)
    assert done.item_id is not None
    done = curate.kill(
        edition.pk, done.item_id, lock_version=done.lock_version, member=ann, now=NOW
    )
    curate.add(edition.pk, extra.pk, lock_version=done.lock_version, member=ann, now=NOW)
    assert shown(edition)[-1] == "Added by hand"
    assert edition.items.count() == 5


def test_an_item_of_another_edition_cannot_be_touched(edition: Edition, ann: Member) -> None:
    newsletter(name="Evening")
    (other,) = compose_due(now=NOW).edition_ids
    foreign = Edition.objects.get(pk=other).items.first()
    assert foreign is not None
    for act in (curate.kill, curate.pin, curate.revive):
        with pytest.raises(EditionRefused, match="not in this edition"):
            act(edition.pk, foreign.pk, lock_version=0, member=ann, now=NOW)
    with pytest.raises(EditionRefused, match="not in this edition"):
        curate.reword(edition.pk, foreign.pk, "x", "", lock_version=0, member=ann, now=NOW)


def test_an_approved_edition_is_reopened_before_it_is_changed(
    edition: Edition, ann: Member
) -> None:
    first = ids(edition)[0]
    approved = approve(edition.pk, lock_version=0, member=ann, now=NOW)
    version = approved.lock_version
    with pytest.raises(EditionRefused, match="Take the approval back"):
        curate.kill(edition.pk, first, lock_version=version, member=ann, now=NOW)
    assert approve(edition.pk, lock_version=0, member=ann, now=NOW) == approved
    version = reopen(edition.pk, lock_version=version, member=ann, now=NOW).lock_version
    curate.kill(edition.pk, first, lock_version=version, member=ann, now=NOW)
    assert "Event 1" not in shown(edition)


def test_approval_is_for_what_the_editor_saw(edition: Edition, ann: Member) -> None:
    curate.kill(edition.pk, ids(edition)[0], lock_version=0, member=editor("Ben"), now=NOW)
    with pytest.raises(StaleEdition, match="Ben changed"):
        approve(edition.pk, lock_version=0, member=ann, now=NOW)


def test_an_empty_edition_is_not_approved(ann: Member) -> None:
    newsletter()
    (made,) = compose_due(now=NOW).edition_ids
    with pytest.raises(EditionRefused, match="Add a story"):
        approve(made, lock_version=0, member=ann, now=NOW)


@pytest.mark.parametrize(("close", "state"), [(skip, "skipped"), (cancel, "cancelled")])
def test_an_edition_can_be_let_pass(edition: Edition, ann: Member, close, state: str) -> None:
    assert close(edition.pk, "A holiday", lock_version=0, member=ann, now=NOW).state == state
    edition.refresh_from_db()
    assert edition.state_reason == "A holiday"
    with pytest.raises(EditionRefused, match="closed"):
        curate.retitle(edition.pk, "x", "", lock_version=1, member=ann, now=NOW)
    with pytest.raises(EditionRefused):
        publish(edition.pk, now=NOW, by=ann)


def test_the_sheet_warns_of_an_item_whose_articles_are_gone(edition: Edition) -> None:
    item = edition.items.select_related("story__lead_article").first()
    assert item is not None
    for member in item.story.members.select_related("article"):
        member.article.withdrawn_at = NOW
        member.article.save()
    page: Sheet = sheet(edition.pk)
    assert page.items[0].problem.startswith("Every article of this story was withdrawn")
    assert shown(edition) == ["Event 2", "Event 3", "Event 4"]


def test_stories_merged_after_composing_are_told_once(edition: Edition) -> None:
    first, second, *_ = edition.items.select_related("story")
    second.story.members.update(story=first.story)
    second.story.merged_into = first.story
    second.story.save()
    assert shown(edition) == ["Event 1", "Event 3", "Event 4"]


def test_a_report_in_the_editions_language_leads(ann: Member) -> None:
    newsletter()
    foreign = story("Fähre brennt vor der Küste", ["DPA"], language="de")
    foreign.language = "de"
    foreign.save()
    report(foreign, "Reuters", NOW, title="Ferry burns off the coast", summary="In English.")
    (made,) = compose_due(now=NOW).edition_ids
    (item,) = content_of(made).items
    assert (item.headline, item.blurb) == ("Ferry burns off the coast", "In English.")
    assert item.sources == ("DPA", "Reuters")


def test_the_agenda_lists_what_is_open_first(edition: Edition, ann: Member) -> None:
    newsletter(name="Evening")
    (other,) = compose_due(now=NOW).edition_ids
    skip(edition.pk, lock_version=0, member=ann, now=NOW)
    assert [(each.edition_id, each.state) for each in agenda()] == [
        (other, "draft"),
        (edition.pk, "skipped"),
    ]
