"""The query language of topics, as a tree. :mod:`~digest.newsdesk.topics.query.parse` reads it.

``missile`` a word, in any inflection · ``"peace talks"`` exactly these words ·
``"north korea*"``, ``nuclear*`` words that begin so · ``a b``, ``a AND b`` both · ``a OR b`` ·
``NOT a``, ``-a`` · ``( … )`` · ``of/2 (a OR b OR c)`` at least two of them · ``a near/5 b``,
``a near/5 (b OR c)`` at most five words apart · ``~flood`` the word and its like in the languages
of the word list, see :mod:`~digest.newsdesk.topics.query.wordlist` · ``title:a`` in the title ·
``source:reuters`` the outlet or the agency credited · ``lang:ko`` the article's language.

NOT binds tighter than AND, AND than OR. Case and diacritics do not matter, for operators neither:
quote ``"or"`` to look for the word. The printed form of a query parses to the same query.
In scripts without spaces a term is found anywhere; so is a Korean word, to which particles cling,
while a quoted Korean word stands alone but for its particles.
"""

from dataclasses import dataclass

from digest.kit.errors import InvalidInput

MAX_NEAR = 50
"""The most words that a near may span."""


class QueryError(InvalidInput, ValueError):
    """A query that cannot be read: where (a position from 0), why, and what to do about it."""

    def __init__(self, position: int, problem: str, remedy: str) -> None:
        super().__init__(f"At character {position + 1}: {problem} {remedy}")
        self.position = position
        self.problem = problem
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Word:
    """One word; ``prefix`` when it was written with a star. ``field`` is empty or title.

    ``wide`` when it stands for all that the word list puts beside it.
    """

    text: str
    prefix: bool = False
    field: str = ""
    wide: bool = False

    def __str__(self) -> str:
        tilde = "~" if self.wide else ""
        return f"{_label(self.field)}{tilde}{self.text}{'*' if self.prefix else ''}"


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words exactly as they stand; ``prefix`` when the last may go on. ``wide`` as a word's."""

    text: str
    prefix: bool = False
    field: str = ""
    wide: bool = False

    def __str__(self) -> str:
        tilde = "~" if self.wide else ""
        return f'{_label(self.field)}{tilde}"{self.text}{"*" if self.prefix else ""}"'


@dataclass(frozen=True, slots=True)
class Source:
    """Articles whose outlet or credited agency has this name, or has it within its name."""

    name: str

    def __str__(self) -> str:
        return f'source:"{self.name}"'


@dataclass(frozen=True, slots=True)
class Language:
    """Articles in this language, by primary subtag."""

    code: str

    def __str__(self) -> str:
        return f"lang:{self.code}"


@dataclass(frozen=True, slots=True)
class Near:
    """A term of ``left`` and one of ``right`` at most ``distance`` words apart, in either order."""

    left: "tuple[Word | Phrase, ...]"
    right: "tuple[Word | Phrase, ...]"
    distance: int

    def __str__(self) -> str:
        return f"{_any_of(self.left)} near/{self.distance} {_any_of(self.right)}"


@dataclass(frozen=True, slots=True)
class Not:
    """Articles that do not match ``part``."""

    part: "Query"

    def __str__(self) -> str:
        return f"NOT {_bracketed(self.part, (And, Or, Near))}"


@dataclass(frozen=True, slots=True)
class And:
    """Articles that match every part; at least two parts, none of them an And."""

    parts: "tuple[Query, ...]"

    def __str__(self) -> str:
        return " AND ".join(_bracketed(part, (Or,)) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Or:
    """Articles that match any part; at least two parts, none of them an Or."""

    parts: "tuple[Query, ...]"

    def __str__(self) -> str:
        return " OR ".join(str(part) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Some:
    """Articles that match at least ``count`` of the parts; there are more parts than that."""

    count: int
    parts: "tuple[Query, ...]"

    def __str__(self) -> str:
        return f"of/{self.count} ({' OR '.join(_bracketed(part, (Or,)) for part in self.parts)})"


Leaf = Word | Phrase | Source | Language
Query = Leaf | Near | Not | And | Or | Some


def leaves(query: Query) -> tuple[Leaf, ...]:
    """Every term of the query in order of writing, repeated ones included."""
    if isinstance(query, Not):
        return leaves(query.part)
    if isinstance(query, Near):
        return query.left + query.right
    if isinstance(query, And | Or | Some):
        return tuple(leaf for part in query.parts for leaf in leaves(part))
    return (query,)


def _label(field: str) -> str:
    return f"{field}:" if field else ""


def _any_of(terms: "tuple[Word | Phrase, ...]") -> str:
    joined = " OR ".join(map(str, terms))
    return joined if len(terms) == 1 else f"({joined})"


def _bracketed(part: Query, kinds: tuple[type, ...]) -> str:
    return f"({part})" if isinstance(part, kinds) else str(part)
