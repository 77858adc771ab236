"""What an edition says: as it would go out now, or as it went."""

from digest.newsdesk.editions.assemble import assemble
from digest.newsdesk.editions.core.content import EditionContent
from digest.newsdesk.editions.models import Edition, EditionRevision


def content_of(edition_id: int) -> EditionContent:
    """A published edition's frozen words; of any other exactly what publish would freeze now.

    Raises ``Edition.DoesNotExist``.
    """
    edition = Edition.objects.select_related("newsletter").get(pk=edition_id)
    frozen = (
        EditionRevision.objects.filter(edition=edition)
        .order_by("-revision")
        .values_list("content", flat=True)
        .first()
    )
    if frozen is not None:
        return EditionContent.from_document(frozen)
    return assemble(edition, revision=edition.revision, topics=topic_names(edition))


def topic_names(edition: Edition) -> tuple[str, ...]:
    """The topics an edition's newsletter is limited to; none when it takes every story."""
    if edition.newsletter is None:
        return ()
    return tuple(each.name_in(edition.language) for each in edition.newsletter.topics.all())
