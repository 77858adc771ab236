"""A post on Matrix: plain words, and the same in HTML (pure).

https://spec.matrix.org/latest/client-server-api/#mroommessage-msgtypes
"""

import html
from typing import Any

from digest.outbound.channels.matrix.address import NAME
from digest.outbound.channels.places.form import BOLD, LINK, PlaceForm, PostPieces, plain, within
from digest.outbound.channels.places.post import Post

# An event may have 65,536 bytes, and an edit holds the words twice.
LIMIT = 24_000


def formatted(pieces: PostPieces) -> str:
    """The ``formatted_body``."""
    said = []
    for piece in pieces:
        words = html.escape(piece.words).replace("\n", "<br>")
        if piece.kind == BOLD:
            said.append(f"<strong>{words}</strong>")
        elif piece.kind == LINK:
            said.append(f'<a href="{html.escape(piece.url)}">{words}</a>')
        else:
            said.append(words)
    return "".join(said)


def count(pieces: PostPieces) -> int:
    """Bytes of both."""
    return len(plain(pieces).encode()) + len(formatted(pieces).encode())


def _more(pieces: PostPieces, post: Post) -> dict[str, Any]:
    return {"html": formatted(pieces)}


def _with_links(pieces: PostPieces) -> str:
    """Where HTML is not shown, addresses stand behind their words."""
    return "".join(
        f"{piece.words} {piece.url}" if piece.kind == LINK and piece.url else piece.words
        for piece in pieces
    )


FORM = PlaceForm(
    name=NAME,
    limit=LIMIT,
    written=_with_links,
    length=lambda pieces: count(pieces) + sum(len(each.url.encode()) for each in pieces),
    linked=within,
    more=_more,
)
