"""What a reader may subscribe to, with a word on how much of it there is."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from string import Formatter

from django.conf import settings
from django.db.models import Count, Q

from digest.kit import published
from digest.models import Newsletter, Topic
from digest.newsdesk.topics.models import StoryTopic
from digest.outbound.channels import registry
from digest.outbound.channels.spec import ChannelSpec
from digest.web.public.speech import language, ngettext
from digest.web.public.times import cadence


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing on the form. ``channels`` empty: on every channel."""

    kind: str
    slug: str
    name: str
    about: str
    note: str
    channels: tuple[str, ...] = ()
    fresh: int = 0


@dataclass(frozen=True, slots=True)
class Offers:
    """Everything open to readers; ``zone`` is where the newsroom lives.

    ``elsewhere``: channels that take no address here, by label, and where readers join them.
    """

    newsletters: tuple[Offer, ...]
    topics: tuple[Offer, ...]
    channels: tuple[ChannelSpec, ...]
    zone: str
    elsewhere: tuple[tuple[str, str], ...] = ()


def offers(now: datetime) -> Offers:
    """What is open now."""
    newsletters = list(Newsletter.objects.filter(is_open=True))
    fresh = Count(
        "stories",
        filter=Q(stories__story__last_at__gt=now - timedelta(days=1))
        & Q(stories__story__merged_into__isnull=True)
        & ~Q(stories__by=StoryTopic.By.BARRED),
    )
    return Offers(
        newsletters=tuple(
            Offer(
                "newsletters",
                each.slug,
                each.name,
                each.description,
                cadence(each.days, each.local_time, each.time_zone),
                tuple(each.channels),
            )
            for each in newsletters
        ),
        topics=tuple(
            Offer(
                "topics",
                each.slug,
                each.name_in(language()),
                each.description,
                _amount(each.fresh),
                fresh=each.fresh,
            )
            for each in Topic.objects.filter(is_open=True)
            .annotate(fresh=fresh)
            .order_by("position", "name")
        ),
        channels=channels(),
        elsewhere=elsewhere(),
        zone=newsletters[0].time_zone if newsletters else "UTC",
    )


# How old the offers on a reader's own page may be (seconds): they count the day's stories. As with
# kept pages, what is published anew shows at once, and without the mark sooner.
_KEPT, _UNMARKED = 60.0, 5.0


class OffersRead:
    """The offers as this process last read them, in each language.

    What a form sends is held against new ones.
    """

    def __init__(self) -> None:
        self._read: dict[str, tuple[float, str | None, Offers]] = {}

    def lately(self, now: datetime) -> Offers:
        """What is open, as lately read; two threads may both read it, to the same end."""
        mark, at = published.mark_lately(), time.monotonic()
        tongue = language()
        if tongue in self._read:
            read_at, marked, found = self._read[tongue]
            if mark == marked and at - read_at <= (_UNMARKED if mark is None else _KEPT):
                return found
        found = offers(now)
        self._read[tongue] = (at, mark, found)
        return found

    def forget(self) -> None:
        """Read everything anew when next asked."""
        self._read = {}


latest = OffersRead()
forget = latest.forget


def channels() -> tuple[ChannelSpec, ...]:
    """The channels that the form takes an address for, in the order of the settings."""
    offered = registry.usable(settings.DIGEST_CHANNELS)
    return tuple(each for each in offered if each.serves_readers and not each.joins_at)


def elsewhere() -> tuple[tuple[str, str], ...]:
    """Channels that readers join by an act on the channel itself, and where they do it."""
    found = []
    for each in registry.usable(settings.DIGEST_CHANNELS):
        config = registry.config(each.name, settings)
        named = [name for _, name, _, _ in Formatter().parse(each.joins_at) if name]
        values = {name: getattr(config, name) for name in named}
        if each.serves_readers and each.joins_at and all(values.values()):
            found.append((each.label, each.joins_at.format(**values)))
    return tuple(found)


def _amount(stories: int) -> str:
    if not stories:
        return ""
    words = ngettext(
        "%(count)s story in the last day", "%(count)s stories in the last day", stories
    )
    return words % {"count": stories}
