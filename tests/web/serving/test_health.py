"""Health says what is so: whether parts take writes, whether ticks come, and what waits."""

import json
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import redis
from django.db import connection
from django.test import Client

from digest.kit import heartbeats, valkey
from digest.kit.clock import now
from digest.management.examination.channels import leave_word
from digest.models import Feed, Push, Send
from digest.outbound.delivery.control import controls
from digest.web.public import probes
from tests.scenes import scene
from tests.scenes.servers import Valkey

pytestmark = pytest.mark.django_db


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch) -> Iterator["redis.Redis"]:
    """A broker of the test's own."""
    server = Valkey()
    server.start()
    client = redis.Redis.from_url(server.url)
    monkeypatch.setattr(valkey, "client", lambda: client)
    yield client
    server.stop()


def look(client: Client) -> tuple[int, str, dict[str, str]]:
    """The status, the state, and what is not ok by its name."""
    answer = client.get("/health?format=json")
    found = json.loads(answer.content)
    wrong = {each["name"]: each["state"] for each in found["readings"] if each["state"] != "ok"}
    return answer.status_code, found["status"], wrong


def test_a_sound_service_is_ok(client: Client, own: "redis.Redis") -> None:
    assert look(client) == (200, "ok", {})


def test_a_broker_that_refuses_writes_is_down(client: Client, own: "redis.Redis") -> None:
    own.config_set("maxmemory", 1)
    assert own.ping()
    assert look(client) == (503, "down", {"Broker": "down"})


def test_a_database_that_takes_no_writes_is_down(client: Client, own: "redis.Redis") -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET transaction_read_only = on")
    assert look(client)[:2] == (503, "down")


def test_a_beat_that_died_a_day_ago_is_told(client: Client, own: "redis.Redis") -> None:
    heartbeats.note(own, "upkeep", tick=True)
    assert look(client) == (200, "ok", {})
    own.set(heartbeats.TICKED, str(time.time() - 86_400))
    assert look(client) == (200, "degraded", {"Last tick": "degraded"})


def test_a_tick_that_fails_is_told_until_it_no_longer_does(
    client: Client, own: "redis.Redis"
) -> None:
    heartbeats.note_end(own, "sweep", failed=True)
    assert look(client) == (200, "degraded", {"Ticks that fail": "degraded"})
    heartbeats.note_end(own, "sweep", failed=False)
    assert look(client) == (200, "ok", {})


def test_a_channel_whose_check_fails_is_told_in_its_words(
    client: Client, own: "redis.Redis"
) -> None:
    told = {"at": time.time(), "wrong": "WhatsApp: the token is refused."}
    own.hset(heartbeats.CHANNELS, "whatsapp", json.dumps(told))
    own.hset(heartbeats.CHANNELS, "pigeon", json.dumps(told))
    assert look(client) == (200, "degraded", {"Channel whatsapp": "degraded"})
    assert "the token is refused" in client.get("/health").content.decode()


def test_journals_that_cannot_be_written_and_a_full_disk_are_told(
    client: Client, own: "redis.Redis", settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probes, "LITTLE_ROOM", 1 << 60)
    assert look(client) == (200, "degraded", {"Disk": "degraded"})
    settings.DIGEST_HOME = Path("/nonexistent/folder")
    monkeypatch.setenv("DIGEST_HOME", "/nonexistent/folder")
    status, state, wrong = look(client)
    assert (status, state) == (200, "degraded")
    assert wrong["Journals"] == "degraded"


def test_what_a_hub_pushed_does_not_wait_unseen(client: Client, own: "redis.Redis") -> None:
    moment = now() - timedelta(hours=1)
    feed = Feed.objects.create(url="https://a.example/feed", next_check_at=now())
    Push.objects.create(feed=feed, received_at=moment, body=b"<rss/>", content_type="text/xml")
    assert look(client) == (200, "degraded", {"Pushed feeds waiting": "late"})


def test_metrics_say_the_same(client: Client, own: "redis.Redis", settings: Any) -> None:
    settings.DIGEST_METRICS_TOKEN = "let-me-see"
    heartbeats.note_end(own, "sweep", failed=True)
    told = client.get("/metrics", headers={"Authorization": "Bearer let-me-see"}).content.decode()
    assert 'digest_health{reading="all"} 1.0' in told
    assert 'digest_health{reading="Ticks that fail"} 1.0' in told
    assert 'digest_health{reading="Database"} 0.0' in told


class Refusing(BaseHTTPRequestHandler):
    """Meta, when it does not know a token."""

    def do_GET(self) -> None:
        assert self.headers["Authorization"] == "Bearer an-old-token"
        self.send_error(401)

    def log_message(self, *words: Any) -> None:
        """Keep quiet."""


def test_a_token_that_meta_refuses_is_found_by_the_workers_and_told(
    client: Client, own: "redis.Redis", settings: Any
) -> None:
    server = HTTPServer(("127.0.0.1", 0), Refusing)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.DIGEST_CHANNELS = ["whatsapp"]
    settings.DIGEST_WHATSAPP_URL = f"http://127.0.0.1:{server.server_port}/v23.0"
    settings.DIGEST_WHATSAPP_PHONE_ID, settings.DIGEST_WHATSAPP_TOKEN = "1002", "an-old-token"
    leave_word(own, settings, now=now())
    assert look(client) == (200, "degraded", {"Channel whatsapp": "degraded"})
    server.shutdown()
    server.server_close()
    leave_word(own, settings, now=now())
    assert look(client) == (200, "ok", {})


def test_sends_that_get_nowhere_or_wait_for_an_editor_are_told(
    client: Client, own: "redis.Redis"
) -> None:
    moment = now()
    send = scene.running_edition(3, now=moment)
    assert look(client) == (200, "ok", {})
    Send.objects.filter(pk=send.pk).update(held_up_since=moment - timedelta(minutes=3))
    assert look(client) == (200, "degraded", {"Sends held up": "late"})
    controls.pause(send.pk, now=moment, who="an editor")
    assert look(client) == (200, "ok", {})
    controls.resume(send.pk, now=moment)
    controls.pause(send.pk, now=moment, reason="The quota is used up.", who="the sender")
    assert look(client) == (200, "degraded", {"Sends that wait for an editor": "late"})


def test_a_file_in_the_place_of_the_journals_is_told(
    client: Client, own: "redis.Redis", tmp_path: Path
) -> None:
    folder = tmp_path / "journals" / "55732d4c03cc"
    for place in (folder, folder.parent):
        assert [each.state for each in probes.disk(tmp_path, folder)] == ["ok", "ok"]
        place.parent.mkdir(exist_ok=True)
        place.write_text("")
        journals, _ = probes.disk(tmp_path, folder)
        assert journals.state == "degraded" and "nothing is sent" in journals.words
        place.unlink()
        if place == folder:
            folder.parent.rmdir()
