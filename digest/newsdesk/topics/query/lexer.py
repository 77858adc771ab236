"""The pieces of a query as it was written."""

import re
from typing import NamedTuple

from digest.newsdesk.topics.query.tree import QueryError


class Token(NamedTuple):
    """A piece of a query and the position, from 0, at which it stands."""

    kind: str  # ( ) - ~ and or not near of field word phrase
    text: str
    position: int


_LEXEME = re.compile(
    r"""(?P<space>\s+)
      | (?P<open>\()
      | (?P<close>\))
      | (?P<phrase>["“”„«»「」『』])
      | (?P<minus>-(?=[^\s)]))
      | (?P<wide>~(?=[^\s()~]))
      | (?P<of>of/(?P<count>\d+)(?=[\s(]|$))
      | (?P<near>near/(?P<distance>\d+)(?=[\s(")]|$))
      | (?P<field>[A-Za-z]+:(?=[^\s/])|(?:title|source|lang):(?=\s|$))
      | (?P<word>[^\s()"“”„«»「」『』]+)""",
    re.VERBOSE | re.IGNORECASE,
)
_QUOTE = re.compile('["“”„«»「」『』]')


def lex(text: str) -> list[Token]:
    """The pieces of ``text``; raises QueryError for a quotation mark that is never closed."""
    found: list[Token] = []
    at = 0
    while at < len(text):
        match = _LEXEME.match(text, at)
        assert match is not None  # a word takes what nothing else does
        kind = {"distance": "near", "count": "of"}.get(match.lastgroup or "", str(match.lastgroup))
        value, end = match.group(), match.end()
        if kind == "phrase":
            closing = _QUOTE.search(text, end)
            if closing is None:
                raise QueryError(at, "this quotation mark is never closed.", 'Add a ".')
            value, end = text[end : closing.start()], closing.end()
        elif kind == "near":
            value = match.group("distance")
        elif kind == "of":
            value = match.group("count")
        elif kind == "word" and value.lower() in {"and", "or", "not"}:
            kind = value.lower()
        elif kind == "word" and value.lower().startswith("near/"):
            raise QueryError(at, f"{value} has no distance.", "Write near/5, a space on each side.")
        if kind != "space":
            found.append(Token(kind, value, at))
        at = end
    return found
