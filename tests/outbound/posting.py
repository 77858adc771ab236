"""The email channel posting to a sink on loopback."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any

from digest.outbound.channels.base import Patience, Receipt
from digest.outbound.channels.email.channel import Email, EmailConfig
from digest.outbound.channels.email.mime import MimeSender
from digest.outbound.channels.email.relay import Relay
from digest.outbound.channels.rendering import render_edition
from digest.outbound.messages.message import Words
from tests.fakes.smtp import Sink, start
from tests.outbound.samples import EDITION, NEWSROOM, copy_of

SENDER = MimeSender("The Meridian", "news@meridian.example", "meridian.example")
NO_PIPELINING = ("8BITMIME", "SIZE 1000000")
CHUNKING = (*Sink.extensions, "CHUNKING")


@cache
def words() -> Words:
    return render_edition(EDITION, "email", NEWSROOM)


class Journal:
    """Counts intents, and what the sink had taken when each was made."""

    def __init__(self, sink: Sink) -> None:
        self.sink = sink
        self.seen: list[int] = []

    def __call__(self) -> None:
        self.seen.append(len(self.sink.taken))


def against(sink: Sink, scenario: Callable[[Email, Journal], Awaitable[Any]], **config: Any) -> Any:
    """Run ``scenario`` with a channel on ``sink``."""

    async def run() -> Any:
        server = await start(sink)
        made = EmailConfig(
            (Relay.of(sink.url),),
            SENDER,
            "secret",
            **({"patience": Patience(5, 5), "connections": 4} | config),
        )
        channel = Email(made)
        await channel.open()
        try:
            return await asyncio.wait_for(scenario(channel, Journal(sink)), 30)
        finally:
            await channel.close()
            server.close()

    return asyncio.run(run())


def one(address: str = "reader@example.org", key: str = "7-11", **how: Any) -> Any:
    return copy_of(key, address, words=words(), **how)


async def send_one(channel: Email, journal: Journal) -> Receipt:
    return await channel.send(one(), journal)
