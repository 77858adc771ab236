"""The topics' queries with the newsroom's aliases written out, compiled and kept in the process."""

from collections.abc import Iterable
from functools import lru_cache

from digest.kit.observe import log
from digest.newsdesk.topics.models import AliasList, Topic
from digest.newsdesk.topics.query.aliases import NONE, Aliases, expand, parse_aliases
from digest.newsdesk.topics.query.match import Matcher
from digest.newsdesk.topics.query.parse import parse
from digest.newsdesk.topics.query.tree import Query, QueryError
from digest.newsdesk.topics.teaching.sample_set import sample_aliases


def alias_text() -> str:
    """The alias sets in force, as written; those of the sample until an editor has saved some."""
    latest = AliasList.objects.order_by("-id").values_list("text", flat=True).first()
    return sample_aliases() if latest is None else latest


def aliases() -> Aliases:
    """The alias sets in force; none where they cannot be read, which is logged."""
    return _aliases(alias_text())


def name_sets() -> tuple[tuple[str, ...], ...]:
    """The sets of names in force, each name as it is written out; beginnings are left out."""
    return tuple(tuple(name.text for name in names if not name.prefix) for names in aliases().sets)


def read(query: str) -> Query:
    """The tree of ``query`` with aliases written out; raises :class:`QueryError`."""
    return expand(parse(query), aliases())


def matcher(topics: Iterable[Topic]) -> Matcher[int]:
    """All topics' queries by topic id; compiled anew when one of them or the aliases changed.

    Queries that cannot be read are left out, and logged once.
    """
    return _matcher(tuple((topic.pk, topic.query) for topic in topics), alias_text())


@lru_cache(maxsize=2)
def _matcher(queries: tuple[tuple[int, str], ...], names: str) -> Matcher[int]:
    parsed = {}
    for topic, query in queries:
        try:
            parsed[topic] = expand(parse(query), _aliases(names))
        except QueryError as error:
            log.warning("topic query cannot be read", topic=topic, reason=str(error))
    return Matcher(parsed)


@lru_cache(maxsize=4)
def _aliases(names: str) -> Aliases:
    try:
        return parse_aliases(names.splitlines())
    except QueryError as error:
        log.warning("aliases cannot be read", reason=str(error))
        return NONE
