"""What readers followed, as the desk shows it: only where it is counted, or was."""

from datetime import datetime

from django.conf import settings

from digest.outbound.delivery.figures.per_edition import EditionFigures
from digest.outbound.delivery.followed.figures import (
    FollowFigures,
    by_story,
    by_topic,
    followed_of,
    was_counted,
)
from digest.web.desk.kept import KeptValues

_KEPT = 60
_stories: KeptValues[tuple[FollowFigures, ...]] = KeptValues(_KEPT)
_topics: KeptValues[tuple[FollowFigures, ...]] = KeptValues(_KEPT)
_editions: KeptValues[int] = KeptValues(_KEPT, most=200)


def is_shown() -> bool:
    """Whether links are counted, or were and have figures to show."""
    return bool(settings.DIGEST_COUNT_CLICKS) or was_counted()


def of_edition(edition: EditionFigures) -> int:
    """How many readers followed a link of it."""
    return _editions.get(edition.sends, lambda: followed_of(edition.sends)) if edition.sends else 0


def stories(since: datetime) -> tuple[FollowFigures, ...]:
    """Those followed most since then."""
    return _stories.get("stories", lambda: by_story(since=since))


def topics(since: datetime) -> tuple[FollowFigures, ...]:
    """The same of topics."""
    return _topics.get("topics", lambda: by_topic(since=since))
