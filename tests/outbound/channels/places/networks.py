"""Each network where a newsroom has a place: its stand-in, our channel, and a place there."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import aiohttp

from digest.outbound.channels import registry
from digest.outbound.channels.base import Receipt
from digest.outbound.channels.bluesky.stand_in.server import BlueskyServer
from digest.outbound.channels.discord.stand_in.server import DiscordApi
from digest.outbound.channels.mastodon.stand_in.server import MastodonServer
from digest.outbound.channels.matrix.stand_in.server import MatrixServer
from digest.outbound.channels.places.place import PlaceChannel
from digest.outbound.channels.places.stand_in import PlaceServer
from digest.outbound.channels.rendering import render_alert
from digest.outbound.channels.slack.stand_in.server import SlackApi
from digest.outbound.channels.stand_in import StandIn, StandInPlace
from digest.outbound.channels.stand_in_server import serve
from digest.outbound.channels.teams.stand_in.server import TeamsWorkflows
from digest.outbound.messages.message import Words
from tests.deadlines import patience
from tests.outbound.samples import ALERT, NEWSROOM, copy_of


@dataclass(frozen=True)
class Network:
    """``change`` is what a correction does to the first post; ``keeps``: what was posted stays."""

    name: str
    server: Callable[[], Any]
    place: str
    change: str = "edited"
    keeps: bool = False


NETWORKS = {
    each.name: each
    for each in (
        Network("slack", SlackApi, "C0123456789"),
        Network("mastodon", MastodonServer, "@meridian@news.example"),
        Network("discord", DiscordApi, "1203456789012345678"),
        Network("bluesky", BlueskyServer, "meridian.test", "sent"),
        Network("matrix", MatrixServer, "!newsroom:matrix.example"),
        Network("teams", TeamsWorkflows, "newsroom", "sent", keeps=True),
    )
}
# Those that name what they took, and know us by one token.
NAMING = [name for name, each in NETWORKS.items() if not each.keeps]


def settings_for(name: str, server: PlaceServer) -> Mapping[str, str]:
    """What leads the channel to a server that listens."""
    from pathlib import Path

    stand_in: StandIn = registry.part(registry.spec(name).stand_in)
    return stand_in.settings(StandInPlace(server.port, Path(), ""))


def made(name: str, server: PlaceServer, **changes: str) -> Any:
    """Our channel, led there."""
    told = {
        **{each.name: "" for each in registry.spec(name).settings},
        **settings_for(name, server),
        **changes,
    }
    return registry.part(registry.spec(name).transport)(SimpleNamespace(**told))


@dataclass
class Scene:
    """A network and our channel there."""

    network: Network
    server: Any
    channel: PlaceChannel

    async def send(self, words: Words | None = None, **changes: Any) -> Receipt:
        said = words or render_alert(ALERT, self.network.name, NEWSROOM)
        copy = replace(copy_of("7-11", self.network.place, said), **changes)
        return await self.channel.send(copy, lambda: None)

    async def ask(
        self, method: str, path: str, told: Any, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Any]:
        """By hand, as a stranger would."""
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, f"{self.server.url}{path}", json=told, headers=headers) as got,
        ):
            return got.status, await got.json(content_type=None) if got.status != 204 else None


def at(name: str, play: Callable[[Scene], Coroutine[Any, Any, None]], **changes: str) -> None:
    async def run() -> None:
        server = NETWORKS[name].server()
        runner = await serve(server)
        channel = made(name, server, **changes)
        await channel.open()
        try:
            async with asyncio.timeout(patience(60)):
                await play(Scene(NETWORKS[name], server, channel))
        finally:
            await channel.close()
            await runner.cleanup()

    asyncio.run(run())
