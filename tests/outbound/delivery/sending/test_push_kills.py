"""An alert to browsers whose senders are killed in the middle: nobody lost, nobody thrice."""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from digest.kit.clock import now
from digest.models import Address, Delivery, Send
from digest.outbound.channels.webpush import vapid
from digest.outbound.delivery.control.sweep import sweep
from digest.outbound.delivery.planning.fanout import fan_out
from digest.outbound.delivery.planning.plan import plan_alert
from digest.outbound.delivery.sending.send import send_some
from tests.deadlines import until
from tests.fakes.push_service import Browser, PushService, running
from tests.scenes import scene

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
ROOT = Path(__file__).resolve().parents[4]
READERS, AT_ONCE, KILLS = 900, 20, 3
KEY = vapid.made()


@pytest.fixture
def pushes(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[PushService]:
    settings.DIGEST_CHANNELS = ["webpush"]
    settings.DIGEST_ALLOWED_RECIPIENTS = ["*"]
    monkeypatch.setenv("DIGEST_WEBPUSH_KEYS", KEY)
    monkeypatch.setenv("DIGEST_WEBPUSH_SERVICES", "127.0.0.1")
    with running(PushService(delay=0.02)) as service:
        yield service


def browsers(service: PushService) -> Send:
    """An alert that is fanned out to as many browsers."""
    scene.readers(READERS, None, now=now(), channel="webpush")
    ours = vapid.VapidKey(KEY).public
    data = Browser().data(ours)
    rows = list(Address.objects.filter(channel="webpush"))
    for row in rows:
        row.value = service.endpoint(service.subscribe(ours))
        row.channel_data = data
    Address.objects.bulk_update(rows, ["value", "channel_data"])
    ids = plan_alert(scene.alert(now=now()).alert_id, 1, now=now()).send_ids
    send = Send.objects.get(pk__in=ids, channel="webpush")
    fan_out(send.pk, now=now())
    return send


def sender(send: Send) -> "subprocess.Popen[bytes]":
    """A sender in a process of its own."""
    found = connection.get_connection_params()
    code = (
        "import django; django.setup()\n"
        "from digest.outbound.delivery.sending.send import send_some\n"
        f"send_some({send.pk}, connections={AT_ONCE})"
    )
    database = f"postgresql://{found['user']}@/{found['dbname']}?host={found.get('host', '')}"
    environ = os.environ | {
        "DATABASE_URL": database,
        "DIGEST_ALLOWED_RECIPIENTS": "*",
        "DIGEST_CHANNELS": "webpush",
        "DJANGO_SETTINGS_MODULE": "digest.settings",
    }
    return subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=environ)


def test_killed_senders_lose_no_browser_and_reach_none_thrice(pushes: PushService) -> None:
    send = browsers(pushes)
    for number in range(1, KILLS + 1):
        killed = sender(send)
        wanted = number * READERS // (KILLS + 2)
        until(partial(taken, pushes, wanted), "pushes under way", 60)
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        sweep(now=now())
    assert len(pushes.taken) < READERS
    until(partial(rest, send), "the rest")
    got = Counter(each.token for each in pushes.taken)
    assert len(got) == READERS, "nobody lost"
    assert max(got.values()) <= 2, "nobody thrice"
    assert sum(got.values()) - READERS <= KILLS * AT_ONCE, "no more than were in flight"
    assert Delivery.objects.filter(send_id=send.pk, state=Delivery.State.SENT).count() == READERS


def taken(service: PushService, wanted: int) -> bool:
    return len(service.taken) >= wanted


def rest(send: Send) -> bool:
    send_some(send.pk, connections=AT_ONCE)
    return not waiting(send)


def waiting(send: Send) -> bool:
    states = (Delivery.State.PENDING, Delivery.State.DEFERRED, Delivery.State.SENDING)
    return Delivery.objects.filter(send_id=send.pk, state__in=states).exists()
