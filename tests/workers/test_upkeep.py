"""The sweep wakes whoever should look, and buries no lane under its wake-ups."""

import pytest
import redis

from digest.kit import valkey, wake
from digest.outbound.delivery.control.sweep import Swept
from tests.scenes.servers import Valkey
from workers import upkeep

SWEPT = Swept(
    to_send={"transactional": tuple(range(200)), "digests": (7,)},
    to_fan_out={"transactional": tuple(range(200, 400))},
)


@pytest.fixture(autouse=True)
def lanes(monkeypatch: pytest.MonkeyPatch, client: "redis.Redis") -> None:
    """Wake-ups go to the queues of a fresh Valkey, where no worker takes them."""

    def call(stage: str, *ids: int) -> None:
        try:
            client.lpush(stage.partition(":")[2], *ids)
        except redis.RedisError:
            lost.extend(ids)

    lost.clear()
    monkeypatch.setattr(valkey, "client", lambda: client)
    monkeypatch.setattr(wake, "call", call)
    monkeypatch.setattr(upkeep, "sweep_deliveries", lambda now: SWEPT)


lost: list[int] = []


@pytest.mark.django_db
def test_a_lane_without_a_worker_gathers_a_bounded_number_of_wake_ups(
    client: "redis.Redis",
) -> None:
    for _ in range(20):
        upkeep.sweep()
    assert client.llen("transactional") == 800
    assert client.llen("digests") == 20


@pytest.mark.django_db
def test_every_open_send_is_woken_at_once_when_its_queue_is_empty(client: "redis.Redis") -> None:
    for _ in range(9):
        upkeep.sweep()
    client.delete("transactional")
    upkeep.sweep()
    assert {int(each) for each in client.lrange("transactional", 0, -1)} == set(range(400))


@pytest.mark.django_db
def test_without_a_broker_to_ask_everybody_is_woken(broker: Valkey) -> None:
    broker.stop()
    upkeep.sweep()
    assert len(lost) == 401
