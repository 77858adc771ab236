"""Send one edition to one person of the newsroom, to look at it in a real inbox.

It is no send: nobody subscribed to it, nothing in the ledger depends on it, and its links to leave
lead to the front page instead of anybody's subscription.
"""

import asyncio
from dataclasses import replace
from datetime import datetime

from django.conf import settings
from django.db import connection

from digest.kit.errors import ActionRefused
from digest.newsdesk.editions.core.content import EditionContent
from digest.outbound.channels import registry
from digest.outbound.channels.base import AnswerLost, Channel, ChannelError, Receipt
from digest.outbound.channels.email.words import NAME
from digest.outbound.channels.rendering import render_edition
from digest.outbound.delivery.core.staging import REFUSAL, may_contact
from digest.outbound.delivery.planning.wording import newsroom
from digest.outbound.messages import links
from digest.outbound.messages.message import Copy, Endpoint, ReaderLinks

PATIENCE = 10.0


class NotRehearsed(ActionRefused, RuntimeError):
    """The test did not arrive; the text says why, in the relay's own words where it has any."""


def rehearse(
    content: EditionContent, to: str, *, now: datetime, channel: Channel | None = None
) -> Receipt:
    """Mail ``content`` to ``to``, its subject marked as a test, and wait for the relay's answer.

    Raises :class:`NotRehearsed`. Must not be called inside a transaction.
    """
    if connection.in_atomic_block:
        raise RuntimeError("rehearse works outside transactions: it talks to the network.")
    allowed = settings.DIGEST_ALLOWED_RECIPIENTS
    if not may_contact(to, allowed, production=settings.DIGEST_PRODUCTION):
        raise NotRehearsed(REFUSAL)
    words = render_edition(content, NAME, newsroom())
    front = links.front(settings.DIGEST_BASE_URL)
    copy = Copy(
        # No send has the number 0, so a bounce of a test is nobody's.
        key=f"0-{int(now.timestamp() * 1_000_000)}",
        words=replace(
            words, fields=words.fields | {"subject": f"[Test] {words.fields['subject']}"}
        ),
        to=Endpoint(to),
        links=ReaderLinks(unsubscribe=front, preferences=front),
    )
    return asyncio.run(_hand_over(channel or registry.channel(NAME, settings), copy))


async def _hand_over(channel: Channel, copy: Copy) -> Receipt:
    def intend() -> None:
        """Nothing to journal: a test may be sent as often as somebody presses the button."""

    await channel.open()
    try:
        async with asyncio.timeout(PATIENCE):
            return await channel.send(copy, intend)
    except TimeoutError as error:
        raise NotRehearsed(f"The relay did not answer within {PATIENCE:.0f} seconds.") from error
    except AnswerLost as error:
        raise NotRehearsed(f"The relay hung up; it may have arrived: {error.reply}") from error
    except ChannelError as error:
        raise NotRehearsed(f"The relay did not take it: {error.reply}") from error
    finally:
        await channel.close()
