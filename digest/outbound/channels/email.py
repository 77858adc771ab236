"""Email over SMTP: a pool of connections, one transaction per copy."""

import asyncio
from dataclasses import dataclass
from email.utils import format_datetime
from typing import Protocol

from digest.kit import clock
from digest.outbound.channels.base import Channel, Intend, Receipt, Refused, Unreachable
from digest.outbound.channels.mime import Mould, Sender, Unfit, UnfitAddress, mould
from digest.outbound.channels.smtp import Connection, Relay
from digest.outbound.channels.verp import envelope_sender
from digest.outbound.messages.message import Parcel, Words

# Relays close a connection that has carried very many mails; better that we choose the moment.
MAILS_PER_CONNECTION = 500
_MOULDS_KEPT = 64


class Settings(Protocol):
    """What email reads from the installation's settings."""

    DIGEST_NEWSROOM: str
    DIGEST_FROM_EMAIL: str
    DIGEST_LIST_DOMAIN: str
    DIGEST_SMTP_URL: str
    DIGEST_SMTP_CONNECTIONS: int
    SECRET_KEY: str


@dataclass(frozen=True, slots=True)
class EmailConfig:
    """The relay, who mails are from, and the key that signs bounce addresses.

    ``patience`` is how many seconds one answer of the relay may take.
    """

    relay: Relay
    sender: Sender
    secret: str
    connections: int = 10
    mails_per_connection: int = MAILS_PER_CONNECTION
    patience: float = 30.0

    @classmethod
    def of(cls, settings: Settings) -> "EmailConfig":
        """Read the settings. Raises ValueError for a relay's URL that makes no sense."""
        return cls(
            relay=Relay.of(settings.DIGEST_SMTP_URL),
            sender=Sender(
                settings.DIGEST_NEWSROOM, settings.DIGEST_FROM_EMAIL, settings.DIGEST_LIST_DOMAIN
            ),
            secret=settings.SECRET_KEY,
            connections=settings.DIGEST_SMTP_CONNECTIONS,
        )


class Email:
    """The channel ``email``."""

    name = "email"

    def __init__(self, config: EmailConfig) -> None:
        self._config = config
        self._idle: list[Connection] = []
        self._places = asyncio.Semaphore(config.connections)
        self._moulds: dict[int, tuple[Words, Mould]] = {}

    async def open(self) -> None:
        """Nothing to do: connections open as they are needed."""

    async def send(self, parcel: Parcel, intend: Intend) -> Receipt:
        """Hand one mail to the relay. Raises :class:`~.base.ChannelError`."""
        date = format_datetime(clock.now())
        try:
            content = self._mould(parcel.words).copy(parcel, date)
        except UnfitAddress as unfit:
            raise Refused(str(unfit), permanent=True) from unfit
        except Unfit as unfit:
            raise Refused(str(unfit), permanent=False, scope="channel") from unfit
        config = self._config
        sender = envelope_sender(parcel.key, config.sender.list_domain, config.secret)
        intended = False

        async def intend_once() -> None:
            nonlocal intended
            intended = True
            await intend()

        async with self._places:
            while True:
                connection = await self._connection()
                try:
                    return await connection.transact(sender, parcel.to.value, content, intend_once)
                except (Unreachable, Refused) as error:
                    # A kept connection may have died of age; a new one tells.
                    aged = connection.carried > 1 and not connection.usable
                    if intended or not aged or (error.code not in (None, 421)):
                        raise
                finally:
                    await self._put_back(connection)

    async def close(self) -> None:
        """Say good-bye on every connection."""
        idle, self._idle = self._idle, []
        await asyncio.gather(*(connection.quit() for connection in idle))

    async def _connection(self) -> Connection:
        while self._idle:
            connection = self._idle.pop()
            if connection.fresh():
                return connection
            connection.abort()
        config = self._config
        return await Connection.open(config.relay, config.sender.list_domain, config.patience)

    async def _put_back(self, connection: Connection) -> None:
        if not connection.usable:
            return
        if connection.carried >= self._config.mails_per_connection:
            await connection.quit()
        else:
            self._idle.append(connection)

    def _mould(self, words: Words) -> Mould:
        """The shared bytes of ``words``, built once; by identity, as long words hash slowly."""
        kept = self._moulds.get(id(words))
        if kept is None or kept[0] is not words:
            while len(self._moulds) >= _MOULDS_KEPT:
                self._moulds.pop(next(iter(self._moulds)))
            kept = self._moulds[id(words)] = (words, mould(words, self._config.sender))
        return kept[1]


def email(settings: Settings) -> Channel:
    """The channel as the settings describe it."""
    return Email(EmailConfig.of(settings))
