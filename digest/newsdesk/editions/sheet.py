"""An edition's sheet: everything the desk shows of it, items live and killed, and the agenda."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from digest.newsdesk.editions.assemble import SOURCES_NAMED, content_item, wordings_for
from digest.newsdesk.editions.models import Edition, Item, ItemWording
from digest.newsdesk.picture import Picture
from digest.newsdesk.stories.coverage import Coverage, coverage, is_web


@dataclass(frozen=True, slots=True)
class SheetWording:
    """An editor's words for an item on a channel (empty: on all) and language (empty: in all)."""

    channel: str
    language: str
    headline: str
    blurb: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SheetItem:
    """An item with the words it goes out with, ours beside them, and why it is here.

    ``problem`` says why readers will not see it although it is not killed; empty when they will.
    """

    item_id: int
    story_id: int
    story: str
    position: int
    pinned: bool
    killed: bool
    headline: str
    blurb: str
    story_headline: str
    story_blurb: str
    wordings: tuple[SheetWording, ...]
    score: float
    reason: str
    section: str
    is_update: bool
    sources: tuple[str, ...]
    source_count: int
    url: str
    picture: Picture | None
    problem: str


@dataclass(frozen=True, slots=True)
class Heading:
    """An edition in a list: what it is, when it goes, how it stands."""

    edition_id: int
    public_id: str
    newsletter: str
    newsletter_slug: str
    title: str
    state: str
    state_reason: str
    local_date: date
    slot_at: datetime
    time_zone: str
    window_start: datetime
    window_end: datetime
    publishes_by_rule: bool
    lock_version: int
    revision: int
    touched_at: datetime | None
    approved_at: datetime | None
    approved_by: str
    published_at: datetime | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """An edition with its introduction and items; ``items`` are live, in order."""

    heading: Heading
    intro: str
    language: str
    channels: tuple[str, ...]
    items: tuple[SheetItem, ...]
    killed: tuple[SheetItem, ...]

    @property
    def edition_id(self) -> int:
        """The edition's id."""
        return self.heading.edition_id

    @property
    def state(self) -> str:
        """The edition's state."""
        return self.heading.state

    @property
    def lock_version(self) -> int:
        """The version to name in the next step of curation."""
        return self.heading.lock_version


def sheet(edition_id: int) -> Sheet:
    """The sheet of an edition; raises ``Edition.DoesNotExist``."""
    edition = Edition.objects.select_related("newsletter", "approved_by").get(pk=edition_id)
    rows = list(
        Item.objects.filter(edition=edition)
        .order_by("position", "pk")
        .prefetch_related("wordings__member")
    )
    covered = coverage((item.story_id for item in rows), language=edition.language)
    items = [_item(item, covered[item.story_id], edition.language) for item in rows]
    newsletter = edition.newsletter
    return Sheet(
        heading=_heading(edition),
        intro=edition.intro,
        language=edition.language,
        channels=tuple(newsletter.channels) if newsletter else (),
        items=tuple(item for item in items if not item.killed),
        killed=tuple(item for item in items if item.killed),
    )


def agenda(*, limit: int = 50) -> tuple[Heading, ...]:
    """Editions of newsletters: those still open, by their slot, then the latest done."""
    open_states = [Edition.State.DRAFT, Edition.State.APPROVED, Edition.State.HELD]
    editions = Edition.objects.filter(newsletter__isnull=False).select_related(
        "newsletter", "approved_by"
    )
    waiting = list(editions.filter(state__in=open_states).order_by("slot_at", "pk")[:limit])
    done = editions.exclude(state__in=open_states).order_by("-slot_at", "-pk")
    return tuple(_heading(each) for each in [*waiting, *done[: max(limit - len(waiting), 0)]])


def _heading(edition: Edition) -> Heading:
    newsletter = edition.newsletter
    return Heading(
        edition_id=edition.pk,
        public_id=str(edition.public_id),
        newsletter=newsletter.name if newsletter else "",
        newsletter_slug=newsletter.slug if newsletter else "",
        title=edition.title,
        state=edition.state,
        state_reason=edition.state_reason,
        local_date=edition.local_date,
        slot_at=edition.slot_at,
        time_zone=edition.time_zone,
        window_start=edition.window_start,
        window_end=edition.window_end,
        publishes_by_rule=bool(newsletter and newsletter.publishes_by_rule),
        lock_version=edition.lock_version,
        revision=edition.revision,
        touched_at=edition.touched_at,
        approved_at=edition.approved_at,
        approved_by=str(edition.approved_by or ""),
        published_at=edition.published_at,
    )


def _item(item: Item, story: Coverage, language: str) -> SheetItem:
    wordings = list(item.wordings.all())
    words = wordings_for(wordings, language)
    lead = story.lead
    ours = content_item(item, story, lead, {}) if lead else None
    shown = content_item(item, story, lead, words) if lead else None
    return SheetItem(
        item_id=item.pk,
        story_id=story.story_id,
        story=story.public_id,
        position=item.position,
        pinned=item.pinned,
        killed=item.killed,
        headline=shown.headline if shown else story.headline,
        blurb=shown.blurb if shown else story.summary,
        story_headline=ours.headline if ours else story.headline,
        story_blurb=ours.blurb if ours else story.summary,
        wordings=_wordings(wordings),
        score=item.score,
        reason=item.reason,
        section=item.section,
        is_update=item.is_update,
        sources=story.sources[:SOURCES_NAMED],
        source_count=len(story.sources),
        url=lead.url if lead else "",
        picture=shown.picture if shown else None,
        problem=_problem(story),
    )


def _wordings(rows: Sequence[ItemWording]) -> tuple[SheetWording, ...]:
    return tuple(
        SheetWording(
            row.channel, row.language, row.headline, row.blurb, str(row.member or ""), row.at
        )
        for row in sorted(rows, key=lambda row: (row.channel, row.language))
    )


def _problem(story: Coverage) -> str:
    if story.lead is None:
        return "Every article of this story was withdrawn by its outlet. Kill it."
    if not is_web(story.lead.url):
        return "Its article has no address on the web. Kill it."
    return ""
