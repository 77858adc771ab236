"""What people followed: sums, by send, story and topic. Of no reader is anything in them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Sum

from digest.outbound.delivery.followed.settle import ANYTHING
from digest.outbound.delivery.models import FollowCount, FollowedLink

_STORIES = """
SELECT coalesce(into_.headline, story.headline), sum(counted.readers)
FROM digest_follow_count counted
JOIN digest_send send ON send.id = counted.send_id AND send.created_at > %(since)s
JOIN digest_story story ON story.public_id = counted.story
LEFT JOIN digest_story into_ ON into_.id = story.merged_into_id
GROUP BY coalesce(into_.id, story.id), 1 ORDER BY 2 DESC, 1 LIMIT %(most)s
"""
_TOPICS = """
SELECT topic.name, sum(counted.readers)
FROM digest_follow_count counted
JOIN digest_send send ON send.id = counted.send_id AND send.created_at > %(since)s
JOIN digest_story story ON story.public_id = counted.story
JOIN digest_story_topic tagged ON tagged.story_id = coalesce(story.merged_into_id, story.id)
JOIN digest_topic topic ON topic.id = tagged.topic_id
GROUP BY topic.id, topic.name ORDER BY 2 DESC, 1 LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class FollowFigures:
    """How many readers followed a story, or a topic's stories: one for each story they followed."""

    name: str
    readers: int


def followed_of(sends: Iterable[int]) -> int:
    """How many readers' copies of these sends had a link followed by a person."""
    rows = FollowCount.objects.filter(send_id__in=list(sends), story=ANYTHING)
    return int(rows.aggregate(total=Sum("readers"))["total"] or 0)


def by_story(*, since: datetime, most: int = 20) -> tuple[FollowFigures, ...]:
    """The stories followed most, in what was sent since then."""
    return _figures(_STORIES, since, most)


def by_topic(*, since: datetime, most: int = 40) -> tuple[FollowFigures, ...]:
    """The same of topics; a story of two topics counts for both."""
    return _figures(_TOPICS, since, most)


def was_counted() -> bool:
    """Whether anything was counted at all."""
    return FollowCount.objects.exists()


def of_reader(addresses: Iterable[int]) -> list[dict[str, Any]]:
    """What is still known of single readers, for their own download."""
    rows = FollowedLink.objects.filter(address_id__in=list(addresses)).order_by("at", "pk")
    return [
        {
            "at": each.at.isoformat(),
            "story": str(each.story) if each.story else None,
            "counted": bool(each.judged),
        }
        for each in rows
    ]


def _figures(sql: str, since: datetime, most: int) -> tuple[FollowFigures, ...]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"since": since, "most": most})
        return tuple(FollowFigures(name, int(readers)) for name, readers in cursor.fetchall())
