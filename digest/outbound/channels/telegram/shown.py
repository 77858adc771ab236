"""A Telegram message as the desk shows it, and what an editor should know of it (pure)."""

import html as escaping
import re

from digest.outbound.channels.preview import ChannelPreview
from digest.outbound.channels.telegram import html
from digest.outbound.messages.fit import units
from digest.outbound.messages.lint import Remark, grave, minor
from digest.outbound.messages.message import Words

_PIECE = re.compile(r"<(b|i|a)(?: href=\"[^\"<>]+\")?>(.*?)</\1>", re.DOTALL)
_KINDS = {"b": "bold", "i": "italic", "a": "url"}


def preview(words: Words) -> ChannelPreview:
    """The bubble, with what is bold or a link, and its length as Telegram counts."""
    return ChannelPreview(
        pieces=pieces(words.fields["text"]),
        length=length(words),
        limit=html.MOST,
        picture=words.fields.get("picture", ""),
    )


def pieces(text: str) -> tuple[tuple[str, str], ...]:
    """Telegram's HTML as a bubble's pieces."""
    found: list[tuple[str, str]] = []
    end = 0
    for match in _PIECE.finditer(text):
        found += [("plain", _plain(text[end : match.start()]))]
        found += [(_KINDS[match[1]], _plain(match[2]))]
        end = match.end()
    found += [("plain", _plain(text[end:]))]
    return tuple(each for each in found if each[1])


def length(words: Words) -> int:
    """Units of the whole message, its foot included."""
    fields = words.fields
    return html.length(f"{fields['text']}\n\n{fields['foot']}")


def lint(words: Words) -> list[Remark]:
    """Remarks on length, on what was cut, and on a missing link."""
    found = list[Remark]()
    text = words.fields["text"]
    if length(words) > html.MOST:
        found.append(grave(f"The Telegram message is longer than {html.MOST} characters."))
    if words.template == "alert":
        if not words.fields["card"]:
            found.append(minor("The alert has no link, so Telegram shows no card."))
        if "…" in text:
            found.append(minor("The alert is cut on Telegram. Give it shorter words."))
    elif units(text) and text.count("\n\n") < len(("head", "item", "item", "rest")) - 1:
        found.append(minor("Fewer than two items on Telegram."))
    return found


def _plain(text: str) -> str:
    return escaping.unescape(re.sub(r"<[^<>]*>", "", text))
