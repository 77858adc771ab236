"""An edition as a reader meets it: lead, groups, numbers, dates in words. Shared by all channels.

Everything that came from outside is put on one line here and its links are checked, once.
"""

import re
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import lru_cache
from operator import attrgetter
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_skeleton, format_time

from digest.kit.text import one_line
from digest.newsdesk.editions.core.content import ContentItem, EditionContent, Sponsor
from digest.newsdesk.picture import Picture
from digest.outbound.messages import links
from digest.outbound.messages.environment import locale_of, translations
from digest.outbound.messages.fit import fit
from digest.outbound.messages.hours import place_in
from digest.outbound.messages.newsroom import Newsroom

_CREDIT_WORDS = ("photo", "foto", "image", "picture", "credit", "©")
_SOURCE_WORDS = ("source:", "quelle:", "fuente:")
_LONGEST_NAME = 60
_NOON = 12
# Items as they read, kept for the mails that carry the same: those of an hour in all languages.
_KEPT = 8_192
# All of an item but what editors worded for one channel, which has no hash and few items have.
_FIELDS = tuple(name for name in ContentItem.__dataclass_fields__ if name != "wordings")
_fields_of = attrgetter(*_FIELDS)
_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture with its words; ``credit`` is the bare name, ``line`` a ready-made credit."""

    url: str
    alt: str
    credit: str = ""
    line: str = ""


@dataclass(frozen=True, slots=True)
class ItemView:
    """One item, cleaned. ``short_url`` is the newsroom's own link to the story, whole; ``language``
    that of its words, as a tag, or nothing where it is not known; ``moved``
    what is new in it since its readers last had it, as a sentence.
    """

    headline: str
    blurb: str
    language: str
    url: str
    short_url: str
    code: str
    sources: tuple[str, ...]
    source_count: int
    agency: str
    since: str
    section: str
    is_update: bool
    moved: str
    photo: Photo | None


@dataclass(frozen=True, slots=True)
class SponsorView:
    """Words that somebody pays for, cleaned; the template says that they are an advertisement."""

    name: str
    text: str
    url: str
    photo: Photo | None


@dataclass(frozen=True, slots=True)
class Group:
    """Items under one heading; an empty heading means the top reads.

    ``goes_on``: the lead stands under the same heading, right before.
    """

    heading: str
    reads: tuple[ItemView, ...]
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class EditionView:
    """A whole edition, ready for a template."""

    title: str
    date: str
    time: str
    place: str
    intro: str
    topics: tuple[str, ...]
    web_url: str
    is_personal: bool
    lead: ItemView | None
    groups: tuple[Group, ...]
    sponsor: SponsorView | None = None

    @property
    def reads(self) -> tuple[ItemView, ...]:
        """Every item in the order of reading."""
        rest = tuple(read for group in self.groups for read in group.reads)
        return (self.lead, *rest) if self.lead else rest


def reading_of(content: EditionContent, channel: str, newsroom: Newsroom) -> EditionView:
    """``content`` as it reads on ``channel``."""
    locale = locale_of(content.language)
    local = content.slot_at.astimezone(ZoneInfo(content.time_zone))
    date, time, place = _when(content.slot_at, content.time_zone, content.language)
    reads = [_read_once(item, channel, newsroom, local, locale) for item in content.items]
    return EditionView(
        title=_title(content, newsroom),
        date=date,
        time=time,
        place=place,
        intro=one_line(content.intro),
        topics=tuple(one_line(topic) for topic in content.topics),
        web_url=links.edition(newsroom.base_url, content.public_id),
        is_personal=content.kind == "personal",
        lead=reads[0] if reads else None,
        groups=_groups(reads),
        sponsor=_sponsor(content.sponsor),
    )


@lru_cache(maxsize=1_024)
def _when(slot_at: datetime, time_zone: str, language: str) -> tuple[str, str, str]:
    """A moment's date, hour and place in words: those of an hour's digests are the same."""
    locale, zone = locale_of(language), ZoneInfo(time_zone)
    local = slot_at.astimezone(zone)
    return (
        str(format_skeleton("MMMMEEEEd", local, locale=locale)),
        str(format_time(local, "HH:mm", locale=locale)),
        place_in(time_zone, language),
    )


def _sponsor(given: Sponsor | None) -> SponsorView | None:
    if given is None or not (url := links.web_link(given.url)):
        return None
    photo = None
    if given.picture is not None and (source := links.web_link(given.picture.url)):
        photo = Photo(source, one_line(given.picture.alt) or one_line(given.name))
    return SponsorView(one_line(given.name), one_line(given.text), url, photo)


def _title(content: EditionContent, newsroom: Newsroom) -> str:
    """A newsletter by its name; a personal digest as what it is, in its reader's language."""
    if content.kind == "personal":
        return translations(content.language).gettext("Your topics")
    return one_line(content.title) or one_line(newsroom.name)


def short_date(content: EditionContent) -> str:
    """The edition's date in a few words: ``Sun 6 Oct``."""
    return str(format_skeleton("MMMEd", content.local_date, locale=locale_of(content.language)))


def _groups(reads: list[ItemView]) -> tuple[Group, ...]:
    by_heading: dict[str, list[ItemView]] = {}
    for read in reads[1:]:
        by_heading.setdefault(read.section, []).append(read)
    return tuple(
        Group(heading, tuple(found), goes_on=number == 0 and heading == reads[0].section != "")
        for number, (heading, found) in enumerate(by_heading.items())
    )


def _read_once(
    item: ContentItem, channel: str, newsroom: Newsroom, local: datetime, locale: Locale
) -> ItemView:
    """:func:`_read`, once for all who are told the same at the same hour."""
    if item.wordings:
        return _read(item, channel, newsroom, local, locale)
    # Without its zone: two moments that are one in two zones are equal, and read differently.
    place = local.replace(tzinfo=None), local.tzinfo
    return _read_plain(_fields_of(item), channel, newsroom, place, locale)


@lru_cache(maxsize=_KEPT)
def _read_plain(
    fields: tuple[Any, ...],
    channel: str,
    newsroom: Newsroom,
    place: tuple[datetime, tzinfo | None],
    locale: Locale,
) -> ItemView:
    item = ContentItem(**dict(zip(_FIELDS, fields, strict=True)))
    return _read(item, channel, newsroom, place[0].replace(tzinfo=place[1]), locale)


def _read(
    item: ContentItem, channel: str, newsroom: Newsroom, local: datetime, locale: Locale
) -> ItemView:
    short_url = _short_url(item, newsroom)
    names = tuple(fit(one_line(name), _LONGEST_NAME) for name in item.sources if one_line(name))
    headline = one_line(item.headline_on(channel)) or (names or (one_line(newsroom.name),))[0]
    blurb, news = one_line(item.blurb_on(channel)), one_line(item.news)
    if news.casefold() == headline.casefold():
        news = ""
    return ItemView(
        headline=headline,
        # What is new is said once, and with since when.
        blurb="" if news and news in blurb else blurb,
        language=item.language if _TAG.fullmatch(item.language) else "",
        url=links.web_link(item.url) or short_url,
        short_url=short_url,
        code=_code(item),
        sources=names,
        source_count=max(item.source_count, len(names)),
        agency=_agency(item.agency, names),
        since=_since(item.first_at, local, locale),
        section=one_line(item.section),
        is_update=item.is_update,
        moved=_moved(news, item.news_since, local, locale),
        photo=photo_of(item.picture, headline),
    )


def _short_url(item: ContentItem, newsroom: Newsroom) -> str:
    try:
        return links.story(newsroom.base_url, item.story)
    except ValueError:
        return links.web_link(item.url) or links.front(newsroom.base_url)


def _code(item: ContentItem) -> str:
    """The story's name in links; nothing where it has none."""
    try:
        return links.short_code(UUID(item.story))
    except ValueError:
        return ""


def _agency(given: str, names: tuple[str, ...]) -> str:
    """The agency's bare name, or nothing where the sources name it already."""
    agency = one_line(given)
    for word in _SOURCE_WORDS:
        if agency.lower().startswith(word):
            agency = agency[len(word) :].strip()
    known = {name.casefold() for name in names}
    return "" if agency.casefold() in known and len(names) > 1 else fit(agency, _LONGEST_NAME)


def _since(first_at: str, local: datetime, locale: Locale) -> str:
    """When the first source had it, as a local time; nothing if that was another day."""
    try:
        first = datetime.fromisoformat(first_at)
    except ValueError:
        return ""
    if first.tzinfo is None:
        return ""
    first = first.astimezone(local.tzinfo)
    if first.date() != local.date():
        return ""
    return str(format_time(first, "HH:mm", locale=locale))


def _moved(news: str, since: str, local: datetime, locale: Locale) -> str:
    """``news`` with since when it is: this morning, an hour of the day, yesterday, or a date."""
    try:
        had = datetime.fromisoformat(since)
    except ValueError:
        return ""
    if not news or had.tzinfo is None:
        return ""
    gettext = translations(str(locale).replace("_", "-")).gettext
    had = had.astimezone(local.tzinfo)
    days = (local.date() - had.date()).days
    if days == 0 and had.hour < _NOON <= local.hour:
        return gettext("Since this morning: %(news)s") % {"news": news}
    if days == 0:
        at = format_time(had, "HH:mm", locale=locale)
        return gettext("Since %(time)s: %(news)s") % {"time": at, "news": news}
    if days == 1:
        return gettext("Since yesterday: %(news)s") % {"news": news}
    date = format_skeleton("MMMd", had, locale=locale)
    return gettext("Since %(date)s: %(news)s") % {"date": date, "news": news}


def photo_of(picture: Picture | None, headline: str) -> Photo | None:
    """A picture with its words, those of ``headline`` where nobody described it."""
    if picture is None or not (url := links.web_link(picture.url)):
        return None
    alt = one_line(picture.alt) or headline
    credit = fit(one_line(picture.credit), 2 * _LONGEST_NAME)
    if credit.lower().startswith(_CREDIT_WORDS):
        return Photo(url, alt, line=credit)
    return Photo(url, alt, credit=credit)
