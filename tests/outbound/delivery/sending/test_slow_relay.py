"""A relay that takes its time, loses its answers, has a quota, or is not there at all."""

import asyncio
import json
import socket
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from digest.kit.clock import now
from digest.models import Delivery, Send
from digest.outbound.channels.base import Patience
from digest.outbound.delivery.control import controls, hindrance
from digest.outbound.delivery.figures.metrics import Ledger
from digest.outbound.delivery.sending import in_hand, watchers
from digest.outbound.delivery.sending.course import Course
from digest.outbound.delivery.sending.send import _conclude, send_some
from tests.fakes.smtp import DROP_REPLY, HANG_UP, STALL, Sink, running
from tests.scenes import scene
from tests.web import desk_day

pytestmark = pytest.mark.django_db(transaction=True)

State = Delivery.State
QUOTA = "550 5.4.5 Daily user sending quota exceeded."


def states(send: Send) -> dict[int, int]:
    found: dict[int, int] = {}
    for (state,) in Delivery.objects.filter(send_id=send.pk).values_list("state"):
        found[state] = found.get(state, 0) + 1
    return found


def make_due(send: Send) -> None:
    Delivery.objects.filter(send_id=send.pk, next_try_at__isnull=False).update(next_try_at=now())


def test_a_final_answer_may_take_longer_than_a_command(settings: Settings) -> None:
    send = scene.running_edition(6, now=now())
    settings.DIGEST_COMMAND_TIMEOUT = timedelta(seconds=0.5)
    settings.DIGEST_ANSWER_TIMEOUT = timedelta(seconds=60)
    with running(Sink(delay=2)) as sink:
        settings.DIGEST_SMTP_URL = sink.url
        progress = send_some(send.pk, connections=6)
        assert (progress.sent, progress.ended) == (6, "drained")
        assert len(sink.taken) == 6
    assert set(Delivery.objects.values_list("lost_answers", flat=True)) == {0}


def test_a_command_does_not_wait_as_long_as_a_final_answer(settings: Settings) -> None:
    send = scene.running_edition(2, now=now())
    settings.DIGEST_COMMAND_TIMEOUT = timedelta(seconds=0.3)
    sink = Sink(on_recipient={"*": [STALL, STALL]})
    with running(sink):
        settings.DIGEST_SMTP_URL = sink.url
        progress = send_some(send.pk, connections=2)
    assert (progress.deferred, progress.sent) == (2, 0)
    assert set(Delivery.objects.values_list("lost_answers", flat=True)) == {0}


def test_the_time_for_final_answers_can_be_set(settings: Settings) -> None:
    send = scene.running_edition(2, now=now())
    settings.DIGEST_ANSWER_TIMEOUT = timedelta(seconds=0.3)
    sink = Sink(on_content={"*": [STALL, STALL]})
    with running(sink):
        settings.DIGEST_SMTP_URL = sink.url
        assert send_some(send.pk, connections=2).deferred == 2
    assert set(Delivery.objects.values_list("lost_answers", flat=True)) == {1}


@pytest.mark.parametrize("silence", [STALL, DROP_REPLY])
def test_a_relay_that_loses_its_answers_gives_few_a_second_copy(
    silence: str, settings: Settings
) -> None:
    send = scene.running_edition(200, now=now())
    sink = Sink(on_content={"*": [silence] * 400})
    with running(sink):
        settings.DIGEST_SMTP_URL = sink.url
        send_some(send.pk, connections=5, patience=Patience(5, 0.5))
        send.refresh_from_db()
        assert send.state == Send.State.PAUSED
        assert "never answered for" in send.state_reason
        assert states(send)[State.PENDING] >= 170
        sink.on_content.clear()
        controls.resume(send.pk, now=now())
        make_due(send)
        assert send_some(send.pk, connections=5).left == 0
    assert states(send) == {State.SENT: 200}


def test_one_restart_of_a_relay_pauses_nothing(settings: Settings) -> None:
    send = scene.running_edition(60, now=now())
    sink = Sink(on_content={"*": [DROP_REPLY] * 5})
    with running(sink):
        settings.DIGEST_SMTP_URL = sink.url
        assert send_some(send.pk, connections=5).sent == 55
    send.refresh_from_db()
    assert send.state == Send.State.RUNNING


def test_a_spent_quota_pauses_and_resume_leaves_nobody_behind(settings: Settings) -> None:
    send = scene.running_edition(150, now=now())
    sink = Sink()
    with running(sink):
        settings.DIGEST_SMTP_URL = sink.url
        sink.on_content = {"*": [""] * 40 + [QUOTA] * 1000}
        send_some(send.pk, connections=5)
        send.refresh_from_db()
        assert send.state == Send.State.PAUSED
        assert "used up" in send.state_reason
        assert QUOTA in send.held_up_by
        assert states(send).get(State.FAILED, 0) == 0
        sink.on_content.clear()
        controls.resume(send.pk, now=now())
        make_due(send)
        assert send_some(send.pk, connections=5).left == 0
        assert len(sink.taken) == 150
    assert states(send) == {State.SENT: 150}


@pytest.mark.parametrize("said", [QUOTA, "554 5.7.1 no more for you"])
def test_a_run_that_tells_of_a_refusal_late_stops_no_send_that_was_resumed_meanwhile(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    """As the second of two runs on a busy machine: the first told of it, and somebody resumed."""
    send = scene.running_edition(300, now=now())
    sink, note = Sink(), hindrance.note

    def others_were_quicker(send_id: int, *given: Any, **named: Any) -> None:
        monkeypatch.setattr(hindrance, "note", note)
        sink.on_content.clear()
        controls.pause(send_id, now=now(), reason="The relay refuses.", who="the sender")
        controls.resume(send_id, now=now())
        note(send_id, *given, **named)

    monkeypatch.setattr(hindrance, "note", others_were_quicker)
    with running(sink):
        settings.DIGEST_SMTP_URL = sink.url
        sink.on_content = {"*": [""] * 30 + [said] * 1000}
        send_some(send.pk, connections=5)
        send.refresh_from_db()
        assert (send.state, send.held_up_by) == (Send.State.RUNNING, "")
        make_due(send)
        assert send_some(send.pk, connections=5).left == 0
    assert states(send) == {State.SENT: 300}


def test_resume_tries_those_again_whom_the_refusal_hit_that_paused_it(settings: Settings) -> None:
    """In words that nobody knows beforehand; an address that does not exist stays failed."""
    send = scene.running_edition(300, now=now())
    some = Delivery.objects.filter(send_id=send.pk).values_list("address__value", flat=True)[0]
    sink = Sink(on_recipient={some: ["550 5.1.1 no such user"]})
    with running(sink):
        settings.DIGEST_SMTP_URL = sink.url
        sink.on_content = {
            "*": [""] * 30 + [f"554 5.7.1 no more for you ({n})" for n in range(300)]
        }
        send_some(send.pk, connections=5)
        send.refresh_from_db()
        assert send.state == Send.State.PAUSED
        assert states(send)[State.FAILED] > 50
        sink.on_content.clear()
        controls.resume(send.pk, now=now())
        make_due(send)
        assert send_some(send.pk, connections=5).left == 0
    assert states(send) == {State.SENT: 299, State.FAILED: 1}
    send.refresh_from_db()
    assert (send.state, send.held_up_by) == (Send.State.DONE, "")


def test_a_relay_that_is_down_says_so_on_the_send(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    send = scene.running_edition(20, now=now())
    with running(Sink()) as sink:
        settings.DIGEST_SMTP_URL = sink.url
    began = now()
    assert send_some(send.pk, connections=2).stalled
    send.refresh_from_db()
    assert "cannot be reached" in send.held_up_by
    since = send.held_up_since
    assert since is not None and since >= began - timedelta(seconds=1)
    make_due(send)
    send_some(send.pk, connections=2)
    send.refresh_from_db()
    assert send.held_up_since == since
    found = {each.name: each for each in Ledger().collect()}
    assert found["digest_sends_held_up"].samples[0].value == 1
    assert found["digest_sends_held_up_seconds"].samples[0].value > 0
    call_command("sends", "list", "--json")
    (told,) = json.loads(capsys.readouterr().out)["sends"]
    assert told["held_up_since"] == since.isoformat()
    assert "cannot be reached" in told["held_up_by"]
    with running(Sink()) as back:
        settings.DIGEST_SMTP_URL = back.url
        make_due(send)
        assert send_some(send.pk, connections=2).sent == 20
    send.refresh_from_db()
    assert (send.held_up_by, send.held_up_since) == ("", None)


@pytest.mark.parametrize("seconds", [30, 6])
@pytest.mark.parametrize("readers", [3, 200])
def test_a_relay_that_takes_connections_and_never_speaks_stands_on_the_send(
    readers: int, seconds: int, settings: Settings
) -> None:
    """It answers late, or not before the run ends; and what was in hand for it is stale by then."""
    send = scene.running_edition(readers, now=now())
    settings.DIGEST_COMMAND_TIMEOUT = timedelta(seconds=2 if seconds == 30 else 60)
    with socket.create_server(("127.0.0.1", 0), backlog=64) as silent:
        settings.DIGEST_SMTP_URL = f"smtp://127.0.0.1:{silent.getsockname()[1]}"
        send_some(send.pk, connections=4, seconds=min(seconds, 8))
    send.refresh_from_db()
    assert "reached" in send.held_up_by and send.held_up_since
    assert set(Delivery.objects.values_list("attempts", flat=True)) <= {0, 1}
    with running(Sink()) as back:
        settings.DIGEST_SMTP_URL = back.url
        make_due(send)
        assert send_some(send.pk, connections=4).sent == readers
    send.refresh_from_db()
    assert (send.held_up_by, send.held_up_since) == ("", None)


def test_a_relay_that_is_down_stands_on_a_send_to_few(settings: Settings) -> None:
    send = scene.running_edition(3, now=now())
    with running(Sink()) as sink:
        settings.DIGEST_SMTP_URL = sink.url
    send_some(send.pk)
    send.refresh_from_db()
    assert "cannot be reached" in send.held_up_by and send.held_up_since


def told_meanwhile(send: Send, until_told: Callable[[Send], bool], **options: Any) -> Send:
    """The send as it stood while its run went on, once ``until_told``; by now the run is over."""
    found: list[Send] = []
    ending = threading.Event()

    def look() -> None:
        try:
            while not ending.wait(0.05):
                seen = Send.objects.get(pk=send.pk)
                if until_told(seen):
                    found.append(seen)
                    return
        finally:
            connection.close()

    looking = threading.Thread(target=look)
    looking.start()
    try:
        send_some(send.pk, **options)
    finally:
        ending.set()
        looking.join()
    assert found, "Nobody could see it while the run went on."
    return found[0]


def test_a_relay_that_is_away_is_told_while_the_run_goes_on(settings: Settings) -> None:
    """Some connections find nobody; one does, and takes its time, so that the run goes on."""
    send = scene.running_edition(4, now=now())
    sink = Sink(greetings=[HANG_UP] * 3, delay=2)
    with running(sink):
        settings.DIGEST_SMTP_URL = sink.url
        seen = told_meanwhile(send, lambda each: bool(each.held_up_by), connections=4)
    assert "cannot be reached" in seen.held_up_by
    assert seen.held_up_since and seen.state == Send.State.RUNNING
    send.refresh_from_db()
    assert (send.held_up_by, send.held_up_since) == ("", None)


def test_a_relay_that_says_nothing_is_told_before_its_time_is_over(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has ten minutes for its final answer, and for all of them nobody would know."""
    monkeypatch.setattr(in_hand, "SILENCE", 1.0)
    send = scene.running_edition(6, now=now())
    sink = Sink(delay=3)
    with running(sink):
        settings.DIGEST_SMTP_URL = sink.url
        seen = told_meanwhile(send, lambda each: bool(each.held_up_by), connections=2)
    assert "has not answered" in seen.held_up_by and seen.held_up_since
    send.refresh_from_db()
    assert (send.held_up_by, send.held_up_since) == ("", None)
    assert states(send) == {State.SENT: 6}


def test_what_waits_for_its_relay_s_rate_is_not_said_to_be_silent(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(in_hand, "SILENCE", 0.5)
    told: list[str] = []

    async def tell(claims: Any, send_id: int, words: str) -> bool:
        told.append(words)
        return True

    monkeypatch.setattr(hindrance, "tell", tell)
    send = scene.running_edition(6, now=now())
    with running(Sink()) as sink:
        settings.DIGEST_SMTP_URL = f"{sink.url}?rate=20/m&burst=1"
        send_some(send.pk, connections=2, seconds=4)
    assert told == []


def test_one_connection_that_breaks_holds_nothing_up(settings: Settings) -> None:
    send = scene.running_edition(6, now=now())
    with running(Sink(on_recipient={"*": [HANG_UP]})) as sink:
        settings.DIGEST_SMTP_URL = sink.url
        send_some(send.pk, connections=2)
    send.refresh_from_db()
    assert (send.held_up_by, send.held_up_since) == ("", None)


def test_the_desk_shows_which_send_is_held_up(client: Client) -> None:
    send = scene.running_edition(3, now=now())
    Send.objects.filter(pk=send.pk).update(
        held_up_by="relay.example:25 cannot be reached: <refused>", held_up_since=now()
    )
    client.force_login(desk_day.member())
    page = client.get(reverse("desk:sends")).content.decode()
    assert "Nothing gets through" in page
    assert "relay.example:25 cannot be reached: &lt;refused&gt;" in page


class Rows:
    """A connection that knows one send's state."""

    def __init__(self, state: str) -> None:
        self.state = state

    async def execute(self, *given: object) -> "Rows":
        return self

    async def fetchone(self) -> tuple[str]:
        return (self.state,)


class Held:
    due = False


@pytest.mark.parametrize("ended", ["", "time", "stalled"])
def test_what_was_lost_before_a_pause_pauses_nothing_after_it_is_resumed(ended: str) -> None:
    send = scene.running_edition(2, now=now())
    controls.pause(send.pk, now=now(), reason="by another run")
    course = Course(ended=ended, pause_reason="most answers were lost")
    # It waits for final answers still, and sees that the send was paused; then it is resumed.
    asyncio.run(watchers._look(Rows("paused"), send.pk, Held(), course))  # type: ignore[arg-type]
    controls.resume(send.pk, now=now())
    _conclude(send, course, controls.last_resumed(send.pk))
    send.refresh_from_db()
    assert send.state == Send.State.RUNNING
    course = Course(pause_reason="most answers were lost")
    _conclude(send, course, controls.last_resumed(send.pk))
    send.refresh_from_db()
    assert send.state == Send.State.PAUSED
