"""Hand over one copy outside the ledger: a test to an editor, a letter to a member."""

import asyncio

from django.db import connection

from digest.kit.errors import ExchangeFailed
from digest.outbound.channels.base import (
    AnswerLost,
    Channel,
    ChannelError,
    Receipt,
    Rejected,
    close_in_time,
    open_in_time,
)
from digest.outbound.messages.message import Copy

PATIENCE = 10.0


class NotHandedOver(ExchangeFailed, RuntimeError):
    """The copy did not arrive, as far as we know; the text says why, in the relay's own words.

    ``final``: the other side will not have it, so that another try is of no use.
    """

    def __init__(self, said: str, *, final: bool = False) -> None:
        super().__init__(said)
        self.final = final


def hand_over(copy: Copy, channel: Channel) -> Receipt:
    """Send ``copy`` on a connection of its own, and wait for the answer.

    Raises :class:`NotHandedOver`. Must not be called inside a transaction.
    """
    if connection.in_atomic_block:
        raise RuntimeError("hand_over works outside transactions: it talks to the network.")
    return asyncio.run(_hand_over(channel, copy))


async def _hand_over(channel: Channel, copy: Copy) -> Receipt:
    def intend() -> None:
        """Nothing to journal: it may be sent as often as somebody asks."""

    try:
        await open_in_time(channel)
        async with asyncio.timeout(PATIENCE):
            return await channel.send(copy, intend)
    except TimeoutError as error:
        raise NotHandedOver(f"The relay did not answer within {PATIENCE:.0f} seconds.") from error
    except AnswerLost as error:
        raise NotHandedOver(f"The relay hung up; it may have arrived: {error.reply}") from error
    except ChannelError as error:
        final = isinstance(error, Rejected) and error.permanent
        raise NotHandedOver(f"The relay did not take it: {error.reply}", final=final) from error
    finally:
        await close_in_time(channel)
