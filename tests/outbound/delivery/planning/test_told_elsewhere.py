"""Whom one of a reader's channels has told of an alert no other one tells again."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from digest.audience.core.alert_rules import AlertRules
from digest.audience.leaving.suppress import suppress
from digest.audience.preferring.alert_rules import set_alert_rules
from digest.kit.clock import now as clock
from digest.models import AlertRevision, Delivery, Send, Subscription, Suppression
from digest.outbound.delivery.control import controls
from digest.outbound.delivery.ledger import outcomes
from digest.outbound.delivery.planning import alert_readers, plan, takeover, wording
from digest.outbound.delivery.planning.fanout import fan_out
from digest.outbound.delivery.planning.unsent_first import pass_on_unsent
from digest.outbound.delivery.sending.send import send_some
from tests.scenes import scene
from tests.scenes.ordered_channels import (
    issue,
    look,
    pass_by,
    reader,
    refuse,
    rows,
)
from tests.scenes.scripted import LOSE, Scripted

pytestmark = pytest.mark.django_db(transaction=True)
State = Delivery.State


@pytest.fixture(autouse=True)
def channels(settings: Any) -> None:
    settings.DIGEST_CHANNELS = ["email", "webpush", "whatsapp"]


def refused_and_taken_over() -> tuple[dict[str, Send], int, int]:
    push, mail = reader(1, "webpush", "email")
    sends = issue()
    refuse(sends["webpush"], push.address_id, reply="410 gone", code=410)
    pass_by(timedelta(seconds=6))
    assert look() == 1
    return sends, push.address_id, mail.address_id


@pytest.mark.parametrize("state", [State.PENDING, State.DEFERRED, State.SENT, State.UNKNOWN])
def test_the_failed_are_not_retried_where_another_channel_tells_them(state: int) -> None:
    sends, push, mail = refused_and_taken_over()
    due = clock() if state in (State.PENDING, State.DEFERRED) else None
    sent_at = clock() if state == State.SENT else None
    refuse(sends["email"], mail, state=state, next_try_at=due, sent_at=sent_at)
    assert controls.retry_failed(sends["webpush"].pk, now=clock()) == 0
    assert rows(sends)["webpush"] == {push: State.FAILED}


def test_the_failed_are_retried_where_every_channel_failed_and_on_one_of_them_alone() -> None:
    sends, push, mail = refused_and_taken_over()
    refuse(sends["email"], mail)
    assert controls.retry_failed(sends["webpush"].pk, now=clock()) == 1
    assert rows(sends)["webpush"] == {push: State.DEFERRED}
    assert controls.retry_failed(sends["email"].pk, now=clock()) == 0, "it is on its way there"


def test_whoever_has_one_channel_is_retried_as_ever() -> None:
    refused_and_taken_over()
    single, *_ = reader(7, "webpush")
    more = issue(alert=AlertRevision.objects.get().alert, kind="correction")
    refuse(more["webpush"], single.address_id)
    retried = controls.retry_failed(more["webpush"].pk, now=clock())
    assert retried == Delivery.objects.filter(send_id=more["webpush"].pk, state=1).count()


def test_what_a_pause_put_back_is_not_put_back_where_another_channel_tells_it() -> None:
    sends, push, mail = refused_and_taken_over()
    refuse(sends["email"], mail, state=State.SENT, sent_at=clock())
    Send.objects.filter(pk=sends["webpush"].pk).update(held_up_by="410 gone")
    controls.pause(sends["webpush"].pk, now=clock())
    controls.resume(sends["webpush"].pk, now=clock())
    assert rows(sends)["webpush"] == {push: State.FAILED}


def test_what_arrived_after_all_calls_off_what_took_it_over() -> None:
    phone, mail = reader(1, "whatsapp", "email")
    sends, channel = issue(), Scripted()
    channel.script[phone.address.value] = [LOSE]
    send_some(sends["whatsapp"].pk, channel=channel)
    pass_by(timedelta(seconds=61))
    assert look() == 1
    assert rows(sends)["email"] == {mail.address_id: State.PENDING}
    assert outcomes.arrived(sends["whatsapp"].pk, phone.address_id, at=clock())
    assert rows(sends)["email"] == {mail.address_id: State.SKIPPED}
    pass_by(timedelta(seconds=70))
    assert look() == 0


def test_an_alert_is_passed_on_in_the_newsrooms_language_where_there_are_no_words_in_theirs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The next channel's template was not approved in it, say: nobody waits for that."""
    push, mail = reader(1, "webpush", "email")
    revision = scene.alert(now=clock(), others=(("ko", "지진", ""),))
    real = wording.render_alert

    def render(content: Any, channel: str, newsroom: Any) -> Any:
        if content.language == "ko":
            raise ValueError("no words in Korean")
        return real(content, channel, newsroom)

    monkeypatch.setattr(wording, "render_alert", render)
    ids = plan.plan_alert(revision.alert_id, 1, now=clock()).send_ids
    sends = {each.channel: each for each in Send.objects.filter(pk__in=ids)}
    for pk in ids:
        fan_out(pk, now=clock())
    told = wording.languages_of
    monkeypatch.setattr(
        takeover.wording, "languages_of", lambda ids: dict.fromkeys(told(ids), "ko")
    )
    refuse(sends["webpush"], push.address_id)
    pass_by(timedelta(seconds=6))
    assert look() == 1
    (found,) = Delivery.objects.filter(send_id=sends["email"].pk, address_id=mail.address_id)
    assert told([found.message_id]) == {found.message_id: "en"}


def never_begun(channel: str) -> tuple[dict[str, Send], dict[str, Subscription]]:
    """An alert whose send on ``channel`` is held, because its words could not be made."""
    push, mail = reader(1, "webpush", "email")
    single, last = reader(2, "webpush")[0], reader(3, "whatsapp", "webpush", "email")[0]
    revision = scene.alert(now=clock())
    ids = plan.plan_alert(revision.alert_id, 1, now=clock()).send_ids
    sends = {each.channel: each for each in Send.objects.filter(pk__in=ids)}
    for name, send in sends.items():
        if name != channel:
            fan_out(send.pk, now=clock())
    Send.objects.filter(pk=sends[channel].pk).update(
        state="held", due_at=clock() - timedelta(seconds=61)
    )
    return sends, {"push": push, "mail": mail, "single": single, "whatsapp": last}


def test_what_one_channel_never_began_to_send_goes_on_the_next() -> None:
    sends, of = never_begun("webpush")
    assert pass_on_unsent(now=clock()) == 1
    assert pass_on_unsent(now=clock()) == 0
    assert rows(sends) == {
        "webpush": {},
        "email": {of["mail"].address_id: State.PENDING},
        "whatsapp": {of["whatsapp"].address_id: State.PENDING},
    }
    email = Send.objects.get(pk=sends["email"].pk)
    assert (email.total, email.state) == (1, "running")
    send_some(email.pk, channel=Scripted())
    # It begins after all: who was told is spared, who has nothing else is told.
    Send.objects.filter(pk=sends["webpush"].pk).update(state="pending")
    fan_out(sends["webpush"].pk, now=clock())
    assert rows(sends)["webpush"] == {
        of["push"].address_id: State.SKIPPED,
        of["single"].address_id: State.PENDING,
    }


def test_what_is_not_yet_a_minute_late_is_left_to_its_own_channel() -> None:
    sends, _ = never_begun("webpush")
    Send.objects.filter(pk=sends["webpush"].pk).update(due_at=clock() - timedelta(seconds=30))
    assert pass_on_unsent(now=clock()) == 0
    Send.objects.filter(pk=sends["webpush"].pk).update(due_at=clock() - timedelta(minutes=61))
    assert pass_on_unsent(now=clock()) == 0, "news that is an hour old is no alert"


def test_whoever_had_enough_today_is_not_told_on_another_channel_either() -> None:
    sends, of = never_begun("webpush")
    set_alert_rules(of["push"].address_id, AlertRules(most_a_day=1))
    send_some(issue()["webpush"].pk, channel=Scripted())
    assert pass_on_unsent(now=clock()) == 0
    assert rows(sends)["email"] == {}


def begun_and_never_begun() -> tuple[dict[str, Send], Subscription, Subscription]:
    """Of push, e-mail and WhatsApp one began and is paused, and another never began."""
    push, mail = reader(1, "webpush", "email")
    revision = scene.alert(now=clock())
    ids = plan.plan_alert(revision.alert_id, 1, now=clock()).send_ids
    sends = {each.channel: each for each in Send.objects.filter(pk__in=ids)}
    for name in ("webpush", "email"):
        fan_out(sends[name].pk, now=clock())
    Send.objects.filter(pk=sends["whatsapp"].pk).update(
        state="held", due_at=clock() - timedelta(seconds=61)
    )
    return sends, push, mail


@pytest.mark.parametrize("state", [State.PENDING, State.SENT])
def test_what_is_paused_after_it_began_is_no_send_that_never_began(state: int) -> None:
    sends, push, _ = begun_and_never_begun()
    due = clock() if state == State.PENDING else None
    sent_at = clock() if state == State.SENT else None
    refuse(sends["webpush"], push.address_id, state=state, next_try_at=due, sent_at=sent_at)
    controls.pause(sends["webpush"].pk, now=clock())
    assert pass_on_unsent(now=clock()) == 0
    assert rows(sends)["email"] == {}


def test_a_channel_that_an_editor_cancelled_is_passed_on_by_nobody() -> None:
    sends, *_ = begun_and_never_begun()
    Delivery.objects.filter(send_id=sends["webpush"].pk).delete()
    Send.objects.filter(pk=sends["webpush"].pk).update(state="cancelled", fanned_out_at=None)
    assert pass_on_unsent(now=clock()) == 0


def test_whoever_had_it_and_changed_the_order_since_is_not_told_again() -> None:
    sends, push, _ = begun_and_never_begun()
    refuse(sends["webpush"], push.address_id, state=State.SENT, next_try_at=None, sent_at=clock())
    suppress(push.address_id, Suppression.Reason.READER, now=clock())
    assert pass_on_unsent(now=clock()) == 0
    assert rows(sends)["email"] == {}


def test_what_begins_just_now_is_left_to_its_own_channel(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its rows are written and not committed yet when its minute is over."""
    sends, of = never_begun("webpush")
    Send.objects.filter(pk=sends["webpush"].pk).update(state="pending")
    real, joined = alert_readers.skip_those_told, list[int]()

    def look_meanwhile(*args: Any, **kwargs: Any) -> None:
        with ThreadPoolExecutor(1) as pool:
            joined.append(pool.submit(elsewhere, pass_on_unsent).result())
        real(*args, **kwargs)

    monkeypatch.setattr(alert_readers, "skip_those_told", look_meanwhile)
    fan_out(sends["webpush"].pk, now=clock() - timedelta(seconds=5))
    assert joined == [0]
    assert rows(sends)["webpush"][of["push"].address_id] == State.PENDING
    assert rows(sends)["email"] == {}


def elsewhere(step: Any) -> int:
    """A step, on a connection of this thread's own."""
    try:
        return int(step(now=clock()))
    finally:
        connection.close()


def test_what_waited_to_begin_spares_those_who_were_told_while_it_did() -> None:
    sends, of = never_begun("webpush")
    assert pass_on_unsent(now=clock()) == 1
    Send.objects.filter(pk=sends["webpush"].pk).update(state="pending")
    fan_out(sends["webpush"].pk, now=clock() - timedelta(seconds=5))
    assert rows(sends)["webpush"][of["push"].address_id] == State.SKIPPED


@pytest.mark.parametrize("is_sent", [True, False])
def test_a_correction_goes_where_another_channel_told_the_alert(is_sent: bool) -> None:
    sends, of = never_begun("webpush")
    assert pass_on_unsent(now=clock()) == 1
    if is_sent:
        send_some(sends["email"].pk, channel=Scripted())
    more = rows(issue(alert=AlertRevision.objects.get().alert, kind="correction"))
    assert more["email"] == {of["mail"].address_id: State.PENDING}
    assert more["webpush"] == {
        of["push"].address_id: State.SKIPPED,
        of["single"].address_id: State.PENDING,
    }
