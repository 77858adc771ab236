"""What a line of a list asks for, one by one: a million lines ask for millions of these."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from digest.audience.core import pauses
from digest.audience.lists.reader_lines import ReaderLine
from digest.audience.models.subscriptions import ALERTS_NAME, Subscription


class ListedWish(NamedTuple):
    """A newsletter or a topic by id; neither stands for alerts."""

    newsletter_id: int | None
    topic_id: int | None
    name: str

    @property
    def key(self) -> tuple[int | None, int | None]:
        """It without its name."""
        return self.newsletter_id, self.topic_id


@dataclass(frozen=True, slots=True)
class Wishes:
    """All that one line asks for, in one state since one moment, as the reader is to have it."""

    targets: tuple[ListedWish, ...]
    state: str
    until: datetime | None
    since: datetime

    @property
    def has_topics(self) -> bool:
        """Whether a personal digest is among it."""
        return any(each.topic_id is not None for each in self.targets)

    def subscription(self, each: ListedWish) -> Subscription:
        """A subscription of nobody's yet to one of them."""
        return Subscription(
            newsletter_id=each.newsletter_id,
            topic_id=each.topic_id,
            alerts=each.key == (None, None),
            state=self.state,
            paused_until=self.until,
            created_at=self.since,
            confirmed_at=self.since,
        )


def wishes_of(line: ReaderLine, now: datetime) -> Wishes:
    """What ``line`` asks for; a pause that is over is none."""
    paused = line.paused_until is not None and line.paused_until > now
    return Wishes(
        targets=(
            *(ListedWish(each.pk, None, each.name) for each in line.newsletters),
            *(ListedWish(None, each.pk, each.name) for each in line.topics),
            *((ListedWish(None, None, ALERTS_NAME),) if line.alerts else ()),
        ),
        state=(Subscription.State.PAUSED if paused else Subscription.State.ACTIVE).value,
        until=pauses.bounded(line.paused_until, now) if line.paused_until and paused else None,
        since=line.consented_at or now,
    )
