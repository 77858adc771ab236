"""A notification as the desk shows it, and what an editor should know of it (pure).

Shared by all channels whose message is one, by their names for its fields: ``title``, ``body``.
"""

from digest.outbound.channels.preview import ChannelPreview
from digest.outbound.messages.fit import units
from digest.outbound.messages.lint import Remark, grave, minor
from digest.outbound.messages.message import Words
from digest.outbound.messages.notification import BODY_LIMIT


def preview(words: Words) -> ChannelPreview:
    """Headline and lines."""
    fields = words.fields
    return ChannelPreview(
        pieces=(("bold", fields["title"]), ("plain", "\n" + fields["body"])),
        length=units(fields["body"]),
        limit=BODY_LIMIT,
        note="one notification",
        picture=fields.get("image", ""),
        picture_is_below=True,
    )


def lint_headline(words: Words, link: str) -> list[Remark]:
    """Remarks on a headline that was cut, and on a ``link`` that leads nowhere."""
    found = list[Remark]()
    if not link:
        found.append(grave("The notification leads nowhere: the story has no link."))
    if words.fields["title"].endswith("…"):
        found.append(minor("The headline is cut on the lock screen. Give it shorter words."))
    return found
