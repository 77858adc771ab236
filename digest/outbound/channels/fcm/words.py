"""Words for an app's notification. An edition is one notification."""

from typing import Any

from digest.newsdesk.alerts.core.content import AlertContent
from digest.newsdesk.editions.core.content import EditionContent
from digest.outbound.channels.fcm.address import NAME
from digest.outbound.channels.preview import ChannelPreview
from digest.outbound.messages import notification
from digest.outbound.messages.fit import units
from digest.outbound.messages.lint import Remark, grave, minor
from digest.outbound.messages.message import Words
from digest.outbound.messages.newsroom import Newsroom
from digest.outbound.messages.notification import BODY_LIMIT, Notification

_VERSION = "fcm-1"


def alert(content: AlertContent, newsroom: Newsroom) -> Words:
    """An alert; its corrections and its withdrawal carry the same tag, so that they replace it."""
    return _words("alert", content.language, notification.of_alert(content, newsroom))


def edition(content: EditionContent, newsroom: Newsroom) -> Words:
    """An edition or a personal digest. Raises ValueError for one without items."""
    return _words("edition", content.language, notification.of_edition(content, NAME, newsroom))


def _words(template: str, language: str, said: Notification) -> Words:
    fields: dict[str, Any] = {
        name: getattr(said, name)
        for name in ("title", "body", "url", "tag", "kind", "revision", "ttl")
    }
    return Words(NAME, language, template, _VERSION, fields)


def preview(words: Words) -> ChannelPreview:
    """Headline and lines."""
    fields = words.fields
    return ChannelPreview(
        pieces=(("bold", fields["title"]), ("plain", "\n" + fields["body"])),
        length=units(fields["body"]),
        limit=BODY_LIMIT,
        note="one notification",
    )


def lint(words: Words) -> list[Remark]:
    """Remarks on what was cut, and on a link that leads nowhere."""
    fields, found = words.fields, list[Remark]()
    if not fields["url"]:
        found.append(grave("The notification leads nowhere: the story has no link."))
    if fields["title"].endswith("…"):
        found.append(minor("The headline is cut on the lock screen. Give it shorter words."))
    return found
