"""What an edition would hold if it went now: chosen by the rule, and not stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.newsdesk.editions.assemble import content_item
from digest.newsdesk.editions.candidates import candidates
from digest.newsdesk.editions.core.content import EditionContent
from digest.newsdesk.editions.core.rank import EditionWindow, rank
from digest.newsdesk.editions.models import Edition, Item
from digest.newsdesk.newsletters.core.calendar import CalendarSlot, latest_slot, next_slot
from digest.newsdesk.newsletters.core.plan import NewsletterPlan
from digest.newsdesk.stories.coverage import coverage, is_web
from digest.newsdesk.stories.models import Story
from digest.newsdesk.topics.models import Topic

# A topic of which nothing came for a day is shown by the week that it has.
_LATELY = (1, 7)


@dataclass(frozen=True, slots=True)
class SampleItem:
    """A story that the rule would choose, and why."""

    public_id: str
    headline: str
    language: str
    reason: str


@dataclass(frozen=True, slots=True)
class NewsletterSample:
    """When it would go next, and its items now, over a window as long as its last one."""

    slot: CalendarSlot
    items: tuple[SampleItem, ...]


def sample_of(plan: NewsletterPlan, *, now: datetime) -> NewsletterSample:
    """The sample of a plan. What earlier editions said is not looked at."""
    last = latest_slot(plan.cadence, now)
    window = EditionWindow(now - (last.at - last.window_start), now, plan.time_zone)
    offered = candidates(
        window, language=plan.language, topic_ids=plan.topic_ids, any_topic=not plan.topic_ids
    )
    picks = rank(offered, window, plan.size)
    stories = Story.objects.in_bulk([each.story_id for each in picks])
    items = tuple(
        SampleItem(
            str(stories[each.story_id].public_id),
            stories[each.story_id].headline,
            stories[each.story_id].language,
            each.reason,
        )
        for each in picks
        if each.story_id in stories
    )
    return NewsletterSample(next_slot(plan.cadence, now), items)


def sample_of_topic(
    topic: Topic,
    language: str,
    *,
    now: datetime,
    size: int = 6,
    lately: Sequence[int] = _LATELY,
) -> EditionContent | None:
    """What a digest of the topic alone would say now to who reads ``language``, a tag.

    It covers as many days as the first of ``lately`` in which something came; None when in none.
    """
    for days in lately:
        window = EditionWindow(now - timedelta(days=days), now, "UTC")
        offered = candidates(window, language=language, languages=[language], topic_ids=[topic.pk])
        picks = rank(offered, window, size)
        told = coverage([each.story_id for each in picks], language=language, languages=[language])
        edition = Edition(language=language, local_date=now.date(), slot_at=now)
        items = tuple(
            content_item(Item(edition=edition, story_id=each.story_id), story, story.lead, {})
            for each in picks
            if (story := told.get(each.story_id)) and story.lead and is_web(story.lead.url)
        )
        if items:
            return EditionContent(
                public_id=str(edition.public_id),
                kind="personal",
                title=topic.name_in(language),
                language=language,
                local_date=edition.local_date,
                slot_at=now,
                time_zone="UTC",
                items=items,
            )
    return None
