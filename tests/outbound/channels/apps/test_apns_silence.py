"""A line to Apple that answers nobody any more is given up; one that answers others is kept."""

import asyncio

import pytest

from digest.kit import background
from digest.outbound.channels.apns import channel as transport
from digest.outbound.channels.base import AnswerLost
from tests.deadlines import patience
from tests.fakes.apns import MUTE
from tests.outbound.channels.apps.test_apns_channel import Scene, at


def test_a_line_that_fell_silent_is_given_up_and_hung_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async def play(scene: Scene) -> None:
        await scene.send()
        scene.apple.script.extend([MUTE, MUTE])
        # For these two alone: others are answered, however slow the machine is.
        with monkeypatch.context() as impatient:
            impatient.setattr(transport, "PATIENCE", 0.5)
            given_up = await asyncio.gather(
                scene.send(key="8-11"), scene.send(key="9-11"), return_exceptions=True
            )
        assert [type(each) for each in given_up] == [AnswerLost, AnswerLost]
        assert (await scene.send(key="10-11")).code == 200
        assert scene.apple.lines == 2, "not by the line that answers nobody"
        async with asyncio.timeout(patience(10)):
            while len(scene.apple.open_lines) > 1:  # noqa: ASYNC110 - another's state
                await asyncio.sleep(0.01)

    at(play)


def test_a_line_that_answers_others_is_kept_when_a_sender_gives_up() -> None:
    async def play(scene: Scene) -> None:
        await scene.send()
        scene.apple.script.append(MUTE)
        waits = asyncio.create_task(scene.send(key="8-11"))
        async with asyncio.timeout(patience(10)):
            while scene.apple.script:  # noqa: ASYNC110 - another's state
                await asyncio.sleep(0.01)
        await scene.send(key="9-11")
        assert await background.end([waits], patience=0, limit=patience(10))
        await scene.send(key="10-11")
        assert scene.apple.lines == 1

    at(play)


def test_a_line_that_is_made_although_it_was_called_off_is_hung_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    retired, entered = [], asyncio.Event()

    class Late:
        def retire(self) -> None:
            retired.append(self)

    async def late(*given: object) -> Late:
        entered.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return Late()
        raise AssertionError

    async def play(scene: Scene) -> None:
        sender = asyncio.create_task(scene.send())
        await entered.wait()
        assert await background.end([sender], patience=0, limit=patience(10))
        await scene.channel.close()
        assert len(retired) == 1

    monkeypatch.setattr(transport, "connect", late)
    at(play)
