"""Tokens in readers' links: signed, bound to one purpose, short enough for a text message.

A token is a base-36 payload and 15 bytes of HMAC-SHA-256, so that nobody guesses one and the
token of one page opens no other. Leaving never expires: a mail from years ago must still be able
to unsubscribe its reader. All others carry the generation of the reader's links, which the reader
can renew, or name a letter, which is of an hour and ages.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.kit.errors import InvalidInput
from digest.kit.signing import seal, unseal

CONFIRM_LASTS = timedelta(days=7)
# What shows or erases everything is asked for and done at once.
OWN_DATA_LASTS = timedelta(days=1)

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_NUMBER = re.compile("[0-9a-z]{1,13}")


class BadToken(InvalidInput, ValueError):
    """The link was never ours, or was cut on its way; the remedy is to open it whole.

    ::

        BadToken
        ├── Lapsed     ours once: too old
        └── Renewed    ours until its reader renewed their links
    """


class Lapsed(BadToken):
    """The link was ours and no longer counts; the remedy is to sign up again."""


class Renewed(BadToken):
    """The reader has renewed their links since; the remedy is to have the new one mailed."""


@dataclass(frozen=True, slots=True)
class OwnPage:
    """The address whose own page a link opens, and the generation it counts in."""

    address_id: int
    generation: int


@dataclass(frozen=True, slots=True)
class OwnData:
    """The letter that brought a link to a reader's data, and the generation it counts in."""

    letter_id: int
    generation: int


@dataclass(frozen=True, slots=True)
class Leaving:
    """What an unsubscribe link ends: a subscription, a schedule's topics, what a note is about, or
    all on an address.
    """

    subscription_id: int | None = None
    schedule_id: int | None = None
    note_id: int | None = None
    address_id: int | None = None


def confirm_token(key: str, letter_id: int) -> str:
    """The token of a letter that asks to confirm."""
    return seal(key, "confirm", _base36(letter_id))


def read_confirm(key: str, token: str) -> int:
    """The letter that a confirm token came with. Raises :class:`BadToken`."""
    (letter_id,) = _numbers(_opened(key, "confirm", token), 1)
    return letter_id


def stands(sent_at: datetime, lasts: timedelta, now: datetime) -> bool:
    """Whether a letter that was due at ``sent_at`` still counts."""
    return now - sent_at <= lasts


def unsubscribe_token(
    key: str,
    subscription_id: int | None = None,
    *,
    schedule_id: int | None = None,
    note_id: int | None = None,
    address_id: int | None = None,
) -> str:
    """The token that ends one subscription, for a personal digest a schedule's topics, for a
    welcome all that it welcomes to, for a question to an address all that it gets.

    Raises ``ValueError`` unless exactly one of them is given.
    """
    name = leaving_name(
        subscription_id, schedule_id=schedule_id, note_id=note_id, address_id=address_id
    )
    return seal(key, "unsubscribe", name)


def leaving_name(
    subscription_id: int | None = None,
    *,
    schedule_id: int | None = None,
    note_id: int | None = None,
    address_id: int | None = None,
) -> str:
    """What an unsubscribe link ends, in lower-case letters and digits. Not secret, not signed.

    Raises ``ValueError`` unless exactly one of them is given.
    """
    named = {"s": subscription_id, "d": schedule_id, "n": note_id, "a": address_id}
    given = [(letter, number) for letter, number in named.items() if number is not None]
    if len(given) != 1:
        raise ValueError("Give a subscription, schedule, note or address: exactly one of them.")
    ((letter, number),) = given
    return f"{letter}{_base36(number)}"


def read_unsubscribe(key: str, token: str) -> Leaving:
    """What an unsubscribe token ends. Raises :class:`BadToken`."""
    return leaving_named(_opened(key, "unsubscribe", token))


def leaving_named(name: str) -> Leaving:
    """What :func:`leaving_name` named. Raises :class:`BadToken`."""
    number = _number(name[1:])
    if name[0] == "n":
        return Leaving(note_id=number)
    if name[0] == "a":
        return Leaving(address_id=number)
    return Leaving(subscription_id=number) if name[0] == "s" else Leaving(schedule_id=number)


def keep_token(key: str, address_id: int) -> str:
    """The token of the page that asks an address whether it still wants what it gets."""
    return seal(key, "keep", _base36(address_id))


def read_keep(key: str, token: str) -> int:
    """The address that such a token asks. Raises :class:`BadToken`."""
    return _numbers(_opened(key, "keep", token), 1)[0]


def move_token(key: str, change_id: int) -> str:
    """The token of the page on which a new address confirms a change of address."""
    return seal(key, "move", _base36(change_id))


def read_move(key: str, token: str) -> int:
    """The change that such a token confirms. Raises :class:`BadToken`."""
    return _numbers(_opened(key, "move", token), 1)[0]


def stay_token(key: str, change_id: int) -> str:
    """The token of the page on which the old address stops a change of address, or agrees."""
    return seal(key, "stay", _base36(change_id))


def read_stay(key: str, token: str) -> int:
    """The change that such a token stops. Raises :class:`BadToken`."""
    return _numbers(_opened(key, "stay", token), 1)[0]


def preferences_token(key: str, address_id: int, generation: int = 0) -> str:
    """The token of an address's preferences page, in a generation of its links."""
    return seal(key, "preferences", f"{_base36(address_id)}-{_base36(generation)}")


def read_preferences(key: str, token: str) -> OwnPage:
    """The page that a token opens if its generation is still current. Raises :class:`BadToken`."""
    return OwnPage(*_numbers(_opened(key, "preferences", token), 2))


def own_data_token(key: str, purpose: str, letter_id: int, generation: int) -> str:
    """The token of a page with a reader's data; ``purpose`` is ``export`` or ``erase``."""
    return seal(key, _own(purpose), f"{_base36(letter_id)}-{_base36(generation)}")


def read_own_data(key: str, purpose: str, token: str) -> OwnData:
    """What such a token says, of that purpose alone. Raises :class:`BadToken`."""
    return OwnData(*_numbers(_opened(key, _own(purpose), token), 2))


def _own(purpose: str) -> str:
    if purpose not in {"export", "erase"}:
        raise ValueError(f"There is no such purpose: {purpose}")
    return purpose


def _numbers(payload: str, many: int) -> tuple[int, ...]:
    """The ``many`` numbers of a payload; those missing at its end, as in links of before, are 0."""
    parts = payload.split("-")
    if len(parts) > many:
        raise BadToken(payload)
    return tuple(_number(part) for part in parts) + (0,) * (many - len(parts))


def _number(part: str) -> int:
    if not _NUMBER.fullmatch(part):
        raise BadToken(part)
    return int(part, 36)


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
