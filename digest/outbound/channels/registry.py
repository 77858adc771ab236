"""Which channels there are. A new one is a file beside this and a line below."""

from collections.abc import Callable
from typing import Any

from digest.outbound.channels.base import Channel
from digest.outbound.channels.email.channel import email
from digest.outbound.channels.whatsapp.channel import whatsapp

# Each reads what it needs from the settings, by a Protocol of its own.
CHANNELS: dict[str, Callable[[Any], Channel]] = {
    "email": email,
    "whatsapp": whatsapp,
}


def channel(name: str, config: Any) -> Channel:
    """The channel of that name, made from the installation's settings.

    ``config`` is anything with the attributes that the channel's ``Settings`` lists. Raises
    KeyError with the names there are.
    """
    if name not in CHANNELS:
        raise KeyError(f"There is no channel {name!r}; there are {', '.join(sorted(CHANNELS))}.")
    return CHANNELS[name](config)
