"""A post in Discord's Markdown (pure). https://discord.com/developers/docs/reference#message-formatting"""

import re

from digest.outbound.channels.discord.address import NAME
from digest.outbound.channels.places.form import BOLD, LINK, PlaceForm, PostPieces, within
from digest.outbound.messages.fit import units

# https://discord.com/developers/docs/resources/message#create-message: content.
LIMIT = 2_000
# What begins a heading, a list, a quote or small print does so at the start of a line alone.
_MARKS = re.compile(r"([\\*_~`|<>\[\]()#:@-])")
_ESCAPED = r"\\\1"
# An address is linked as it stands, with every sign that it holds.
_ADDRESS = re.compile(r"(https?://[^\s<>()\[\]|*~`\\\"]+)")


def escaped(words: str) -> str:
    """Somebody else's words, with no mark of their own; an address in them is left alone."""
    return "".join(
        each if number % 2 else _MARKS.sub(_ESCAPED, each)
        for number, each in enumerate(_ADDRESS.split(words))
    )


def written(pieces: PostPieces) -> str:
    """The ``content`` of a message."""
    said = []
    for piece in pieces:
        if piece.kind == BOLD:
            said.append(f"**{escaped(piece.words.strip())}**")
        elif piece.kind == LINK:
            url = piece.url.replace("(", "%28").replace(")", "%29").replace(">", "%3E")
            # Angles: no card for each of an edition's links.
            # Words that are an address themselves would be no link's words.
            said.append(f"[{_MARKS.sub(_ESCAPED, piece.words)}](<{url}>)")
        else:
            said.append(
                piece.words if not piece.words.strip(" \n.0123456789") else _lines(piece.words)
            )
    return "".join(said)


def _lines(words: str) -> str:
    return "\n".join(escaped(line) for line in words.split("\n"))


FORM = PlaceForm(
    name=NAME,
    limit=LIMIT,
    written=written,
    length=lambda pieces: units(written(pieces)),
    linked=within,
    most_items=8,
    headline_limit=160,
    blurb_limit=140,
    lead_limit=800,
)
