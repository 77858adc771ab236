"""How many rows a run claims: few at first, then as many as its connections carry."""

from typing import Any

import pytest

from digest.kit.clock import now
from digest.outbound.delivery.sending import feeder
from digest.outbound.delivery.sending.feeder import BATCH_LIMIT, FIRST_CLAIM, size_after
from digest.outbound.delivery.sending.send import send_some
from tests.scenes import scene
from tests.scenes.scripted import Scripted


@pytest.mark.django_db(transaction=True)
def test_the_first_reader_waits_for_no_large_claim(monkeypatch: pytest.MonkeyPatch) -> None:
    limits: list[int] = []

    async def noted(*given: Any, **how: Any) -> Any:
        limits.append(how["limit"])
        return await claim(*given, **how)

    claim = feeder.claim
    monkeypatch.setattr(feeder, "claim", noted)
    send = scene.running_edition(150, now=now())
    progress = send_some(send.pk, channel=Scripted(), connections=200)
    assert progress.sent == 150
    assert limits[:3] == [FIRST_CLAIM, 4 * FIRST_CLAIM, 16 * FIRST_CLAIM]


@pytest.mark.parametrize(
    ("size", "took", "connections", "next_one"),
    [
        # Slow or not, connections that stand idle come first, and no more than they need.
        (20, 5.0, 200, 80),
        (80, 5.0, 200, 320),
        (40, 5.0, 50, 100),
        # Then as many as go out within a moment, and never fewer than the connections.
        (20, 0.1, 20, 40),
        (800, 0.1, 200, BATCH_LIMIT),
        (400, 0.2, 200, 400),
        (400, 0.4, 200, 200),
        (300, 0.4, 200, 200),
        (2, 0.1, 1, 4),
    ],
)
def test_a_claim_follows_from_the_one_before(
    size: int, took: float, connections: int, next_one: int
) -> None:
    assert size_after(size, took, connections) == next_one
