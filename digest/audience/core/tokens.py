"""Tokens in readers' links: signed, bound to one purpose, short enough for a text message.

A token is a base-36 payload and 15 bytes of HMAC-SHA-256, so that nobody guesses one and the
token of one page opens no other. Leaving never expires: a mail from years ago must still be able
to unsubscribe its reader.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.kit.errors import InvalidInput
from digest.kit.signing import seal, unseal

CONFIRM_LASTS = timedelta(days=7)

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


class BadToken(InvalidInput, ValueError):
    """The link was never ours, or was cut on its way; the remedy is to open it whole.

    ::

        BadToken
        └── Lapsed    ours once: too old, or replaced by a newer one
    """


class Lapsed(BadToken):
    """The link was ours and no longer counts; the remedy is to sign up again."""


@dataclass(frozen=True, slots=True)
class ConfirmRound:
    """One request for confirmation: the address and which of its requests it was."""

    address_id: int
    number: int


@dataclass(frozen=True, slots=True)
class Leaving:
    """What an unsubscribe link ends: one subscription, or the topics of a schedule."""

    subscription_id: int | None = None
    schedule_id: int | None = None


def confirm_token(key: str, address_id: int, confirm_round: int) -> str:
    """The token of an address's ``confirm_round``-th request for confirmation."""
    return seal(key, "confirm", f"{_base36(address_id)}-{_base36(confirm_round)}")


def read_confirm(key: str, token: str) -> ConfirmRound:
    """What a confirm token says. Raises :class:`BadToken`."""
    address, dash, number = _opened(key, "confirm", token).partition("-")
    if not dash:
        raise BadToken(token)
    return ConfirmRound(int(address, 36), int(number, 36))


def confirm_stands(
    given: ConfirmRound, latest: int, asked_at: datetime | None, now: datetime
) -> bool:
    """Whether a confirm token still counts: the latest round, for seven days."""
    return given.number == latest and asked_at is not None and now - asked_at <= CONFIRM_LASTS


def unsubscribe_token(
    key: str, subscription_id: int | None = None, *, schedule_id: int | None = None
) -> str:
    """The token that ends one subscription or, for a personal digest, a schedule's topics.

    Raises ``ValueError`` unless exactly one of the two is given.
    """
    if (subscription_id is None) == (schedule_id is None):
        raise ValueError("Give a subscription or a schedule, not both and not neither.")
    if subscription_id is not None:
        return seal(key, "unsubscribe", f"s{_base36(subscription_id)}")
    return seal(key, "unsubscribe", f"d{_base36(schedule_id or 0)}")


def read_unsubscribe(key: str, token: str) -> Leaving:
    """What an unsubscribe token ends. Raises :class:`BadToken`."""
    payload = _opened(key, "unsubscribe", token)
    number = int(payload[1:], 36)
    return Leaving(subscription_id=number) if payload[0] == "s" else Leaving(schedule_id=number)


def preferences_token(key: str, address_id: int) -> str:
    """The token of an address's preferences page."""
    return seal(key, "preferences", _base36(address_id))


def read_preferences(key: str, token: str) -> int:
    """The address whose preferences a token opens. Raises :class:`BadToken`."""
    return int(_opened(key, "preferences", token), 36)


def _opened(key: str, purpose: str, token: str) -> str:
    # A token is never longer than two ids and a signature; anything else is not worth a hash.
    payload = unseal(key, purpose, token) if len(token) <= 60 and token.isascii() else None
    if not payload:
        raise BadToken("This link is not complete.")
    return payload


def _base36(number: int) -> str:
    if number < 0:
        raise ValueError(f"An id is not below zero: {number}")
    digits = ""
    while True:
        number, rest = divmod(number, 36)
        digits = _DIGITS[rest] + digits
        if not number:
            return digits
