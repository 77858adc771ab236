"""A post on Microsoft Teams: an Adaptive Card (pure).

https://adaptivecards.io/explorer/RichTextBlock.html: a run's text is shown as it stands, so no sign
in somebody else's words is a mark. Version 1.4, the newest that workflows take everywhere.
"""

import json
from typing import Any

from digest.outbound.channels.places.form import (
    BOLD,
    LINK,
    PlaceForm,
    PostPiece,
    PostPieces,
    plain,
    within,
)
from digest.outbound.channels.places.post import Post
from digest.outbound.channels.teams.address import NAME
from digest.outbound.messages.fit import fit

# https://learn.microsoft.com/connectors/teams: about 28 KB with all that Teams itself adds to it.
# It counts the card as text within its own message, quotes escaped, and refuses it out of sight.
MOST, LIMIT = 28 * 1024, 25 * 1024
CARD_TYPE = "application/vnd.microsoft.card.adaptive"
SCHEMA = "http://adaptivecards.io/schemas/adaptive-card.json"
VERSION = "1.4"


def card(pieces: PostPieces, language: str) -> dict[str, Any]:
    """A block for each line; the last link is a button besides, as a card's main action."""
    body, lines = [], _lines(pieces)
    for before, line in zip([[], *lines], lines, strict=False):
        if line:
            spacing = "Small" if before else "Default"
            runs = [_run(piece) for piece in line]
            body.append({"type": "RichTextBlock", "spacing": spacing, "inlines": runs})
    made: dict[str, Any] = {
        "$schema": SCHEMA,
        "type": "AdaptiveCard",
        "version": VERSION,
        "lang": language,
        "fallbackText": fit(plain(pieces), 200),
        "body": body,
    }
    links = [piece for piece in pieces if piece.kind == LINK and piece.url]
    if links:
        button = {"type": "Action.OpenUrl", "title": links[-1].words, "url": links[-1].url}
        made["actions"] = [button]
    return made


def size(made: dict[str, Any]) -> int:
    """Bytes, as Teams counts them."""
    told = json.dumps(made, ensure_ascii=False, separators=(",", ":"))
    return len(json.dumps(told, ensure_ascii=False).encode())


def _lines(pieces: PostPieces) -> list[list[PostPiece]]:
    lines: list[list[PostPiece]] = [[]]
    for piece in pieces:
        first, *more = piece.words.split("\n")
        for number, words in enumerate((first, *more)):
            if number:
                lines.append([])
            if words:
                lines[-1].append(PostPiece(piece.kind, words, piece.url))
    return lines


def _run(piece: PostPiece) -> dict[str, Any]:
    run: dict[str, Any] = {"type": "TextRun", "text": piece.words}
    if piece.kind == BOLD:
        return run | {"weight": "Bolder", "size": "Medium"}
    if piece.kind == LINK and piece.url:
        action = {"type": "Action.OpenUrl", "url": piece.url}
        return run | {"selectAction": action, "color": "Accent"}
    return run


def _with_links(pieces: PostPieces) -> str:
    return "".join(
        f"{piece.words} {piece.url}" if piece.kind == LINK and piece.url else piece.words
        for piece in pieces
    )


def _more(pieces: PostPieces, post: Post) -> dict[str, Any]:
    return {"card": card(pieces, post.language)}


FORM = PlaceForm(
    name=NAME,
    limit=LIMIT,
    written=_with_links,
    length=lambda pieces: size(card(pieces, "en")),
    linked=within,
    more=_more,
)
