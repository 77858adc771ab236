"""Why an article matched: which terms it has, and where they stand in its own words."""

import re
from dataclasses import dataclass

from digest.newsdesk.stories.text.words import fold, token_spans
from digest.newsdesk.topics.query.analysis import GAP, ArticleText, ArticleWords
from digest.newsdesk.topics.query.match import Matcher
from digest.newsdesk.topics.query.terms import Span, TermMatches
from digest.newsdesk.topics.query.tree import And, Leaf, Near, Not, Or, Query, Some, leaves

_PIECE = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Explanation:
    """Whether an article matched, and the terms of the query that were and were not found.

    ``because`` are those of the found terms that made it match, or would have, had the rest been
    there: a term of an AND that failed made nothing match. ``title_marks`` and ``text_marks`` are
    where they stand: [start, end) in the title and the text as they were given, in order, none
    overlapping. Terms under NOT are not marked.
    """

    matched: bool
    found: tuple[str, ...]
    absent: tuple[str, ...]
    because: tuple[str, ...] = ()
    title_marks: tuple[Span, ...] = ()
    text_marks: tuple[Span, ...] = ()


def explain(query: Query, reading: ArticleText) -> Explanation:
    """Why ``query`` did or did not match ``reading``."""
    matcher = Matcher({0: query})
    sighting = matcher.sighting(reading)
    terms = dict.fromkeys(leaves(query))
    found = {leaf for leaf in terms if matcher.number(leaf) in sighting.numbers}
    reasons = _reasons(query, matcher, sighting)
    telling = found & (wanted(query) if reasons is None else reasons)
    spans = [
        _whole(span, sighting.words) if getattr(leaf, "prefix", False) else span
        for leaf in telling
        for span in sighting.spans(matcher.number(leaf))
    ]
    title_marks, text_marks = _marks(spans, sighting.words, reading)
    return Explanation(
        reasons is not None,
        tuple(str(leaf) for leaf in terms if leaf in found),
        tuple(str(leaf) for leaf in terms if leaf not in found),
        tuple(str(leaf) for leaf in terms if leaf in telling),
        title_marks,
        text_marks,
    )


def _reasons(query: Query, matcher: Matcher[int], sighting: TermMatches) -> set[Leaf] | None:
    """The terms by which ``query`` holds; None when it does not."""
    if not matcher.holds(query, sighting):
        return None
    if isinstance(query, And | Or | Some):
        parts = [_reasons(part, matcher, sighting) for part in query.parts]
        return {leaf for part in parts if part is not None for leaf in part}
    return wanted(query)


def _whole(span: Span, words: ArticleWords) -> Span:
    """From the beginning of a word that was asked for to the word's end."""
    return span[0], words.line.index(" ", span[1]) - 1


def wanted(query: Query, positive: bool = True) -> set[Leaf]:
    """The terms of a query that speak for an article: those not under NOT."""
    if isinstance(query, Not):
        return wanted(query.part, not positive)
    if isinstance(query, And | Or | Some):
        return {leaf for part in query.parts for leaf in wanted(part, positive)}
    if isinstance(query, Near):
        return {*query.left, *query.right} if positive else set()
    return {query} if positive else set()


def _marks(
    spans: list[Span], words: ArticleWords, reading: ArticleText
) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """Spans of the line as spans of the title and of the text."""
    title, text = _offsets(reading.title), _offsets(reading.text)
    title_length = sum(len(token) + 1 for token in words.title_tokens)
    text_starts = title_length + len(GAP) + 1
    in_title = [
        _original(title, first - 1, last - 1) for first, last in spans if last <= title_length
    ]
    in_text = [
        _original(text, first - 1 - text_starts, last - 1 - text_starts)
        for first, last in spans
        if first - 1 >= text_starts
    ]
    return _merged(in_title), _merged(in_text)


def _original(offsets: list[Span], first: int, last: int) -> Span:
    return offsets[first][0], offsets[last][1]


def _merged(spans: list[Span]) -> tuple[Span, ...]:
    made: list[Span] = []
    for start, end in sorted(spans):
        if made and start <= made[-1][1]:
            made[-1] = (made[-1][0], max(end, made[-1][1]))
        else:
            made.append((start, end))
    return tuple(made)


def _offsets(text: str) -> list[Span]:
    """For each character of the text's part of the line, where it came from in ``text``."""
    found: list[Span] = []
    for piece in _PIECE.finditer(text):
        origin = _origins(piece.group(), piece.start())
        for start, token in token_spans(fold(piece.group())):
            found.extend(origin[start : start + len(token)])
            found.append(origin[start + len(token) - 1])  # the space after it
    return found


def _origins(piece: str, start: int) -> list[Span]:
    """For each character of the folded piece, the characters it was folded from.

    Folding may look at neighbours; where it does, the whole piece is the origin.
    """
    folded = fold(piece)
    if len(folded) == len(piece):
        return [(start + at, start + at + 1) for at in range(len(piece))]
    origins: list[Span] = []
    made = ""
    for at, character in enumerate(piece):
        part = fold(character)
        made += part
        origins.extend([(start + at, start + at + 1)] * len(part))
    if made == folded:
        return origins
    return [(start, start + len(piece))] * len(folded)
