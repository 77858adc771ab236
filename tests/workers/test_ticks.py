"""Ticks find what lost messages left behind, and pile up for nobody."""

import json
import os
import runpy
import socket
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
import redis
from django.conf import settings

from digest.kit import heartbeats, wake
from digest.kit.clock import now
from digest.models import Delivery, Feed, Send, Story
from tests.fakes import smtp
from tests.scenes import scene
from tests.scenes.servers import Valkey
from tests.workers.processes import ROOT, beat_once, process, until, worker_words
from workers import schedule
from workers.__main__ import celery_command
from workers.queues import ROUTES, Queue, modules


def ticks_waiting(client: "redis.Redis") -> Counter[str]:
    """How many messages of each tick wait in its queue; wake-ups are not counted."""
    found: Counter[str] = Counter()
    for queue in heartbeats.QUEUES:
        for message in client.lrange(queue, 0, -1):  # type: ignore[union-attr]
            found.update(filter(None, [json.loads(message)["headers"].get("tick")]))
    return found


def one_of_each() -> dict[str, int]:
    return {tick.name: 1 for tick in schedule.TICKS}


@pytest.mark.slow
def test_workers_that_were_away_find_one_of_each_tick(
    environment: dict[str, str], client: "redis.Redis"
) -> None:
    for _ in range(4):
        beat_once(environment)
    assert ticks_waiting(client) == one_of_each()


@pytest.mark.slow
def test_two_beats_leave_no_more_than_one_each(
    environment: dict[str, str], client: "redis.Redis", tmp_path: Path
) -> None:
    words = ("-m", "workers", "beat")
    with (
        process(*words, environment=environment, log=tmp_path / "a"),
        process(*words, environment=environment, log=tmp_path / "b"),
    ):
        often = {tick.name for tick in schedule.TICKS if tick.every <= 5}
        until(lambda: often <= set(ticks_waiting(client)), "both beats have ticked")
        first = time.monotonic()
        until(lambda: time.monotonic() - first > 7, "a second round of ticks has come")
    counts = ticks_waiting(client)
    assert max(counts.values()) <= 2, counts


@pytest.mark.slow
def test_a_tick_is_sent_again_once_the_one_before_was_taken(
    environment: dict[str, str], client: "redis.Redis"
) -> None:
    beat_once(environment)
    client.delete("upkeep")
    beat_once(environment)
    assert ticks_waiting(client) == one_of_each()


def test_a_wake_up_is_no_tick(monkeypatch: pytest.MonkeyPatch, client: "redis.Redis") -> None:
    from digest.kit import valkey
    from workers import beat

    monkeypatch.setattr(valkey, "client", lambda: client)
    client.lpush("upkeep", '{"body": "", "headers": {"task": "upkeep.sweep"}}')
    assert not beat.waits("sweep", "upkeep")
    client.lpush("upkeep", '{"body": "", "headers": {"task": "upkeep.sweep", "tick": "sweep"}}')
    assert beat.waits("sweep", "upkeep")
    assert not beat.waits("events", "upkeep")


def test_beat_ticks_on_when_the_broker_cannot_be_asked(
    monkeypatch: pytest.MonkeyPatch, broker: Valkey, client: "redis.Redis"
) -> None:
    from digest.kit import valkey
    from workers import beat

    monkeypatch.setattr(valkey, "client", lambda: client)
    broker.stop()
    assert not beat.waits("sweep", "upkeep")


@pytest.mark.slow
def test_every_stage_is_found_by_its_tick_after_all_messages_were_lost(
    environment: dict[str, str], client: "redis.Redis", tmp_path: Path
) -> None:
    """No row of the test wakes anybody, and the broker is emptied again and again on the way."""
    moment = now()
    with smtp.running(smtp.Sink()) as sink:
        environment |= {
            "DIGEST_SMTP_URL": sink.url,
            "DIGEST_ALLOW_PRIVATE_FETCH": "1",
        }
        newsletter = scene.newsletter()
        scene.readers(3, newsletter, now=moment)
        scene.readers(2, None, now=moment)
        scene.edition(newsletter, now=moment)
        scene.alert(now=moment)
        feed = Feed.objects.create(url="http://127.0.0.1:9/gone.xml", next_check_at=moment)
        with process(*worker_words(), environment=environment, log=tmp_path / "log"):
            deadline = time.monotonic() + 90
            while len(sink.taken) < 5 or not Feed.objects.filter(failures__gt=0).exists():
                assert time.monotonic() < deadline, (tmp_path / "log").read_text()[-3000:]
                client.flushall()
                beat_once(environment)
                until_empty(client)
            for _ in range(2):  # a repeated task, a second beat
                beat_once(environment)
                until_empty(client)
    assert len({mail.id for mail in sink.taken}) == len(sink.taken) == 5
    assert set(Delivery.objects.values_list("state", flat=True)) == {Delivery.State.SENT}
    assert Send.objects.filter(total__gt=0).count() == 2
    feed.refresh_from_db()
    assert feed.error_kind


@pytest.mark.slow
def test_a_stage_runs_within_seconds_with_real_beat_and_workers(
    environment: dict[str, str], client: "redis.Redis", tmp_path: Path
) -> None:
    with (
        process("-m", "workers", "beat", environment=environment, log=tmp_path / "log"),
        process(*worker_words(), environment=environment, log=tmp_path / "log"),
    ):
        until(
            lambda: len(heartbeats.read(client).served_at) == len(heartbeats.QUEUES),
            "all are served",
        )
        signs = heartbeats.read(client)
    assert signs.ticked_at is not None
    assert abs(signs.ticked_at - time.time()) < 60


@pytest.mark.slow
@pytest.mark.parametrize("gone", ["refused", "silent"])
def test_a_wake_up_without_a_broker_is_swallowed_in_seconds(gone: str) -> None:
    """In a process of its own: Celery keeps the broker's address for good."""
    script = (
        "import time, django; django.setup()\n"
        "from digest.kit import wake\n"
        "wake.call('tag')\n"  # imports Celery, and finds out
        "began = time.monotonic(); wake.call('tag'); print('took', time.monotonic() - began)\n"
    )
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        if gone == "silent":
            silent.listen()
        run = subprocess.run(
            [sys.executable, "-c", script],
            cwd=ROOT,
            env={
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "digest.settings",
                "DIGEST_WAKER": "workers.wake.wake",
                "REDIS_URL": f"redis://127.0.0.1:{silent.getsockname()[1]}/0",
            },
            capture_output=True,
            text=True,
            check=True,
        )
    assert run.stdout.count("wake-up lost") == 2
    assert float(run.stdout.split()[-1]) < 4


@pytest.mark.django_db(transaction=True)
def test_the_row_remains_when_its_wake_up_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(*words: object) -> None:
        raise ConnectionError("the broker is gone")

    monkeypatch.setattr("workers.wake.wake", lost)
    monkeypatch.setattr(settings, "DIGEST_WAKER", "workers.wake.wake")
    from django.db import transaction

    with transaction.atomic():
        story = Story.objects.create(headline="Quake", first_at=now(), last_at=now())
        wake.on_commit("tag", story.pk)
    assert Story.objects.filter(pk=story.pk).exists()


def until_empty(client: "redis.Redis") -> None:
    until(
        lambda: not any(heartbeats.read(client).waiting.values()) and not client.hlen("unacked"),
        "every tick has been worked on",
    )


def test_every_tick_waits_in_the_queue_where_beat_looks() -> None:
    from workers.app import app

    for tick in schedule.TICKS:
        route = app.amqp.router.route({}, tick.task)
        assert route["queue"].name == ROUTES[tick.task].value


@pytest.mark.parametrize(
    ("words", "loaded"),
    [
        (celery_command("beat"), set()),
        (celery_command("upkeep"), set()),  # told so by its command
        (["celery", "--app", "workers.app:app", "worker"], set(modules(Queue))),
    ],
    ids=["beat", "of the table", "somebody's own"],
)
def test_beat_names_tasks_and_loads_none(
    monkeypatch: pytest.MonkeyPatch, words: list[str], loaded: set[str]
) -> None:
    """The clusterer's libraries alone would be a hundred megabytes that beat never uses."""
    monkeypatch.setattr(sys, "argv", words)
    assert set(runpy.run_path(str(ROOT / "workers" / "config.py"))["imports"]) == loaded
