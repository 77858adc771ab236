"""A notification as the desk shows it, and what an editor should know of it (pure)."""

from digest.outbound.channels.preview import ChannelPreview
from digest.outbound.messages.fit import units
from digest.outbound.messages.lint import Remark, grave, minor
from digest.outbound.messages.message import Words
from digest.outbound.messages.notification import BODY_LIMIT

# What a narrow lock screen shows before anybody opens it wide.
_SEEN_AT_ONCE = 60


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
    if not fields["navigate"]:
        found.append(grave("The notification leads nowhere: the story has no link."))
    if fields["title"].endswith("…"):
        found.append(minor("The headline is cut on the lock screen. Give it shorter words."))
    elif units(fields["title"]) > _SEEN_AT_ONCE:
        found.append(minor("Narrow screens show the first 60 characters of the headline alone."))
    if fields["body"].endswith("…") and words.template == "alert":
        found.append(minor("The summary is cut on the lock screen."))
    return found
