"""Whether one address would get something now, and why or why not: as a value."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings
from django.db import connection

from digest.audience.models.addresses import Address
from digest.audience.models.subscribers import Subscriber
from digest.audience.models.subscriptions import Subscription
from digest.audience.models.suppressions import Suppression
from digest.audience.recipients import Query
from digest.outbound.channels import registry
from digest.outbound.delivery.core import staging
from digest.outbound.delivery.core.told import Standing, why_not


@dataclass(frozen=True, slots=True)
class ForeseenVerdict:
    """``because`` is a sentence; ``language`` that of the words, ``not_before`` when quiet ends."""

    address_id: int
    address: str
    channel: str
    gets: bool
    because: str
    language: str = ""
    not_before: datetime | None = None


def addresses_of(reader: Subscriber) -> list[Address]:
    """The reader's addresses, the oldest first."""
    return list(reader.addresses.order_by("pk"))


def reached(query: Query, addresses: Iterable[int]) -> dict[int, dict[str, object]]:
    """What the senders' own query says of these addresses, by address."""
    sql = f"SELECT q.* FROM ({query.sql}) q WHERE q.address_id = ANY(%s)"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, [*query.params, list(addresses)])
        names = [column.name for column in cursor.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return {int(row["address_id"]): row for row in rows}


def shut(address: Address) -> str:
    """Why nothing at all would go to an address now; empty when something may."""
    if address.channel not in settings.DIGEST_CHANNELS:
        return f"The newsroom does not send by {_named(address.channel)} now."
    barred = Suppression.objects.filter(fingerprint=bytes(address.fingerprint)).first()
    if barred is not None:
        return f"The address is barred from all mail ({barred.reason})."
    if address.verified_at is None:
        return "The address is not confirmed yet."
    allowed = settings.DIGEST_ALLOWED_RECIPIENTS
    if not staging.may_contact(address.value, allowed, production=settings.DIGEST_PRODUCTION):
        return "This is no production installation, and the address is not listed as allowed."
    return ""


def wish_on(wishes: Sequence[Subscription], address: Address) -> Subscription | None:
    """The subscription that counts on an address: the living one, else the latest."""
    mine = [each for each in wishes if each.address_id == address.pk]
    alive = [each for each in mine if each.state != Subscription.State.ENDED]
    return max(alive or mine, key=lambda each: each.pk, default=None)


def unwanted(wish: Subscription | None, now: datetime) -> str:
    """Why a wish does not bring it now; empty when it is active."""
    if wish is None:
        return "They have not asked for it on this address."
    if wish.ended_at is not None:
        return f"They ended it ({wish.get_ended_reason_display()}, {wish.ended_at:%d %B %Y})."
    if wish.state == Subscription.State.ACTIVE:
        return ""
    standing = Standing(
        created_at=wish.created_at, confirmed_at=wish.confirmed_at,
        verified_at=wish.address.verified_at, ended_at=wish.ended_at,
        paused=wish.state == Subscription.State.PAUSED, paused_until=None, suppressed_at=None,
    )  # fmt: skip
    return why_not(standing, now) or ""


def no(address: Address, because: str) -> ForeseenVerdict:
    """It would not get it."""
    return ForeseenVerdict(address.pk, address.value, address.channel, False, because)


def yes(address: Address, because: str, language: str) -> ForeseenVerdict:
    """It would get it."""
    return replace(no(address, because), gets=True, language=language)


def _named(channel: str) -> str:
    return registry.by(channel)
