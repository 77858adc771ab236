"""Pieces of mails that many mails carry: rendered and compiled once, put into each.

A piece is what a macro of the templates gives for some arguments. In a part that MJML compiles it
is a cell of a table: a mark stands for it until the mail around it is compiled.
"""

import re
import secrets
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from markupsafe import Markup

Compile = Callable[[str], str]
# Pieces kept, each some two kilobytes: those of an hour's digests in all languages.
_KEPT = 8_192
# Nobody who writes headlines can know it.
_MARK = secrets.token_hex(8)
_CELL = re.compile(f'<td data-shared="{_MARK}:([0-9]+)"></td>')
_AROUND = (
    "<mjml><mj-body><mj-section><mj-column><mj-table><tr>{}</tr></mj-table></mj-column>"
    "</mj-section></mj-body></mjml>"
)
_WITHIN = re.compile(r"<tr>(<td class=\"line\".*?</td>)</tr>", re.S)


def made_anew(macro: Callable[..., str], *given: Any) -> str:
    """The plain way: what ``macro`` gives, each time."""
    return macro(*given)


class Texts:
    """The pieces of one template's plain text, kept for all mails of a language."""

    def __init__(self, template: str, language: str) -> None:
        self._place = template, language

    def piece(self, macro: Callable[..., str], *given: Any) -> str:
        """What ``macro`` gives."""
        place = (*self._place, getattr(macro, "name", ""), *given)
        if (found := _texts.get(place)) is None:
            while len(_texts) >= _KEPT:
                # Threads may do so at once: who comes late finds nothing to drop.
                _texts.pop(next(iter(_texts)), None)
            found = _texts[place] = macro(*given)
        return found


# A template makes its macros anew for each mail: pieces are known by its name and theirs.
_texts: dict[tuple[Any, ...], str] = {}


class Cells:
    """The cells of one mail: marks while it is made, their HTML when it is compiled."""

    def __init__(self, compiled: Compile) -> None:
        self._compiled = compiled
        self._cells: list[str] = []

    def mark(self, macro: Callable[..., str], *given: Any) -> Markup:
        """What stands for what ``macro`` gives."""
        self._cells.append(_cell(self._compiled, macro, *given))
        # Of our own digits alone: there is nothing to escape.
        return Markup(f'<td data-shared="{_MARK}:{len(self._cells) - 1}"></td>')  # noqa: S704

    def into(self, html: str) -> str:
        """The compiled mail with its cells."""
        return _CELL.sub(lambda mark: self._cells[int(mark[1])], html)


@lru_cache(maxsize=_KEPT)
def _cell(compiled: Compile, macro: Callable[..., str], *given: Any) -> str:
    found = _WITHIN.search(compiled(_AROUND.format(macro(*given))))
    assert found is not None  # the templates' cells are of class line
    return found[1]
