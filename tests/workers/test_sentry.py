"""Error reports and check-ins reach Sentry from real processes, and carry nobody's data."""

import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from digest.kit import heartbeats
from digest.kit.supervise import free_port
from tests.fakes import sentry
from tests.fakes.failing import SECRETS, TOKEN
from tests.workers.processes import beat_once, process, producer, until, worker_words
from workers import schedule

pytestmark = pytest.mark.slow


@pytest.fixture
def ingest() -> Iterator[sentry.Ingest]:
    with sentry.running() as made:
        yield made


def send(name: str, environment: dict[str, str]) -> None:
    from workers.app import app

    with producer(environment) as sending:
        app.send_task(name, producer=sending)


def assert_clean(ingest: sentry.Ingest, event: dict[str, Any]) -> None:
    """Nobody's data in anything that was sent, and the event can be placed."""
    for body in ingest.raw:
        for secret in SECRETS:
            assert secret not in body
        assert '"vars"' not in body
    assert (event["release"], event["environment"]) == ("7.8.9", "rehearsal")
    assert "user" not in event or not event["user"]


def broken(ingest: sentry.Ingest) -> list[dict[str, Any]]:
    return [
        event
        for event in ingest.of("event")
        if any(each["type"] == "Broken" for each in event.get("exception", {}).get("values", []))
    ]


@pytest.mark.parametrize("pool", ["prefork", "solo"])
def test_a_failing_task_is_reported_without_anybodys_data(
    ingest: sentry.Ingest, environment: dict[str, str], tmp_path: Path, pool: str
) -> None:
    environment |= {"SENTRY_DSN": ingest.url}
    words = worker_words("--pool", pool, "--include", "tests.fakes.failing")
    with process(*words, environment=environment, log=tmp_path / "log"):
        send("fakes.broken", environment)
        ingest.wait_for(broken)
    (event,) = broken(ingest)
    assert event["tags"]["process"] == "worker"
    assert event["transaction"] == "fakes.broken"
    said = [each["value"] for each in event["exception"]["values"]]
    assert said == [
        "550 <[address]> unknown; [phone] too",
        "cannot reach [address] or [phone], see https://news.example/unsubscribe/…",
    ]
    crumbs = [crumb.get("message") for crumb in event["breadcrumbs"]["values"]]
    assert "about to send to [address]" in crumbs
    assert_clean(ingest, event)


def test_a_failing_page_is_reported_without_anybodys_data(
    ingest: sentry.Ingest, environment: dict[str, str], tmp_path: Path
) -> None:
    environment |= {"SENTRY_DSN": ingest.url}
    port = free_port(18_000)
    words = ["-m", "granian", "--interface", "asginl", "--port", str(port), "--no-ws"]
    page = f"http://127.0.0.1:{port}/preferences/{TOKEN}"
    asked = urllib.request.Request(
        f"{page}?address=anna.kim@readers.example",
        headers={"X-Forwarded-For": "198.51.100.7", "Cookie": "seen=anna.kim@readers.example"},
    )
    with process(
        *words,
        "tests.fakes.failing_asgi:application",
        environment=environment,
        log=tmp_path / "log",
    ):
        until(lambda: answers(port), "the web service answers")
        with pytest.raises(urllib.error.HTTPError, match="500"):
            urllib.request.urlopen(asked)
        ingest.wait_for(broken)
    (event,) = broken(ingest)
    assert event["tags"]["process"] == "web"
    assert event["request"]["url"].endswith("/preferences/…")
    assert event["transaction"] == "/preferences/{token}"
    assert "198.51.100.7" not in str(ingest.raw)
    assert_clean(ingest, event)


def test_every_tick_checks_in_also_when_the_worker_ends_at_once(
    environment: dict[str, str], client: "redis.Redis", tmp_path: Path
) -> None:
    with sentry.running(delay=0.05) as ingest:
        environment |= {"SENTRY_DSN": ingest.url}
        with process(*worker_words(), environment=environment, log=tmp_path / "log") as worker:
            beat_once(environment)
            until(lambda: len(checked_in(client)) == len(schedule.TICKS), "every tick was taken")
            worker.terminate()
            assert worker.wait(30) == 0
        slugs = {each["monitor_slug"]: each for each in ingest.of("check_in")}
    assert set(slugs) == {f"tick-{tick.name}" for tick in schedule.TICKS}
    for checkin in slugs.values():
        assert checkin["status"] == "ok", (tmp_path / "log").read_text()[-3000:]
        assert checkin["monitor_config"]["schedule"] == {
            "type": "interval",
            "value": 1,
            "unit": "minute",
        }
        assert (checkin["release"], checkin["environment"]) == ("7.8.9", "rehearsal")


def test_a_tick_checks_in_once_a_minute(
    ingest: sentry.Ingest, environment: dict[str, str], client: "redis.Redis", tmp_path: Path
) -> None:
    environment |= {"SENTRY_DSN": ingest.url}
    with process(*worker_words(), environment=environment, log=tmp_path / "log") as worker:
        for _ in range(2):
            beat_once(environment)
            until(lambda: not waiting(client), "every tick has been worked on")
        worker.terminate()
        worker.wait(30)
    slugs = [each["monitor_slug"] for each in ingest.of("check_in")]
    assert len(slugs) == len(schedule.TICKS)
    assert len(set(slugs)) == len(slugs)


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/robots.txt", timeout=5):
            return True
    except OSError:
        return False


def checked_in(client: "redis.Redis") -> list[str]:
    """The ticks that a worker is about to report, or has."""
    return [key.decode() for key in client.keys("digest:checkin:*")]  # type: ignore[union-attr]


def waiting(client: "redis.Redis") -> int:
    """Messages in queues or in a worker's hands."""
    return sum(heartbeats.read(client).waiting.values()) + int(client.hlen("unacked"))
