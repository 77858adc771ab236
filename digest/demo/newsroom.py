"""The sample newsroom: invented outlets, articles, topics, newsletters and readers.

Everything is read from the JSON files beside this module. Times are minutes before a "now"
that the caller gives, so the sample is as fresh as the day it runs.
"""

import json
import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from digest.newsdesk.topics.teaching.sample_set import SampleTopic, sample_topics

_DATA = Path(__file__).parent / "newsroom"
_SRC = re.compile(r"""src=["'](/images/[^"']+)["']""")


@dataclass(frozen=True, slots=True)
class FeedSpec:
    """One feed of an outlet: where it is, which dialect it speaks and what it carries."""

    path: str
    title: str
    format: str
    encoding: str
    full_text: bool
    cdata: bool
    categories: tuple[str, ...]
    query: str

    def carries(self, article: "SampleArticle") -> bool:
        """Whether the article appears in this feed."""
        return not self.categories or bool(set(self.categories) & set(article.categories))


@dataclass(frozen=True, slots=True)
class Outlet:
    """An invented newspaper, agency or trade title."""

    slug: str
    name: str
    lang: str
    city: str
    zone: ZoneInfo
    kind: str
    description: str
    feeds: tuple[FeedSpec, ...]


@dataclass(frozen=True, slots=True)
class SamplePicture:
    """A picture that an article shows; the path is served by the sample server."""

    path: str
    alt: str
    credit: str


@dataclass(frozen=True, slots=True)
class SampleArticle:
    """One invented article. ``event`` is a label for judging clusters and is never published."""

    id: str
    outlet: str
    event: str
    minutes_ago: int
    title: str
    summary: str
    summary_is_html: bool
    body: str
    author: str
    agency: str
    image: SamplePicture | None
    lang: str
    categories: tuple[str, ...]
    query: str

    @property
    def path(self) -> str:
        """Where the sample server shows the article."""
        return f"/a/{self.id}"

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """The body, one string per paragraph."""
        return tuple(part for part in self.body.split("\n\n") if part)

    @property
    def pictures(self) -> tuple[str, ...]:
        """Every picture path the article refers to."""
        own = (self.image.path,) if self.image else ()
        return own + tuple(_SRC.findall(self.summary if self.summary_is_html else ""))

    def published(self, now: datetime) -> datetime:
        """The moment the article came out, seen from ``now``, to the second."""
        return (now - timedelta(minutes=self.minutes_ago)).replace(microsecond=0)


@dataclass(frozen=True, slots=True)
class SampleEvent:
    """What happened, and the topics its articles belong to."""

    slug: str
    label: str
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SampleNewsletter:
    """A recurring newsletter of the sample newsroom."""

    slug: str
    name: str
    headline: str
    description: str
    zone: ZoneInfo
    local_time: time
    days: tuple[str, ...]
    lang: str


@dataclass(frozen=True, slots=True)
class SampleReader:
    """An invented reader; ``addresses``, by channel, are from reserved ranges.

    ``browser``: they switch notifications on in theirs, wherever its push service is a stand-in.
    """

    name: str
    addresses: dict[str, str]
    browser: bool
    zone: ZoneInfo
    locale: str
    languages: tuple[str, ...]
    local_hour: int
    frequency: str
    newsletters: tuple[str, ...]
    topics: tuple[str, ...]
    alerts: bool


@dataclass(frozen=True, slots=True)
class SampleChannel:
    """A channel of the sample: together each of the boxes at an article's end, and a place.

    ``always``: an installation that says nothing has it anyway. ``settings``: what the newsroom has
    there besides; nothing that is written down is anybody's.
    """

    name: str
    always: bool
    settings: dict[str, str]


@dataclass(frozen=True, slots=True)
class SamplePlace:
    """A place of the newsroom's own on a channel, and what it gets."""

    channel: str
    address: str
    newsletters: tuple[str, ...]
    alerts: bool


def _load(name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads((_DATA / name).read_text(encoding="utf-8"))
    return rows


def _feed(row: dict[str, Any]) -> FeedSpec:
    return FeedSpec(
        path=row["path"],
        title=row["title"],
        format=row["format"],
        encoding=row["encoding"],
        full_text=row["full_text"],
        cdata=row["cdata"],
        categories=tuple(row.get("categories", ())),
        query=row.get("query", ""),
    )


def _article(row: dict[str, Any]) -> SampleArticle:
    image = row.get("image")
    return SampleArticle(
        id=row["id"],
        outlet=row["outlet"],
        event=row["event"],
        minutes_ago=row["minutes_ago"],
        title=row["title"],
        summary=row["summary"],
        summary_is_html=row.get("summary_is_html", False),
        body=row["body"],
        author=row["author"],
        agency=row.get("agency", ""),
        image=SamplePicture(**image) if image else None,
        lang=row["lang"],
        categories=tuple(row["categories"]),
        query=row.get("query", ""),
    )


@cache
def outlets() -> tuple[Outlet, ...]:
    """Every outlet; the first is the newsroom that runs the service."""
    return tuple(
        Outlet(
            slug=row["slug"],
            name=row["name"],
            lang=row["lang"],
            city=row["city"],
            zone=ZoneInfo(row["time_zone"]),
            kind=row["kind"],
            description=row["description"],
            feeds=tuple(_feed(feed) for feed in row["feeds"]),
        )
        for row in _load("outlets.json")
    )


@cache
def articles() -> tuple[SampleArticle, ...]:
    """Every article, newest first."""
    rows = [row for path in sorted(_DATA.glob("articles-*.json")) for row in _load(path.name)]
    return tuple(sorted((_article(row) for row in rows), key=lambda a: (a.minutes_ago, a.id)))


@cache
def events() -> tuple[SampleEvent, ...]:
    """What happened in the three days of the sample."""
    return tuple(
        SampleEvent(row["slug"], row["label"], tuple(row["topics"])) for row in _load("events.json")
    )


@cache
def topics() -> tuple[SampleTopic, ...]:
    """The topics that come with the service, in the order the sign-up page shows them."""
    return sample_topics()


@cache
def newsletters() -> tuple[SampleNewsletter, ...]:
    """The newsletters; the morning briefing first."""
    return tuple(
        SampleNewsletter(
            slug=row["slug"],
            name=row["name"],
            headline=row["headline"],
            description=row["description"],
            zone=ZoneInfo(row["time_zone"]),
            local_time=time.fromisoformat(row["local_time"]),
            days=tuple(row["days"]),
            lang=row["lang"],
        )
        for row in _load("newsletters.json")
    )


@cache
def readers() -> tuple[SampleReader, ...]:
    """A few readers with different channels, zones and habits."""
    return tuple(
        SampleReader(
            name=row["name"],
            addresses=row["addresses"],
            browser=row.get("browser", False),
            zone=ZoneInfo(row["time_zone"]),
            locale=row["locale"],
            languages=tuple(row["languages"]),
            local_hour=row["local_hour"],
            frequency=row["frequency"],
            newsletters=tuple(row["newsletters"]),
            topics=tuple(row["topics"]),
            alerts=row["alerts"],
        )
        for row in _load("readers.json")
    )


@cache
def channels() -> tuple[SampleChannel, ...]:
    """What reaches its readers and places where the operator names no channels."""
    return tuple(
        SampleChannel(row["channel"], row.get("always", False), row.get("settings", {}))
        for row in _load("channels.json")
    )


@cache
def places() -> tuple[SamplePlace, ...]:
    """The newsroom's own."""
    return tuple(
        SamplePlace(row["channel"], row["address"], tuple(row["newsletters"]), row["alerts"])
        for row in _load("places.json")
    )


def outlet(slug: str) -> Outlet:
    """The outlet with this slug; ``KeyError`` if there is none."""
    for one in outlets():
        if one.slug == slug:
            return one
    raise KeyError(slug)
