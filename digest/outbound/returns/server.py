"""Run: a server for returned mail, by LMTP (RFC 2033) from the host's own mail server or by SMTP.

It takes mail for addresses of our list domain alone, so it relays nothing for anybody.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import settings
from django.db import DatabaseError, connections

from digest.kit.clock import now
from digest.kit.observe import log
from digest.outbound.channels.email.reports.bounce import LARGEST
from digest.outbound.channels.email.verp import key_of, leaving_of
from digest.outbound.returns.receive import receive

_HELD = 64
_LONGEST = 4 * LARGEST


@dataclass(slots=True)
class ReturnHandler:
    """What the protocol asks us (aiosmtpd's handler)."""

    domain: str
    secret: str
    others: frozenset[str] = frozenset()

    async def handle_RCPT(
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        rcpt_options: list[str],
    ) -> str:
        """Only addresses that we signed, and where complaints and reports on our domain go."""
        ours = address.rpartition("@")[2].lower() == self.domain.lower()
        wanted = (
            key_of(address, self.secret)
            or leaving_of(address, self.secret)
            or address.lower() in self.others
        )
        if not (ours and wanted):
            return "550 5.1.1 no such address here"
        # LMTP wants a reply for each recipient (RFC 2033, 4.2), and aiosmtpd gives one.
        if len(envelope.rcpt_tos) >= (1 if isinstance(server, LMTP) else _HELD):
            return "452 4.5.3 too many recipients"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Into the inbox; 4xx when the database cannot take it, so that nothing is lost."""
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        try:
            await asyncio.to_thread(_store, content, list(envelope.rcpt_tos), envelope.mail_from)
        except DatabaseError:
            log.exception("returned mail not stored")
            return "451 4.3.0 try again later"
        return "250 2.0.0 taken"


def _store(content: bytes, recipients: list[str], sender: str | None) -> None:
    try:
        receive(content, recipients, null_sender=sender in {None, "", "<>"}, now=now())
    finally:
        # The thread is one of a pool: a connection of its own would outlive the mail by hours.
        connections.close_all()


class _Smtp(SMTP):
    # What comes back keeps to no limit of lines (RFC 5321, 4.5.3.1.6); the mail's size is bounded.
    line_length_limit = _LONGEST


class _Lmtp(LMTP):
    line_length_limit = _LONGEST


class ReturnServer(Controller):
    """The listening socket, in a thread of its own; ``start()`` and ``stop()``."""

    def __init__(self, host: str, port: int, *, lmtp: bool, **options: Any) -> None:
        self._lmtp = lmtp
        others = {settings.DIGEST_COMPLAINTS_ADDRESS, settings.DIGEST_REPORTS_ADDRESS} - {""}
        keeper = ReturnHandler(
            settings.DIGEST_LIST_DOMAIN,
            settings.SECRET_KEY,
            frozenset(each.lower() for each in others),
        )
        super().__init__(keeper, hostname=host, port=port, **options)

    def factory(self) -> SMTP:
        """A session's protocol."""
        kind = _Lmtp if self._lmtp else _Smtp
        return kind(
            self.handler, data_size_limit=_LONGEST, ident="Digest", enable_SMTPUTF8=True,
            timeout=120,
        )  # fmt: skip
