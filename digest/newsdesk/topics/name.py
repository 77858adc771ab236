"""Save the newsroom's aliases: names of one thing."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from digest.kit import wake
from digest.newsdesk.topics.compiled import alias_text, aliases
from digest.newsdesk.topics.models import AliasList, Topic
from digest.newsdesk.topics.query.aliases import expand, parse_aliases
from digest.newsdesk.topics.query.parse import parse
from digest.newsdesk.topics.query.tree import Query, QueryError
from digest.staff.audit import record
from digest.staff.members import Member


@dataclass(frozen=True, slots=True)
class Named:
    """The topics whose queries ask for something else now."""

    topic_ids: tuple[int, ...] = ()


def name(text: str, *, now: datetime, member: Member | None = None) -> Named:
    """Put the alias sets of ``text`` in force, a set a line.

    Topics that use a changed set get a new version, and "tag" is woken to apply it to the last
    days. Raises :class:`QueryError` before anything is written.
    """
    text = "\n".join(line.rstrip() for line in text.strip().splitlines())
    new = parse_aliases(text.splitlines())
    with transaction.atomic():
        before, old = alias_text(), aliases()
        if text == before:
            return Named()
        changed = []
        for topic in Topic.objects.select_for_update().order_by("id"):
            query = _read(topic.query)
            if query is not None and expand(query, old) != expand(query, new):
                topic.query_version += 1
                topic.save(update_fields=["query_version"])
                changed.append(topic.pk)
        row = AliasList.objects.create(text=text, saved_at=now, member=member)
        record("change aliases", row, now=now, member=member, before=before, after=text)
        if changed:
            wake.on_commit("tag")
    return Named(tuple(changed))


def _read(query: str) -> Query | None:
    try:
        return parse(query)
    except QueryError:
        return None
