"""What a newsletter's edition would hold if it went now: chosen by the rule, and not stored."""

from dataclasses import dataclass
from datetime import datetime

from digest.newsdesk.editions.candidates import candidates
from digest.newsdesk.editions.core.rank import EditionWindow, rank
from digest.newsdesk.newsletters.core.calendar import CalendarSlot, latest_slot, next_slot
from digest.newsdesk.newsletters.core.plan import NewsletterPlan
from digest.newsdesk.stories.models import Story


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
