"""How many readers something would go to, per channel: the query that sends, counted."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection

from digest.audience.core.alert_rules import AlertAim
from digest.audience.recipients import Query, for_alerts, for_newsletter
from digest.outbound.channels import registry
from digest.web.desk.kept import KeptValues

# A million readers are not counted anew for each look at a page; a few are, so that one who has
# just come is there.
_counts: KeptValues[int] = KeptValues(20)
MANY = 10_000


@dataclass(frozen=True, slots=True)
class Reach:
    """Readers by channel, in the order of the settings."""

    by_channel: tuple[tuple[str, int], ...]

    @property
    def total(self) -> int:
        """Readers on all channels; one who is on two counts twice, as they get two."""
        return sum(count for _, count in self.by_channel)

    @property
    def words(self) -> str:
        """``84,210 readers by email, 1,204 by WhatsApp``."""
        if not self.total:
            return "no reader yet"
        parts = [(name, count) for name, count in self.by_channel if count]
        (first, count), *rest = parts
        noun = "reader" if count == 1 else "readers"
        said = [f"{count:,} {noun} by {registry.by(first)}"]
        return ", ".join(said + [f"{count:,} by {registry.by(name)}" for name, count in rest])


def called_back(reach: Reach) -> str:
    """What can still be done about an alert once it is out, by the channels that would take it."""
    names = [name for name, count in reach.by_channel if count]
    specs = registry.usable(names or settings.DIGEST_CHANNELS)
    gone = [each.label for each in specs if each.withdraws]
    stays = [each.by for each in specs if not each.withdraws]
    removed = f"A withdrawal removes it on {_listed(gone)}, but not from memory." if gone else ""
    if not stays:
        return removed
    after = "a correction or a withdrawal comes after it, and everybody who got it sees that."
    if not gone:
        return f"It cannot be called back: {after}"
    return f"{removed} By {_listed(stays)} it cannot be called back: {after}"


def _listed(words: list[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def of_newsletter(newsletter_id: int, channels: Iterable[str]) -> Reach:
    """Who would get the newsletter's edition now, on the channels it is offered on."""
    offered = set(channels)
    wanted = [name for name in settings.DIGEST_CHANNELS if name in offered]
    return _reach(wanted, lambda channel: for_newsletter(newsletter_id, channel))


def of_alerts(aim: AlertAim, *, now: datetime) -> Reach:
    """Whom such an alert would reach, those in their quiet hours among them."""
    channels = settings.DIGEST_CHANNELS
    return _reach(channels, lambda each: for_alerts(each, aim, channels=channels, now=now))


def _reach(channels: Iterable[str], query: Callable[[str], Query]) -> Reach:
    return Reach(tuple((channel, _count(query(channel))) for channel in channels))


def _count(query: Query) -> int:
    key = (query.sql, repr(query.params))
    return _counts.get(key, lambda: _counted(query), worth=lambda count: count >= MANY)


def _counted(query: Query) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({query.sql}) AS reached", query.params)  # noqa: S608
        return int(cursor.fetchone()[0])
