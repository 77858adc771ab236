"""Send one edition to one person of the newsroom, to look at it in a real inbox.

It is no send: nobody subscribed to it, nothing in the ledger depends on it, and its links to leave
lead to the front page instead of anybody's subscription.
"""

from dataclasses import replace
from datetime import datetime

from django.conf import settings
from django.db import connection

from digest.kit.errors import ActionRefused
from digest.newsdesk.editions.core.content import EditionContent
from digest.outbound.channels import registry
from digest.outbound.channels.base import Channel, Receipt
from digest.outbound.channels.email.words import NAME
from digest.outbound.channels.rendering import render_edition
from digest.outbound.delivery.core.staging import REFUSAL, may_contact
from digest.outbound.delivery.planning.wording import newsroom
from digest.outbound.delivery.sending.single import NotHandedOver, hand_over
from digest.outbound.messages import links
from digest.outbound.messages.message import Copy, Endpoint, ReaderLinks


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
    words = render_edition(content, NAME, replace(newsroom(), count_key=""))
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
    try:
        return hand_over(copy, channel or registry.channel(NAME, settings))
    except NotHandedOver as error:
        raise NotRehearsed(str(error)) from error
