"""From the rows of an edition to what it says: the one way both for a preview and for print."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from digest.kit.text import cut, one_line
from digest.newsdesk.editions.core.content import ContentItem, EditionContent, Sponsor
from digest.newsdesk.editions.models import Edition, Item, ItemWording
from digest.newsdesk.newsletters.sponsors import sponsor_on
from digest.newsdesk.picture import Picture, picture_of
from digest.newsdesk.stories.coverage import Coverage, StoryReport, coverage, is_web
from digest.newsdesk.stories.moved import moved
from digest.newsdesk.stories.shown.news import NewsSince
from digest.newsdesk.topics.models import Topic

HEADLINE_LIMIT = 200
BLURB_LIMIT = 400
SOURCES_NAMED = 6


def assemble(edition: Edition, *, revision: int, topics: Sequence[str] = ()) -> EditionContent:
    """What ``edition`` says as it stands: its live items in order, the editors' words over ours.

    An item whose every article was withdrawn by its outlet is left out, and so is the second of
    two items whose stories have since been merged: the first takes its words over where it has
    none of its own. ``topics`` are the names it was made for.
    """
    items = list(
        Item.objects.filter(edition=edition, killed=False)
        .order_by("position", "id")
        .prefetch_related("wordings")
    )
    newsletter, reads = edition.newsletter, tuple(edition.languages)
    covered = coverage(
        (item.story_id for item in items), language=edition.language, languages=reads
    )
    news = _news(items, covered, reads or (edition.language,), until=edition.window_end)
    sections = _sections(items, edition.language) if newsletter is None else {}
    return EditionContent(
        public_id=str(edition.public_id),
        kind="newsletter" if newsletter else "personal",
        title=edition.title,
        language=edition.language,
        local_date=edition.local_date,
        slot_at=edition.slot_at,
        time_zone=edition.time_zone,
        items=tuple(_items(items, covered, edition.language, news, sections)),
        intro=edition.intro,
        newsletter_slug=newsletter.slug if newsletter else "",
        topics=tuple(topics),
        revision=revision,
        sender_name=newsletter.sender_name if newsletter else "",
        reply_to=newsletter.reply_to if newsletter else "",
        theme=newsletter.theme if newsletter else "",
        sponsor=_sponsor(newsletter.pk, edition.local_date) if newsletter else None,
    )


def _sponsor(newsletter_id: int, day: date) -> Sponsor | None:
    booked = sponsor_on(newsletter_id, day)
    if booked is None:
        return None
    picture = Picture(booked.picture, booked.picture_alt) if booked.picture else None
    return Sponsor(booked.name, booked.text, booked.url, picture)


def _items(
    items: Sequence[Item],
    covered: dict[int, Coverage],
    language: str,
    news: Mapping[int, NewsSince],
    sections: Mapping[str, str],
) -> Iterable[ContentItem]:
    """``sections``: those of a personal digest as readers see them; a newsletter is one list."""
    told: set[int] = set()
    worded: dict[int, dict[str, dict[str, str]]] = {}
    for item in items:
        words = wordings_for(item.wordings.all(), language)
        if words and item.story_id in covered:
            worded.setdefault(covered[item.story_id].story_id, words)
    for item in items:
        story = covered.get(item.story_id)
        if story is None or story.lead is None or story.story_id in told:
            continue
        if not is_web(story.lead.url):
            continue
        told.add(story.story_id)
        words = wordings_for(item.wordings.all(), language) or worded.get(story.story_id, {})
        yield content_item(
            item,
            story,
            story.lead,
            words,
            section=sections.get(item.section, ""),
            news=news.get(item.story_id),
        )


def _news(
    items: Sequence[Item],
    covered: dict[int, Coverage],
    languages: Sequence[str],
    *,
    until: datetime,
) -> dict[int, NewsSince]:
    """What moved in each item's story since its readers last had it."""
    since = {
        covered[item.story_id].story_id: item.had_at
        for item in items
        if item.had_at is not None and item.story_id in covered
    }
    found = moved(since, until=until, languages=languages)
    return {
        item.story_id: found[covered[item.story_id].story_id]
        for item in items
        if item.story_id in covered and covered[item.story_id].story_id in found
    }


def _sections(items: Sequence[Item], language: str) -> dict[str, str]:
    """The names of the items' topics as readers of ``language`` know them."""
    named = {item.section for item in items if item.section}
    known = {each.name: each.name_in(language) for each in Topic.objects.filter(name__in=named)}
    return {name: known.get(name, name) for name in named}


def content_item(
    item: Item,
    story: Coverage,
    lead: StoryReport,
    wordings: dict[str, dict[str, str]],
    *,
    section: str = "",
    news: NewsSince | None = None,
) -> ContentItem:
    """One item as readers meet it; ``wordings`` by channel, the empty channel for all of them."""
    common = wordings.get("", {})
    return ContentItem(
        story=story.public_id,
        headline=common.get("headline") or cut(one_line(story.headline), HEADLINE_LIMIT),
        url=lead.url,
        blurb=common.get("blurb") or cut(one_line(story.summary), BLURB_LIMIT),
        sources=tuple(one_line(source) for source in story.sources[:SOURCES_NAMED]),
        source_count=len(story.sources),
        agency=one_line(lead.agency),
        section=section,
        is_update=item.is_update,
        language=item.edition.language if common.get("headline") else story.language,
        news=cut(one_line(news.sentence or news.headline), BLURB_LIMIT) if news else "",
        news_since=news.moment.isoformat() if news else "",
        picture=picture_of(story.pictured),
        first_at=story.first_at.isoformat(),
        wordings={channel: words for channel, words in wordings.items() if channel},
    )


def wordings_for(rows: Iterable[ItemWording], language: str) -> dict[str, dict[str, str]]:
    """The editors' words by channel: those for ``language`` over those for every language."""
    words: dict[str, dict[str, str]] = {}
    for row in sorted(rows, key=lambda row: row.language == language):
        if row.language in ("", language):
            given = {"headline": row.headline, "blurb": row.blurb}
            own = {name: text for name, text in given.items() if text}
            words[row.channel] = words.get(row.channel, {}) | own
    return words
