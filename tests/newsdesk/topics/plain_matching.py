"""A slow and obvious evaluator of queries, to hold the fast one against.

It walks lists of tokens, term by term and place by place; it shares with the matcher how words are
folded, split and stemmed, and nothing else.
"""

import unicodedata

from digest.newsdesk.stories.text.words import fold, is_unspaced, primary, stem, tokens
from digest.newsdesk.topics.query.analysis import PARTICLES, ArticleText, is_hangul
from digest.newsdesk.topics.query.tree import (
    And,
    Language,
    Near,
    Not,
    Or,
    Phrase,
    Query,
    Some,
    Source,
    Word,
)

Place = tuple[float, float]


def holds(query: Query, reading: ArticleText) -> bool:
    """Whether ``reading`` satisfies ``query``."""
    if isinstance(query, And):
        return all(holds(part, reading) for part in query.parts)
    if isinstance(query, Or):
        return any(holds(part, reading) for part in query.parts)
    if isinstance(query, Some):
        return sum(holds(part, reading) for part in query.parts) >= query.count
    if isinstance(query, Not):
        return not holds(query.part, reading)
    if isinstance(query, Near):
        lefts = [place for term in query.left for place in places(term, reading)]
        rights = [place for term in query.right for place in places(term, reading)]
        return any(
            max(right[0] - left[1], left[0] - right[1]) <= query.distance
            for left in lefts
            for right in rights
        )
    if isinstance(query, Language):
        return primary(reading.language) == query.code
    if isinstance(query, Source):
        wanted = tokens(fold(query.name))
        return any(_run_in(tokens(fold(name)), wanted) for name in reading.names)
    return bool(places(query, reading))


def places(term: Word | Phrase, reading: ArticleText) -> list[Place]:
    """First and last word of every place where ``term`` stands; the text begins at 10,000."""
    found = _places_in(term, reading.title, reading.language, 0)
    if not term.field:
        found += _places_in(term, reading.text, reading.language, 10_000)
    return found


def _places_in(term: Word | Phrase, text: str, language: str, base: int) -> list[Place]:
    have = [token for piece in text.split() for token in tokens(fold(piece))]
    counts = [_width(token) for token in have]
    before = [base + sum(counts[:at]) for at in range(len(have))]
    wanted = tokens(fold(term.text))
    variants = [wanted]
    if len(wanted) > 1 and all(map(is_hangul, wanted)):
        variants.append(["".join(wanted)])
    found = []
    for parts in variants:
        for at in range(len(have) - len(parts) + 1):
            window = have[at : at + len(parts)]
            for first, last in _fits(term, parts, window, primary(language)):
                end = at + len(parts) - 1
                found.append(
                    (before[at] + _inner(have[at], first), before[end] + _inner(have[end], last))
                )
    return found


def _fits(
    term: Word | Phrase, parts: list[str], window: list[str], language: str
) -> list[tuple[int, int]]:
    """Offsets, in the window's first and last token, of the first and last character that fit."""
    if len(parts) == 1:
        return _fits_one(term, parts[0], window[0], language)
    if parts[1:-1] != window[1:-1]:
        return []
    starts = [0] if parts[0] == window[0] else []
    if not starts and _open_left(term, parts[0]) and window[0].endswith(parts[0]):
        starts = [len(window[0]) - len(parts[0])]
    ends = _closes(term, parts[-1], window[-1], 0)
    return [(starts[0], len(parts[-1]) - 1)] if starts and ends else []


def _fits_one(term: Word | Phrase, part: str, token: str, language: str) -> list[tuple[int, int]]:
    if not is_unspaced(part) and not term.prefix and isinstance(term, Word):
        same = stem(part, language) == stem(token, language)
        return [(0, len(token) - 1)] if same else []
    found = []
    for at in range(len(token)):
        if at and not _open_left(term, part):
            break
        if token.startswith(part, at) and _closes(term, part, token, at):
            found.append((at, at + len(part) - 1))
    return found


def _closes(term: Word | Phrase, part: str, token: str, at: int) -> bool:
    if not token.startswith(part, at):
        return False
    rest = token[at + len(part) :]
    if term.prefix or not rest:
        return True
    if not is_unspaced(part):
        return False
    if "\u0e00" <= part[-1] <= "\u0eff":
        return unicodedata.category(rest[0]) not in ("Mn", "Mc")
    return not (is_hangul(part) and isinstance(term, Phrase)) or rest in PARTICLES


def _open_left(term: Word | Phrase, part: str) -> bool:
    """Whether the term may begin inside a token."""
    if not is_unspaced(part):
        return False
    return not (is_hangul(part) and (isinstance(term, Phrase) or term.prefix))


def _inner(token: str, offset: int) -> int:
    return offset // 2 if _width(token) > 1 else 0


def _width(token: str) -> int:
    unspaced = is_unspaced(token) and not is_hangul(token)
    return max(1, len(token) // 2) if unspaced else 1


def _run_in(parts: list[str], wanted: list[str]) -> bool:
    return any(parts[at : at + len(wanted)] == wanted for at in range(len(parts)))
