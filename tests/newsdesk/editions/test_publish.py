"""Publishing freezes an edition once; what is too late asks an editor."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import given
from hypothesis import strategies as some

from digest.models import AuditEntry, Edition, EditionRevision, Member
from digest.newsdesk.editions import curate
from digest.newsdesk.editions.approve import Decided, approve, release, skip
from digest.newsdesk.editions.compose import compose_due
from digest.newsdesk.editions.core.content import EditionContent
from digest.newsdesk.editions.core.due import EditionStanding, Verdict, span_words, verdict
from digest.newsdesk.editions.curate import EditionRefused
from digest.newsdesk.editions.preview import content_of
from digest.newsdesk.editions.publish import Published, publish, publish_due
from tests.newsdesk.desk import NOW, SLOT, editor, newsletter, story

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def draft(**fields: Any) -> Edition:
    newsletter(**fields)
    story("Ferry fire off the west coast", ["Reuters", "AFP"])
    (made,) = compose_due(now=NOW).edition_ids
    return Edition.objects.get(pk=made)


def approved(member: Member | None = None) -> tuple[Edition, Decided]:
    edition = draft()
    decided = approve(edition.pk, lock_version=0, member=member or editor(), now=NOW)
    return edition, decided


def state(edition: Edition) -> tuple[str, str]:
    edition.refresh_from_db()
    return edition.state, edition.state_reason


def test_an_approved_edition_goes_at_its_slot_and_is_kept_as_previewed() -> None:
    edition, _ = approved(editor("Ann"))
    previewed = content_of(edition.pk)
    assert publish_due(now=SLOT - MINUTE) == ()
    assert publish_due(now=SLOT) == (Published(edition.pk, 1, first=True),)
    assert publish_due(now=SLOT) == ()
    frozen = EditionRevision.objects.get()
    assert EditionContent.from_document(frozen.content) == previewed
    assert (frozen.published_by, frozen.published_at) == ("Ann", SLOT)
    assert state(edition) == ("published", "")
    assert AuditEntry.objects.get(verb="published").who == "Ann"


def test_what_was_published_does_not_change_with_the_news() -> None:
    edition = draft()
    publish(edition.pk, now=NOW, by="Ann")
    said = content_of(edition.pk)
    item = edition.items.select_related("story").get()
    item.story.headline = "Rewritten later"
    item.story.save()
    assert content_of(edition.pk) == said
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        EditionRevision.objects.update(content={})


def test_publishing_again_changes_nothing() -> None:
    edition = draft()
    assert publish(edition.pk, now=NOW, by="Ann").first
    edition.refresh_from_db()
    version = edition.lock_version
    assert publish(edition.pk, now=NOW + MINUTE, by="Ben") == Published(edition.pk, 1, first=False)
    edition.refresh_from_db()
    assert (edition.lock_version, edition.published_at) == (version, NOW)
    assert EditionRevision.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_publishers_at_once_make_one_revision() -> None:
    edition, _ = approved()
    together = Barrier(6)

    def go(number: int) -> int:
        together.wait(10)
        try:
            if number % 2:
                return sum(each.first for each in publish_due(now=SLOT))
            return publish(edition.pk, now=SLOT, by="Ann").first
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(go, range(6))) == 1
    assert EditionRevision.objects.count() == 1
    assert AuditEntry.objects.filter(verb="published").count() == 1


def test_an_untouched_draft_goes_by_rule_where_its_newsletter_says_so() -> None:
    edition = draft(publishes_by_rule=True)
    assert publish_due(now=SLOT) == (Published(edition.pk, 1, first=True),)
    assert EditionRevision.objects.get().published_by == "by rule"


def test_a_touched_draft_waits_for_approval_and_is_then_held() -> None:
    edition = draft(publishes_by_rule=True)
    curate.retitle(edition.pk, "Mine", "", lock_version=0, member=editor(), now=NOW)
    assert publish_due(now=SLOT + 29 * MINUTE) == ()
    assert state(edition)[0] == "draft"
    assert publish_due(now=SLOT + 31 * MINUTE) == ()
    assert state(edition) == ("held", "An editor changed it, and nobody approved it by 07:30.")


def test_a_draft_nobody_approved_is_held() -> None:
    edition = draft()
    publish_due(now=SLOT + 31 * MINUTE)
    assert state(edition) == ("held", "Nobody approved it by 07:30.")
    assert AuditEntry.objects.get(verb="held").detail["reason"] == "Nobody approved it by 07:30."


def test_a_late_edition_is_held_until_an_editor_releases_it() -> None:
    ann = editor()
    edition, _ = approved(ann)
    late = SLOT + timedelta(hours=2, minutes=10)
    assert publish_due(now=late) == ()
    assert state(edition) == ("held", "It missed its hour by 2 hours 10 minutes.")
    with pytest.raises(EditionRefused, match="Release it or skip it"):
        approve(edition.pk, lock_version=edition.lock_version, member=ann, now=late)
    with pytest.raises(EditionRefused, match="Release it first"):
        publish(edition.pk, now=late, by=ann)
    release(edition.pk, lock_version=edition.lock_version, member=ann, now=late + 5 * MINUTE)
    assert [each.edition_id for each in publish_due(now=late + 6 * MINUTE)] == [edition.pk]


def test_a_late_edition_may_be_skipped() -> None:
    edition, _ = approved()
    late = SLOT + timedelta(hours=5)
    publish_due(now=late)
    edition.refresh_from_db()
    skip(edition.pk, "Overtaken", lock_version=edition.lock_version, member=editor("B"), now=late)
    assert publish_due(now=late) == ()
    assert state(edition) == ("skipped", "Overtaken")


def test_an_approval_after_the_slot_publishes_at_once() -> None:
    edition = draft()
    approve(edition.pk, lock_version=0, member=editor(), now=SLOT + 29 * MINUTE)
    assert len(publish_due(now=SLOT + 35 * MINUTE)) == 1


def test_an_empty_edition_by_rule_is_skipped_not_sent() -> None:
    newsletter(publishes_by_rule=True)
    (made,) = compose_due(now=NOW).edition_ids
    assert publish_due(now=SLOT) == ()
    assert state(Edition.objects.get(pk=made)) == ("skipped", "Nothing new came in its window.")
    assert EditionRevision.objects.count() == 0


def test_the_content_carries_what_stands_beside_a_story() -> None:
    newsletter()
    story(
        "Ferry <b>fire</b>\n off the coast",
        ["Yonhap", "Reuters", "AFP"],
        agency="Reuters",
        image_url="https://img.example/1.jpg",
        image_alt="A ferry",
        image_credit="Photo: AFP",
    )
    (made,) = compose_due(now=NOW).edition_ids
    (item,) = content_of(made).items
    assert item.headline == "Ferry <b>fire</b> off the coast"
    assert (item.sources, item.source_count) == (("Yonhap", "Reuters", "AFP"), 3)
    assert (item.agency, item.url[:22]) == ("Reuters", "https://yonhap.example")
    assert item.picture is not None
    assert (item.picture.alt, item.picture.credit) == ("A ferry", "Photo: AFP")


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "file:///etc/passwd", "http://", "http://["]
)
def test_a_link_or_picture_that_is_no_web_address_never_reaches_a_reader(url: str) -> None:
    newsletter()
    story("Hostile", ["A"], url=url)
    story("Kind", ["B"], image_url=url)
    (made,) = compose_due(now=NOW).edition_ids
    (item,) = content_of(made).items
    assert (item.headline, item.picture) == ("Kind", None)


@given(
    some.integers(-100, 5000),
    some.integers(0, 600),
    some.none() | some.integers(-600, 5000),
    some.booleans(),
    some.booleans(),
    some.booleans(),
    some.booleans(),
    some.none() | some.integers(0, 120),
)
def test_nothing_goes_before_its_slot_without_a_word_or_too_late(
    minutes: int,
    grace: int,
    approval: int | None,
    by_rule: bool,
    touched: bool,
    empty: bool,
    stopped: bool,
    cut_off: int | None,
) -> None:
    now: datetime = SLOT + minutes * MINUTE
    approved_at = None if approval is None else min(SLOT + approval * MINUTE, now)
    standing = EditionStanding(
        SLOT, grace * MINUTE, "UTC", approved_at, by_rule=by_rule, touched=touched, empty=empty,
        stopped=stopped, cut_off=None if cut_off is None else cut_off * MINUTE,
    )  # fmt: skip
    found, reason = verdict(standing, now)
    assert bool(reason) == (found in (Verdict.HOLD, Verdict.SKIP))
    if now < SLOT:
        assert found is Verdict.WAIT
    if found is Verdict.PUBLISH:
        assert not empty
        ruled = by_rule and not stopped and (not touched or cut_off is not None)
        assert approved_at is not None or ruled
        assert now <= max(SLOT, approved_at or SLOT) + grace * MINUTE
    # Whatever is not decided today is decided by the end of its grace.
    assert verdict(standing, now + 2 * 5000 * MINUTE)[0] is not Verdict.WAIT


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(1, "1 minute"), (45, "45 minutes"), (60, "1 hour"), (130, "2 hours 10 minutes"),
     (60 * 24 * 3 + 5, "3 days")],
)  # fmt: skip
def test_spans_in_words(minutes: int, words: str) -> None:
    assert span_words(minutes * MINUTE) == words
