"""The base of channels that post at places of the newsroom's own: say, change, take away."""

import asyncio
from abc import ABC, abstractmethod

from digest.outbound.channels.base import AnswerLost, Intend, Receipt, Rejected, Unreachable
from digest.outbound.channels.places.line import PlaceLine
from digest.outbound.messages.message import Act, Copy


class PlaceChannel(ABC):
    """A channel with one post per edition or alert and place.

    A network names what it took by ``provider_id``; that name comes back as ``copy.earlier``. What
    can be changed or taken away no more is followed by a post of its own: the refusal says for
    certain that nothing was changed.
    """

    name: str

    def __init__(self, line: PlaceLine, missing: str) -> None:
        """``missing``: why nothing can be sent, in words; empty when it is set up."""
        self.line = line
        self._missing = missing
        self._lock = asyncio.Lock()

    async def open(self) -> None:
        """Prepare the connections."""
        await self.line.open()

    async def close(self) -> None:
        """Close them."""
        await self.line.close()

    async def send(self, copy: Copy, intend: Intend) -> Receipt:
        """Post, change or take away. Raises ChannelError."""
        if self._missing:
            raise Rejected(self._missing, permanent=False, scope="channel")
        await self.line.over()
        await self._prepared()
        if foreign := self.is_foreign(copy.to.value):
            raise Rejected(foreign, permanent=True)
        intend()
        if not copy.earlier or copy.act is Act.SEND:
            return await self.say(copy)
        try:
            if copy.act is Act.WITHDRAW:
                return await self.withdraw(copy)
            return await self.replace(copy)
        except Rejected as refused:
            if not self.has_no_earlier(refused):
                raise
        return await self.say(copy)

    async def _prepared(self) -> None:
        """Once at a time. Nothing was handed over yet, whatever answer was lost."""
        async with self._lock:
            try:
                await self.prepare()
            except AnswerLost as error:
                raise Unreachable(error.reply) from error

    def is_foreign(self, place: str) -> str:
        """Why nothing can be posted at ``place``, whose account is not ours; empty: it can."""
        return ""

    async def prepare(self) -> None:
        """What must be there before anything is handed over, such as a session; nothing here."""
        return

    @abstractmethod
    async def say(self, copy: Copy) -> Receipt:
        """A new post."""

    @abstractmethod
    async def replace(self, copy: Copy) -> Receipt:
        """Put it in the place of ``copy.earlier``."""

    @abstractmethod
    async def withdraw(self, copy: Copy) -> Receipt:
        """Take ``copy.earlier`` away."""

    @abstractmethod
    def has_no_earlier(self, refused: Rejected) -> bool:
        """Whether a refusal says that the earlier post is gone, or can be changed no more."""


def missing(label: str, **settings: str) -> str:
    """Why nothing can be sent while one of ``settings`` is empty."""
    empty = " and ".join(name for name, value in settings.items() if not value)
    return f"{label} is not set up: set {empty}." if empty else ""
