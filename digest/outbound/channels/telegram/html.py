"""Telegram's HTML: which tags it knows, and what is left of a text once they are parsed (pure).

https://core.telegram.org/bots/api#html-style
"""

import html
import re

from digest.kit.errors import InvalidInput
from digest.outbound.messages.fit import units

TAGS = frozenset(
    {"b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "a", "code", "pre", "blockquote"}
)
# Of a message, after its entities are parsed.
MOST = 4_096
_TOKEN = re.compile(r"<(/?)([^<>\s/]*)([^<>]*)>|[<>]|&(#?\w*;?)")
_HREF = re.compile(r'\s+href="[^"<>]+"')
_ENTITY = re.compile(r"(lt|gt|amp|quot|#\d+|#x[0-9a-fA-F]+);")


class CannotParse(InvalidInput, ValueError):
    """What Telegram would refuse as unparsable; the text says why, in its words."""


def parsed(text: str) -> str:
    """The text as it is read and counted. Raises :class:`CannotParse`."""
    open_tags: list[str] = []
    for found in _TOKEN.finditer(text):
        closing, tag, rest, entity = found.groups()
        if tag is None:
            if entity is not None and entity and not _ENTITY.fullmatch(entity):
                continue  # an ampersand that begins nothing is taken as it is
            if found[0] in "<>" and found[0] != ">":
                raise CannotParse("Unsupported start tag")
            continue
        if tag.lower() not in TAGS:
            raise CannotParse(f'Unsupported start tag "{tag}"')
        if closing:
            if not open_tags or open_tags.pop() != tag.lower():
                raise CannotParse(f'Unmatched end tag "{tag}"')
            continue
        if tag.lower() == "a" and not _HREF.fullmatch(rest):
            raise CannotParse("A link without an address")
        open_tags.append(tag.lower())
    if open_tags:
        raise CannotParse(f'Can\'t find end tag corresponding to start tag "{open_tags[-1]}"')
    return html.unescape(re.sub(r"<[^<>]*>", "", text)).strip()


def length(text: str) -> int:
    """UTF-16 units of what is read."""
    return units(parsed(text))
