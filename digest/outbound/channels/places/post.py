"""A post at a place of the newsroom's own: what it says, before any network's form (pure)."""

from dataclasses import dataclass

from digest.newsdesk.alerts.core.content import AlertContent
from digest.newsdesk.editions.core.content import EditionContent
from digest.outbound.messages import links
from digest.outbound.messages.alert import alert_of
from digest.outbound.messages.environment import apart, translations
from digest.outbound.messages.newsroom import Newsroom
from digest.outbound.messages.reading import reading_of, short_date


@dataclass(frozen=True, slots=True)
class PostItem:
    """One item of an edition."""

    headline: str
    url: str
    blurb: str = ""


@dataclass(frozen=True, slots=True)
class Post:
    """An edition or an alert. ``link`` are the words that lead to ``url``."""

    template: str
    language: str
    title: str
    lead: str
    url: str
    link: str
    items: tuple[PostItem, ...] = ()


def alert_post(content: AlertContent, newsroom: Newsroom) -> Post:
    """An alert, its correction or its withdrawal."""
    view = alert_of(content)
    say = translations(content.language).gettext
    return Post(
        template="alert",
        language=content.language,
        title=f"{view.label}: {apart(view.headline, content.language)}",
        lead=view.summary,
        url=view.url or links.front(newsroom.base_url),
        link=say("Read the story"),
    )


def edition_post(content: EditionContent, name: str, newsroom: Newsroom) -> Post:
    """An edition as it reads on channel ``name``. Raises ValueError for one without items."""
    reading = reading_of(content, name, newsroom)
    if not reading.reads:
        raise ValueError("an edition without items makes no post")
    say = translations(content.language).gettext
    update = say("Update")
    title = f"{apart(reading.title, content.language)}, {short_date(content)}"
    return Post(
        template="edition",
        language=content.language,
        title=f"{say('Correction')}: {title}" if content.revision > 1 else title,
        lead=reading.intro,
        url=reading.web_url,
        link=say("Read on the web"),
        items=tuple(
            PostItem(
                f"{update}: {apart(read.headline, content.language)}"
                if read.is_update
                else read.headline,
                read.short_url,
                read.blurb,
            )
            for read in reading.reads
        ),
    )
