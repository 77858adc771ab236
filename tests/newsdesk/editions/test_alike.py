"""Readers who are told the same share one edition, and each of them has had what it told."""

from datetime import date

import pytest
from django.db.models import F

from digest.models import Edition, EditionRevision, Item
from digest.newsdesk.editions import personal
from digest.newsdesk.editions.core.content import EditionContent
from digest.newsdesk.editions.core.rank import EditionWindow
from digest.newsdesk.editions.history import ReaderHistory
from digest.newsdesk.editions.personal import DigestRun, PersonalEdition, compose_many
from tests.newsdesk.desk import ALL_SAVED, NOW, SLOT, hours, report, story, topic

pytestmark = pytest.mark.django_db
ONE, OTHER, THIRD = "a" * 64, "b" * 64, "c" * 64


def wanted(key: str, *, day: int = 0, **reached: object) -> PersonalEdition:
    end = SLOT + hours(24 * day)
    return PersonalEdition(
        key, [topic("Korea").pk], "en", EditionWindow(end - hours(24), end, "UTC"), end,
        date(2026, 3, 2 + day), "Korea", ("en",), ReaderHistory(**reached),  # type: ignore[arg-type]
    )  # fmt: skip


def told(edition_id: int | None) -> list[str]:
    content = EditionRevision.objects.get(edition=edition_id).content
    return [each.headline for each in EditionContent.from_document(content).items]


def test_those_whose_history_changes_nothing_share_one() -> None:
    story("Border talks", topics=["Korea"])
    elsewhere = story("Elsewhere", topics=["Health"])
    one, other, third = compose_many(
        [wanted(ONE), wanted(OTHER, alerted=[(elsewhere.pk, NOW)]), wanted(THIRD, muted=[999])],
        now=NOW,
    )
    assert one.edition_id == other.edition_id == third.edition_id
    assert Edition.objects.count() == 3
    assert Item.objects.count() == EditionRevision.objects.count() == 1
    again = compose_many([wanted(THIRD), wanted(OTHER)], now=NOW)
    assert {each.edition_id for each in again} == {one.edition_id}


def test_one_made_later_is_the_same_as_the_first() -> None:
    story("Border talks", topics=["Korea"])
    (one,), (other,) = (compose_many([wanted(key)], now=NOW) for key in (ONE, OTHER))
    assert one == other
    assert Edition.objects.filter(same_as=F("pk")).count() == 0


def test_those_who_are_told_something_else_do_not_share() -> None:
    muted = story("Border talks", ["A", "B"], topics=["Korea"])
    story("Another", topics=["Korea"])
    one, other = compose_many([wanted(ONE), wanted(OTHER, muted=[muted.pk])], now=NOW)
    assert told(one.edition_id) == ["Border talks", "Another"]
    assert told(other.edition_id) == ["Another"]


def test_who_shared_an_edition_has_had_what_it_told() -> None:
    running = story("Border talks", ["A"], topics=["Korea"])
    one, other = compose_many([wanted(ONE), wanted(OTHER)], now=NOW)
    assert one == other
    story("New one", topics=["Korea"], at=SLOT + hours(2))
    report(running, "B", SLOT + hours(1))  # the same again
    for key in (ONE, OTHER):
        (made,) = compose_many([wanted(key, day=1)], now=NOW + hours(24))
        assert told(made.edition_id) == ["New one"]
    report(running, "C", SLOT + hours(26), title="All 214 taken off", text=ALL_SAVED)
    for key in (ONE, OTHER):
        (made,) = compose_many([wanted(key, day=2)], now=NOW + hours(48))
        item = Item.objects.get(edition=made.edition_id)
        assert (item.story_id, item.is_update, item.had_at) == (running.pk, True, SLOT)


def test_what_is_read_once_for_many_calls_gives_what_each_call_reads() -> None:
    story("Border talks", ["A", "B"], topics=["Korea"])
    run = DigestRun()
    first, second = (
        compose_many([wanted(key, newsletter_ids=[number])], now=NOW, run=run)[0].edition_id
        for number, key in enumerate((ONE, OTHER))
    )
    assert first == second == compose_many([wanted(THIRD)], now=NOW)[0].edition_id
    assert told(first) == ["Border talks"]


def test_a_topic_that_is_newer_than_the_run_is_looked_up() -> None:
    topic("Trade")
    run = DigestRun()
    story("Border talks", topics=["Korea"])
    (made,) = compose_many([wanted(ONE)], now=NOW, run=run)
    assert told(made.edition_id) == ["Border talks"]


def test_a_run_remembers_no_more_than_its_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever composes goes on with another run then, and makes the same of it."""
    for number in range(6):
        story(f"Border talks {number}", topics=["Korea"])
    run = DigestRun()
    assert not run.is_full
    (one,) = compose_many([wanted(ONE)], now=NOW, run=run)
    monkeypatch.setattr(personal, "MOST_HELD", run.told.size)
    assert run.told.size >= 12  # what each of them says, read and worded
    assert run.is_full
    (other,) = compose_many([wanted(OTHER)], now=NOW, run=DigestRun())
    assert other == one
