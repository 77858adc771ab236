"""Whether an edition is about to be made, so that what it is made of can be put in order."""

from datetime import datetime, timedelta

from digest.newsdesk.editions.coming.next_out import goes_next
from digest.newsdesk.newsletters.models import Newsletter

AHEAD = timedelta(minutes=4)
_QUARTER = 15
"""Readers choose whole hours of their own zone, and zones differ by quarters of an hour."""


def slot_is_near(*, now: datetime) -> bool:
    """Whether a newsletter, or the digest of some reader, may be due in the next minutes."""
    if now.minute % _QUARTER >= _QUARTER - AHEAD.seconds // 60:
        return True
    for newsletter in Newsletter.objects.only("days", "local_time", "time_zone"):
        try:
            if goes_next(newsletter, now) - now <= AHEAD:
                return True
        except ValueError:
            continue
    return False
