"""What the channels to a newsroom's own apps share: words, and how an app registers (pure)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from digest.newsdesk.alerts.core.content import AlertContent
from digest.newsdesk.editions.core.content import EditionContent
from digest.outbound.channels.lock_screen import lint_headline
from digest.outbound.messages import notification
from digest.outbound.messages.lint import Remark
from digest.outbound.messages.message import Words
from digest.outbound.messages.newsroom import Newsroom
from digest.outbound.messages.notification import Notification

_FIELDS = ("title", "body", "url", "tag", "kind", "revision", "ttl", "image")


@dataclass(frozen=True, slots=True)
class AppRegistration:
    """How an app registers its devices for the channel, beside the address.

    ``key`` names the setting with the word that the app proves itself by. ``fields`` are those it
    may send besides; ``data`` makes of them what is kept with the address, and raises
    :class:`~digest.audience.kinds.BadAddress` for what cannot be.
    """

    key: str
    fields: frozenset[str] = frozenset()
    data: Callable[[Mapping[str, Any], Any, datetime], dict[str, Any] | None] = (
        lambda told, config, now: None
    )


def alert(channel: str, version: str, content: AlertContent, newsroom: Newsroom) -> Words:
    """An alert; its corrections and its withdrawal carry the same tag, so that they replace it."""
    said = notification.of_alert(content, newsroom)
    return _words(channel, version, "alert", content.language, said)


def edition(channel: str, version: str, content: EditionContent, newsroom: Newsroom) -> Words:
    """An edition is one notification. Raises ValueError for one without items."""
    said = notification.of_edition(content, channel, newsroom)
    return _words(channel, version, "edition", content.language, said)


def makers(
    channel: str, version: str
) -> tuple[Callable[[EditionContent, Newsroom], Words], Callable[[AlertContent, Newsroom], Words]]:
    """Those of an edition and of an alert for one channel."""
    return partial(edition, channel, version), partial(alert, channel, version)


def _words(channel: str, version: str, template: str, language: str, said: Notification) -> Words:
    fields: dict[str, Any] = {name: getattr(said, name) for name in _FIELDS}
    return Words(channel, language, template, version, fields)


def lint(words: Words) -> list[Remark]:
    """Remarks on what was cut, and on a link that leads nowhere."""
    return lint_headline(words, words.fields["url"])
