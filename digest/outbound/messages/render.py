"""From content to words, for every channel. Pure: the same content gives the same words."""

import hashlib
import json
from collections.abc import Callable

from digest.newsdesk.alerts.core.content import AlertContent
from digest.newsdesk.editions.core.content import EditionContent
from digest.outbound.messages import email, whatsapp
from digest.outbound.messages.message import Words
from digest.outbound.messages.newsroom import ConfirmContent, Newsroom

__all__ = [
    "ConfirmContent",
    "Newsroom",
    "content_hash",
    "render_alert",
    "render_confirmation",
    "render_edition",
]

_EDITION: dict[str, Callable[[EditionContent, Newsroom], Words]] = {
    "email": email.edition,
    "whatsapp": whatsapp.edition,
}
_ALERT: dict[str, Callable[[AlertContent, Newsroom], Words]] = {
    "email": email.alert,
    "whatsapp": whatsapp.alert,
}
_CONFIRMATION: dict[str, Callable[[ConfirmContent, Newsroom], Words]] = {
    "email": email.confirmation,
    "whatsapp": whatsapp.confirmation,
}


def render_edition(content: EditionContent, channel: str, newsroom: Newsroom) -> Words:
    """A newsletter's edition or a personal digest in the words of ``channel``.

    Raises KeyError for a channel without words, ValueError for an edition without items on a
    channel that cannot carry an empty one.
    """
    return _EDITION[channel](content, newsroom)


def render_alert(content: AlertContent, channel: str, newsroom: Newsroom) -> Words:
    """An alert, its correction or its withdrawal in the words of ``channel``."""
    return _ALERT[channel](content, newsroom)


def render_confirmation(content: ConfirmContent, channel: str, newsroom: Newsroom) -> Words:
    """The double opt-in's question in the words of ``channel``."""
    return _CONFIRMATION[channel](content, newsroom)


def content_hash(words: Words) -> str:
    """64 hex digits that change with anything a reader would see."""
    told = [words.channel, words.language, words.template, words.variant, words.fields]
    plain = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()
