"""Fan-out: everybody who may be written to, once; late ones wait for an editor."""

import threading
from datetime import timedelta
from weakref import WeakSet

import pytest
from django.db import connection

from digest.audience import recipients
from digest.audience.joining.subscribe import SignUp, subscribe
from digest.audience.models.schedules import Schedule, Signature, Slot, SlotBatch
from digest.kit.clock import now
from digest.models import (
    AlertRevision,
    Delivery,
    EditionRevision,
    Letter,
    Message,
    Send,
    Subscription,
    Topic,
)
from digest.newsdesk.editions.core.content import EditionContent
from digest.outbound.delivery.control import controls
from digest.outbound.delivery.control.sweep import sweep
from digest.outbound.delivery.ledger import partitions
from digest.outbound.delivery.planning import plan, wording
from digest.outbound.delivery.planning.fanout import fan_out
from digest.outbound.messages.message import Words
from digest.outbound.messages.newsroom import Newsroom
from tests.scenes import scene

pytestmark = pytest.mark.django_db


def planned_edition(count: int, *, at: object = None) -> int:
    newsletter = scene.newsletter()
    scene.readers(count, newsletter, now=now())
    frozen = scene.edition(newsletter, now=at or now())  # type: ignore[arg-type]
    return plan.plan_edition(frozen.edition_id, 1, now=now()).send_ids[0]


def test_each_reader_gets_one_row_and_the_words_are_rendered_once() -> None:
    send_id = planned_edition(40)
    done = fan_out(send_id, now=now())
    assert (done.total, done.first) == (40, True)
    assert Delivery.objects.filter(send_id=send_id).count() == 40
    assert Message.objects.count() == 1
    send = Send.objects.get(pk=send_id)
    assert (send.state, send.total) == ("running", 40)
    assert send.fanned_out_at is not None


def test_a_second_fan_out_adds_nobody() -> None:
    send_id = planned_edition(5)
    fan_out(send_id, now=now())
    scene.readers(5, send_newsletter(send_id), now=now())
    again = fan_out(send_id, now=now())
    assert (again.total, again.first) == (5, False)
    assert Delivery.objects.filter(send_id=send_id).count() == 5


def send_newsletter(send_id: int) -> object:
    from digest.models import Edition

    edition = Edition.objects.get(pk=Send.objects.get(pk=send_id).source_id)
    return edition.newsletter


def test_a_planner_that_believes_there_are_no_readers_is_told_better() -> None:
    """As autovacuum leaves it that counts a table while its first rows are not yet to be seen."""
    send_id = planned_edition(600)
    with connection.cursor() as cursor:
        believed = "UPDATE pg_class SET reltuples = 0, relpages = 1 WHERE oid = ANY(%s::regclass[])"
        cursor.execute(believed, [list(recipients.TABLES)])
        assert fan_out(send_id, now=now()).total == 600
        told = "SELECT reltuples FROM pg_class WHERE relname = 'digest_subscription'"
        cursor.execute(told)
        assert cursor.fetchone() == (600,)


@pytest.mark.django_db(transaction=True)
def test_two_fan_outs_at_once_make_one() -> None:
    send_id = planned_edition(300)
    results = []

    def work() -> None:
        results.append(fan_out(send_id, now=now()))
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done.first for done in results) == [False, False, False, True]
    assert Delivery.objects.filter(send_id=send_id).count() == 300


def test_a_send_that_missed_its_grace_waits_for_an_editor() -> None:
    send_id = planned_edition(3, at=now() - timedelta(minutes=31))
    assert fan_out(send_id, now=now()).held
    send = Send.objects.get(pk=send_id)
    assert send.state == "held"
    assert "release it or cancel it" in send.state_reason
    assert Delivery.objects.count() == 0
    controls.release_held(send_id, now=now())
    assert fan_out(send_id, now=now()).total == 3


def test_an_alert_an_hour_late_asks_first() -> None:
    scene.readers(1, None, now=now())
    frozen = scene.alert(now=now() - timedelta(minutes=61))
    for send_id in plan.plan_alert(frozen.alert_id, 1, now=now()).send_ids:
        assert fan_out(send_id, now=now()).held


def test_words_that_cannot_be_made_hold_the_send(monkeypatch: pytest.MonkeyPatch) -> None:
    send_id = planned_edition(3)

    def broken(*args: object) -> None:
        raise ValueError("nothing to say")

    monkeypatch.setattr(wording, "render_edition", broken)
    assert fan_out(send_id, now=now()).held
    assert "nothing to say" in Send.objects.get(pk=send_id).state_reason


def test_a_withdrawal_goes_to_those_who_may_have_got_the_alert() -> None:
    send = scene.running_alert(3, now=now())
    rows = list(Delivery.objects.filter(send_id=send.pk).order_by("address_id"))
    mark(rows[0], state=Delivery.State.SENT, sent_at=now())
    mark(rows[1], state=Delivery.State.UNKNOWN)
    alert = AlertRevision.objects.get().alert
    scene.alert_revision(alert, 2, AlertRevision.Kind.WITHDRAWAL, now=now())
    ids = plan.plan_alert(alert.pk, 2, now=now()).send_ids
    second = Send.objects.get(pk__in=ids, channel="email")
    fan_out(second.pk, now=now())
    reached = Delivery.objects.filter(send_id=second.pk).values_list("address_id", flat=True)
    assert set(reached) == {rows[0].address_id, rows[1].address_id}


def test_a_withdrawal_reads_no_range_of_the_ledger_but_its_alerts() -> None:
    scene.running_alert(3, now=now())
    (other,) = partitions.ensure(7 * partitions.SPAN, ahead=0).made
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO digest_delivery"
            " (send_id, address_id, message_id, state, attempts, sent_at)"
            " SELECT %s, n, 1, 3, 1, now() FROM generate_series(1, 2000) n",
            [7 * partitions.SPAN],
        )
        # What the planner chooses by itself once there are many.
        cursor.execute("SET LOCAL enable_nestloop = off")
    before = looks_at(other)
    alert = AlertRevision.objects.get().alert
    scene.alert_revision(alert, 2, AlertRevision.Kind.WITHDRAWAL, now=now())
    ids = plan.plan_alert(alert.pk, 2, now=now()).send_ids
    fan_out(Send.objects.get(pk__in=ids, channel="email").pk, now=now())
    assert looks_at(other) == before


def looks_at(table: str) -> int:
    """How often a table was read so far in this transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(seq_scan, 0) + coalesce(idx_scan, 0)"
            " FROM pg_stat_xact_user_tables WHERE relname = %s",
            [table],
        )
        return int(cursor.fetchone()[0])


def test_a_correction_does_not_wait_until_the_wrong_ones_rows_are_marked() -> None:
    wrong = scene.running_alert(3, now=now())
    alert = AlertRevision.objects.get().alert
    scene.alert_revision(alert, 2, AlertRevision.Kind.CORRECTION, now=now())
    plan.plan_alert(alert.pk, 2, now=now())
    wrong.refresh_from_db()
    assert wrong.state == Send.State.CANCELLED
    rows = Delivery.objects.filter(send_id=wrong.pk)
    assert rows.filter(state=Delivery.State.PENDING).count() == 3
    sweep(now=now())
    assert rows.filter(state=Delivery.State.CANCELLED).count() == 3


def mark(row: Delivery, **fields: object) -> None:
    Delivery.objects.filter(send_id=row.send_id, address_id=row.address_id).update(**fields)


def test_a_confirmation_goes_to_its_one_unverified_address() -> None:
    scene.newsletter()
    moment = now()
    subscribe(SignUp("email", "new@readers.example", newsletters=("top-reads",)), now=moment)
    (send_id,) = plan.plan_service(Letter.objects.get().pk, now=moment).send_ids
    assert fan_out(send_id, now=now()).total == 1
    assert "Top reads" in str(Message.objects.get().words)


def test_each_reader_of_a_batch_gets_the_edition_of_their_topics() -> None:
    moment = now()
    newsletter = scene.newsletter()
    editions = [scene.edition(newsletter, now=moment - timedelta(hours=each)) for each in (0, 1)]
    batch = SlotBatch.objects.create(channel="email", due_at=moment, created_at=moment)
    topic = Topic.objects.create(**topic_fields())
    for number, frozen in enumerate([editions[0], editions[0], editions[1]]):
        slot_of(number, frozen.edition_id, batch, topic)
    (send_id,) = plan.plan_slot_batch(batch.pk, now=moment).send_ids
    assert fan_out(send_id, now=moment).total == 3
    assert Message.objects.count() == 2
    rows = Delivery.objects.filter(send_id=send_id).select_related("message")
    told = [row.message.source_id for row in rows.order_by("address_id")]
    assert told == [frozen.edition_id for frozen in (editions[0], editions[0], editions[1])]


def test_what_a_batch_says_is_held_a_part_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each in its latest revision; never all of an hour's editions at once."""
    moment, newsletter = now(), scene.newsletter()
    made = [scene.edition(newsletter, now=moment - timedelta(hours=each)) for each in range(9)]
    last = made[4]
    EditionRevision.objects.create(
        edition_id=last.edition_id, revision=2, content=last.content | {"title": "Put right"},
        published_at=moment, published_by="an editor",
    )  # fmt: skip
    alive, most = WeakSet[EditionRevision](), list[int]()
    initial = EditionRevision.__init__

    def noted(self: EditionRevision, *args: object, **named: object) -> None:
        initial(self, *args, **named)
        alive.add(self)
        most.append(len(alive))

    ids = [each.edition_id for each in made]
    del made, last
    monkeypatch.setattr(EditionRevision, "__init__", noted)
    monkeypatch.setattr(wording, "_AT_ONCE", 2)
    found = wording.of_personal_editions(ids, "email", now=moment)
    assert sorted(found) == sorted(ids)
    # Two parts, where one ends and the next begins, and the revision that counts no more.
    assert max(most) <= 5
    told = Message.objects.filter(pk__in=found.values()).order_by("source_id")
    assert [each.revision for each in told] == [1, 1, 1, 1, 2, 1, 1, 1, 1]
    assert wording.of_personal_editions(ids, "email", now=moment) == found


def test_what_another_has_worded_meanwhile_is_not_worded_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It waits for the other's first words; by then all of them are there."""
    moment, newsletter = now(), scene.newsletter()
    ids = [
        scene.edition(newsletter, now=moment - timedelta(hours=each)).edition_id
        for each in range(6)
    ]
    worded, plain = list[str](), wording.render_edition

    def noted(content: EditionContent, channel: str, room: Newsroom) -> Words:
        if not worded:
            worded.append(content.public_id)
            wording.of_personal_editions(ids, "email", now=moment)
            worded.clear()
        worded.append(content.public_id)
        return plain(content, channel, room)

    monkeypatch.setattr(wording, "_AT_ONCE", 2)
    monkeypatch.setattr(wording, "render_edition", noted)
    found = wording.of_personal_editions(ids, "email", now=moment)
    assert sorted(found) == sorted(ids)
    assert len(worded) == 2  # the part that was in hand
    assert Message.objects.count() == 6


def topic_fields() -> dict[str, object]:
    names = {field.name for field in Topic._meta.concrete_fields}
    wanted = {"slug": "korea", "name": "Korean peninsula relations", "query": "korea"}
    return {name: value for name, value in wanted.items() if name in names}


def slot_of(number: int, edition_id: int, batch: SlotBatch, topic: Topic) -> Slot:
    wish = scene.reader(None, f"reader{number}@readers.example", now=now())
    Subscription.objects.filter(pk=wish.pk).update(alerts=False, topic=topic)
    schedule = Schedule.objects.create(
        subscriber=wish.subscriber,
        address=wish.address,
        channel="email",
        local_time="07:00",
        time_zone="UTC",
    )
    signature, _ = Signature.objects.get_or_create(
        key="0" * 64, defaults={"topics": [topic.pk], "language": "en"}
    )
    return Slot.objects.create(
        schedule=schedule,
        local_date=now().date(),
        due_at=now(),
        window_start=now() - timedelta(days=1),
        window_end=now(),
        signature=signature,
        edition_id=edition_id,
        batch=batch,
        state=Slot.State.BATCHED,
    )
