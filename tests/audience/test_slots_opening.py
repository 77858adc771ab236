"""Personal digests fall due once per reader and date, whoever opens them and however late."""

import re
import threading
from datetime import UTC, datetime, time, timedelta
from itertools import combinations, groupby, pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from digest.audience import recipients
from digest.audience.core.alert_rules import AlertAim, AlertRules
from digest.audience.leaving.suppress import suppress
from digest.audience.preferring.alert_rules import set_alert_rules
from digest.audience.preferring.prefer import Preferences, prefer
from digest.audience.schedules.batches import batch_ready
from digest.audience.schedules.opening import open_slots, slots_composed, slots_waiting
from digest.models import (
    Edition,
    Schedule,
    Slot,
    SlotBatch,
    Subscriber,
    Suppression,
    Topic,
)
from tests.audience.conftest import Newsroom

pytestmark = pytest.mark.django_db
JOINED = datetime(2026, 11, 23, 12, tzinfo=UTC)
DUE = datetime(2026, 11, 24, 7, tzinfo=UTC)
DAY = timedelta(days=1)


def ask(query: recipients.Query) -> list[tuple]:
    """The rows of a recipients query, which must have the agreed columns."""
    with connection.cursor() as cursor:
        cursor.execute(query.sql, query.params)
        assert [column.name for column in cursor.description[:5]] == [
            "address_id", "subscription_id", "slot_id", "edition_id", "language",
        ]  # fmt: skip
        return [row[:5] for row in cursor.fetchall()]


def personal_edition(wanted) -> Edition:
    return Edition.objects.create(
        signature_key=wanted.signature_key,
        local_date=wanted.local_date,
        slot_at=wanted.slot_at,
        window_start=wanted.window_start,
        window_end=wanted.window_end,
        title=wanted.title,
        state="published",
    )


def test_readers_of_the_same_topics_share_one_edition(newsroom) -> None:
    for name in ("ann", "bob"):
        newsroom.reader(f"{name}@example.org", JOINED, topics=("korea", "trade"))
    newsroom.reader("eve@example.org", JOINED, topics=("korea",))
    assert open_slots(now=DUE - timedelta(seconds=1)) == ()
    assert len(open_slots(now=DUE)) == 3
    assert open_slots(now=DUE) == ()
    shared, alone = sorted(slots_waiting(now=DUE), key=lambda each: -len(each.slot_ids))
    assert len(shared.slot_ids) == 2 and len(alone.slot_ids) == 1
    assert shared.title == "Korean peninsula relations and Trade and shipping"
    assert shared.topic_ids == (newsroom.korea.pk, newsroom.trade.pk)
    assert (shared.window_start, shared.window_end) == (DUE - DAY, DUE)
    assert (shared.slot_at, shared.local_date.isoformat()) == (DUE, "2026-11-24")


def test_from_a_due_schedule_to_a_batch_and_its_recipients(newsroom) -> None:
    ann = newsroom.reader("ann@example.org", JOINED, topics=("korea",))
    newsroom.reader("bob@example.org", JOINED, topics=("trade",))
    open_slots(now=DUE)
    korea, trade = sorted(slots_waiting(now=DUE), key=lambda each: each.topic_ids)
    edition = personal_edition(korea)
    assert slots_composed(korea.slot_ids, edition.pk, now=DUE) == 1
    assert slots_composed(trade.slot_ids, None, now=DUE) == 1
    assert slots_composed(korea.slot_ids, None, now=DUE) == 0
    assert slots_waiting(now=DUE) == ()
    (batch,) = batch_ready(now=DUE)
    assert batch_ready(now=DUE) == ()
    assert SlotBatch.objects.get().channel == "email" and SlotBatch.objects.get().due_at == DUE
    slot = Slot.objects.get(state="batched")
    assert ask(recipients.for_slot_batch(batch)) == [(ann.pk, None, slot.pk, edition.pk, "en")]
    assert sorted(Slot.objects.values_list("state", flat=True)) == ["batched", "empty"]
    prefer(ann.pk, Preferences(newsletters=("morning",)), now=DUE)
    assert ask(recipients.for_slot_batch(batch)) == []


def test_after_an_outage_one_digest_covers_it_all(newsroom) -> None:
    newsroom.reader(now=JOINED, topics=("korea",))
    open_slots(now=DUE)
    slots_composed([Slot.objects.get().pk], None, now=DUE)
    back = DUE + 4 * DAY + timedelta(hours=3)
    (slot_id,) = open_slots(now=back)
    slot = Slot.objects.get(pk=slot_id)
    assert slot.due_at == DUE + 4 * DAY
    assert (slot.window_start, slot.window_end) == (DUE, DUE + 4 * DAY)
    states = list(Slot.objects.order_by("local_date").values_list("state", flat=True))
    assert states == ["empty", "missed", "missed", "missed", "open"]
    assert Schedule.objects.get().next_due_at == DUE + 5 * DAY


def test_a_slot_nobody_came_to_send_hands_its_window_to_the_next(newsroom) -> None:
    newsroom.reader(now=JOINED, topics=("korea",))
    open_slots(now=DUE)
    (second,) = open_slots(now=DUE + DAY)
    assert Slot.objects.get(pk=second).window_start == DUE - DAY
    assert list(Slot.objects.order_by("pk").values_list("state", flat=True)) == ["missed", "open"]


def test_a_reader_who_may_not_be_written_to_gets_no_slot(newsroom) -> None:
    for name, reason in (("ann", "bounce"), ("bob", "complaint")):
        address = newsroom.reader(f"{name}@example.org", JOINED, topics=("korea",))
        suppress(address.pk, Suppression.Reason(reason), now=JOINED)
    Schedule.objects.update(is_active=True, next_due_at=DUE)
    assert open_slots(now=DUE) == ()
    assert not Schedule.objects.filter(is_active=True).exists()


def test_windows_join_into_summer_time(newsroom) -> None:
    newsroom.reader(
        now=JOINED, topics=("korea",), local_time=time(2, 30), time_zone="America/New_York"
    )
    for _ in range(116):
        schedule = Schedule.objects.get()
        assert len(open_slots(now=schedule.next_due_at)) == 1
        slots_composed(Slot.objects.filter(state="open").values_list("pk", flat=True), None,
                       now=DUE)  # fmt: skip
    windows = list(Slot.objects.order_by("due_at").values_list("window_start", "window_end"))
    assert len(windows) == 116
    assert all(before[1] == after[0] for before, after in pairwise(windows))


@pytest.mark.django_db(transaction=True)
def test_two_openers_at_once_open_each_slot_once() -> None:
    newsroom = Newsroom()
    for number in range(30):
        newsroom.reader(f"reader{number}@example.org", JOINED, topics=("korea",))
    barrier, opened, failures = threading.Barrier(4), [], []

    def run() -> None:
        try:
            barrier.wait(10)
            for _ in range(4):
                opened.extend(open_slots(now=DUE, limit=10))
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    def in_threads() -> None:
        threads = [threading.Thread(target=run) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)

    in_threads()
    assert not failures
    opened += open_slots(now=DUE)
    assert len(opened) == len(set(opened)) == Slot.objects.count() == 30

    (wanted,) = slots_waiting(now=DUE)
    slots_composed(wanted.slot_ids, personal_edition(wanted).pk, now=DUE)
    batches: list[int] = []

    def batch() -> None:
        try:
            barrier.wait(10)
            batches.extend(batch_ready(now=DUE, limit=10))
        finally:
            connection.close()

    threads = [threading.Thread(target=batch) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    batches += batch_ready(now=DUE)
    found = [row for each in batches for row in ask(recipients.for_slot_batch(each))]
    assert len(found) == len({row[0] for row in found}) == 30


def test_signatures_are_written_last_and_in_one_order(newsroom: Newsroom) -> None:
    """Two openers meet at them: in other orders each would wait for what the other holds."""
    slugs = [f"topic-{number}" for number in range(7)]
    for slug in slugs:
        Topic.objects.create(slug=slug, name=slug, query=slug)
    for number, pair in enumerate(combinations(slugs, 2)):
        newsroom.reader(f"reader{number}@example.org", JOINED, topics=pair)
    with CaptureQueriesContext(connection) as asked:
        assert len(open_slots(now=DUE)) == 21
    written = [
        each["sql"]
        for each in asked.captured_queries
        if re.match(r"\s*(INSERT INTO|COPY|UPDATE)", each["sql"])
    ]
    keys = re.findall(r'"key": "([0-9a-f]{64})"', written[-1])
    assert len(keys) == 21 and keys == sorted(keys)


def test_recipients_are_verified_unsuppressed_and_active(newsroom) -> None:
    ann = newsroom.reader("ann@example.org", JOINED, newsletters=("morning",), alerts=True)
    bob = newsroom.reader("bob@example.org", JOINED, newsletters=("morning",), alerts=True)
    from digest.audience.joining.subscribe import SignUp, subscribe

    wish = SignUp("email", "new@example.org", newsletters=("morning",), alerts=True)
    waiting = subscribe(wish, now=JOINED).address_id
    Subscriber.objects.filter(pk=ann.subscriber_id).update(locale="fr")
    for query in (
        recipients.for_newsletter(newsroom.morning.pk, "email"),
        recipients.for_alerts("email", AlertAim(), now=JOINED),
    ):
        rows = ask(query)
        assert {(row[0], row[4]) for row in rows} == {(ann.pk, "fr"), (bob.pk, "en")}
        assert all(row[1] and row[2] is None and row[3] is None for row in rows)
    assert ask(recipients.for_alerts("whatsapp", AlertAim(), now=JOINED)) == []
    assert ask(recipients.for_service(waiting)) == [(waiting, None, None, None, "en")]
    prefer(ann.pk, Preferences(newsletters=("morning",), paused_until=JOINED + DAY), now=JOINED)
    suppress(bob.pk, Suppression.Reason.BOUNCE, now=JOINED)
    assert ask(recipients.for_newsletter(newsroom.morning.pk, "email")) == []
    assert ask(recipients.for_alerts("email", AlertAim(), now=JOINED)) == []
    assert ask(recipients.for_service(bob.pk)) == []


@pytest.mark.parametrize(
    ("rules", "told_of_all"),
    [
        (AlertRules(), True),
        (AlertRules(quiet=(time(22), time(7))), True),
        (AlertRules(topics=frozenset({1})), False),
        (AlertRules(biggest_only=True), False),
        (AlertRules(most_a_day=1), False),
    ],
)
def test_only_who_is_sent_every_alert_counts_as_told_by_alerts(
    newsroom, rules: AlertRules, told_of_all: bool
) -> None:
    """Whose rules had dropped one never heard of its story: the digest left it out as well."""
    ann = newsroom.reader("ann@example.org", JOINED, topics=("korea",), alerts=True)
    newsroom.reader("bob@example.org", JOINED, topics=("korea",), alerts=True)
    set_alert_rules(ann.pk, rules)
    open_slots(now=DUE)
    waiting = slots_waiting(now=DUE)
    assert {each.alerts for each in waiting} == {True, told_of_all}
    assert sum(len(each.slot_ids) for each in waiting) == 2


def test_what_reaches_a_reader_beside_the_digest_and_what_they_had_before_make_its_signature(
    newsroom,
) -> None:
    ann = newsroom.reader("ann@example.org", JOINED, topics=("korea",), newsletters=("morning",))
    newsroom.reader("bob@example.org", JOINED, topics=("korea",))
    open_slots(now=DUE)
    with_letter, alone = sorted(slots_waiting(now=DUE), key=lambda each: -len(each.newsletter_ids))
    assert with_letter.newsletter_ids == (newsroom.morning.pk,)
    assert alone.newsletter_ids == ()
    for wanted in (with_letter, alone):
        slots_composed(wanted.slot_ids, personal_edition(wanted).pk, now=DUE)
    batch_ready(now=DUE)
    # Ann leaves the newsletter: what she had before still counts, so she stands apart from Bob.
    prefer(ann.pk, Preferences(topics=("korea",)), now=DUE)
    tomorrow = DUE + DAY
    open_slots(now=tomorrow)
    waiting = slots_waiting(now=tomorrow)
    assert len(waiting) == 2
    (hers,) = [each for each in waiting if with_letter.signature_key in each.had_keys]
    assert alone.signature_key in hers.had_keys
    (his,) = [each for each in waiting if each is not hers]
    assert his.signature_key == alone.signature_key


def test_an_empty_slot_keeps_why(newsroom) -> None:
    newsroom.reader("ann@example.org", JOINED, topics=("korea",))
    open_slots(now=DUE)
    (wanted,) = slots_waiting(now=DUE)
    slots_composed(wanted.slot_ids, None, now=DUE, reason="Nothing new in fr.")
    assert list(Slot.objects.values_list("state", "reason")) == [("empty", "Nothing new in fr.")]


def test_those_of_the_same_topics_and_languages_are_one_worker_s_one_after_the_other(
    newsroom: Newsroom,
) -> None:
    """Whatever else parts their readers: most of them will be told the same."""
    number = 0
    for topics in (("korea",), ("trade",), ("korea", "trade")):
        for languages in (("en",), ("ko", "en"), ("fr",)):
            for newsletters in ((), ("morning",)):
                number += 1
                newsroom.reader(
                    f"reader{number}@example.org", JOINED, topics=topics, languages=languages,
                    newsletters=newsletters,
                )  # fmt: skip
    open_slots(now=DUE)
    lanes = [slots_waiting(now=DUE, lane=(each, 4)) for each in range(4)]
    assert sum(map(len, lanes)) == len(slots_waiting(now=DUE)) == number
    assert sum(1 for lane in lanes if lane) > 1
    told = [[(each.topic_ids, each.languages) for each in lane] for lane in lanes]
    assert sum(len(set(lane)) for lane in told) == number / 2
    for lane in told:
        assert [one for one, _ in groupby(lane)] == list(dict.fromkeys(lane))
