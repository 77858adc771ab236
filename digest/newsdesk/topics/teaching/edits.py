"""Edits of a query that what editors taught speaks for."""

from collections.abc import Sequence
from dataclasses import dataclass

from digest.newsdesk.topics.query.parse import parse
from digest.newsdesk.topics.query.tree import And, Not, Query, QueryError
from digest.newsdesk.topics.teaching.suggest import suggest_terms

LEAST_OF = 2
"""In how many stories that editors spoke of a term must stand to be drafted."""


@dataclass(frozen=True, slots=True)
class Edit:
    """A query with one term more, what was changed, and in how many decided stories it stands."""

    query: str
    term: str
    adds: bool
    stories: int


def drafted(
    query: str,
    *,
    missed: Sequence[frozenset[str]],
    barred: Sequence[frozenset[str]],
    right: Sequence[frozenset[str]],
    others: Sequence[frozenset[str]],
    limit: int = 3,
) -> tuple[Edit, ...]:
    """Edits of ``query``: terms of pinned stories it ``missed``, and of ``barred`` ones it took.

    Each story is the set of its terms; ``right`` are those of the topic, ``others`` are not. A term
    that would take more of the others than it brings is not drafted, nor one left out that stands
    in a right story.
    """
    try:
        parse(query)
    except QueryError:
        return ()
    found = []
    for each in suggest_terms(missed, others, limit=limit):
        if each.pinned >= LEAST_OF and each.others < each.pinned:
            found.append(_edit(query, each.term, True, each.pinned))
    for each in suggest_terms(barred, right, limit=limit):
        if each.pinned >= LEAST_OF and not each.others:
            found.append(_edit(query, each.term, False, each.pinned))
    return tuple(each for each in found if each is not None)[: 2 * limit]


def _edit(query: str, term: str, adds: bool, stories: int) -> Edit | None:
    written = term if term.startswith('"') else f'"{term}"'
    standing = query.strip()
    if adds:
        made = f"{standing}\nOR {written}"
    elif _ends_in_not(parse(standing)) and standing.endswith(")"):
        made = f"{standing[:-1]} OR {written})"
    else:
        made = f"({standing})\nNOT ({written})"
    try:
        parse(made)
    except QueryError:
        return None
    return Edit(made, term, adds, stories)


def _ends_in_not(query: Query) -> bool:
    """Whether the query is something without a list that a further term may join."""
    return isinstance(query, And) and isinstance(query.parts[-1], Not)
