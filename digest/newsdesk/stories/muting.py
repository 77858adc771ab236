"""Steps: a feed is muted, for a time or for good, and heard again."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import connection, transaction

from digest.intake.feeds import steer
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
    if not steer.mute(feed_id, until=until, now=now, member=member):
        return False
    _felt([feed_id], now)
    return True


def unmute(feed_id: int, *, now: datetime, member: Member) -> bool:
    """Let a feed be heard again, with what it brought in the last two days."""
    if not steer.unmute([feed_id], now=now, member=member):
        return False
    _felt([feed_id], now)
    return True


def end_mutes(*, now: datetime) -> int:
    """Let those be heard again whose time is over; how many."""
    over = steer.muted_until(now)
    done = steer.unmute(over, now=now, who="the end of its mute") if over else 0
    if done:
        _felt(over, now)
    return done


def _felt(feed_ids: Iterable[int], now: datetime) -> None:
    """Bring the stories of the last days up to a mute that began or ended."""
    since = now - LATELY
    with connection.cursor() as cursor:
        cursor.execute(_OF_FEEDS, [list(feed_ids), since, since])
        stories = [pk for (pk,) in cursor.fetchall()]
    for first in range(0, len(stories), _AT_ONCE):
        with transaction.atomic():
            refresh(stories[first : first + _AT_ONCE])
