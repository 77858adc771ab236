"""What an editor should know of a browser's notification (pure)."""

from digest.outbound.channels.lock_screen import lint_headline
from digest.outbound.messages.fit import units
from digest.outbound.messages.lint import Remark, minor
from digest.outbound.messages.message import Words

# What a narrow lock screen shows before anybody opens it wide.
_SEEN_AT_ONCE = 60


def lint(words: Words) -> list[Remark]:
    """Remarks on what was cut, and on a link that leads nowhere."""
    fields = words.fields
    found = lint_headline(words, fields["navigate"])
    if not fields["title"].endswith("…") and units(fields["title"]) > _SEEN_AT_ONCE:
        found.append(minor("Narrow screens show the first 60 characters of the headline alone."))
    if fields["body"].endswith("…") and words.template == "alert":
        found.append(minor("The summary is cut on the lock screen."))
    return found
