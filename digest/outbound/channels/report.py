"""What comes back about a copy, in one form whoever tells it (pure)."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any

from digest.outbound.channels.domain_report import DomainReport

MOST = 1_000
# Providers try a webhook again for a day at most; a clock of ours may be set back by an hour.
LATE, EARLY = timedelta(hours=25), timedelta(hours=2)
_LONGEST = 500


class Kind(str, Enum):
    """What became of a copy, or what its reader did about it."""

    DELIVERED = "delivered"
    SOFT_BOUNCE = "soft_bounce"
    HARD_BOUNCE = "hard_bounce"
    COMPLAINT = "complaint"
    LEFT = "left"
    """The reader unsubscribed at the provider, which will not carry mail to them any more."""
    ACCEPTED = "accepted"
    """The provider has it: an attempt whose answer was lost is known to have arrived there."""
    FAILED = "failed"
    """It did not arrive, and that says nothing of the address."""
    STOPPED = "stopped"
    """The reader told us on the channel itself to stop: their word counts, whatever we sent."""
    JOINED = "joined"
    """The reader asked on the channel itself for what ``wants`` names: that is their consent."""
    DROPPED = "dropped"
    """The reader told us there to end what ``wants`` names, and nothing else."""
    UNSUBSCRIBED = "unsubscribed"
    """The reader wrote to the address for leaving: what ``wants`` names ends, as by the link."""
    WROTE = "wrote"
    """The reader wrote to us; until ``until`` they may be answered freely. ``words`` are those that
    ask for nothing we know."""
    LEARNED = "learned"
    """The other side said something of the channel itself: ``fact``, a name and its values, or of
    the domain that we send from: ``about_domain``."""


@dataclass(frozen=True, slots=True)
class Report:
    """One fact about one copy.

    ``key`` is the ledger's ``<send>-<address>`` where it is known, else ``recipient`` must do;
    ``status`` an enhanced status code (RFC 3463) or empty; ``words`` what the other side said;
    ``at`` its time, None when not told; ``why`` what made it hard or soft; ``host`` who said so;
    ``provider_id`` the provider's name for the message. ``suffix`` is that of the Message-ID that
    named the copy, None where a signature of ours did. ``wants`` names what is on offer by its keys
    (see :class:`~digest.audience.kinds.OnOffer`), ``language`` what the reader speaks.
    ``is_about_us``: a soft bounce that says nothing of the mailbox, however often it comes.
    ``plainer``: it failed for the picture above its words alone, and may arrive without.
    """

    kind: Kind
    key: str = ""
    recipient: str = ""
    status: str = ""
    words: str = ""
    at: datetime | None = None
    why: str = ""
    host: str = ""
    suffix: str | None = None
    provider_id: str = ""
    until: datetime | None = None
    is_about_us: bool = False
    wants: tuple[str, ...] = ()
    language: str = ""
    fact: tuple[str, dict[str, Any]] | None = None
    about_domain: DomainReport | None = None
    plainer: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of a provider's webhook under its own id, with the body worth keeping."""

    event_id: str
    body: dict[str, Any] = field(default_factory=dict)


def key_of_message_id(value: object, list_domain: str) -> str:
    """The key inside a Message-ID of ours, or nothing.

    ``<send>-<address>.<suffix>@<list domain>``, its suffix random.
    """
    form = r"<?([0-9]{1,18}-[0-9]{1,18})(?:\.[0-9a-f]{15})?@([^<>@\s]+)>?"
    found = re.fullmatch(form, text(value).strip())
    return found[1] if found and found[2].lower() == list_domain.lower() else ""


def suffix_of_message_id(value: object) -> str:
    """The random part of a Message-ID of ours; empty where it has none."""
    found = re.fullmatch(r"<?[0-9-]{1,37}\.([0-9a-f]{15})@[^<>@\s]+>?", text(value).strip())
    return found[1] if found else ""


def is_fresh(
    at: datetime | None, now: datetime, *, late: timedelta = LATE, early: timedelta = EARLY
) -> bool:
    """Whether a signed time is near enough to ``now`` for a provider's first or repeated call.

    An older body may be somebody's copy of it: what is remembered of its events does not last.
    """
    return at is not None and now - late <= at <= now + early


def text(value: object) -> str:
    """A provider's text: one line, bounded, without what PostgreSQL or a log cannot hold."""
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return ""
    line = "".join(each if each.isprintable() else " " for each in str(value)[: 4 * _LONGEST])
    return " ".join(line.split())[:_LONGEST]


def mapping(value: object) -> dict[str, Any]:
    """The value when it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[dict[str, Any]]:
    """The objects of a JSON list inside one event, at most :data:`MOST`.

    Not for a batch of events: what is cut there is answered for and lost.
    """
    return (
        [each for each in value[:MOST] if isinstance(each, dict)] if isinstance(value, list) else []
    )


def moment(value: object) -> datetime | None:
    """A time as providers write it: Unix seconds, or ISO 8601. None for anything else."""
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)
        found = datetime.fromisoformat(text(value))
    except (ValueError, OverflowError, OSError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
