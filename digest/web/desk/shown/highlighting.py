"""Text in pieces, some of them marked, so that a template can escape and mark each."""

from collections.abc import Iterable
from typing import NamedTuple

_AROUND = 40


class Piece(NamedTuple):
    """A run of text, and whether it is marked."""

    text: str
    is_marked: bool


def pieces(text: str, marks: Iterable[tuple[int, int]]) -> tuple[Piece, ...]:
    """``text`` cut at ``marks``: [start, end) in order, none overlapping."""
    made: list[Piece] = []
    at = 0
    for start, end in marks:
        made.append(Piece(text[at:start], False))
        made.append(Piece(text[start:end], True))
        at = end
    made.append(Piece(text[at:], False))
    return tuple(piece for piece in made if piece.text)


def around(text: str, position: int) -> tuple[Piece, ...]:
    """The text around ``position`` with the character there marked; a space at the very end."""
    start, end = max(0, position - _AROUND), position + _AROUND
    before = ("…" if start else "") + text[start:position]
    here = text[position : position + 1]
    after = text[position + 1 : end] + ("…" if end < len(text) else "")
    marked = here if here.strip() else "\u00a0"
    return tuple(
        piece
        for piece in (Piece(before, False), Piece(marked, True), Piece(after, False))
        if piece.text
    )
