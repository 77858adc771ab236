"""What is planned for an hour is made then, once; or refused with why, and taken back."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction

from digest.models import AuditEntry, Edition, Item, ItemWording, Member, Newsletter, PlannedChange
from digest.newsdesk.editions import approve, compose, curate
from digest.newsdesk.editions.core.later import NoSuchTime, meant, says
from digest.newsdesk.editions.later.make import make_due
from digest.newsdesk.editions.later.plan import call_off, plan_change, undo_change
from digest.newsdesk.editions.lock import EditionRefused
from digest.newsdesk.editions.publish import publish, publish_due
from tests.newsdesk.desk import NOW, SLOT, editor, newsletter, story

pytestmark = pytest.mark.django_db
AT = "2026-03-02T06:50"
THEN = datetime(2026, 3, 1, 22, 50, tzinfo=UTC)
State = PlannedChange.State


class Sheet:
    """An edition of four stories, and the editor at it."""

    def __init__(self) -> None:
        newsletter(size=4, publishes_by_rule=True)
        for number in range(4):
            story(f"Story {number}", [f"S{n}" for n in range(4 - number)])
        (self.pk,) = compose.compose_due(now=NOW).edition_ids
        self.ann: Member = editor()

    @property
    def edition(self) -> Edition:
        return Edition.objects.get(pk=self.pk)

    @property
    def items(self) -> list[Item]:
        rows = Item.objects.filter(edition=self.pk, killed=False)
        return list(rows.order_by("position", "pk"))

    def plan(self, kind: str, row: int = 0, at: str = AT, **asked: Any) -> PlannedChange:
        item = None if kind == "retitle" else self.items[row].pk
        return plan_change(self.pk, kind, asked, at, item_id=item, member=self.ann, now=NOW)

    def by(self, member: Member | None = None) -> dict[str, Any]:
        version = self.edition.lock_version
        return {"lock_version": version, "member": member or self.ann, "now": NOW}


@pytest.fixture
def sheet() -> Sheet:
    return Sheet()


def state_of(change: PlannedChange) -> tuple[str, str]:
    change.refresh_from_db()
    return change.state, change.reason


def test_nothing_is_changed_before_its_hour_and_everything_once_at_it(sheet: Sheet) -> None:
    first, second, third, fourth = sheet.items
    version = sheet.edition.lock_version
    changes = [
        sheet.plan("reword", 0, headline="At ten to seven", blurb=""),
        sheet.plan("kill", 1),
        sheet.plan("pin", 2),
        sheet.plan("move", 3, place=1),
        sheet.plan("retitle", title="Late briefing", intro="Good morning."),
    ]
    assert make_due(now=THEN - timedelta(seconds=1)) == ()
    assert sheet.edition.lock_version == version
    assert len(make_due(now=THEN)) == 5
    assert {state_of(each) for each in changes} == {(State.DONE, "")}
    assert [item.pk for item in sheet.items] == [fourth.pk, first.pk, third.pk]
    assert ItemWording.objects.get(item=first).headline == "At ten to seven"
    assert Item.objects.get(pk=third.pk).pinned
    assert Item.objects.get(pk=second.pk).killed
    assert (sheet.edition.title, sheet.edition.intro) == ("Late briefing", "Good morning.")
    assert sheet.edition.touched_by == sheet.ann
    version = sheet.edition.lock_version
    assert make_due(now=THEN) == ()
    assert sheet.edition.lock_version == version


def test_each_is_taken_back(sheet: Sheet) -> None:
    before = [item.pk for item in sheet.items]
    changes = [
        sheet.plan("reword", 0, headline="At ten to seven", blurb=""),
        sheet.plan("kill", 1),
        sheet.plan("pin", 2),
        sheet.plan("move", 3, place=1),
        sheet.plan("retitle", title="Late briefing", intro=""),
    ]
    title = sheet.edition.title
    make_due(now=THEN)
    for each in reversed(changes):
        undo_change(each.pk, member=sheet.ann, now=THEN)
    assert {item.pk for item in sheet.items} == set(before)
    assert sheet.edition.title == title
    assert not ItemWording.objects.exists()
    assert not Item.objects.filter(pinned=True).exists()
    with pytest.raises(EditionRefused, match="nothing to take back"):
        undo_change(changes[0].pk, member=sheet.ann, now=THEN)


def test_what_has_moved_on_is_refused_with_why_and_keeps_its_words(sheet: Sheet) -> None:
    first, second, third, fourth = sheet.items
    vera = editor("Vera")
    words = sheet.plan("reword", 0, headline="Mine", blurb="")
    killed = sheet.plan("kill", 1)
    moved = sheet.plan("move", 2, place=1)
    gone = sheet.plan("pin", 3)
    title = sheet.plan("retitle", title="Mine", intro="")
    curate.reword(sheet.pk, first.pk, "Vera’s", "", **sheet.by(vera))
    curate.kill(sheet.pk, second.pk, **sheet.by(vera))
    curate.move(sheet.pk, third.pk, 1, **sheet.by(vera))
    curate.retitle(sheet.pk, "Vera’s title", "", **sheet.by(vera))
    fourth.delete()
    assert len(make_due(now=THEN)) == 5
    reasons = [state_of(each) for each in (words, killed, moved, gone, title)]
    assert {state for state, _ in reasons} == {State.REFUSED}
    told = [reason for _, reason in reasons]
    assert "Vera’s" in told[0]
    assert told[1] == "It was killed already."
    assert told[2] == "Vera moved it meanwhile."
    assert "not in this edition any more" in told[3]
    assert "Vera’s title" in told[4]
    words.refresh_from_db()
    assert words.asked["headline"] == "Mine"
    assert AuditEntry.objects.filter(verb="refused a planned change of").count() == 5


def test_what_others_do_elsewhere_does_not_refuse_it(sheet: Sheet) -> None:
    change = sheet.plan("reword", 0, headline="Mine", blurb="")
    curate.kill(sheet.pk, sheet.items[2].pk, **sheet.by(editor("Vera")))
    make_due(now=THEN)
    assert state_of(change) == (State.DONE, "")


def test_two_moves_of_one_item_are_made_one_after_the_other(sheet: Sheet) -> None:
    before = [item.pk for item in sheet.items]
    there = sheet.plan("move", 3, place=1)
    back = sheet.plan("move", 3, place=2, at="2026-03-02T06:55")
    make_due(now=THEN)
    make_due(now=THEN + timedelta(minutes=5))
    assert state_of(there) == state_of(back) == (State.DONE, "")
    assert [item.pk for item in sheet.items] == [before[0], before[3], *before[1:3]]


def test_what_is_called_off_is_never_made(sheet: Sheet) -> None:
    change = sheet.plan("kill", 1)
    call_off(change.pk, member=editor("Vera"), now=NOW)
    assert make_due(now=THEN) == ()
    assert len(sheet.items) == 4
    made = sheet.plan("kill", 1)
    make_due(now=THEN)
    with pytest.raises(EditionRefused, match="made meanwhile"):
        call_off(made.pk, member=sheet.ann, now=THEN)


def test_an_approved_edition_refuses_it(sheet: Sheet) -> None:
    change = sheet.plan("kill", 1)
    approve.approve(sheet.pk, **sheet.by())
    make_due(now=THEN)
    state, reason = state_of(change)
    assert (state, "Take the approval back" in reason) == (State.REFUSED, True)


def test_who_may_not_curate_any_more_changes_nothing(sheet: Sheet) -> None:
    change = sheet.plan("kill", 1)
    Member.objects.filter(pk=sheet.ann.pk).update(is_active=False)
    make_due(now=THEN)
    assert state_of(change) == (State.REFUSED, "Who planned it may not change editions any more.")


def test_a_change_just_before_the_slot_is_in_what_goes(sheet: Sheet) -> None:
    Edition.objects.filter(pk=sheet.pk).update(touched_at=None)
    sheet.plan("reword", 0, at="2026-03-02T06:59", headline="At the last minute", blurb="")
    make_due(now=SLOT)
    approve.approve(sheet.pk, **sheet.by())
    publish_due(now=SLOT)
    frozen = sheet.edition.revisions.get().content
    assert frozen["items"][0]["headline"] == "At the last minute"


@pytest.mark.parametrize(
    ("kind", "place", "at", "asked", "told"),
    [
        ("kill", 0, "2026-03-02T06:30", {}, "time has passed"),
        ("kill", 0, "2026-03-02T07:00", {}, "The edition goes Mon 2 Mar at 07:00"),
        ("kill", 0, "tomorrow", {}, "Choose the day and the hour"),
        ("unpin", 0, AT, {}, "so already"),
        ("move", 0, AT, {"place": 1}, "stands at place 1 now"),
        ("move", 0, AT, {"place": 9}, "from 1 to 4"),
        ("nonsense", 0, AT, {}, "Choose what"),
        ("reword", 0, AT, {"headline": "x" * 201, "blurb": ""}, "200 is the most"),
        ("retitle", 0, AT, {"title": "", "intro": ""}, "needs a title"),
    ],
)
def test_what_cannot_be_planned_says_what_to_do(
    sheet: Sheet, kind: str, place: int, at: str, asked: dict[str, Any], told: str
) -> None:
    with pytest.raises(EditionRefused, match=told):
        sheet.plan(kind, place, at, **asked)
    assert not PlannedChange.objects.exists()


def test_an_error_of_one_holds_up_no_other(sheet: Sheet, monkeypatch: pytest.MonkeyPatch) -> None:
    broken, fine = sheet.plan("kill", 0), sheet.plan("pin", 1)

    def fails(*args: Any, **more: Any) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("digest.newsdesk.editions.later.make._FLAGS", {"kill": (fails, "")})
    make_due(now=THEN)
    assert "error of ours" in state_of(broken)[1]
    assert state_of(fine) == (State.DONE, "")


@pytest.mark.django_db(transaction=True)
def test_two_ticks_at_once_make_it_once() -> None:
    sheet = Sheet()
    sheet.plan("move", 3, place=2)

    def tick(_: int) -> int:
        try:
            return len(make_due(now=THEN))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(tick, range(4))) == 1
    assert AuditEntry.objects.filter(verb="moved").count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("cut_off", [None, timedelta(minutes=10)], ids=["slot", "cut-off"])
def test_an_edition_waits_for_the_worker_that_is_at_a_change_of_it(
    cut_off: timedelta | None,
) -> None:
    sheet = Sheet()
    change = sheet.plan("reword", 0, at="2026-03-02T06:49", headline="At last", blurb="")
    Edition.objects.filter(pk=sheet.pk).update(touched_at=None)
    Newsletter.objects.update(cut_off=cut_off)
    at_it, let_go = Event(), Event()

    def busy() -> None:
        try:
            with transaction.atomic():
                PlannedChange.objects.select_for_update().get(pk=change.pk)
                at_it.set()
                assert let_go.wait(60)
        finally:
            connection.close()

    moment = SLOT if cut_off is None else SLOT - timedelta(minutes=10)
    PlannedChange.objects.update(due_at=moment - timedelta(minutes=1))
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(busy)
        assert at_it.wait(60)
        assert make_due(now=moment) == ()
        publish_due(now=moment)
        assert sheet.edition.state == Edition.State.DRAFT
        let_go.set()
        other.result()
    assert make_due(now=moment) == (change.pk,)
    assert state_of(change) == (State.DONE, "")


def test_a_story_is_added_at_its_hour_once_and_taken_back(sheet: Sheet) -> None:
    late = story("A late one", ["S9"])
    by: dict[str, Any] = {"member": sheet.ann, "now": NOW}
    change = plan_change(sheet.pk, "add", {"story": late.pk}, AT, **by)
    assert change.says == "Add “A late one”"
    with pytest.raises(EditionRefused, match="planned already"):
        plan_change(sheet.pk, "add", {"story": late.pk}, AT, **by)
    with pytest.raises(EditionRefused, match="in this edition already"):
        plan_change(sheet.pk, "add", {"story": sheet.items[0].story_id}, AT, **by)
    with pytest.raises(EditionRefused, match="no such story"):
        plan_change(sheet.pk, "add", {"story": 0}, AT, **by)
    assert make_due(now=THEN - timedelta(seconds=1)) == ()
    assert make_due(now=THEN) == (change.pk,)
    assert make_due(now=THEN) == ()
    assert sheet.items[-1].story == late
    undo_change(change.pk, member=sheet.ann, now=THEN)
    assert late not in [item.story for item in sheet.items]


def test_a_story_that_came_in_by_hand_meanwhile_is_not_added_twice(sheet: Sheet) -> None:
    late = story("A late one", ["S9"])
    change = plan_change(sheet.pk, "add", {"story": late.pk}, AT, member=sheet.ann, now=NOW)
    curate.add(sheet.pk, late.pk, **sheet.by(editor("Vera")))
    make_due(now=THEN)
    assert state_of(change) == (State.REFUSED, "The story is in this edition already.")


def test_a_change_that_cannot_be_settled_keeps_no_edition(sheet: Sheet) -> None:
    sheet.plan("kill", 1, at="2026-03-02T06:50")
    publish_due(now=SLOT)
    assert sheet.edition.state == Edition.State.PUBLISHED


def test_what_goes_early_goes_as_it_stands_and_the_change_says_why_it_came_to_nothing(
    sheet: Sheet,
) -> None:
    change = sheet.plan("reword", 0, headline="Too late", blurb="")
    publish(sheet.pk, now=NOW, by=sheet.ann)
    make_due(now=THEN)
    make_due(now=SLOT)
    assert state_of(change) == (
        State.REFUSED, "It is published, and what was sent is kept as it was."
    )  # fmt: skip
    assert "Too late" not in str(sheet.edition.revisions.get().content)


def test_no_change_is_planned_for_after_the_rule_has_approved(sheet: Sheet) -> None:
    Newsletter.objects.update(cut_off=timedelta(minutes=15))
    with pytest.raises(EditionRefused, match="The rule approves it at 06:45"):
        sheet.plan("kill", 1)
    approve.stop_rule(sheet.pk, **sheet.by())
    assert sheet.plan("kill", 1).state == State.WAITING


def test_a_time_that_the_clocks_skip_is_refused_and_one_that_comes_twice_is_the_first() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    with pytest.raises(NoSuchTime, match="02:30 does not exist"):
        meant("2027-03-28T02:30", berlin)
    assert meant("2026-10-25T02:30", berlin) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert meant("2026-07-01T06:30", berlin) == datetime(2026, 7, 1, 4, 30, tzinfo=UTC)


def test_it_is_told_in_a_sentence() -> None:
    assert says("move", {"place": 2}, "A ferry") == "Move “A ferry” to place 2"
    assert says("reword", {"headline": "New"}, "A ferry") == "New words for “A ferry”: “New”"
    assert says("reword", {"headline": "", "blurb": ""}, "A") == "Our words back on “A”"
