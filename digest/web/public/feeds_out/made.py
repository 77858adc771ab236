"""The feeds of newsletters and topics, made of what was published and of what comes in."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from django.conf import settings
from django.templatetags.static import static

from digest.kit.text import one_line
from digest.models import EditionRevision, Newsletter, Topic
from digest.newsdesk.editions.core.content import EditionContent
from digest.newsdesk.editions.sample import sample_of_topic
from digest.outbound.messages.reading import ItemView
from digest.web.public import latest, speech, ways
from digest.web.public.feeds_out.core.feed import FeedEntry, OutFeed, ToldStory

# Entries of a feed: a month of a daily newsletter; what a topic had in a week.
_EDITIONS, _STORIES, _DAYS = 30, 30, 7
_BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)


def of_editions(slug: str, kind: str) -> OutFeed | None:
    """The feed of a newsletter's editions; without a slug that of all newsletters together."""
    found = Newsletter.objects.filter(slug=slug).first() if slug else None
    if slug and found is None:
        return None
    entries = tuple(_edition(each) for each in latest.revisions(slug, _EDITIONS))
    if found is not None and not (entries or found.is_open):
        return None
    name = ("public:newsletter-feed", slug, kind) if slug else ("public:feed", kind)
    page = ways.whole("public:newsletter", slug) if slug else ways.whole("public:archive")
    title = found.name if found else str(settings.DIGEST_NEWSROOM)
    return _feed(
        ways.whole(*name), page, title, found.description if found else "",
        found.language if found else settings.LANGUAGE_CODE, entries,
        str(settings.DIGEST_WEBSUB_HUB),
    )  # fmt: skip


def of_topic(topic: Topic, kind: str, *, now: datetime) -> OutFeed:
    """The feed of a topic's stories in the language of the page."""
    content = sample_of_topic(topic, speech.language(), now=now, size=_STORIES, lately=(_DAYS,))
    url = ways.whole("public:topic-feed", topic.slug, kind)
    page = ways.whole("public:topic", topic.slug)
    # The hub is told of the feed in the topic's own address alone: in a language it is polled.
    hub = "" if speech.chosen() else str(settings.DIGEST_WEBSUB_HUB)
    if speech.chosen():
        url, page = (f"{each}?{speech.PARAMETER}={speech.chosen()}" for each in (url, page))
    return _feed(
        url, page, topic.name_in(speech.language()), topic.description, speech.language(),
        _stories(content) if content else (), hub,
    )  # fmt: skip


def _feed(
    url: str,
    page: str,
    title: str,
    about: str,
    language: str,
    entries: Sequence[FeedEntry],
    hub: str,
) -> OutFeed:
    newsroom = str(settings.DIGEST_NEWSROOM)
    return OutFeed(
        id=page,
        title=title if title == newsroom else f"{title} · {newsroom}",
        about=one_line(about),
        url=page,
        self_url=url,
        language=language,
        updated=max((each.updated for each in entries), default=_BEGINNING),
        author=newsroom,
        icon=ways.base() + static("digest/icon-512.png"),
        entries=tuple(entries),
        hub=hub,
    )


def _edition(row: EditionRevision) -> FeedEntry:
    content = EditionContent.from_document(row.content)
    read = latest.reading(content)
    lines = tuple(_line(each) for each in read.reads)
    return FeedEntry(
        id=f"urn:uuid:{content.public_id}",
        url=ways.whole("public:edition", content.public_id),
        title=read.reads[0].headline if read.reads else read.title,
        published=content.slot_at,
        updated=max(row.published_at, content.slot_at),
        summary=read.intro or " · ".join(each.headline for each in read.reads[:3]),
        lines=lines,
        language=content.language,
    )


def _stories(content: EditionContent) -> tuple[FeedEntry, ...]:
    read = latest.reading(content)
    told = zip(read.reads, content.items, strict=True)
    made = (
        FeedEntry(
            id=f"urn:uuid:{UUID(item.story)}",
            url=each.short_url,
            title=each.headline,
            published=datetime.fromisoformat(item.first_at),
            updated=datetime.fromisoformat(item.first_at),
            summary=each.blurb or each.headline,
            lines=(_line(each),),
            language=each.language,
            author=each.sources[0] if each.sources else "",
        )
        for each, item in told
    )
    return tuple(sorted(made, key=lambda each: each.published, reverse=True))


def _line(each: ItemView) -> ToldStory:
    return ToldStory(
        each.headline, each.url, each.moved or each.blurb, ", ".join(each.sources), each.language
    )
