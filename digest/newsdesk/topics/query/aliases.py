"""Aliases: names of one thing. A query that uses one of them asks for all.

One set a line, its names joined by ``=``: ``DPRK = North Korea = 북한 = 朝鲜``. A name is a word,
a phrase (quotation marks are only needed to make a single word exact) or a beginning such as
``KCNA*``. Lines that begin with ``#`` are comments.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from digest.newsdesk.stories.text.words import fold, tokens
from digest.newsdesk.topics.query.parse import parse
from digest.newsdesk.topics.query.tree import (
    And,
    Leaf,
    Near,
    Not,
    Or,
    Phrase,
    Query,
    QueryError,
    Some,
    Word,
    leaves,
)
from digest.newsdesk.topics.query.wordlist import beside

Term = Word | Phrase
Key = tuple[str, ...]

MAX_LINE = 2_000
MAX_SETS = 2_000
MAX_NAMES = 60
MAX_TERMS = 4_000
"""The most terms a query may have once its aliases are written out."""


@dataclass(frozen=True, slots=True)
class Aliases:
    """Sets of names, each name in one set only; ``by_name`` finds a set by a folded name."""

    sets: tuple[tuple[Term, ...], ...]
    by_name: dict[Key, tuple[Term, ...]]


NONE = Aliases((), {})


def parse_aliases(lines: Iterable[str]) -> Aliases:
    """The sets written in ``lines``.

    Raises :class:`QueryError`; its position counts within the line it names.
    """
    sets: list[tuple[Term, ...]] = []
    by_name: dict[Key, tuple[Term, ...]] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if len(sets) == MAX_SETS:
            raise QueryError(0, f"there are over {MAX_SETS} sets.", "Remove some.")
        names = _names(line, number)
        for name in names:
            key = _key(name)
            if key in by_name:
                raise QueryError(
                    0,
                    f"line {number}: {name} stands in two sets, or twice in one.",
                    "Put all names of one thing on one line, each once.",
                )
            by_name[key] = names
        sets.append(names)
    return Aliases(tuple(sets), by_name)


def expand(query: Query, aliases: Aliases) -> Query:
    """``query`` with every name of a set, and every ``~word``, written out as all names of it.

    Raises :class:`QueryError` when that makes more than :data:`MAX_TERMS` terms.
    """
    wide = any(getattr(leaf, "wide", False) for leaf in leaves(query))
    if not aliases.sets and not wide:
        return query
    expanded = _expand(query, aliases)
    if len(leaves(expanded)) > MAX_TERMS:
        raise QueryError(
            0, f"with its aliases the query has over {MAX_TERMS} terms.", "Split the topic."
        )
    return expanded


def _expand(query: Query, aliases: Aliases) -> Query:
    if isinstance(query, Not):
        return Not(_expand(query.part, aliases))
    if isinstance(query, And):
        return And(tuple(_expand(part, aliases) for part in query.parts))
    if isinstance(query, Or):
        parts: list[Query] = []
        for part in query.parts:
            made = _expand(part, aliases)
            parts.extend(made.parts if isinstance(made, Or) else (made,))
        return Or(tuple(dict.fromkeys(parts)))
    if isinstance(query, Some):
        # A part stays a part: names of one thing count once.
        return Some(query.count, tuple(_expand(part, aliases) for part in query.parts))
    if isinstance(query, Near):
        left, right = _written_out(query.left, aliases), _written_out(query.right, aliases)
        return Near(left, right, query.distance)
    if isinstance(query, Word | Phrase):
        terms = _written_out((query,), aliases)
        return Or(terms) if len(terms) > 1 else terms[0]
    return query


def _written_out(terms: tuple[Term, ...], aliases: Aliases) -> tuple[Term, ...]:
    found: dict[Term, None] = {}
    for term in terms:
        if term.wide:
            for name in _listed(term.text):
                found[replace(name, field=term.field)] = None
        else:
            found[term] = None
        for name in aliases.by_name.get(_key(term), ()):
            if _key(name) != _key(term):
                found[replace(name, field=term.field)] = None
    return tuple(found)


@lru_cache(maxsize=2_000)
def _listed(text: str) -> tuple[Term, ...]:
    """What the word list puts beside ``text``, as terms."""
    return tuple(_name(piece, 0, 0) for piece in beside(text))


def _key(term: Term) -> Key:
    return (*tokens(fold(term.text)), "*") if term.prefix else tuple(tokens(fold(term.text)))


def _names(line: str, number: int) -> tuple[Term, ...]:
    if len(line) > MAX_LINE:
        raise QueryError(MAX_LINE, f"line {number} is too long.", "Split it, or remove names.")
    names: list[Term] = []
    at = 0
    for piece in line.split("="):
        names.append(_name(piece, at, number))
        at += len(piece) + 1
    if len(names) < 2:
        raise QueryError(
            0, f"line {number} has one name only.", "Write a second name after a =, or remove it."
        )
    if len(names) > MAX_NAMES:
        raise QueryError(0, f"line {number} has over {MAX_NAMES} names.", "Remove some.")
    return tuple(names)


def _name(piece: str, at: int, number: int) -> Term:
    written = piece.strip()
    start = at + len(piece) - len(piece.lstrip())
    plain = written.rstrip("*")
    if len(tokens(fold(plain))) > 1 and not set(written) & set('"“”„«»「」『』():'):
        written = f'"{written}"'
    try:
        leaf: Query | Leaf = parse(written)
    except QueryError as error:
        raise QueryError(
            start + error.position, f"line {number}: {error.problem}", error.remedy
        ) from None
    if not isinstance(leaf, Word | Phrase) or leaf.field:
        raise QueryError(
            start, f"line {number}: {written} is no name.", "Write a word or a phrase."
        )
    return leaf
