"""Prometheus reads what all workers did, and nobody else does."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from digest.kit import counters, valkey
from digest.kit.clock import now
from digest.outbound.delivery.sending.send import send_some
from tests.scenes import scene
from tests.scenes.scripted import Scripted

ROOT = Path(__file__).resolve().parents[2]
NAMED = re.compile(r"digest_[a-z_]+")


@pytest.fixture(autouse=True)
def token(settings: Any) -> str:
    settings.DIGEST_METRICS_TOKEN = "let-me-see"
    # What other tests of this process counted may not be written yet.
    counters.flush()
    valkey.client().delete(counters.KEY)
    return "let-me-see"


def families(client: Client, token: str) -> dict[str, Any]:
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    return {each.name: each for each in text_string_to_metric_families(answer.content.decode())}


@pytest.mark.django_db(transaction=True)
def test_attempts_of_every_process_and_open_deliveries_are_counted(
    client: Client, token: str
) -> None:
    send = scene.running_edition(30, now=now())
    send_some(send.pk, channel=Scripted(), connections=4)
    waiting = scene.running_edition(7, now=now(), slug="later")
    counters.flush()
    found = families(client, token)
    attempts = {
        tuple(sample.labels.values()): sample.value for sample in found["digest_attempts"].samples
    }
    assert attempts[("email", "digests", "sent")] == 30
    (open_now,) = found["digest_deliveries_open"].samples
    assert (open_now.labels, open_now.value) == ({"lane": "digests"}, waiting.total)
    assert found["digest_redis_up"].samples[0].value == 1


@pytest.mark.django_db
def test_nobody_else_reads_them(client: Client, settings: Any) -> None:
    assert client.get("/metrics").status_code == 401
    wrong = client.get("/metrics", headers={"Authorization": "Bearer let-me-in"})
    assert wrong.status_code == 401
    settings.DIGEST_METRICS_TOKEN = ""
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


@pytest.mark.django_db
def test_rules_and_dashboard_name_metrics_that_exist(client: Client, token: str) -> None:
    scene.running_edition(1, now=now())
    counters.count("attempts", "email", "digests", "sent")
    counters.flush()
    found = families(client, token)
    there = {s.name for each in found.values() for s in each.samples} | set(found)
    rules = yaml.safe_load((ROOT / "deploy/prometheus/rules.yml").read_text())
    expressions = [rule["expr"] for group in rules["groups"] for rule in group["rules"]]
    board = json.loads((ROOT / "deploy/grafana/digest.json").read_text())
    expressions += [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    named = {name for each in expressions for name in NAMED.findall(each)}
    assert named
    assert named - there == set()
    told = (ROOT / "docs/operations.md").read_text()
    assert {name for name in named if f"`{name}`" not in told} == set()


def test_counts_add_up_over_threads_and_flushes() -> None:
    for _ in range(3):
        counters.count("x", "a")
        counters.flush()
    counters.count("x", "b", by=5)
    counters.flush()
    found = counters.read()
    assert (found[("x", "a")], found[("x", "b")]) == (3, 5)
