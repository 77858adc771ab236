"""Email over SMTP: connections to one or several relays, one transaction per copy."""

import time
from dataclasses import dataclass, field
from email.utils import format_datetime
from functools import partial
from typing import Any, Protocol

from digest.kit import clock
from digest.kit.apart.limits import raise_limit
from digest.outbound.channels.awaited import AwaitedJobs
from digest.outbound.channels.base import Channel, Intend, JobQueue, Patience, Receipt, Rejected
from digest.outbound.channels.email.dkim import Signer, signers
from digest.outbound.channels.email.mime import (
    MimeSender,
    MimeTemplate,
    Unfit,
    UnfitAddress,
    template,
)
from digest.outbound.channels.email.outgoing import OutgoingMail
from digest.outbound.channels.email.pool import ConnectionPool
from digest.outbound.channels.email.relay import Relay, Relays, relays_of
from digest.outbound.channels.email.verp import envelope_sender
from digest.outbound.messages.message import Copy, Words

NAME = "email"
# Relays close a connection that has carried very many mails; better that we choose the moment.
MAILS_PER_CONNECTION = 1000
_TEMPLATES_KEPT = 64


class EmailSettings(Protocol):
    """What email reads from the installation's settings."""

    DIGEST_NEWSROOM: str
    DIGEST_FROM_EMAIL: str
    DIGEST_LIST_DOMAIN: str
    DIGEST_REPLY_TO: str
    DIGEST_RETURNS_BIND: str
    DIGEST_RETURNS_MAILDIR: str
    DIGEST_RETURNS_IMAP_URL: str
    DIGEST_SMTP_URL: str
    DIGEST_SMTP_CONNECTIONS: int
    SECRET_KEY: str
    DIGEST_DKIM_DOMAIN: str
    DIGEST_DKIM_SELECTOR: str
    DIGEST_DKIM_KEY: str
    DIGEST_DKIM_SECOND_SELECTOR: str
    DIGEST_DKIM_SECOND_KEY: str


@dataclass(frozen=True, slots=True)
class EmailConfig:
    """The relays, who mails are from, the key that signs bounce addresses, and DKIM's.

    ``patience`` is that of who hands over one mail and waits; a run brings its own.
    """

    relays: tuple[Relay, ...]
    sender: MimeSender
    secret: str
    connections: int = 10
    mails_per_connection: int = MAILS_PER_CONNECTION
    patience: Patience = field(default_factory=Patience)
    signers: tuple[Signer, ...] = ()

    @classmethod
    def of(cls, settings: EmailSettings) -> "EmailConfig":
        """Read the settings. Raises ValueError for a relay's URL or a key that makes no sense."""
        takes_returns = (
            settings.DIGEST_RETURNS_BIND
            or settings.DIGEST_RETURNS_MAILDIR
            or settings.DIGEST_RETURNS_IMAP_URL
        )
        return cls(
            relays=relays_of(settings.DIGEST_SMTP_URL),
            sender=MimeSender(
                settings.DIGEST_NEWSROOM,
                settings.DIGEST_FROM_EMAIL,
                settings.DIGEST_LIST_DOMAIN,
                settings.DIGEST_REPLY_TO,
                # An address that nobody reads would keep a reader who wants to go.
                settings.SECRET_KEY if takes_returns else "",
            ),
            secret=settings.SECRET_KEY,
            connections=settings.DIGEST_SMTP_CONNECTIONS,
            signers=signers(settings),
        )


class Email:
    """The channel ``email``."""

    name = NAME

    def __init__(self, config: EmailConfig) -> None:
        self._config = config
        self._templates: dict[int, tuple[Words, MimeTemplate]] = {}
        self._counter = AwaitedJobs()
        self._pool: ConnectionPool | None = None
        self._second, self._date_text = 0, ""

    @property
    def relays(self) -> tuple[str, ...]:
        """The relays' names; each once."""
        return tuple(dict.fromkeys(relay.name for relay in self._config.relays))

    async def open(self) -> None:
        """Nothing to do: connections open as they are needed."""

    def carrier(
        self, jobs: JobQueue, *, connections: int | None = None, patience: Patience | None = None
    ) -> ConnectionPool:
        """Connections at work for ``jobs``; by default as many, and as patient, as configured."""
        config = self._config
        return ConnectionPool(
            jobs,
            partial(self._mail, jobs),
            Relays(config.relays, config.sender.list_domain, jobs.places_at),
            connections=connections or config.connections,
            patience=patience or config.patience,
            most=config.mails_per_connection,
        )

    async def send(self, copy: Copy, intend: Intend) -> Receipt:
        """Hand one mail to the relay. Raises :class:`~.base.ChannelError`."""
        if self._pool is None:
            self._pool = self.carrier(self._counter)
        job = self._counter.add(copy, intend)
        self._pool.kick()
        try:
            return await job.answer
        finally:
            if job.answer.cancelled():
                self._counter.forget(job)
                self._pool.abandon(job)

    async def close(self) -> None:
        """Say good-bye on every connection."""
        if self._pool is not None:
            await self._pool.close()
            self._pool = None

    def _mail(self, jobs: JobQueue, relay: str) -> OutgoingMail | None:
        """The queue's next job as a mail; what cannot be made one is told and passed over.

        None, too, when the relay takes no more for the moment.
        """
        if relay and not (jobs.waiting() and jobs.passes(relay)):
            return None
        while (taken := jobs.take()) is not None:
            job, copy = taken
            try:
                return self._written(job, copy)
            except UnfitAddress as unfit:
                jobs.failed(job, Rejected(str(unfit), permanent=True), intended=False)
            except Unfit as unfit:
                refused = Rejected(str(unfit), permanent=False, scope="channel")
                jobs.failed(job, refused, intended=False)
            except Exception as error:
                raise_limit(error)
                jobs.failed(job, error, intended=False)
        return None

    def _written(self, job: Any, copy: Copy) -> OutgoingMail:
        config = self._config
        content = self._template(copy.words).copy(copy, self._date(), config.signers)
        sender = envelope_sender(copy.key, config.sender.list_domain, config.secret)
        return OutgoingMail(job, sender, copy.to.value, content, dotless=True)

    def _date(self) -> str:
        """Now, in the form of RFC 5322; made once a second."""
        second = int(time.time())
        if second != self._second:
            self._second, self._date_text = second, format_datetime(clock.now())
        return self._date_text

    def _template(self, words: Words) -> MimeTemplate:
        """The shared bytes of ``words``, built once; by identity, as long words hash slowly."""
        kept = self._templates.get(id(words))
        if kept is None or kept[0] is not words:
            while len(self._templates) >= _TEMPLATES_KEPT:
                self._templates.pop(next(iter(self._templates)))
            kept = self._templates[id(words)] = (words, template(words, self._config.sender))
        return kept[1]


def email(settings: EmailSettings) -> Channel:
    """The channel as the settings describe it."""
    return Email(EmailConfig.of(settings))
