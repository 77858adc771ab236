"""Whose word lets an edition go: one editor's, two, or the rule's at a cut-off."""

from datetime import timedelta
from typing import Any

import pytest

from digest.models import AuditEntry, Edition, ExemptDates
from digest.newsdesk.editions import curate
from digest.newsdesk.editions.approve import approve, let_rule, release, reopen, stop_rule
from digest.newsdesk.editions.compose import compose_due
from digest.newsdesk.editions.curate import EditionRefused
from digest.newsdesk.editions.publish import publish, publish_due
from tests.newsdesk.desk import NOW, SLOT, editor, newsletter, story

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
CUT_OFF = SLOT - 5 * MINUTE


def draft(**fields: Any) -> Edition:
    newsletter(**fields)
    story("Ferry fire off the west coast", ["Reuters", "AFP"])
    (made,) = compose_due(now=NOW).edition_ids
    return Edition.objects.get(pk=made)


def state(edition: Edition) -> str:
    edition.refresh_from_db()
    return edition.state


def by_rule() -> Edition:
    return draft(publishes_by_rule=True, cut_off=5 * MINUTE)


def test_at_the_cut_off_the_rule_approves_what_an_editor_changed_too() -> None:
    edition = by_rule()
    curate.retitle(edition.pk, "Mine", "", lock_version=0, member=editor(), now=NOW)
    publish_due(now=CUT_OFF - MINUTE)
    assert state(edition) == "draft"
    publish_due(now=CUT_OFF)
    assert (state(edition), edition.approved_by) == ("approved", None)
    assert AuditEntry.objects.get(verb="approved").who == "by rule"
    assert [each.edition_id for each in publish_due(now=SLOT)] == [edition.pk]


def test_who_stops_the_rule_keeps_it_for_an_editor_until_the_rule_is_let() -> None:
    edition, ann = by_rule(), editor()
    stopped = stop_rule(edition.pk, lock_version=0, member=ann, now=NOW)
    publish_due(now=SLOT)
    assert state(edition) == "draft"
    let_rule(edition.pk, lock_version=stopped.lock_version, member=ann, now=NOW)
    assert [each.edition_id for each in publish_due(now=SLOT)] == [edition.pk]


def test_a_stopped_one_that_nobody_approves_is_held_with_the_reason() -> None:
    edition = by_rule()
    stop_rule(edition.pk, lock_version=0, member=editor(), now=NOW)
    publish_due(now=SLOT + 31 * MINUTE)
    assert state(edition) == "held"
    assert edition.state_reason == "An editor stopped the rule, and nobody approved it by 07:30."


def test_whoever_takes_the_rules_approval_back_is_not_overruled_a_minute_later() -> None:
    edition = by_rule()
    publish_due(now=CUT_OFF)
    edition.refresh_from_db()
    version = edition.lock_version
    reopen(edition.pk, lock_version=version, member=editor(), now=CUT_OFF + MINUTE)
    publish_due(now=CUT_OFF + 2 * MINUTE)
    assert state(edition) == "draft"


def test_an_empty_edition_is_left_to_its_slot() -> None:
    newsletter(publishes_by_rule=True, cut_off=5 * MINUTE)
    (made,) = compose_due(now=NOW).edition_ids
    edition = Edition.objects.get(pk=made)
    publish_due(now=CUT_OFF)
    assert state(edition) == "draft"
    publish_due(now=SLOT)
    assert state(edition) == "skipped"


def test_nobody_approves_what_they_changed_last_where_two_must_see_it() -> None:
    edition, ann, ben = draft(pairs_of_eyes=2), editor("Ann"), editor("Ben")
    changed = curate.retitle(edition.pk, "Mine", "", lock_version=0, member=ann, now=NOW)
    with pytest.raises(EditionRefused, match="somebody else"):
        approve(edition.pk, lock_version=changed.lock_version, member=ann, now=NOW)
    assert state(edition) == "draft"
    approve(edition.pk, lock_version=changed.lock_version, member=ben, now=NOW)
    assert (state(edition), edition.approved_by) == ("approved", ben)


def test_an_untouched_one_needs_two_who_approve_it_unchanged() -> None:
    edition, ann, ben, cho = draft(pairs_of_eyes=2), *map(editor, ("Ann", "Ben", "Cho"))
    by: dict[str, Any] = {"now": NOW}
    first = approve(edition.pk, lock_version=0, member=ann, **by)
    assert (state(edition), edition.seen_by) == ("draft", ann)
    with pytest.raises(EditionRefused, match="somebody else"):
        approve(edition.pk, lock_version=first.lock_version, member=ann, **by)
    changed = curate.retitle(
        edition.pk, "Other", "", lock_version=first.lock_version, member=ben, **by
    )
    edition.refresh_from_db()
    assert edition.seen_by is None
    with pytest.raises(EditionRefused, match="somebody else"):
        approve(edition.pk, lock_version=changed.lock_version, member=ben, **by)
    approve(edition.pk, lock_version=changed.lock_version, member=cho, **by)
    assert state(edition) == "approved"


def test_a_held_one_and_one_sent_by_hand_need_two_as_well() -> None:
    edition, ann, ben = draft(pairs_of_eyes=2), editor("Ann"), editor("Ben")
    with pytest.raises(EditionRefused, match="Two pairs of eyes"):
        publish(edition.pk, now=NOW, by=ann)
    curate.retitle(edition.pk, "Mine", "", lock_version=0, member=ann, now=NOW)
    late = SLOT + 31 * MINUTE
    publish_due(now=late)
    edition.refresh_from_db()
    assert edition.state == "held"
    with pytest.raises(EditionRefused, match="somebody else"):
        release(edition.pk, lock_version=edition.lock_version, member=ann, now=late)
    release(edition.pk, lock_version=edition.lock_version, member=ben, now=late)
    assert state(edition) == "approved"


def test_no_edition_is_composed_for_a_holiday_and_the_next_one_covers_its_news() -> None:
    made = newsletter()
    day = SLOT.date() + timedelta(days=1)  # in Singapore
    ExemptDates.objects.create(newsletter=made, first=day, last=day, words="A holiday")
    assert compose_due(now=NOW).edition_ids == ()
    (composed,) = compose_due(now=NOW + timedelta(days=1)).edition_ids
    edition = Edition.objects.get(pk=composed)
    assert edition.local_date == day + timedelta(days=1)
    assert edition.window_end - edition.window_start == timedelta(days=2)
