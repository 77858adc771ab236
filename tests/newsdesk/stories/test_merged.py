"""What editors decided on a story goes over to the one that takes it in."""

from datetime import timedelta

import pytest

from digest.models import Candidate, Edition, Member, Story, StoryArticle, StoryTopic
from digest.newsdesk.alerts.candidates import dismiss, may_be_breaking
from digest.newsdesk.alerts.core.words import AlertRefused
from digest.newsdesk.alerts.raise_alert import raise_alert
from digest.newsdesk.editions import curate
from digest.newsdesk.editions.compose import compose_due, refill
from digest.newsdesk.editions.preview import content_of
from digest.newsdesk.editions.publish import publish
from digest.newsdesk.editions.sheet import sheet
from digest.newsdesk.stories import mend
from digest.newsdesk.topics.file import file
from digest.newsdesk.topics.tag import tag
from tests.newsdesk.desk import (
    ALL_SAVED,
    NOW,
    SLOT,
    editor,
    hours,
    newsletter,
    report,
    story,
    topic,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann() -> Member:
    return editor("Ann")


@pytest.fixture
def edition() -> Edition:
    """Events 1 to 4 in this order."""
    newsletter(size=4)
    for n in range(1, 5):
        story(f"Event {n}", [f"Source {s}" for s in range(9 - n)])
    (made,) = compose_due(now=NOW).edition_ids
    return Edition.objects.get(pk=made)


def merge(goes: Story, stays: Story, ann: Member) -> None:
    mend.merge(goes.pk, stays.pk, member=ann, now=NOW)


def event(number: int) -> Story:
    return Story.objects.get(headline=f"Event {number}")


def item_of(edition: Edition, number: int) -> int:
    return edition.items.get(story=event(number)).pk


def shown(edition: Edition) -> list[str]:
    return [item.headline for item in content_of(edition.pk).items]


def test_the_editors_words_stay_when_another_item_of_the_story_comes_first(
    edition: Edition, ann: Member
) -> None:
    third = item_of(edition, 3)
    curate.reword(edition.pk, third, "In our words", "Why.", lock_version=0, member=ann, now=NOW)
    merge(event(3), event(1), ann)
    first = content_of(edition.pk).items[0]
    assert (first.headline, first.blurb) == ("In our words", "Why.")
    assert shown(edition) == ["In our words", "Event 2", "Event 4"]


def test_an_item_with_words_of_its_own_keeps_them(edition: Edition, ann: Member) -> None:
    version = 0
    for number in (1, 3):
        version = curate.reword(
            edition.pk, item_of(edition, number), f"Ours of {number}", "", lock_version=version,
            member=ann, now=NOW,
        ).lock_version  # fmt: skip
    merge(event(3), event(1), ann)
    assert shown(edition) == ["Ours of 1", "Event 2", "Event 4"]


def test_what_was_killed_is_not_filled_in_again_under_another_name(
    edition: Edition, ann: Member
) -> None:
    done = curate.kill(edition.pk, item_of(edition, 1), lock_version=0, member=ann, now=NOW)
    wide = story("Event 9", [f"Source {s}" for s in range(20)])
    merge(event(1), wide, ann)
    refill(edition.pk, lock_version=done.lock_version, member=ann, now=NOW)
    assert shown(edition) == ["Event 2", "Event 3", "Event 4"]


def test_what_was_pinned_is_not_filled_in_a_second_time(edition: Edition, ann: Member) -> None:
    done = curate.pin(edition.pk, item_of(edition, 4), lock_version=0, member=ann, now=NOW)
    wide = story("Event 9", [f"Source {s}" for s in range(20)])
    merge(event(4), wide, ann)
    refill(edition.pk, lock_version=done.lock_version, member=ann, now=NOW)
    assert len(sheet(edition.pk).items) == 4
    assert shown(edition).count(wide.headline) + shown(edition).count("Event 4") == 1


def test_a_story_that_is_in_the_edition_by_a_merged_one_is_not_added_twice(
    edition: Edition, ann: Member
) -> None:
    other, second = story("Event 9"), item_of(edition, 2)
    merge(event(2), other, ann)
    with pytest.raises(curate.EditionRefused, match="in this edition already"):
        curate.add(edition.pk, other.pk, lock_version=0, member=ann, now=NOW)
    done = curate.kill(edition.pk, second, lock_version=0, member=ann, now=NOW)
    back = curate.add(
        edition.pk, other.pk, lock_version=done.lock_version, member=ann, now=NOW
    )  # fmt: skip
    assert back.item_id == second


def test_a_story_that_took_in_one_that_was_published_is_an_update(ann: Member) -> None:
    newsletter(size=5)
    carried = story("Ferry fire", ["Reuters", "AFP"], at=NOW - hours(30))
    (yesterday,) = compose_due(now=NOW - hours(24)).edition_ids
    publish(yesterday, now=SLOT - hours(24), by="by rule")
    wider = story("Fire on a ferry", ["Yonhap", "Kyodo", "EFE"], text=ALL_SAVED)
    merge(carried, wider, ann)
    (today,) = compose_due(now=NOW).edition_ids
    (item,) = Edition.objects.get(pk=today).items.all()
    assert (item.story, item.is_update) == (wider, True)


def test_one_alert_at_a_time_waits_on_a_story_and_those_it_took_in(ann: Member) -> None:
    one, other = story("Ferry fire", ["A", "B"]), story("Fire on a ferry", ["C", "D"])
    raise_alert(one.pk, "Ferry on fire", "", member=ann, now=NOW)
    merge(one, other, ann)
    with pytest.raises(AlertRefused, match="waiting already"):
        raise_alert(other.pk, "Fire on a ferry", "", member=ann, now=NOW)


def candidate(on: Story, level: int) -> Candidate:
    return Candidate.objects.create(
        story=on, level=level, reason="9 sources", score=9.0, sources=9, minutes=9, usual=1.0,
        raised_at=NOW,
    )  # fmt: skip


def test_what_was_dismissed_as_not_breaking_stays_so(ann: Member) -> None:
    one, other = story("Ferry fire", ["A", "B"]), story("Fire on a ferry", ["C", "D"])
    dismiss(candidate(one, 2).pk, member=ann, now=NOW)
    candidate(other, 1)
    merge(one, other, ann)
    assert may_be_breaking(now=NOW) == ()
    assert may_be_breaking(now=NOW, story_id=other.pk) == ()
    graver = candidate(other, 3)
    assert [each.candidate_id for each in may_be_breaking(now=NOW)] == [graver.pk]


def test_dismissing_a_story_dismisses_what_it_took_in(ann: Member) -> None:
    one, other = story("Ferry fire", ["A", "B"]), story("Fire on a ferry", ["C", "D"])
    candidate(one, 1)
    grave = candidate(other, 2)
    merge(one, other, ann)
    assert dismiss(grave.pk, member=ann, now=NOW)
    assert may_be_breaking(now=NOW) == ()


@pytest.mark.parametrize("first", ["pinned", "barred"])
def test_of_two_editors_words_on_a_topic_the_later_holds(first: str, ann: Member) -> None:
    subject = topic("Korea")
    goes, stays = story("Ferry fire", ["A"]), story("Fire on a ferry", ["B"])
    second = {"pinned": "barred", "barred": "pinned"}[first]
    file(stays.pk, subject.pk, first, now=NOW, member=ann)
    file(goes.pk, subject.pk, second, now=NOW + timedelta(minutes=1), member=ann)
    merge(goes, stays, ann)
    tag(now=NOW)
    assert StoryTopic.objects.get().by == second
    assert StoryTopic.objects.get().story == stays


def test_an_earlier_word_gives_way_to_that_of_the_story_that_stays(ann: Member) -> None:
    subject = topic("Korea")
    goes, stays = story("Ferry fire", ["A"]), story("Fire on a ferry", ["B"])
    file(goes.pk, subject.pk, "pinned", now=NOW, member=ann)
    file(stays.pk, subject.pk, "barred", now=NOW + timedelta(minutes=1), member=ann)
    merge(goes, stays, ann)
    tag(now=NOW)
    assert (StoryTopic.objects.get().by, StoryTopic.objects.get().story) == ("barred", stays)
    assert StoryArticle.objects.filter(story=goes).count() == 0


def test_a_report_that_comes_after_the_merge_does_not_bring_the_rule_back(ann: Member) -> None:
    subject = topic("Fire")
    goes, stays = story("Ferry fire", ["A"]), story("Fire on a ferry", ["B"])
    file(goes.pk, subject.pk, "barred", now=NOW, member=ann)
    merge(goes, stays, ann)
    report(stays, "C", NOW)
    tag(now=NOW)
    assert StoryTopic.objects.get(story=stays, topic=subject).by == "barred"
