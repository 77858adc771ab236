"""Published editions, as the frozen content that was sent."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import F, Func, JSONField, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat

from digest.models import Edition, EditionRevision
from digest.newsdesk.editions.core.content import EditionContent
from digest.outbound.channels.email.words import NAME
from digest.outbound.delivery.planning.wording import newsroom
from digest.outbound.messages.reading import EditionView, reading_of

PER_PAGE = 30
# A search reads no more than this, so that nobody's question takes a second of the database.
_SEARCHED, _MOST_WORDS = 2000, 8
# The words of its items, and nothing of their addresses.
_TOLD = (
    "jsonb_path_query_array(%(expressions)s, '$.items[*].keyvalue()"
    ' ? (@.key == "headline" || @.key == "blurb" || @.key == "sources").value\'::jsonpath)'
)


@dataclass(frozen=True, slots=True)
class ArchiveLine:
    """One edition in the archive."""

    public_id: UUID
    title: str
    newsletter: str
    local_date: date
    headline: str
    count: int
    language: str


def by_newsletter(newsletter_ids: Sequence[int]) -> dict[int, EditionContent]:
    """The newest published edition of each newsletter that has one."""
    newest = (
        _revisions()
        .filter(edition__newsletter__in=newsletter_ids)
        .order_by("edition__newsletter_id", "-edition__slot_at", "-edition__pk")
        .distinct("edition__newsletter_id")
    )
    rows = newest.values_list("edition__newsletter_id", "content")
    return {pk: EditionContent.from_document(content) for pk, content in rows}


def by_public_id(public_id: UUID) -> EditionContent | None:
    """A published edition in its latest revision, or None."""
    found = _revisions().filter(edition__public_id=public_id).first()
    return EditionContent.from_document(found.content) if found else None


def lines(newsletter: str, page: int, words: str = "") -> tuple[list[ArchiveLine], bool]:
    """A page of the archive, newest first, and whether there is another after it.

    Personal digests are not in it: they are their reader's own. With ``words`` those editions whose
    title, introduction, headlines, blurbs or sources hold each of them, of the newest two thousand.
    """
    rows = _revisions().filter(edition__newsletter__isnull=False)
    if newsletter:
        rows = rows.filter(edition__newsletter__slug=newsletter)
    if words:
        rows = _speaking_of(words, rows)
    start = (page - 1) * PER_PAGE
    found = rows.select_related("edition__newsletter").order_by(
        "-edition__slot_at", "-edition__pk"
    )[start : start + PER_PAGE + 1]
    return [_line(each) for each in found[:PER_PAGE]], len(found) > PER_PAGE


def revisions(newsletter: str, most: int) -> list[EditionRevision]:
    """The newest editions of a newsletter, or without one of all of them."""
    rows = _revisions().filter(edition__newsletter__isnull=False)
    if newsletter:
        rows = rows.filter(edition__newsletter__slug=newsletter)
    return list(rows.order_by("-edition__slot_at", "-edition__pk")[:most])


def addresses(most: int) -> list[tuple[UUID, datetime]]:
    """The newest editions' public ids, and when each was last published."""
    rows = _revisions().filter(edition__newsletter__isnull=False)
    found = rows.order_by("-edition__slot_at", "-edition__pk")
    return list(found.values_list("edition__public_id", "published_at")[:most])


def reading(content: EditionContent) -> EditionView:
    """The edition as its mail read it: same words, same order, the same checked links."""
    return reading_of(content, NAME, newsroom())


def _revisions() -> QuerySet[EditionRevision]:
    return EditionRevision.objects.filter(
        edition__state=Edition.State.PUBLISHED, revision=F("edition__revision")
    )


def _speaking_of(words: str, rows: QuerySet[EditionRevision]) -> QuerySet[EditionRevision]:
    newest = rows.order_by("-edition__slot_at", "-edition__pk")[:_SEARCHED]
    items = Func(F("content"), template=_TOLD, output_field=JSONField())
    told = Concat(
        F("edition__title"),
        Value(" "),
        F("edition__intro"),
        Value(" "),
        Cast(items, TextField()),
        output_field=TextField(),
    )
    looked = EditionRevision.objects.filter(pk__in=newest.values("pk")).annotate(told=told)
    for word in dict.fromkeys(words.split()[:_MOST_WORDS]):
        # As JSON spells it: a quotation mark within has a backslash before it.
        looked = looked.filter(told__icontains=json.dumps(word, ensure_ascii=False)[1:-1])
    return looked


def _line(row: EditionRevision) -> ArchiveLine:
    items: Iterable[dict[str, str]] = row.content.get("items", ())
    headlines = [item.get("headline", "") for item in items]
    assert row.edition.newsletter is not None  # the query asked for it
    return ArchiveLine(
        row.edition.public_id,
        row.content.get("title") or row.edition.title,
        row.edition.newsletter.name,
        row.edition.local_date,
        headlines[0] if headlines else "",
        len(headlines),
        row.edition.language,
    )
