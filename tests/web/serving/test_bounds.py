"""What the bounds of the gate add up to: waits one after another, bodies beside each other."""

import asyncio

import pytest

from digest.kit import published
from digest.web.serving import bodies, gate
from digest.web.serving.gate import Gate
from tests.web.serving.asking import Pages, ask, silent, whole


def test_who_waited_for_a_page_of_anothers_does_not_begin_to_wait_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(published, "mark", lambda: "a")
    monkeypatch.setattr(gate, "PATIENCE", 4.0)
    waits: list[float] = []
    door = Gate(Pages(seconds=0.3))
    enter = door._places["readers"]._enter

    async def noted(patience: float) -> None:
        waits.append(patience)
        await enter(patience)

    monkeypatch.setattr(door._places["readers"], "_enter", noted)
    monkeypatch.setattr(door._places["readers"], "_patience", 4.0)

    async def together() -> None:
        await asyncio.gather(*[ask(door, "/subscribe") for _ in range(3)])

    asyncio.run(together())
    first, *others = waits
    assert len(others) == 2 and first > max(others)
    assert max(others) <= 4.0 - 0.25


def test_bodies_that_wait_for_their_end_weigh_no_more_than_they_may(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bodies, "SMALL_BODY", 100)
    monkeypatch.setattr(bodies, "HELD_PER_CLIENT", 3000)
    monkeypatch.setattr(bodies, "HELD_TOGETHER", 5000)
    door = Gate(Pages())
    hang_up = asyncio.Event()

    async def post(client: str) -> int:
        body = silent(b"x" * 1000, then_gone=hang_up)
        return (
            await ask(door, "/hooks/websub/1/a", method="POST", receive=body, client=client)
        ).status

    async def story() -> None:
        held = [asyncio.create_task(post("198.51.100.1")) for _ in range(3)]
        await asyncio.sleep(0)
        assert await post("198.51.100.1") == 429
        held += [asyncio.create_task(post("203.0.113.9")) for _ in range(2)]
        await asyncio.sleep(0)
        assert await post("192.0.2.3") == 429
        whole_one = await ask(door, "/subscribe", method="POST", receive=whole(b"a=b"))
        assert whole_one.status == 200
        hang_up.set()
        await asyncio.gather(*held, return_exceptions=True)
        assert not door._bodies._held

    asyncio.run(story())


def test_a_form_passes_whatever_its_neighbour_behind_one_address_holds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bodies, "SMALL_BODY", 100)
    monkeypatch.setattr(bodies, "HELD_PER_CLIENT", 1500)
    door, hang_up, office = Gate(Pages()), asyncio.Event(), "198.51.100.1"
    parts = [b"email=ann", b"%40example.org"]

    async def form() -> dict[str, object]:
        more = len(parts) > 1
        return {"type": "http.request", "body": parts.pop(0), "more_body": more}

    async def story() -> None:
        path = "/hooks/websub/1/a"
        slow = [silent(b"x" * 1000, then_gone=hang_up) for _ in range(3)]
        held = [
            asyncio.create_task(ask(door, path, method="POST", receive=each, client=office))
            for each in slow
        ]
        await asyncio.sleep(0)
        assert (
            await ask(door, "/subscribe", method="POST", receive=form, client=office)
        ).status == 200
        hang_up.set()
        await asyncio.gather(*held, return_exceptions=True)

    asyncio.run(story())
