"""Published editions, as the frozen content that was sent."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import F, QuerySet

from digest.models import Edition, EditionRevision
from digest.newsdesk.editions.core.content import EditionContent
from digest.outbound.channels.email.words import NAME
from digest.outbound.delivery.planning.wording import newsroom
from digest.outbound.messages.reading import EditionView, reading_of

PER_PAGE = 30


@dataclass(frozen=True, slots=True)
class ArchiveLine:
    """One edition in the archive."""

    public_id: UUID
    title: str
    newsletter: str
    local_date: date
    headline: str
    count: int


def edition() -> EditionContent | None:
    """The newest edition of any newsletter."""
    newest = _revisions().filter(edition__newsletter__isnull=False)
    found = newest.order_by("-edition__slot_at", "-edition__pk").first()
    return EditionContent.from_document(found.content) if found else None


def by_public_id(public_id: UUID) -> EditionContent | None:
    """A published edition in its latest revision, or None."""
    found = _revisions().filter(edition__public_id=public_id).first()
    return EditionContent.from_document(found.content) if found else None


def lines(newsletter: str, page: int) -> tuple[list[ArchiveLine], bool]:
    """A page of the archive, newest first, and whether there is another after it.

    Personal digests are not in it: they are their reader's own.
    """
    rows = _revisions().filter(edition__newsletter__isnull=False)
    if newsletter:
        rows = rows.filter(edition__newsletter__slug=newsletter)
    start = (page - 1) * PER_PAGE
    found = rows.select_related("edition__newsletter").order_by(
        "-edition__slot_at", "-edition__pk"
    )[start : start + PER_PAGE + 1]
    return [_line(each) for each in found[:PER_PAGE]], len(found) > PER_PAGE


def reading(content: EditionContent) -> EditionView:
    """The edition as its mail read it: same words, same order, the same checked links."""
    return reading_of(content, NAME, newsroom())


def _revisions() -> QuerySet[EditionRevision]:
    return EditionRevision.objects.filter(
        edition__state=Edition.State.PUBLISHED, revision=F("edition__revision")
    )


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
    )
