"""Alerts in the middle of their fan-out."""

import pytest

from digest.kit.clock import now as clock
from digest.models import Send
from digest.outbound.delivery.core import shards
from digest.outbound.delivery.planning import fanout, plan
from tests.scenes import scene


def in_portions(monkeypatch: pytest.MonkeyPatch, first: int, grows: int, most: int) -> None:
    monkeypatch.setattr(shards, "FIRST", first)
    monkeypatch.setattr(shards, "GROWS", grows)
    monkeypatch.setattr(shards, "MOST", most)


def half_written(count: int, monkeypatch: pytest.MonkeyPatch) -> Send:
    """An alert to so many, of whom two are written down."""
    scene.readers(count, None, now=clock())
    in_portions(monkeypatch, 2, 2, 4)
    ids = plan.plan_alert(scene.alert(now=clock()).alert_id, 1, now=clock()).send_ids
    send = Send.objects.get(pk__in=ids, channel="email")
    Send.objects.filter(pk__in=ids).exclude(pk=send.pk).delete()
    fanout._fan_out(send.pk, clock(), 0)
    send.refresh_from_db()
    assert (send.total, send.state) == (2, "running")
    return send
