"""What quiet hours held comes as one message, and nothing of it is dropped."""

import random
import uuid
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db.models import F
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.audience.core.alert_rules import AlertAim, AlertRules, judge
from digest.kit.clock import now as clock
from digest.models import (
    Alert,
    AlertRevision,
    AlertRule,
    Delivery,
    Edition,
    Item,
    Message,
    Send,
    Story,
    Subscription,
)
from digest.outbound.delivery.control import controls
from digest.outbound.delivery.control.sweep import close_cancelled
from digest.outbound.delivery.ledger import plainer
from digest.outbound.delivery.planning import held, plan
from digest.outbound.delivery.planning.fanout import fan_out
from digest.outbound.delivery.sending.send import send_some
from tests.scenes import scene
from tests.scenes.scripted import LOSE, Scripted

pytestmark = pytest.mark.django_db(transaction=True)
State = Delivery.State


def reader(number: int, *, quiet: bool = True) -> Subscription:
    """One whose quiet hours begin an hour ago and end in two, wherever the clock stands."""
    made = scene.reader(None, f"reader{number}@readers.example", now=clock())
    if quiet:
        now = clock()
        hours = [(now + timedelta(hours=by)).time().replace(microsecond=0) for by in (-1, 2)]
        AlertRule.objects.create(subscription=made, quiet_from=hours[0], quiet_until=hours[1])
    return made


def issue(headline: str) -> AlertRevision:
    now = clock()
    alert = Alert.objects.create(
        story=Story.objects.create(headline=headline, first_at=now, last_at=now),
        state=Alert.State.ISSUED, headline=headline, revision=1, raised_at=now, issued_at=now,
    )  # fmt: skip
    revision = scene.alert_revision(alert, 1, AlertRevision.Kind.FIRST, now=now)
    follow(alert, 1)
    return revision


def follow(alert: Alert, revision: int) -> Send:
    ids = plan.plan_alert(alert.pk, revision, now=clock()).send_ids
    send = Send.objects.get(pk__in=ids, channel="email")
    fan_out(send.pk, now=clock())
    return send


def morning(seconds: int = 60) -> None:
    """Let what is held be due in so many seconds."""
    held_rows = Delivery.objects.filter(next_try_at__gt=clock() + timedelta(minutes=30))
    first = held_rows.order_by("next_try_at").first()
    assert first is not None and first.next_try_at is not None
    by = first.next_try_at - clock() - timedelta(seconds=seconds)
    held_rows.update(next_try_at=F("next_try_at") - by)
    Send.objects.update(fanned_out_at=F("fanned_out_at") - by)


def pass_by(delta: timedelta) -> None:
    Delivery.objects.filter(next_try_at__isnull=False).update(next_try_at=F("next_try_at") - delta)


def work(channel: Scripted) -> None:
    for send in Send.objects.filter(state=Send.State.RUNNING).order_by("pk"):
        send_some(send.pk, channel=channel)
    held.merge_held(now=clock())


def texts(channel: Scripted, each: Subscription) -> list[str]:
    return [
        copy.words.fields["text"] for copy in channel.copies if copy.to.value == each.address.value
    ]


def test_three_alerts_of_the_night_are_one_message_in_the_morning() -> None:
    each, awake, channel = reader(1), reader(2, quiet=False), Scripted()
    for headline in ("First of all", "Second of all", "Third of all"):
        issue(headline)
    work(channel)
    assert texts(channel, each) == [] and len(texts(channel, awake)) == 3
    morning()
    assert held.merge_held(now=clock()).readers == 1
    assert held.merge_held(now=clock()).readers == 0, "once is enough"
    pass_by(timedelta(minutes=2))
    work(channel)
    (said,) = texts(channel, each)
    assert "WHILE IT WAS QUIET: Third of all" in said
    assert said.index("Second of all") < said.index("First of all")
    rows = Delivery.objects.filter(address_id=each.address_id).order_by("send_id")
    assert [row.state for row in rows] == [State.SKIPPED, State.SKIPPED, State.SENT]
    assert len({row.message_id for row in rows}) == 1
    assert rows[0].reply == held.REPLY
    pass_by(timedelta(minutes=20))
    work(channel)
    assert len(texts(channel, each)) == 1


def test_what_is_held_alone_comes_as_it_was_written() -> None:
    each, channel = reader(1), Scripted()
    issue("Only one")
    morning()
    assert held.merge_held(now=clock()).readers == 0
    pass_by(timedelta(minutes=2))
    work(channel)
    assert "BREAKING: Only one" in texts(channel, each)[0]


def test_a_message_that_does_not_go_out_leaves_the_others_to_themselves() -> None:
    each, channel = reader(1), Scripted()
    issue("The first")
    second = issue("The second")
    morning()
    held.merge_held(now=clock())
    # An editor withdraws the one that was to carry both.
    scene.alert_revision(second.alert, 2, AlertRevision.Kind.WITHDRAWAL, now=clock())
    follow(second.alert, 2)
    pass_by(timedelta(minutes=2))
    work(channel)
    assert texts(channel, each) == []
    pass_by(timedelta(minutes=10))
    work(channel)
    (said,) = texts(channel, each)
    assert "BREAKING: The first" in said


def test_a_lost_answer_repeats_the_same_words_and_the_others_wait() -> None:
    each, channel = reader(1), Scripted()
    issue("The first")
    issue("The second")
    morning()
    held.merge_held(now=clock())
    channel.script[each.address.value] = [LOSE]
    pass_by(timedelta(minutes=2))
    work(channel)
    pass_by(timedelta(seconds=5))
    work(channel)
    assert len(set(texts(channel, each))) == 1
    states = Counter(Delivery.objects.values_list("state", flat=True))
    assert states == {State.SENT: 1, State.SKIPPED: 1}


@pytest.mark.parametrize("kind", [AlertRevision.Kind.CORRECTION, AlertRevision.Kind.WITHDRAWAL])
@pytest.mark.parametrize("which", [0, 1], ids=["told within another", "the one that carried"])
def test_what_follows_reaches_those_who_had_it_within_another_message(
    kind: AlertRevision.Kind, which: int
) -> None:
    each, channel = reader(1), Scripted()
    alerts = [issue("The first").alert, issue("The second").alert]
    morning()
    held.merge_held(now=clock())
    pass_by(timedelta(minutes=2))
    work(channel)
    scene.alert_revision(alerts[which], 2, kind, now=clock())
    send = follow(alerts[which], 2)
    assert list(send_rows(send)) == [each.address_id]


@pytest.mark.parametrize("kind", [AlertRevision.Kind.CORRECTION, AlertRevision.Kind.WITHDRAWAL])
def test_what_was_taken_back_before_the_carrier_left_is_not_said_within_it(
    kind: AlertRevision.Kind,
) -> None:
    each, channel = reader(1), Scripted()
    alerts = [issue(name).alert for name in ("The first", "The second", "The third")]
    morning()
    held.merge_held(now=clock())
    scene.alert_revision(alerts[0], 2, kind, now=clock())
    send = follow(alerts[0], 2)
    assert list(send_rows(send)) == ([each.address_id] if kind == "correction" else [])
    assert held.merge_held(now=clock()).readers == 1, "those that are left are merged anew"
    pass_by(timedelta(minutes=2))
    work(channel)
    said = [text for text in texts(channel, each) if "WHILE IT WAS QUIET" in text]
    assert len(said) == 1 and "The third" in said[0] and "The second" in said[0]
    assert "The first" not in said[0]
    assert sum("The second" in text for text in texts(channel, each)) == 1


@pytest.mark.parametrize("state", [State.SENDING, State.SENT, State.UNKNOWN, State.DEFERRED])
@pytest.mark.parametrize("kind", [AlertRevision.Kind.CORRECTION, AlertRevision.Kind.WITHDRAWAL])
def test_what_left_within_another_is_taken_back_from_those_who_got_it(
    kind: AlertRevision.Kind, state: State
) -> None:
    each, other = reader(1), reader(2)
    alerts = [issue("The first").alert, issue("The second").alert]
    morning()
    held.merge_held(now=clock())
    carrier = Send.objects.filter(kind="alert", channel="email").order_by("-pk")[0]
    row = Delivery.objects.filter(send_id=carrier.pk, address_id=each.address_id)
    lost = int(state in {State.UNKNOWN, State.DEFERRED})
    row.update(
        state=state,
        lost_answers=lost,
        sent_at=clock() if state == State.SENT else None,
        leased_by=uuid.uuid4() if state == State.SENDING else None,
        next_try_at=clock() + timedelta(minutes=1) if state == State.DEFERRED else None,
    )
    scene.alert_revision(alerts[0], 2, kind, now=clock())
    ids = plan.plan_alert(alerts[0].pk, 2, now=clock()).send_ids
    for cancelled in Send.objects.filter(state="cancelled"):
        close_cancelled(cancelled.pk, now=clock())
    send = Send.objects.get(pk__in=ids, channel="email")
    fan_out(send.pk, now=clock())
    told = {each.address_id} | ({other.address_id} if kind == "correction" else set())
    assert set(send_rows(send)) == told
    left = Delivery.objects.get(send_id=carrier.pk, address_id=other.address_id)
    assert Message.objects.get(pk=left.message_id).variant == ""


def test_an_alert_that_is_stopped_by_hand_is_not_said_within_another() -> None:
    each, channel = reader(1), Scripted()
    first = issue("The first").alert
    issue("The second")
    morning()
    held.merge_held(now=clock())
    send = Send.objects.get(source_id=first.pk, channel="email")
    controls.pause(send.pk, now=clock())
    pass_by(timedelta(minutes=2))
    work(channel)
    assert not any("The first" in text for text in texts(channel, each))
    controls.resume(send.pk, now=clock())
    pass_by(timedelta(minutes=20))
    work(channel)
    assert sum("The first" in text for text in texts(channel, each)) == 1, "held, never dropped"


def test_a_withdrawal_that_quiet_hours_hold_stands_alone() -> None:
    each, channel = reader(1, quiet=False), Scripted()
    alert = issue("It was wrong").alert
    work(channel)
    now = clock()
    hours = [(now + timedelta(hours=by)).time().replace(microsecond=0) for by in (-1, 2)]
    AlertRule.objects.create(subscription=each, quiet_from=hours[0], quiet_until=hours[1])
    scene.alert_revision(alert, 2, AlertRevision.Kind.WITHDRAWAL, now=clock())
    follow(alert, 2)
    issue("Something else")
    morning()
    assert held.merge_held(now=clock()).readers == 0
    pass_by(timedelta(minutes=2))
    work(channel)
    assert not any("WHILE IT WAS QUIET" in text for text in texts(channel, each))
    assert len(texts(channel, each)) == 3


def send_rows(send: Send) -> Any:
    return Delivery.objects.filter(send_id=send.pk).values_list("address_id", flat=True)


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_in_the_night_everybody_is_told_of_everything_once(seed: int) -> None:
    chance = random.Random(seed)
    readers = [reader(number, quiet=chance.random() < 0.7) for number in range(12)]
    channel, headlines = Scripted(), []
    for number in range(chance.randint(2, 5)):
        headlines.append(f"Event number {number}")
        issue(headlines[-1])
        if chance.random() < 0.5:
            work(channel)
    for each in chance.sample(readers, 4):
        channel.script[each.address.value] = [LOSE] * chance.randint(0, 2)
    morning()
    if chance.random() < 0.8:
        held.merge_held(now=clock())
    for minutes in (2, 1, 10, 1, 10):
        pass_by(timedelta(minutes=minutes))
        work(channel)
    for each in readers:
        said = texts(channel, each)
        for headline in headlines:
            assert any(headline in text for text in said), "nobody lost"
            assert sum(headline in text for text in said) <= 2, "nobody thrice"
    open_rows = Delivery.objects.filter(next_try_at__isnull=False)
    assert not open_rows.exists()


def digest_told(each: Subscription, story: Story, *, ago: timedelta, now: datetime) -> None:
    """A digest with the story went out to the reader then."""
    frozen = scene.edition(scene.newsletter(slug=f"n{each.pk}"), now=now)
    Item.objects.create(edition=Edition.objects.get(pk=frozen.edition_id), story=story, position=9)
    send = Send.objects.create(
        kind="edition", source_id=frozen.edition_id, channel="email", lane="digests",
        state="running", due_at=now, grace=timedelta(hours=1), created_at=now, started_at=now,
    )  # fmt: skip
    Delivery.objects.create(
        send_id=send.pk, address_id=each.address_id, message_id=1, state=State.SENT,
        sent_at=now - ago,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("minutes", "biggest", "told"), [(5, False, True), (20, False, False), (5, True, False)]
)
def test_a_digest_that_told_it_minutes_ago_spares_the_alert(
    minutes: int, biggest: bool, told: bool
) -> None:
    now = clock()
    each, other = reader(1, quiet=False), reader(2, quiet=False)
    revision = scene.alert(now=now, is_biggest=biggest)
    digest_told(each, revision.alert.story, ago=timedelta(minutes=minutes), now=now)
    send = follow(revision.alert, 1)
    rows = {row.address_id: row for row in Delivery.objects.filter(send_id=send.pk)}
    assert (rows[each.address_id].state == State.SKIPPED) == told
    assert rows[other.address_id].state == State.PENDING
    if told:
        assert "minutes ago" in (rows[each.address_id].reply or "")
    at = now - timedelta(minutes=minutes)
    aim = AlertAim(is_biggest=biggest)
    verdict = judge(AlertRules(), aim, had_today=0, zone="UTC", now=now, digest_at=at)
    assert verdict.told_already == told


@settings(deadline=None)
@given(st.lists(st.text(min_size=1, max_size=80), min_size=2, max_size=6))
def test_all_headlines_stand_in_what_is_merged(headlines: list[str]) -> None:
    from digest.newsdesk.alerts.core.content import AlertContent

    contents = [
        AlertContent(f"a{number}", "first", headline, "https://a.example/", "en")
        for number, headline in enumerate(headlines)
    ]
    made = held.merged(contents, "x")
    assert made.headline == headlines[-1]
    assert all(each in made.summary for each in headlines[:-1])


def without_picture() -> None:
    """The words of all that wait become those without a picture, as after a provider's refusal."""
    for message in Message.objects.filter(variant=""):
        before = message.pk
        message.pk, message.variant = None, plainer.VARIANT
        message.save()
        Delivery.objects.filter(message_id=before).update(message_id=message.pk)


def test_what_lost_its_picture_while_it_was_held_is_merged_as_well() -> None:
    each, channel = reader(1), Scripted()
    issue("First of all")
    issue("Second of all")
    without_picture()
    morning()
    assert held.merge_held(now=clock()).readers == 1
    pass_by(timedelta(minutes=2))
    work(channel)
    (said,) = texts(channel, each)
    assert "Second of all" in said and "First of all" in said


def test_who_was_left_out_of_words_without_a_picture_was_not_told_within_others() -> None:
    each = reader(1)
    first = issue("First of all")
    without_picture()
    Delivery.objects.update(state=State.SKIPPED, next_try_at=None)
    scene.alert_revision(first.alert, 2, AlertRevision.Kind.WITHDRAWAL, now=clock())
    send = follow(first.alert, 2)
    assert not Delivery.objects.filter(send=send, address_id=each.address_id).exists()
