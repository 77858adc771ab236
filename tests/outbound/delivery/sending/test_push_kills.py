"""An alert whose senders are killed in the middle, on every channel of the phone's.

Nobody is lost and nobody reached thrice: who was in flight at two kills stays unknown. On WhatsApp
nobody is reached twice, since Meta's status is awaited.
"""

import os
import signal
import subprocess
import sys
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from digest.kit.clock import now
from digest.models import Address, Delivery, ProviderEvent, Run, Send
from digest.outbound.channels.webpush import vapid
from digest.outbound.delivery.control.sweep import sweep
from digest.outbound.delivery.planning.fanout import fan_out
from digest.outbound.delivery.planning.plan import plan_alert
from digest.outbound.delivery.sending.send import send_some
from digest.outbound.returns.take import take_events
from tests.deadlines import until
from tests.fakes import apns, fcm, push_service, telegram, whatsapp
from tests.fakes.in_thread import in_thread
from tests.scenes import scene
from tests.scenes.kills import lost_at_two_kills

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
ROOT = Path(__file__).resolve().parents[4]
READERS, AT_ONCE, KILLS = 900, 20, 3
DELAY = 0.02
KEY = vapid.made()
State = Delivery.State


@dataclass
class Wire:
    """The other side of a channel: how to reach it, one address a number, whom it has reached."""

    channel: str
    environ: Mapping[str, str]
    address: Callable[[int], str]
    reached: Callable[[], list[str]]
    data: dict[str, Any] | None = None


@contextmanager
def browsers(delay: float = DELAY) -> Iterator[Wire]:
    with push_service.running(push_service.PushService(delay=delay)) as service:
        ours = vapid.VapidKey(KEY).public
        yield Wire(
            "webpush",
            {"DIGEST_WEBPUSH_KEYS": KEY, "DIGEST_WEBPUSH_SERVICES": "127.0.0.1"},
            lambda number: service.endpoint(service.subscribe(ours)),
            lambda: [f"{service.origin}/push/{each.token}" for each in list(service.taken)],
            push_service.Browser().data(ours),
        )


@contextmanager
def androids() -> Iterator[Wire]:
    server = fcm.fcm_server()
    server.delay = DELAY
    with fcm.running(server):
        yield Wire(
            "fcm",
            {"DIGEST_FCM_URL": server.url, "DIGEST_FCM_ACCOUNT": fcm.account_for(server)},
            lambda number: f"{number:0140}",
            lambda: [each["to"] for each in list(server.taken)],
        )


@contextmanager
def iphones() -> Iterator[Wire]:
    with apns.running(apns.apns_server(delay=DELAY)) as server:
        yield Wire(
            "apns",
            apns.settings_for(server),
            lambda number: f"{number:064x}",
            lambda: [each["to"] for each in list(server.taken)],
        )


@contextmanager
def chats() -> Iterator[Wire]:
    with in_thread(telegram.BotApi(delay=DELAY), telegram.serve) as api:
        yield Wire(
            "telegram",
            {"DIGEST_TELEGRAM_URL": api.url, "DIGEST_TELEGRAM_TOKEN": telegram.TOKEN},
            lambda number: str(1000 + number),
            lambda: [each["to"] for each in list(api.taken)],
        )


@contextmanager
def numbers() -> Iterator[Wire]:
    with in_thread(whatsapp.CloudApi(delay=DELAY), whatsapp.serve) as api:
        yield Wire(
            "whatsapp",
            {
                "DIGEST_WHATSAPP_URL": api.url,
                "DIGEST_WHATSAPP_PHONE_ID": whatsapp.PHONE_ID,
                "DIGEST_WHATSAPP_TOKEN": whatsapp.TOKEN,
            },
            lambda number: f"+659{number:07}",
            lambda: [each["to"] for each in list(api.taken)],
        )


Other = Callable[[], AbstractContextManager[Wire]]


def begun(wire: Wire, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Send:
    """An alert that is fanned out to as many readers of the wire's."""
    settings.DIGEST_CHANNELS = [wire.channel]
    settings.DIGEST_ALLOWED_RECIPIENTS = ["*"]
    for name, value in wire.environ.items():
        monkeypatch.setenv(name, value)
    scene.readers(READERS, None, now=now(), channel=wire.channel)
    rows = list(Address.objects.filter(channel=wire.channel))
    for number, row in enumerate(rows, 1):
        row.value, row.channel_data = wire.address(number), wire.data
    Address.objects.bulk_update(rows, ["value", "channel_data"])
    ids = plan_alert(scene.alert(now=now()).alert_id, 1, now=now()).send_ids
    send = Send.objects.get(pk__in=ids, channel=wire.channel)
    fan_out(send.pk, now=now())
    return send


Sender = Callable[[], AbstractContextManager[int]]


@contextmanager
def senders(send: Send) -> Iterator[Sender]:
    """Begins senders, each a process of its own until it is killed.

    As a worker's children they are forked from one that has loaded what they need.
    """
    found = connection.get_connection_params()
    code = (
        "import os, sys, django; django.setup()\n"
        "from digest.outbound.delivery.sending.send import send_some\n"
        "for _ in sys.stdin:\n"
        "    child = os.fork()\n"
        "    if not child:\n"
        f"        send_some({send.pk}, connections={AT_ONCE})\n"
        "        break\n"
        "    print(child, flush=True)\n"
        "    print(os.waitpid(child, 0), flush=True)\n"
    )
    database = f"postgresql://{found['user']}@/{found['dbname']}?host={found.get('host', '')}"
    environ = os.environ | {
        "DATABASE_URL": database,
        "DIGEST_ALLOWED_RECIPIENTS": "*",
        "DIGEST_CHANNELS": send.channel,
        "DJANGO_SETTINGS_MODULE": "digest.settings",
    }
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, env=environ, text=True, bufsize=1,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
    ) as parent:  # fmt: skip
        stdin, stdout = parent.stdin, parent.stdout
        assert stdin and stdout

        @contextmanager
        def begin() -> Iterator[int]:
            stdin.write("\n")
            child = int(stdout.readline())
            yield child
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
            assert stdout.readline(), "it is gone"

        try:
            yield begin
        finally:
            os.killpg(parent.pid, signal.SIGKILL)


def kill_some(wire: Wire, send: Send) -> None:
    with senders(send) as begin:
        for number in range(1, KILLS + 1):
            kill_one(wire, send, begin, reached=number * READERS // (KILLS + 2))
    assert len(wire.reached()) < READERS


def kill_one(wire: Wire, send: Send, begin: Sender, *, reached: int) -> None:
    """A sender begins, and is killed once so many messages have been taken."""
    with begin():
        until(lambda: len(wire.reached()) >= reached, "messages under way", 60)
    # Its last statement may be under way at the server for a moment yet.
    until(lambda: sweep(now=now()) and not Run.objects.filter(send_id=send.pk), "its run settled")


@pytest.mark.parametrize("other", [browsers, androids, iphones, chats])
def test_killed_senders_lose_nobody_and_reach_nobody_thrice(
    other: Other, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with other() as wire:
        send = begun(wire, settings, monkeypatch)
        kill_some(wire, send)
        until(partial(rest, send), "the rest")
        got = Counter(wire.reached())
    assert_kept(send, got)


def test_who_was_in_flight_at_two_kills_is_unknown_and_not_reached_thrice(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # This service takes a message first and says so later: whom a kill hits is reached, too.
    with browsers(delay=10 * DELAY) as wire:
        send = begun(wire, settings, monkeypatch)
        with senders(send) as begin:
            for _ in range(KILLS):
                # Whom the last kill hit comes first, and is under way again at the next.
                lost = Delivery.objects.filter(send_id=send.pk, state=State.DEFERRED)
                lost.update(next_try_at=now() - timedelta(days=1))
                kill_one(wire, send, begin, reached=len(wire.reached()) + 1)
        until(partial(rest, send), "the rest")
        got = Counter(wire.reached())
    assert lost_at_two_kills(send.pk) and max(got.values()) == 2
    assert_kept(send, got)


def assert_kept(send: Send, got: Counter[str]) -> None:
    """Everybody was reached, nobody thrice, and the ledger knows of whom it cannot be sure."""
    rows = Delivery.objects.filter(send_id=send.pk)
    values = dict(rows.values_list("address_id", "address__value"))
    sent = set(rows.filter(state=State.SENT).values_list("address_id", flat=True))
    unknown = set(rows.filter(state=State.UNKNOWN).values_list("address_id", flat=True))
    assert unknown == lost_at_two_kills(send.pk), "unknown is who was in flight at two kills"
    assert len(values) == READERS and sent | unknown == set(values), "all are settled"
    assert {values[each] for each in sent} <= set(got) <= set(values.values()), "nobody lost"
    assert max(got.values()) <= 2, "nobody thrice"
    assert got.total() - len(got) <= KILLS * AT_ONCE, "no more than were in flight"
    assert 2 * len(unknown) <= KILLS * AT_ONCE, "each was lost at two kills"


def test_killed_senders_repeat_nothing_on_whatsapp(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with numbers() as wire:
        send = begun(wire, settings, monkeypatch)
        kill_some(wire, send)
        until(partial(rest, send, due=True), "the rest")
        got = Counter(wire.reached())
    assert set(got.values()) == {1}, "nobody twice"
    rows = Delivery.objects.filter(send_id=send.pk)
    unknown = set(rows.filter(state=State.UNKNOWN).values_list("address__value", flat=True))
    sent = set(rows.filter(state=State.SENT).values_list("address__value", flat=True))
    assert len(unknown) <= KILLS * AT_ONCE and len(sent | unknown) == READERS, "nobody lost"
    assert {each.removeprefix("+") for each in sent} <= set(got)
    reported(send, got)
    left = rows.filter(state=State.UNKNOWN).values_list("address__value", flat=True)
    assert {each.removeprefix("+") for each in left}.isdisjoint(got), "Meta has said of the others"


def reported(send: Send, got: Counter[str]) -> None:
    """Meta says what it has taken."""
    for row in Delivery.objects.filter(send_id=send.pk, state=State.UNKNOWN):
        number = row.address.value.removeprefix("+")
        if number in got:
            status = {
                "id": f"wamid.{uuid.uuid4().hex}",
                "status": "sent",
                "timestamp": str(int(now().timestamp())),
                "recipient_id": number,
                "biz_opaque_callback_data": f"{send.pk}-{row.address_id}",
            }
            ProviderEvent.objects.create(
                provider="whatsapp",
                event_id=status["id"],
                body={"kind": "status", "status": status},
                received_at=now(),
            )
    take_events(now=now())


def rest(send: Send, *, due: bool = False) -> bool:
    if due:
        waiting = Delivery.objects.filter(send_id=send.pk, state=State.DEFERRED)
        waiting.update(next_try_at=now())
    send_some(send.pk, connections=AT_ONCE)
    states = (State.PENDING, State.DEFERRED, State.SENDING)
    return not Delivery.objects.filter(send_id=send.pk, state__in=states).exists()
