"""Steps: a feed is muted, for a time or for good, and heard again."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import connection, transaction

from digest.intake.feeds import steer
from digest.newsdesk.stories.muted import mark_muted
from digest.newsdesk.stories.refresh import refresh
from digest.staff.members import Member

LATELY = timedelta(days=2)
"""How old stories may be that a mute is felt by at once; older ones when something joins them."""
_AT_ONCE = 500
_OF_FEEDS = """
SELECT DISTINCT member.story_id FROM digest_sighting sighting
JOIN digest_story_article member ON member.article_id = sighting.article_id
JOIN digest_story story ON story.id = member.story_id
WHERE sighting.feed_id = ANY(%s) AND sighting.seen_at > %s AND story.last_at > %s
ORDER BY member.story_id
"""


def mute(feed_id: int, *, until: datetime | None, now: datetime, member: Member) -> bool:
    """Mute a feed until then, or for good: it is read on, and its reports count for nothing.

    They found no story alone, lead none and make none larger, here and for readers, until the mute
    ends or another feed shows the same article. False when it is muted so already, or is gone.
    """
    with transaction.atomic():
        done = steer.mute(feed_id, until=until, now=now, member=member)
        if done:
            _felt([feed_id], now)
    return done


def unmute(feed_id: int, *, now: datetime, member: Member) -> bool:
    """Let a feed be heard again, with what it brought in the last two days."""
    with transaction.atomic():
        done = bool(steer.unmute([feed_id], now=now, member=member))
        if done:
            _felt([feed_id], now)
    return done


def end_mutes(*, now: datetime) -> int:
    """Let those be heard again whose time is over; how many."""
    return sum(_ended(feed_id, now) for feed_id in steer.muted_until(now))


@transaction.atomic
def _ended(feed_id: int, now: datetime) -> int:
    done = steer.unmute([feed_id], now=now, who="the end of its mute")
    if done:
        _felt([feed_id], now)
    return done


def _felt(feed_ids: Iterable[int], now: datetime) -> None:
    """Bring the stories of the last days up to a mute that began or ended.

    Within the transaction that wrote it down: were a process to die between the two, nothing else
    would ever look at these stories again.
    """
    since = now - LATELY
    with connection.cursor() as cursor:
        cursor.execute(_OF_FEEDS, [list(feed_ids), since, since])
        stories = [pk for (pk,) in cursor.fetchall()]
    # All reports before any story, as everybody locks them.
    mark_muted(stories)
    for first in range(0, len(stories), _AT_ONCE):
        refresh(stories[first : first + _AT_ONCE])
