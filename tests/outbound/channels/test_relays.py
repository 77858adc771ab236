"""Several relays over real SMTP: shares by weight, limits of their own, and one that goes away."""

import asyncio
import json
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from django.db import connection
from pytest_django import Settings

from digest.kit import valkey
from digest.kit.clock import now
from digest.models import Delivery, Send
from digest.outbound.channels.base import Unreachable
from digest.outbound.channels.email.relay import Relay, Relays
from digest.outbound.delivery.core.limits import Limit, read
from digest.outbound.delivery.core.rate import Rate
from digest.outbound.delivery.sending.send import send_some
from tests.deadlines import patience
from tests.fakes.smtp import Sink, running
from tests.scenes import scene

pytestmark = pytest.mark.django_db(transaction=True)

State = Delivery.State
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def fresh_limits() -> Iterator[None]:
    valkey.client().flushdb()
    yield
    valkey.client().flushdb()


@contextmanager
def sinks(number: int, *, delay: float = 0.0) -> Iterator[list[Sink]]:
    """So many relays, each in a thread of its own."""
    with ExitStack() as stack:
        yield [stack.enter_context(running(Sink(delay=delay))) for _ in range(number)]


def received(*relays: Sink) -> Counter[str]:
    return Counter(mail.recipient for sink in relays for mail in sink.taken)


def everybody(send: Send) -> Counter[str]:
    return Counter(
        Delivery.objects.filter(send_id=send.pk).values_list("address__value", flat=True)
    )


def test_connections_are_shared_by_weight() -> None:
    with sinks(3) as three:

        async def dial() -> list[str]:
            weighted = [
                Relay("127.0.0.1", sink.port, weight=weight)
                for sink, weight in zip(three, (3, 2, 1), strict=True)
            ]
            relays = Relays(weighted, "digest.example")
            dialled = [await relays.dial(5) for _ in range(12)]
            # One that is lost is replaced where it was.
            lost = next(each for each in dialled if each.relay == weighted[2].name)
            lost.leave()
            again = await relays.dial(5)
            assert again.relay == lost.relay
            for each in [*dialled, again]:
                each.transport.abort()
            return [dialled.relay for dialled in dialled]

        shares = Counter(asyncio.run(dial()))
        assert [shares[f"127.0.0.1:{sink.port}"] for sink in three] == [6, 4, 2]


def test_a_relay_that_is_full_is_passed_over_and_none_is_told() -> None:
    with sinks(2) as (small, large):
        places = {f"127.0.0.1:{small.port}": 1, f"127.0.0.1:{large.port}": 2}

        async def dial() -> None:
            pair = [Relay("127.0.0.1", small.port, weight=50), Relay("127.0.0.1", large.port)]
            relays = Relays(pair, "digest.example", places.get)
            assert relays.room == 3
            dialled = [await relays.dial(5) for _ in range(3)]
            assert Counter(each.relay for each in dialled) == places
            assert relays.room == 0
            with pytest.raises(Unreachable, match="as many connections as it may"):
                await relays.dial(5)
            for each in dialled:
                each.transport.abort()

        asyncio.run(dial())


def test_mails_follow_the_weights(settings: Settings) -> None:
    send = scene.running_edition(1000, now=now())
    with sinks(2, delay=0.002) as (heavy, light):
        settings.DIGEST_SMTP_URL = f"{heavy.url}?weight=3 {light.url}"
        assert send_some(send.pk, connections=8, seconds=60).sent == 1000
        assert received(heavy, light) == everybody(send)
        assert (heavy.connections, light.connections) == (6, 2)
        assert 600 <= len(heavy.taken) <= 900


@pytest.mark.slow
def test_a_relay_that_goes_away_loses_nothing_and_the_other_takes_over(
    settings: Settings, tmp_path: Path
) -> None:
    send = scene.running_edition(800, now=now())
    record = tmp_path / "taken"
    words = [sys.executable, "-m", "tests.fakes.smtp", "--record", str(record), "--delay-ms", "4"]
    with (
        subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as leaving,
        sinks(1, delay=0.004) as (staying,),
    ):
        assert leaving.stdout is not None
        port = int(leaving.stdout.readline())
        settings.DIGEST_SMTP_URL = f"smtp://127.0.0.1:{port} {staying.url}"

        def kill() -> None:
            deadline = time.monotonic() + patience(60)
            while time.monotonic() < deadline:
                if record.exists() and record.read_bytes().count(b"\n") >= 50:
                    break
                time.sleep(0.005)
            leaving.kill()

        killer = threading.Thread(target=kill)
        killer.start()
        first = send_some(send.pk, connections=8, seconds=60)
        killer.join()
        leaving.wait()
        assert first.ended == "drained"
        for _ in range(3):
            Delivery.objects.filter(state=State.DEFERRED).update(next_try_at=now())
            send_some(send.pk, connections=8)
        gone = Counter(json.loads(line)["to"] for line in record.read_text().splitlines())
        total = gone + received(staying)
    assert set(total) == set(everybody(send))
    assert max(total.values()) <= 2
    # Only what was under way on the four connections to it may have come twice.
    assert sum(total.values()) - 800 <= 4
    assert gone.total() >= 50
    assert len(staying.taken) > 400
    assert set(Delivery.objects.values_list("state", flat=True)) == {State.SENT}


def test_a_relay_keeps_to_its_connections_and_the_others_take_the_rest(settings: Settings) -> None:
    send = scene.running_edition(300, now=now())
    with sinks(2, delay=0.003) as (narrow, wide):
        settings.DIGEST_SMTP_URL = f"{narrow.url}?weight=20 {wide.url}"
        settings.DIGEST_PACE = [f"relay:127.0.0.1:{narrow.port}=;4"]
        assert send_some(send.pk, connections=8, seconds=60).sent == 300
        assert received(narrow, wide) == everybody(send)
        # The third is kept for confirmations, the fourth for alerts.
        assert (narrow.connections, wide.connections) == (2, 6)
        assert narrow.most_in_flight <= 2


def test_a_relay_keeps_to_its_rate_and_the_others_take_the_rest(settings: Settings) -> None:
    send = scene.running_edition(400, now=now())
    with sinks(2, delay=0.005) as (slow, fast):
        settings.DIGEST_SMTP_URL = f"{slow.url} {fast.url}"
        settings.DIGEST_PACE = [f"relay:127.0.0.1:{slow.port}=5/s"]
        began = time.monotonic()
        assert send_some(send.pk, connections=4, seconds=60).sent == 400
        took = time.monotonic() - began
        assert received(slow, fast) == everybody(send)
        # A burst, and what flowed in.
        assert 0 < len(slow.taken) <= 1 + 5 * took + 1
        assert len(fast.taken) > 200


def test_two_runs_at_once_share_what_a_relay_takes(settings: Settings) -> None:
    send = scene.running_edition(160, now=now())
    with sinks(1) as (only,):
        settings.DIGEST_SMTP_URL = only.url
        settings.DIGEST_PACE = ["relay:127.0.0.1=50/s;6"]
        began, sent = time.monotonic(), Counter[str]()

        def work() -> None:
            left = True
            while left:
                progress = send_some(send.pk, connections=3, seconds=20)
                sent[threading.current_thread().name] += progress.sent
                left = progress.left > 0 and not progress.stalled
            connection.close()

        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        took = time.monotonic() - began
        assert received(only) == everybody(send)
        assert 12 + 50 * took + 1 >= 160
        assert sorted(sent) == sorted(each.name for each in threads)
        # The fifth is kept for confirmations, the sixth for alerts.
        assert only.most_in_flight <= 4


def test_a_run_without_a_connection_takes_nothing_from_those_that_have_one(
    settings: Settings,
) -> None:
    send = scene.running_edition(3, now=now())
    with sinks(1) as (only,):
        settings.DIGEST_SMTP_URL = only.url
        settings.DIGEST_PACE = ["relay:127.0.0.1=8/s;3"]
        held = f"digest:pace:places:relay:127.0.0.1:{only.port}"
        valkey.client().hset(held, "another", f"3 {time.time() + 60:.6f}")
        assert send_some(send.pk, connections=4).stalled
        assert list(valkey.client().scan_iter("digest:pace:rate:*")) == []


def test_a_relay_whose_connections_others_hold_stalls_the_run_but_no_alert(
    settings: Settings,
) -> None:
    send = scene.running_edition(3, now=now())
    with sinks(1) as (only,):
        settings.DIGEST_SMTP_URL = only.url
        settings.DIGEST_PACE = [f"relay:127.0.0.1:{only.port}=;3"]
        held = f"digest:pace:places:relay:127.0.0.1:{only.port}"
        valkey.client().hset(held, "another", f"3 {time.time() + 60:.6f}")
        progress = send_some(send.pk, connections=4)
        assert (progress.sent, progress.stalled) == (0, True)
        Send.objects.update(lane="alerts")
        assert send_some(send.pk, connections=4).sent == 3


def test_a_limit_is_found_by_relay_host_or_for_all() -> None:
    limits = read(["relay:A.example=5/s", "relay:a.example:2525=;7", "relay:*=1/s"])
    assert limits.relay("a.example:2525") == Limit(None, 7)
    assert limits.relay("a.example:25") == Limit(Rate(5, 1, 1))
    assert limits.relay("b.example:25") == Limit(Rate(1, 1, 1))
    assert read([]).relay("b.example:25") == Limit()
