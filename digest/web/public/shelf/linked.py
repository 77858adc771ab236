"""What a page says of itself to programs, in the words of https://schema.org (JSON-LD)."""

from typing import Any

from django.conf import settings
from django.templatetags.static import static

from digest.newsdesk.editions.core.content import EditionContent
from digest.outbound.messages.reading import EditionView
from digest.web.public import ways
from digest.web.public.shelf.shown import ShownNewsletter

Linked = dict[str, Any]


def newsroom() -> Linked:
    """Who publishes."""
    return _of(
        "NewsMediaOrganization",
        name=str(settings.DIGEST_NEWSROOM),
        url=ways.whole("public:front"),
        logo=ways.base() + static("digest/icon-512.png"),
        address=str(settings.DIGEST_POSTAL_ADDRESS),
    )


def newsletter(letter: ShownNewsletter) -> Linked:
    """A newsletter."""
    return _of(
        "Periodical",
        name=letter.name,
        description=letter.about or letter.note,
        url=ways.whole("public:newsletter", letter.slug),
        inLanguage=letter.language,
        isAccessibleForFree=True,
        publisher=newsroom(),
    )


def edition(content: EditionContent, reading: EditionView) -> Linked:
    """One edition, with what it points at."""
    slug = content.newsletter_slug
    part = _of("Periodical", url=ways.whole("public:newsletter", slug)) if slug else None
    return _of(
        "PublicationIssue",
        name=f"{reading.title}, {content.local_date.isoformat()}",
        url=ways.whole("public:edition", content.public_id),
        datePublished=content.slot_at.isoformat(),
        inLanguage=content.language,
        publisher=newsroom(),
        isPartOf=part,
        hasPart=stories(reading),
    )


def topic(name: str, about: str, slug: str, reading: EditionView | None) -> Linked:
    """A topic, with what came of it lately."""
    return _of(
        "CollectionPage",
        name=name,
        description=about,
        url=ways.whole("public:topic", slug),
        publisher=newsroom(),
        hasPart=stories(reading) if reading else None,
    )


def stories(reading: EditionView) -> list[Linked]:
    """What an edition points at; the articles are their outlets' own."""
    return [_of("NewsArticle", headline=each.headline, url=each.url) for each in reading.reads]


def _of(kind: str, **told: object) -> Linked:
    filled = {name: value for name, value in told.items() if value not in (None, "", [])}
    return {"@context": "https://schema.org", "@type": kind, **filled}
