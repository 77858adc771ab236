"""The topics as the desk shows them: what fell under each in the last days."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID

from django.db.models import Count, Q
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


def board(*, now: datetime) -> tuple[OnBoard, ...]:
    """Every topic in order of position."""
    since = now - timedelta(days=DAYS)
    recent = Q(stories__story__last_at__gte=since, stories__story__merged_into__isnull=True)
    standing = Count("stories", filter=recent & ~Q(stories__by=StoryTopic.By.BARRED))
    topics = list(Topic.objects.annotate(standing=standing))
    first = (now - timedelta(days=DAYS - 1)).date()
    days: dict[int, list[int]] = {topic.pk: [0] * DAYS for topic in topics}
    # By the moment, not by its date: so an index finds the week.
    start = datetime.combine(first, time(), tzinfo=get_current_timezone())
    matched = ArticleTopic.objects.filter(
        article__published_at__gte=start, article__published_at__lte=now
    )
    counts = matched.annotate(day=TruncDate("article__published_at")).values_list("topic_id", "day")
    for topic_id, day, count in counts.annotate(count=Count("id")).order_by():
        days[topic_id][(day - first).days] = count
    return tuple(OnBoard(each, each.standing, tuple(days[each.pk])) for each in topics)


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
