"""Where Telegram reaches somebody: a chat's number, or the public name of a channel (pure)."""

import re

from digest.audience.kinds import AddressKind, BadAddress

NAME = "telegram"
# https://core.telegram.org/bots/api#chat: at most 52 significant bits.
_NUMBER = re.compile(r"-?[1-9]\d{0,15}")
_PUBLIC = re.compile(r"@[A-Za-z]\w{3,31}", re.ASCII)


def chat(value: str) -> str:
    """A chat's id, or ``@name`` of a public channel or group. Raises BadAddress."""
    value = value.strip().removeprefix("https://t.me/").removeprefix("t.me/")
    if _NUMBER.fullmatch(value):
        return value
    name = value if value.startswith("@") else f"@{value}"
    if not _PUBLIC.fullmatch(name):
        raise BadAddress("Write the channel as @name, or a chat by its number.")
    return name.lower()


def is_place(value: str) -> bool:
    """Whether many read there: no reader's own link may stand in it."""
    return value.startswith(("@", "-"))


def masked(value: str) -> str:
    """A public name as it is; of a person's number the end."""
    return value if value.startswith("@") else f"a chat on Telegram (…{value[-3:]})"


CHAT = AddressKind(
    field="telegram",
    label="Telegram",
    example="@meridian",
    normalise=chat,
    mask=masked,
    longest=64,
)
