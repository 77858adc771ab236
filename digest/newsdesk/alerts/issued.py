"""Query: the stories that alerts told of lately."""

from datetime import datetime, timedelta

from digest.newsdesk.alerts.models import Alert

LATELY = timedelta(days=30)


def issued_before(moment: datetime) -> tuple[tuple[int, datetime], ...]:
    """(story, when) of each alert issued within a month before ``moment``.

    The story is the one that stands today for the one that was told of.
    """
    rows = Alert.objects.filter(issued_at__lte=moment, issued_at__gte=moment - LATELY)
    return tuple(
        (merged or story, at)
        for story, merged, at in rows.values_list("story_id", "story__merged_into_id", "issued_at")
        if at is not None
    )
