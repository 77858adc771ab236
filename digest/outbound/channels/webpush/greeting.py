"""The first notification, sent while its reader waits: it proves that browser, keys and we agree.

Without that proof a stranger could bring a subscription made with another key than ours, whose
refusals would look like a fault of our own and pause the channel.
"""

import asyncio
from typing import Any

from digest.outbound.channels.base import Unreachable, close_in_time, open_in_time
from digest.outbound.channels.webpush.channel import webpush
from digest.outbound.messages.message import Copy, Endpoint, ReaderLinks, Words

# Somebody looks at a button meanwhile.
PATIENCE = 5.0


def greet(settings: Any, endpoint: str, data: dict[str, str], words: Words) -> None:
    """Send ``words`` to a browser now. Raises :class:`~.base.ChannelError`."""
    copy = Copy("0-0", words, Endpoint(endpoint, data=data), ReaderLinks())
    asyncio.run(_send(settings, copy))


async def _send(settings: Any, copy: Copy) -> None:
    channel = webpush(settings)
    await open_in_time(channel)
    try:
        async with asyncio.timeout(PATIENCE):
            await channel.send(copy, lambda: None)
    except TimeoutError as error:
        raise Unreachable("The push service takes too long.") from error
    finally:
        await close_in_time(channel)
