"""The query language of topics: what an editor writes, as a tree.

``missile`` a word, in any inflection · ``"peace talks"`` exactly these words ·
``"north korea*"``, ``nuclear*`` words that begin so · ``a b``, ``a AND b`` both · ``a OR b`` ·
``NOT a``, ``-a`` · ``( … )`` · ``a near/5 b`` at most five words apart · ``title:a`` in the title ·
``source:reuters`` the outlet or the agency credited · ``lang:ko`` the article's language.

NOT binds tighter than AND, AND than OR. Case and diacritics do not matter, for operators neither:
quote ``"or"`` to look for the word. The printed form of a query parses to the same query.
"""

import re
from dataclasses import dataclass
from typing import NamedTuple

from digest.newsdesk.stories.words import fold, is_unspaced, primary, tokens

MAX_LENGTH = 8_000
MAX_DEPTH = 24
MAX_TERMS = 500
MAX_NEAR = 50

TEXT_FIELDS = ("", "title")
FIELDS = ("title", "source", "lang")


class QueryError(ValueError):
    """A query that cannot be read: where (a position from 0), why, and what to do about it."""

    def __init__(self, position: int, problem: str, remedy: str) -> None:
        super().__init__(f"At character {position + 1}: {problem} {remedy}")
        self.position = position
        self.problem = problem
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Word:
    """One word; ``prefix`` when it was written with a star. ``field`` is empty or title."""

    text: str
    prefix: bool = False
    field: str = ""

    def __str__(self) -> str:
        return f"{_label(self.field)}{self.text}{'*' if self.prefix else ''}"


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words exactly as they stand; ``prefix`` when the last may go on."""

    text: str
    prefix: bool = False
    field: str = ""

    def __str__(self) -> str:
        return f'{_label(self.field)}"{self.text}{"*" if self.prefix else ""}"'


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
    """Two terms at most ``distance`` words apart, in either order."""

    left: Word | Phrase
    right: Word | Phrase
    distance: int

    def __str__(self) -> str:
        return f"{self.left} near/{self.distance} {self.right}"


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


Leaf = Word | Phrase | Source | Language
Query = Leaf | Near | Not | And | Or


def parse(text: str) -> Query:
    """The tree of ``text``; raises :class:`QueryError`."""
    if len(text) > MAX_LENGTH:
        raise QueryError(
            MAX_LENGTH, f"the query is longer than {MAX_LENGTH} characters.", "Split the topic."
        )
    query = _Parser(_lex(text), len(text)).whole()
    if _holds_for_nothing(query):
        raise QueryError(
            0,
            "the query matches every article that lacks something.",
            "Say what the topic is about, and use NOT to narrow it: korea NOT football.",
        )
    return query


def leaves(query: Query) -> tuple[Leaf, ...]:
    """Every term of the query in order of writing, repeated ones included."""
    if isinstance(query, Not):
        return leaves(query.part)
    if isinstance(query, Near):
        return (query.left, query.right)
    if isinstance(query, And | Or):
        return tuple(leaf for part in query.parts for leaf in leaves(part))
    return (query,)


def _label(field: str) -> str:
    return f"{field}:" if field else ""


def _bracketed(part: Query, kinds: tuple[type, ...]) -> str:
    return f"({part})" if isinstance(part, kinds) else str(part)


def _holds_for_nothing(query: Query) -> bool:
    """Whether the query is true of an article in which no term is found."""
    if isinstance(query, Not):
        return not _holds_for_nothing(query.part)
    if isinstance(query, And):
        return all(_holds_for_nothing(part) for part in query.parts)
    if isinstance(query, Or):
        return any(_holds_for_nothing(part) for part in query.parts)
    return False


class _Token(NamedTuple):
    kind: str  # ( ) - and or not near field word phrase
    text: str
    position: int


_LEXEME = re.compile(
    r"""(?P<space>\s+)
      | (?P<open>\()
      | (?P<close>\))
      | (?P<phrase>["“”„«»])
      | (?P<minus>-(?=[^\s)]))
      | (?P<near>near/(?P<distance>\d+)(?=[\s(")]|$))
      | (?P<field>[A-Za-z]+:(?=[^\s/]))
      | (?P<word>[^\s()"“”„«»]+)""",
    re.VERBOSE | re.IGNORECASE,
)
_QUOTE = re.compile('["“”„«»]')


def _lex(text: str) -> list[_Token]:
    found: list[_Token] = []
    at = 0
    while at < len(text):
        match = _LEXEME.match(text, at)
        assert match is not None  # a word takes what nothing else does
        kind = str(match.lastgroup if match.lastgroup != "distance" else "near")
        value, end = match.group(), match.end()
        if kind == "phrase":
            closing = _QUOTE.search(text, end)
            if closing is None:
                raise QueryError(at, "this quotation mark is never closed.", 'Add a ".')
            value, end = text[end : closing.start()], closing.end()
        elif kind == "near":
            value = match.group("distance")
        elif kind == "word" and value.lower() in {"and", "or", "not"}:
            kind = value.lower()
        if kind != "space":
            found.append(_Token(kind, value, at))
        at = end
    return found


class _Parser:
    """Recursive descent: or → and → unary → near → term."""

    def __init__(self, found: list[_Token], length: int) -> None:
        self._tokens = found
        self._at = 0
        self._end = length
        self._terms = 0

    def whole(self) -> Query:
        if not self._tokens:
            raise QueryError(0, "the query is empty.", "Write a word or a phrase to look for.")
        query = self._either("", 0)
        left = self._peek()
        if left is not None:
            raise QueryError(
                left.position, "this closing parenthesis opens nowhere.", "Remove it, or add a (."
            )
        return query

    def _peek(self) -> _Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _next_is(self, *kinds: str) -> bool:
        token = self._peek()
        return token is not None and token.kind in kinds

    def _either(self, field: str, depth: int) -> Query:
        parts = [self._both(field, depth)]
        while self._next_is("or"):
            self._at += 1
            parts.append(self._both(field, depth))
        return _joined(Or, parts)

    def _both(self, field: str, depth: int) -> Query:
        parts = [self._unary(field, depth)]
        while (token := self._peek()) is not None and token.kind not in {"or", "close"}:
            if token.kind == "and":
                self._at += 1
            parts.append(self._unary(field, depth))
        return _joined(And, parts)

    def _unary(self, field: str, depth: int) -> Query:
        self._check_depth(depth)
        if self._next_is("not", "minus"):
            self._at += 1
            return Not(self._unary(field, depth + 1))
        return self._near(field, depth)

    def _near(self, field: str, depth: int) -> Query:
        left = self._term(field, depth)
        token = self._peek()
        if token is None or token.kind != "near":
            return left
        self._at += 1
        distance = int(token.text) if len(token.text) < 4 else MAX_NEAR + 1
        if not 1 <= distance <= MAX_NEAR:
            raise QueryError(
                token.position, "this distance is out of range.", f"Use near/1 to near/{MAX_NEAR}."
            )
        right = self._term(field, depth)
        if not isinstance(left, Word | Phrase) or not isinstance(right, Word | Phrase):
            raise QueryError(
                token.position,
                "near stands between two words or phrases.",
                "Write (a near/5 b) OR (a near/5 c) instead of a near/5 (b OR c).",
            )
        if left.field != right.field:
            raise QueryError(
                token.position, "near joins two terms of one field.", "Write title:(a near/5 b)."
            )
        if self._next_is("near"):
            raise QueryError(
                self._tokens[self._at].position,
                "near joins two terms only.",
                "Write (a near/5 b) AND (b near/5 c).",
            )
        return Near(left, right, distance)

    def _term(self, field: str, depth: int) -> Query:
        token = self._peek()
        if token is None:
            raise QueryError(self._end, "something is missing at the end.", "Add a word.")
        self._at += 1
        if token.kind == "open":
            return self._group(token, field, depth)
        if token.kind == "field":
            return self._field(token, field, depth)
        if token.kind in {"word", "phrase"}:
            self._terms += 1
            if self._terms > MAX_TERMS:
                raise QueryError(
                    token.position, f"the query has over {MAX_TERMS} terms.", "Split the topic."
                )
            return _leaf(token, field)
        sign = {"close": ")", "near": f"near/{token.text}"}.get(token.kind, token.kind.upper())
        raise QueryError(
            token.position,
            f"a word was expected here, not {sign}.",
            f'Add a word before it, or write "{sign}" in quotes to look for it.',
        )

    def _group(self, token: _Token, field: str, depth: int) -> Query:
        self._check_depth(depth + 1)
        query = self._either(field, depth + 1)
        if not self._next_is("close"):
            raise QueryError(token.position, "this parenthesis is never closed.", "Add a ).")
        self._at += 1
        return query

    def _field(self, token: _Token, field: str, depth: int) -> Query:
        name = token.text[:-1].lower()
        if name not in FIELDS:
            raise QueryError(
                token.position,
                f"there is no field {name}:.",
                f"Use {', '.join(f'{each}:' for each in FIELDS)} or put the word in quotes.",
            )
        if field:
            raise QueryError(
                token.position, f"{name}: stands inside {field}:.", "Close the parenthesis first."
            )
        if not self._next_is("word", "phrase", "open"):
            raise QueryError(
                token.position,
                f"nothing follows {name}:.",
                f"Write {name}:word or {name}:(a OR b).",
            )
        return self._term(name, depth)

    def _check_depth(self, depth: int) -> None:
        if depth > MAX_DEPTH:
            token = self._peek()
            raise QueryError(
                token.position if token else self._end,
                f"the query is nested more than {MAX_DEPTH} deep.",
                "Remove parentheses that are not needed.",
            )


def _joined(kind: type[And] | type[Or], parts: list[Query]) -> Query:
    if len(parts) == 1:
        return parts[0]
    flat: list[Query] = []
    for part in parts:
        if isinstance(part, kind):
            flat.extend(part.parts)
        else:
            flat.append(part)
    return kind(tuple(flat))


def _leaf(token: _Token, field: str) -> Leaf:
    text = token.text.strip()
    prefix = text.endswith("*")
    text = text.rstrip("*").strip()
    found = tokens(fold(text))
    if not found:
        raise QueryError(
            token.position, f"{token.text!r} has no letter or digit.", "Remove it, or add a word."
        )
    if "*" in text:
        raise QueryError(
            token.position + token.text.find("*"),
            "a star stands at the end of a word only.",
            "Write nuclear*, or several words joined by OR.",
        )
    if field == "source":
        if prefix:
            raise QueryError(token.position, "source: takes a name.", f"Write source:{text}.")
        return Source(text)
    if field == "lang":
        return _language(token, text)
    unspaced = is_unspaced(text)
    if prefix and not unspaced and len(found[-1]) < 2:
        raise QueryError(
            token.position, f"{text}* is too short to look for.", "Give at least two letters."
        )
    if token.kind == "phrase":
        return Phrase(text, prefix and not unspaced, field)
    return Word(text, prefix and not unspaced, field)


def _language(token: _Token, text: str) -> Language:
    code = primary(text)
    if not re.fullmatch("[a-z]{2,3}", code):
        raise QueryError(
            token.position,
            f"{text!r} is not a language.",
            "Write a code such as lang:ko or lang:en.",
        )
    return Language(code)
