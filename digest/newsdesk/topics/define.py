"""Make a topic, or change its query."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from digest.kit import wake
from digest.kit.errors import StaleVersion
from digest.newsdesk.topics.compiled import read
from digest.newsdesk.topics.models import Topic
from digest.staff.audit import record
from digest.staff.members import Member


class StaleTopic(StaleVersion):
    """Somebody changed the topic since it was read; the text says so to an editor."""


@dataclass(frozen=True, slots=True)
class Defined:
    """The topic, and whether its query is new or has changed."""

    topic_id: int
    changed: bool


def define(
    slug: str,
    *,
    query: str,
    now: datetime,
    member: Member | None = None,
    version: int | None = None,
    **fields: Any,
) -> Defined:
    """Store the topic ``slug`` with ``query`` and other ``fields`` (name, description, position).

    A query that changed gets a new version, and "tag" is woken to apply it to the last days.
    Raises :class:`~digest.newsdesk.topics.query.tree.QueryError` before anything is written, and
    :class:`StaleTopic` when the query is no longer of ``version``; 0 stands for a topic that is
    new.
    """
    read(query)
    fields.setdefault("name", slug.replace("-", " ").capitalize())
    with transaction.atomic():
        topic, created = Topic.objects.select_for_update().get_or_create(
            slug=slug, defaults={"query": query, **fields}
        )
        if version is not None and version != (0 if created else topic.query_version):
            raise StaleTopic(
                "Somebody else changed this topic meanwhile. Compare with the query that stands "
                "now, and save again."
            )
        changed = created or topic.query != query
        if created:
            record("made", topic, now=now, member=member, after=query)
        else:
            before = topic.query
            _record_words(topic, fields, now=now, member=member)
            for field, value in fields.items():
                setattr(topic, field, value)
            if changed:
                topic.query, topic.query_version = query, topic.query_version + 1
                record("change query", topic, now=now, member=member, before=before, after=query)
            topic.save()
        if changed:
            wake.on_commit("tag")
    return Defined(topic.pk, changed)


def _record_words(
    topic: Topic, fields: Mapping[str, Any], *, now: datetime, member: Member | None
) -> None:
    """Write down what of a topic's name and other words is about to change."""
    changes = {
        name: [str(getattr(topic, name)), str(value)]
        for name, value in fields.items()
        if getattr(topic, name) != value
    }
    if changes:
        record("changed", topic, now=now, member=member, changes=changes)
