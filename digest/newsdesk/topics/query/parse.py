"""Read a query: from what an editor wrote to its tree, or to what is wrong with it and where."""

import re

from digest.newsdesk.stories.text.words import fold, is_unspaced, primary, tokens
from digest.newsdesk.topics.query.analysis import is_hangul
from digest.newsdesk.topics.query.lexer import Token, lex
from digest.newsdesk.topics.query.tree import (
    MAX_NEAR,
    And,
    Language,
    Leaf,
    Near,
    Not,
    Or,
    Phrase,
    Query,
    QueryError,
    Some,
    Source,
    Word,
)
from digest.newsdesk.topics.query.wordlist import beside

MAX_LENGTH = 40_000
MAX_DEPTH = 24
MAX_TERMS = 3_000

FIELDS = ("title", "source", "lang")


def parse(text: str) -> Query:
    """The tree of ``text``; raises :class:`QueryError`."""
    if len(text) > MAX_LENGTH:
        raise QueryError(
            MAX_LENGTH, f"the query is longer than {MAX_LENGTH} characters.", "Split the topic."
        )
    query = _Parser(lex(text), len(text)).whole()
    if _holds_for_nothing(query):
        raise QueryError(
            0,
            "the query matches every article that lacks something.",
            "Say what the topic is about, and use NOT to narrow it: korea NOT football.",
        )
    return query


def _holds_for_nothing(query: Query) -> bool:
    """Whether the query is true of an article in which no term is found."""
    if isinstance(query, Not):
        return not _holds_for_nothing(query.part)
    if isinstance(query, And):
        return all(_holds_for_nothing(part) for part in query.parts)
    if isinstance(query, Or):
        return any(_holds_for_nothing(part) for part in query.parts)
    if isinstance(query, Some):
        return sum(map(_holds_for_nothing, query.parts)) >= query.count
    return False


class _Parser:
    """Recursive descent: or → and → unary → near → term."""

    def __init__(self, found: list[Token], length: int) -> None:
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

    def _peek(self) -> Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _next_is(self, *kinds: str) -> bool:
        token = self._peek()
        return token is not None and token.kind in kinds

    def _either(self, field: str, depth: int) -> Query:
        return _joined(Or, self._alternatives(field, depth))

    def _alternatives(self, field: str, depth: int) -> list[Query]:
        parts = [self._both(field, depth)]
        while self._next_is("or"):
            self._at += 1
            parts.append(self._both(field, depth))
        return parts

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
        if self._next_is("of"):
            return self._some(field, depth)
        return self._near(field, depth)

    def _some(self, field: str, depth: int) -> Query:
        token = self._tokens[self._at]
        self._at += 1
        remedy = "Write of/2 (a OR b OR c)."
        opening = self._peek()
        if opening is None or opening.kind != "open":
            raise QueryError(token.position, "of stands before a list.", remedy)
        self._at += 1
        self._check_depth(depth + 1)
        # A group within the list stays one of it: (a OR b) counts once.
        parts = self._alternatives(field, depth + 1)
        self._close(opening)
        count = int(token.text) if len(token.text) < 4 else MAX_TERMS
        if not 2 <= count < len(parts):
            raise QueryError(
                token.position, "of takes at least two of a longer list joined by OR.", remedy
            )
        return Some(count, tuple(parts))

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
        left_terms, right_terms = _terms_of(left), _terms_of(right)
        if not left_terms or not right_terms:
            raise QueryError(
                token.position,
                "near stands between words, phrases or groups of them joined by OR.",
                "Write a near/5 (b OR c).",
            )
        if len({term.field for term in left_terms + right_terms}) > 1:
            raise QueryError(
                token.position, "near joins two terms of one field.", "Write title:(a near/5 b)."
            )
        if self._next_is("near"):
            raise QueryError(
                self._tokens[self._at].position,
                "near joins two terms only.",
                "Write (a near/5 b) AND (b near/5 c).",
            )
        return Near(left_terms, right_terms, distance)

    def _term(self, field: str, depth: int) -> Query:
        token = self._peek()
        if token is None:
            raise QueryError(self._end, "something is missing at the end.", "Add a word.")
        self._at += 1
        wide = token.kind == "wide"
        if wide:
            token = self._tokens[self._at]  # the lexer has seen that something follows
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
            return _leaf(token, field, wide)
        sign = {
            "close": ")",
            "near": f"near/{token.text}",
            "of": f"of/{token.text}",
            "wide": "~",
        }.get(token.kind, token.kind.upper())
        raise QueryError(
            token.position,
            f"a word was expected here, not {sign}.",
            f'Add a word before it, or write "{sign}" in quotes to look for it.',
        )

    def _group(self, token: Token, field: str, depth: int) -> Query:
        self._check_depth(depth + 1)
        query = self._either(field, depth + 1)
        self._close(token)
        return query

    def _close(self, opening: Token) -> None:
        if not self._next_is("close"):
            raise QueryError(opening.position, "this parenthesis is never closed.", "Add a ).")
        self._at += 1

    def _field(self, token: Token, field: str, depth: int) -> Query:
        name = token.text[:-1].lower()
        if name not in FIELDS:
            raise QueryError(
                token.position,
                f"there is no field {name}:.",
                f"Use {', '.join(f'{each}:' for each in FIELDS)} or put the word in quotes.",
            )
        if field and field != name:
            raise QueryError(
                token.position, f"{name}: stands inside {field}:.", "Close the parenthesis first."
            )
        if not self._next_is("word", "phrase", "open", "wide"):
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


def _terms_of(query: Query) -> tuple[Word | Phrase, ...]:
    """The alternatives that may stand beside near; none when it is more than that."""
    parts = query.parts if isinstance(query, Or) else (query,)
    terms = tuple(part for part in parts if isinstance(part, Word | Phrase))
    return terms if len(terms) == len(parts) else ()


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


def _leaf(token: Token, field: str, wide: bool) -> Leaf:
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
    prefix = prefix and (is_hangul(found[-1]) or not is_unspaced(found[-1]))
    if prefix and len(found[-1]) < 2 and not is_hangul(found[-1]):
        raise QueryError(
            token.position, f"{text}* is too short to look for.", "Give at least two letters."
        )
    kind = Phrase if token.kind == "phrase" else Word
    if wide and (prefix or not beside(text)):
        raise QueryError(
            token.position,
            f"the word list has nothing beside {token.text}.",
            "Remove the ~, and write its names in other languages as aliases.",
        )
    return kind(text, prefix, field, wide)


def _language(token: Token, text: str) -> Language:
    code = primary(text)
    if not re.fullmatch("[a-z]{2,3}", code):
        raise QueryError(
            token.position,
            f"{text!r} is not a language.",
            "Write a code such as lang:ko or lang:en.",
        )
    return Language(code)
