"""The topics as the desk shows them: what fell under each in the last days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID

from django.db.models import Count
from django.db.models.functions import TruncDate
from django.utils.timezone import get_current_timezone

from digest.newsdesk.topics.models import ArticleTopic, StoryTopic, Topic

DAYS = 7
LISTED = 40


@dataclass(frozen=True, slots=True)
class OnBoard:
    """A topic, its stories of the last days, and the articles of each day, the oldest first."""

    topic: Topic
    stories: int
    by_day: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class FiledStory:
    """A story under a topic or barred from it, by whose word, and with what share."""

    public_id: UUID
    headline: str
    last_at: datetime
    source_count: int
    by: str
    share: float
    who: str


def board(
    topics: Sequence[Topic], past: Mapping[int, Sequence[int]], *, now: datetime
) -> tuple[OnBoard, ...]:
    """Every topic; ``past`` from :func:`past_days`, to which today is added."""
    since = now - timedelta(days=DAYS)
    recent = StoryTopic.objects.filter(
        story__last_at__gte=since, story__merged_into__isnull=True
    ).exclude(by=StoryTopic.By.BARRED)
    standing = dict(recent.values_list("topic_id").annotate(Count("id")).order_by())
    today = _by_day(_midnight(now), 1, now)
    return tuple(
        OnBoard(
            each,
            standing.get(each.pk, 0),
            (*past.get(each.pk, [0] * (DAYS - 1)), today.get(each.pk, [0])[0]),
        )
        for each in topics
    )


def past_days(*, now: datetime) -> Mapping[int, Sequence[int]]:
    """By topic, how many articles each day but today had, the oldest first: these hardly change."""
    return _by_day(_midnight(now) - timedelta(days=DAYS - 1), DAYS - 1, now)


def _by_day(start: datetime, days: int, now: datetime) -> dict[int, list[int]]:
    # By the moment, not by its date: so an index finds the days.
    until = min(start + timedelta(days=days), now + timedelta(microseconds=1))
    matched = ArticleTopic.objects.filter(
        article__published_at__gte=start, article__published_at__lt=until
    )
    rows = matched.annotate(day=TruncDate("article__published_at")).values_list("topic_id", "day")
    found: dict[int, list[int]] = {}
    for topic_id, day, count in rows.annotate(count=Count("id")).order_by():
        found.setdefault(topic_id, [0] * days)[(day - start.date()).days] = count
    return found


def _midnight(now: datetime) -> datetime:
    return datetime.combine(now.date(), time(), tzinfo=get_current_timezone())


def filed(topic: Topic, *, now: datetime) -> tuple[FiledStory, ...]:
    """The topic's stories of the last days and what editors filed, the latest first."""
    rows = StoryTopic.objects.filter(
        topic=topic,
        story__last_at__gte=now - timedelta(days=DAYS),
        story__merged_into__isnull=True,
    )
    rows = rows.select_related("story", "member").order_by("-story__last_at", "story_id")
    return tuple(
        FiledStory(
            row.story.public_id,
            row.story.headline,
            row.story.last_at,
            row.story.source_count,
            row.by,
            row.share,
            str(row.member or ""),
        )
        for row in rows[:LISTED]
    )
