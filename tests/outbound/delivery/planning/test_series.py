"""A series: who enters it, what comes when, what waits for a day with room, and where it stops."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.audience.core.series_plan import SeriesPlan, StepPlan, read_series
from digest.audience.lists.import_readers import import_csv
from digest.audience.notes.handing import HandedOver, hand_over
from digest.audience.notes.series import (
    StaleSeries,
    advance,
    define_series,
    enrol,
    mark_of,
    plan_of,
    run_series,
    standing,
)
from digest.models import (
    Address,
    AuditEntry,
    Member,
    Message,
    Newsletter,
    Note,
    Send,
    Series,
    Subscriber,
    Subscription,
)
from digest.outbound.delivery.figures.history import sent_to
from digest.outbound.delivery.planning.fanout import fan_out
from digest.outbound.delivery.planning.notes import had_since
from digest.outbound.delivery.planning.plan import plan_edition, plan_missing
from digest.outbound.delivery.sending.send import send_some
from tests.audience.conftest import KINDS
from tests.scenes import scene
from tests.scenes.scripted import Scripted
from tests.web import desk_day

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
STEPS = (
    StepPlan(0, "How we work", "We <ask> twice.\n\nAnd correct in public.", "", ""),
    StepPlan(3, "Three reads to keep", "The best of the year.", "Read them", "https://m.example/"),
)
PLAN = SeriesPlan("First weeks", "newsletters:top-reads", "en", time(9), STEPS)


@pytest.fixture
def newsletter() -> Newsletter:
    return scene.newsletter(days="7", local_time=time(6))


@pytest.fixture
def series(newsletter: Newsletter) -> Series:
    """It runs since an hour before :data:`NOW`."""
    member = desk_day.member()
    made = define_series("first-weeks", PLAN, base=mark_of(None), now=NOW, member=member)
    run_series("first-weeks", runs=True, now=NOW - timedelta(hours=1), member=member)
    return Series.objects.get(pk=made.pk)


def tick(now: datetime, channels: tuple[str, ...] = ("email",)) -> HandedOver:
    """What the worker does each minute."""
    enrol(now=now)
    advance(now=now)
    return hand_over(now=now, had_since=had_since, channels=channels)


def sent(now: datetime) -> Scripted:
    """What goes out of what was handed over."""
    channel = Scripted()
    for send_id in plan_missing(now=now, kinds={Send.Kind.SERIES}).send_ids:
        fan_out(send_id, now=now)
        send_some(send_id, channel=channel)
    return channel


def test_who_confirms_gets_its_messages_some_days_apart(
    newsletter: Newsletter, series: Series
) -> None:
    scene.reader(newsletter, "ann@example.org", now=NOW)
    assert tick(NOW).batches == ()
    due = datetime(2026, 11, 24, 9, tzinfo=UTC)  # nine of that day has passed
    assert Note.objects.get().due_at == due
    assert len(tick(due).batches) == 1
    (copy,) = sent(due).copies
    assert copy.words.fields["subject"] == "How we work"
    assert "We &lt;ask&gt; twice.</p>" in copy.words.fields["html"]
    assert copy.words.fields["list_id"] == "first-weeks.series.digest.example" or copy.words.fields[
        "list_id"
    ].startswith("first-weeks.series.")
    assert copy.links.unsubscribe and copy.links.preferences
    assert tick(due + timedelta(days=2)).batches == ()
    later = due + timedelta(days=3)
    tick(later)
    (copy,) = sent(later).copies
    assert 'href="https://m.example/"' in copy.words.fields["html"]
    assert tick(later + timedelta(days=9)).batches == ()
    reader = Subscriber.objects.get()
    assert [each.subject for each in sent_to(reader.pk, now=later)] == [
        "Three reads to keep", "How we work",
    ]  # fmt: skip
    assert [(each.waiting, each.planned) for each in standing(series)] == [(0, 1), (0, 1)]


def test_readers_of_before_of_lists_and_of_other_languages_do_not_enter(
    newsletter: Newsletter, series: Series
) -> None:
    scene.reader(newsletter, "old@example.org", now=NOW - timedelta(days=2))
    french = scene.reader(newsletter, "fr@example.org", now=NOW)
    Subscriber.objects.filter(pk=french.subscriber_id).update(locale="fr", languages=["fr"])
    import_csv(
        ["address,newsletters\n", "list@example.org,top-reads\n"],
        kinds=KINDS, basis="They asked.", place="t", now=NOW,
    )  # fmt: skip
    tick(NOW + timedelta(days=1))
    assert not Note.objects.exists()


def test_it_stops_when_they_leave_and_waits_while_they_rest(
    newsletter: Newsletter, series: Series
) -> None:
    gone = scene.reader(newsletter, "gone@example.org", now=NOW)
    rests = scene.reader(newsletter, "rests@example.org", now=NOW)
    tick(NOW)
    Subscription.objects.filter(pk=gone.pk).update(
        state="ended", ended_at=NOW, ended_reason="reader"
    )
    Subscription.objects.filter(pk=rests.pk).update(state="paused")
    due = NOW + timedelta(days=1)
    assert tick(due).dropped == 1
    states = dict(Note.objects.values_list("subscription", "state"))
    assert states == {gone.pk: "dropped", rests.pk: "waiting"}
    Subscription.objects.filter(pk=rests.pk).update(state="active")
    assert len(tick(due).batches) == 1


def test_who_left_after_it_was_handed_over_gets_nothing(
    newsletter: Newsletter, series: Series
) -> None:
    wish = scene.reader(newsletter, "ann@example.org", now=NOW)
    tick(NOW)
    due = NOW + timedelta(days=1)
    tick(due)
    Subscription.objects.filter(pk=wish.pk).update(
        state="ended", ended_at=NOW, ended_reason="reader"
    )
    assert sent(due).copies == []


def test_a_full_day_puts_it_off_and_two_weeks_of_them_are_written_down(
    newsletter: Newsletter, series: Series, settings: Any
) -> None:
    settings.DIGEST_MOST_MAILS_A_DAY = 1
    scene.reader(newsletter, "ann@example.org", now=NOW)
    tick(NOW)
    due = datetime(2026, 11, 24, 9, tzinfo=UTC)
    frozen = scene.edition(newsletter, now=due - timedelta(hours=1))
    for send_id in plan_edition(frozen.edition_id, 1, now=due - timedelta(hours=1)).send_ids:
        fan_out(send_id, now=due - timedelta(hours=1))
    assert tick(due).put_off == 1
    note = Note.objects.get()
    assert (note.state, note.due_at) == ("waiting", due + timedelta(days=1))
    Note.objects.update(first_due_at=due - timedelta(days=15), due_at=due)
    assert tick(due).dropped == 1
    assert Note.objects.get().reason == "The reader's days were full for two weeks."


def test_a_newsletter_that_is_still_to_come_today_takes_its_room(
    newsletter: Newsletter, series: Series, settings: Any
) -> None:
    settings.DIGEST_MOST_MAILS_A_DAY = 1
    scene.reader(newsletter, "ann@example.org", now=NOW)
    tick(NOW)
    Newsletter.objects.update(days="1234567", local_time=time(20))
    assert tick(datetime(2026, 11, 24, 9, tzinfo=UTC)).put_off == 1


def test_two_messages_of_one_reader_share_the_days_room(
    newsletter: Newsletter, series: Series, settings: Any
) -> None:
    settings.DIGEST_MOST_MAILS_A_DAY = 1
    member = desk_day.member("Bo Li")
    define_series("other", PLAN, base=mark_of(None), now=NOW, member=member)
    run_series("other", runs=True, now=NOW - timedelta(hours=1), member=member)
    scene.reader(newsletter, "ann@example.org", now=NOW)
    tick(NOW)
    done = tick(NOW + timedelta(days=1))
    assert (len(done.batches), done.put_off) == (1, 1)


def test_a_channel_without_series_leaves_word(newsletter: Newsletter, series: Series) -> None:
    scene.reader(newsletter, "ann@example.org", now=NOW)
    tick(NOW)
    assert tick(NOW + timedelta(days=1), channels=()).dropped == 1
    assert Note.objects.get().reason == "The channel carries no such message."


def test_while_it_rests_nothing_goes_and_nobody_enters(
    newsletter: Newsletter, series: Series
) -> None:
    scene.reader(newsletter, "ann@example.org", now=NOW)
    tick(NOW)
    member = desk_day.member("Bo Li")
    assert run_series("first-weeks", runs=False, now=NOW, member=member)
    assert tick(NOW + timedelta(days=2)) == HandedOver()
    assert Note.objects.get().state == "waiting"
    verbs = AuditEntry.objects.order_by("pk").values_list("verb", flat=True)
    assert [*verbs] == ["made", "started", "stopped"]


def test_what_went_keeps_its_words_and_what_waits_gets_the_new_ones(
    newsletter: Newsletter, series: Series
) -> None:
    scene.reader(newsletter, "ann@example.org", now=NOW)
    tick(NOW)
    due = NOW + timedelta(days=1)
    tick(due)
    sent(due)
    first = plan_of(Series.objects.get()).steps[0].step_id
    anew = StepPlan(0, "Anew", "Other words.", step_id=first)
    changed = SeriesPlan(PLAN.name, PLAN.begins_with, "en", time(9), (anew, STEPS[1]))
    member = desk_day.member("Bo Li")
    with pytest.raises(StaleSeries):
        define_series("first-weeks", changed, base="seen long ago", now=due, member=member)
    base = mark_of(plan_of(Series.objects.get()))
    define_series("first-weeks", changed, base=base, now=due, member=member)
    scene.reader(newsletter, "bea@example.org", now=due)
    later = due + timedelta(days=1)
    tick(later)
    assert [copy.words.fields["subject"] for copy in sent(later).copies] == ["Anew"]
    assert Message.objects.filter(kind="series").count() == 2


def test_readers_of_its_language_enter_whoever_stands_before_them(
    newsletter: Newsletter, series: Series, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digest.audience.notes.series._AT_ONCE", 2)
    for number, (locale, reads) in enumerate(
        [("fr", ["fr"]), ("ko", []), ("fr", []), ("eng", []), ("en-GB", []), ("fr", ["fr", "en"])]
    ):
        wish = scene.reader(newsletter, f"{number}@example.org", now=NOW)
        Subscriber.objects.filter(pk=wish.subscriber_id).update(locale=locale, languages=reads)
    assert enrol(now=NOW) == 2 and enrol(now=NOW) == 0
    named = Note.objects.order_by("address").values_list("address__value", flat=True)
    assert [*named] == ["4@example.org", "5@example.org"]


A, B, C = (StepPlan(1, name, f"Words of {name}.") for name in "ABC")
X = StepPlan(1, "X", "Put in later.")


def lettered(*steps: StepPlan, now: datetime = NOW) -> None:
    """The series is of these messages from now on, as an editor's page sends them."""
    stands = plan_of(Series.objects.get())
    known = {each.subject: each.step_id for each in stands.steps}
    plan = replace(
        stands, steps=tuple(replace(each, step_id=known.get(each.subject, 0)) for each in steps)
    )
    define_series("first-weeks", plan, base=mark_of(stands), now=now, member=anybody())


def anybody() -> Member:
    """The member who made it."""
    return Member.objects.order_by("pk")[0]


def went(day: int) -> list[str]:
    """What goes on the mornings until that day after the sign-up."""
    found = []
    for each in range(day):
        tick(NOW + timedelta(days=each))
        found += [copy.words.fields["subject"] for copy in sent(NOW + timedelta(days=each)).copies]
    return found


@pytest.mark.parametrize(
    ("days", "then", "all_of_it"),
    [
        (3, (A, X, B, C), "ABC"),  # they had what stands behind it
        (3, (A, B, X, C), "ABXC"),  # C waited for them already
        (3, (A, B, C, X), "ABCX"),
        (3, (B, C), "ABC"),
        (3, (A, C), "ABC"),
        (3, (C,), "ABC"),
        (3, (A, B), "AB"),
        (3, (X, C), "ABXC"),
        (1, (B, C), "BC"),  # A only waited for them
        (1, (X, A, B, C), "XABC"),
        (9, (A, X, C), "ABC"),
    ],
)
def test_readers_in_the_middle_neither_repeat_nor_skip(
    newsletter: Newsletter, series: Series, days: int, then: tuple[StepPlan, ...], all_of_it: str
) -> None:
    lettered(A, B, C)
    scene.reader(newsletter, "ann@example.org", now=NOW)
    before = went(days)
    advance(now=NOW + timedelta(days=days))
    lettered(*then, now=NOW + timedelta(days=days))
    assert "".join(before + went(14)) == all_of_it


def test_what_an_editor_moves_by_hand_stays_the_message_it_is(
    newsletter: Newsletter, series: Series
) -> None:
    """Without the page's button: the words of all that follow are typed one field further down."""
    lettered(A, B)
    scene.reader(newsletter, "ann@example.org", now=NOW)
    assert went(3) == ["A", "B"]
    stands = plan_of(series)
    a, b = (each.step_id for each in stands.steps)
    typed = (replace(A, step_id=a), replace(X, step_id=b), B)
    plan = replace(stands, steps=typed)
    define_series("first-weeks", plan, base=mark_of(stands), now=NOW, member=anybody())
    assert went(14) == []


def test_erasing_a_reader_takes_their_notes_along(newsletter: Newsletter, series: Series) -> None:
    scene.reader(newsletter, "ann@example.org", now=NOW)
    tick(NOW)
    Address.objects.all().delete()
    assert not Note.objects.exists()


@given(
    st.dictionaries(
        st.sampled_from(["name", "begins_with", "language", "local_time"]), st.text(max_size=200)
    ),
    st.lists(st.dictionaries(st.sampled_from(["wait_days", "subject", "body"]), st.text())),
)
def test_no_form_raises(texts: dict[str, str], steps: list[dict[str, str]]) -> None:
    plan, wrong = read_series(texts, steps, offered=["topics:korea"])
    assert (plan is None) == bool(wrong)
