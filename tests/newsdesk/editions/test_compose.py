"""Drafts are made by rule ahead of their slot, once, and follow the news until it comes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, time, timedelta
from threading import Barrier

import pytest
from django.db import connection

from digest.models import AuditEntry, Edition, EditionRevision, Item, Newsletter
from digest.newsdesk.editions import curate
from digest.newsdesk.editions.compose import Composed, compose_due, compose_next, refill
from digest.newsdesk.editions.publish import publish
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


def headlines(edition: Edition) -> list[str]:
    return list(edition.items.filter(killed=False).values_list("story__headline", flat=True))


def composed() -> Edition:
    (made,) = compose_due(now=NOW).edition_ids
    return Edition.objects.get(pk=made)


def test_a_draft_is_composed_within_the_lead_of_its_slot() -> None:
    newsletter(lead=timedelta(minutes=30))
    story("Ferry fire off the west coast", ["Reuters", "AFP", "Yonhap"])
    assert compose_due(now=SLOT - timedelta(minutes=31)) == Composed()
    edition = composed()
    assert (edition.state, edition.title) == ("draft", "Morning briefing")
    assert (edition.slot_at, edition.local_date) == (SLOT, date(2026, 3, 2))
    assert (edition.window_start, edition.window_end) == (SLOT - hours(24), SLOT)
    item = edition.items.get()
    assert item.reason == "3 sources, new since yesterday, 3 in the last 3 hours"
    assert AuditEntry.objects.get(verb="composed").subject_id == edition.pk


def test_composing_again_makes_no_second_draft() -> None:
    newsletter()
    story("Ferry fire")
    composed()
    assert compose_due(now=NOW) == Composed()
    assert Edition.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_composers_at_once_make_one_draft() -> None:
    newsletter()
    for n in range(8):
        story(f"Event number {n}")
    together = Barrier(4)

    def compose(_: int) -> Composed:
        together.wait(10)
        try:
            return compose_due(now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        made = [result.edition_ids for result in pool.map(compose, range(4))]
    assert sorted(len(ids) for ids in made) == [0, 0, 0, 1]
    assert Edition.objects.count() == 1
    assert Item.objects.count() == 5


def test_an_untouched_draft_follows_the_news_until_its_slot() -> None:
    newsletter(size=2)
    story("Ferry fire", ["Reuters", "AFP"])
    small = story("Budget vote", ["Reuters"])
    edition = composed()
    kept = edition.items.get(story=small).pk
    story("Earthquake", ["Reuters", "AFP", "Yonhap", "KCNA"], at=NOW)
    for source in ("AFP", "Yonhap"):
        report(small, source, NOW)
    assert compose_due(now=NOW + timedelta(minutes=1)).refreshed == (edition.pk,)
    assert headlines(edition) == ["Earthquake", "Budget vote"]
    assert edition.items.get(story=small).pk == kept
    edition.refresh_from_db()
    assert edition.lock_version == 1
    assert compose_due(now=NOW + timedelta(minutes=2)) == Composed()
    story("Too late", ["A", "B", "C", "D", "E", "F"], at=SLOT - timedelta(minutes=1))
    assert compose_due(now=SLOT) == Composed()


def test_a_touched_draft_is_left_to_its_editor() -> None:
    newsletter(size=1)
    story("Ferry fire")
    edition = composed()
    item = edition.items.get()
    curate.pin(edition.pk, item.pk, lock_version=0, member=editor(), now=NOW)
    story("Earthquake", ["Reuters", "AFP", "Yonhap"])
    assert compose_due(now=NOW).refreshed == ()
    assert headlines(edition) == ["Ferry fire"]


def test_filling_again_keeps_what_the_editor_chose() -> None:
    newsletter(size=3)
    for n, sources in enumerate((["A", "B", "C", "D"], ["A", "B", "C"], ["A", "B"])):
        story(f"Event {n}", sources)
    edition, ann = composed(), editor()
    first, second, third = edition.items.all()
    version = curate.kill(edition.pk, first.pk, lock_version=0, member=ann, now=NOW).lock_version
    version = curate.pin(
        edition.pk, third.pk, lock_version=version, member=ann, now=NOW
    ).lock_version
    story("Earthquake", ["A", "B", "C", "D", "E", "F"])
    refill(edition.pk, lock_version=version, member=ann, now=NOW)
    assert headlines(edition) == ["Earthquake", "Event 1", "Event 2"]
    assert edition.items.get(killed=True).story == first.story
    assert second.story.headline == "Event 1"


def test_a_newsletter_with_topics_takes_only_their_stories() -> None:
    paper = newsletter()
    paper.topics.add(topic("Korea"))
    story("Border talks", topics=["Korea", "Trade"])
    story("Ports a day behind", ["A", "B", "C"], topics=["Trade"])
    story("Nothing in particular")
    edition = composed()
    assert headlines(edition) == ["Border talks"]
    assert edition.items.get().section == "Korea"


def test_only_reports_of_the_window_make_a_candidate() -> None:
    newsletter()
    story("The day before", at=SLOT - hours(24) - timedelta(minutes=1))
    story("First of the window", at=SLOT - hours(24))
    story("Seen late", at=SLOT - hours(24) - timedelta(minutes=5), seen=SLOT - hours(23))
    story("An old feed added today", at=SLOT - hours(80), seen=NOW)
    story("After the slot", at=SLOT)
    assert set(headlines(composed())) == {"First of the window", "Seen late"}


def test_a_story_carried_yesterday_is_an_update() -> None:
    newsletter(size=5)
    running = story("Ferry fire", ["Reuters", "AFP"], at=NOW - hours(30))
    (yesterday,) = compose_due(now=NOW - hours(24)).edition_ids
    publish(yesterday, now=SLOT - hours(24), by="by rule")
    report(running, "Yonhap", NOW - hours(1), title="All 214 taken off ferry", text=ALL_SAVED)
    story("New story")
    edition = composed()
    assert {item.story.headline: item.is_update for item in edition.items.all()} == {
        "Ferry fire": True,
        "New story": False,
    }


def test_a_story_carried_yesterday_that_did_not_move_is_not_told_again() -> None:
    newsletter(size=5)
    running = story("Ferry fire", ["Reuters", "AFP"], at=NOW - hours(30))
    (yesterday,) = compose_due(now=NOW - hours(24)).edition_ids
    publish(yesterday, now=SLOT - hours(24), by="by rule")
    first = running.members.order_by("article_id").first()
    assert first is not None
    report(running, "Yonhap", NOW - hours(1), text=ALL_SAVED, duplicate_of=first.article)
    report(running, "Kyodo", NOW - hours(1))
    story("New story")
    assert headlines(composed()) == ["New story"]


def test_a_newsletter_by_rule_holds_reports_in_its_own_language() -> None:
    newsletter()
    story("Auf Deutsch", ["A", "B"], language="de")
    story("In English", ["A"])
    assert headlines(composed()) == ["In English"]


def test_a_story_known_before_but_never_carried_is_no_update() -> None:
    newsletter()
    running = story("Ferry fire", ["Reuters", "AFP"], at=NOW - hours(30))
    report(running, "Yonhap", NOW - hours(1))
    item = composed().items.get()
    assert (item.is_update, item.reason) == (False, "3 sources, 1 source since yesterday")


def test_withdrawn_articles_and_merged_stories_are_not_offered() -> None:
    newsletter()
    gone = story("Withdrawn")
    gone.members.get().article.delete()
    withdrawn = story("Withdrawn by its outlet")
    withdrawn.lead_article.withdrawn_at = NOW
    withdrawn.lead_article.save()
    kept = story("Kept")
    merged = story("Merged")
    merged.merged_into = kept
    merged.save()
    assert headlines(composed()) == ["Kept"]


def test_a_new_newsletter_starts_at_its_next_slot() -> None:
    newsletter()
    story("Ferry fire", at=SLOT - hours(1))
    assert compose_due(now=SLOT + timedelta(minutes=5)) == Composed()


def test_a_slot_missed_in_an_outage_is_composed_once_with_all_since_the_last() -> None:
    paper = newsletter()
    (first,) = compose_due(now=NOW).edition_ids
    story("While nothing ran", at=SLOT + hours(30))
    (late,) = compose_due(now=SLOT + hours(50)).edition_ids
    edition = Edition.objects.get(pk=late)
    assert edition.slot_at == SLOT + hours(48)
    assert edition.window_start == SLOT
    assert headlines(edition) == ["While nothing ran"]
    assert compose_due(now=SLOT + hours(50)) == Composed()
    assert paper.editions.count() == 2
    assert first != late


def test_a_changed_time_makes_no_second_edition_of_the_day_and_loses_nothing() -> None:
    paper = newsletter()
    composed()
    Newsletter.objects.filter(pk=paper.pk).update(local_time=time(18, 0))
    assert compose_due(now=SLOT + hours(10.8)) == Composed()
    (made,) = compose_due(now=SLOT + hours(34.8)).edition_ids
    edition = Edition.objects.get(pk=made)
    assert edition.local_date == date(2026, 3, 3)
    assert (edition.window_start, edition.window_end) == (SLOT, SLOT + hours(35))


def test_a_broken_cadence_does_not_stop_the_others() -> None:
    broken = newsletter(time_zone="Mars/Base", position=0)
    good = newsletter(position=1)
    result = compose_due(now=NOW)
    assert [each.newsletter_id for each in result.skipped] == [broken.pk]
    assert "IANA" in result.skipped[0].reason
    assert Edition.objects.get(pk=result.edition_ids[0]).newsletter == good


def test_the_next_edition_can_be_composed_by_hand_long_before() -> None:
    paper = newsletter()
    story("Ferry fire", at=NOW - hours(11))
    made = compose_next(paper.pk, now=NOW - hours(10))
    assert Edition.objects.get(pk=made.edition_ids[0]).slot_at == SLOT
    again = compose_next(paper.pk, now=NOW - hours(10))
    assert again.edition_ids == ()
    assert EditionRevision.objects.count() == 0
