"""Freeze what an edition says: from here on it is kept exactly."""

from datetime import datetime

from digest.newsdesk.editions.core.content import EditionContent
from digest.newsdesk.editions.models import Edition, EditionRevision


def freeze(edition: Edition, content: EditionContent, *, now: datetime, by: str) -> EditionRevision:
    """Store ``content`` as the edition's revision and mark the edition published.

    The caller holds the edition's row or has just made it; a revision that exists already is an
    ``IntegrityError``.
    """
    frozen = EditionRevision.objects.create(
        edition=edition,
        revision=content.revision,
        content=content.to_document(),
        published_at=now,
        published_by=by[:200],
    )
    edition.state = Edition.State.PUBLISHED
    edition.state_reason = ""
    edition.revision = content.revision
    edition.published_at = now
    edition.lock_version += 1
    edition.save()
    return frozen
