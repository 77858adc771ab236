"""A line of a list of readers as values: what it wishes, since when, and how its reader stands."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from functools import cache, lru_cache
from typing import TypeVar
from zoneinfo import available_timezones

from digest.audience.core.pauses import OPEN, UNTIL_ENDED
from digest.audience.kinds import AddressKinds, normalised
from digest.audience.lists.core import products
from digest.audience.lists.core.csv_lines import LineRefused, refuse_unstorable
from digest.audience.models.schedules import Schedule
from digest.audience.models.subscriptions import ALERTS_NAME
from digest.newsdesk.newsletters.models import Newsletter
from digest.newsdesk.topics.models import Topic

_Target = TypeVar("_Target", Newsletter, Topic)
# How many different cells of a column are kept as read: most lists have few hours and wishes.
_KEPT = 4_096
_FREQUENCIES = frozenset(Schedule.Frequency.values)
_Wished = tuple[tuple[Newsletter, ...], tuple[Topic, ...], bool]
_YES = {"yes", "y", "true", "1", "x"}
_NO = {"", "no", "n", "false", "0"}
_LOCALE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8})*")
# Before that no list of readers was kept on a computer.
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ReaderLine:
    """One reader as a list tells them. ``status`` is one of :data:`products.STATUSES`."""

    channel: str
    value: str
    newsletters: tuple[Newsletter, ...]
    topics: tuple[Topic, ...]
    alerts: bool
    frequency: str
    days: str
    local_time: time
    time_zone: str
    locale: str
    paused_until: datetime | None
    status: str = products.SUBSCRIBED
    consented_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def names(self) -> list[str]:
        """What it follows."""
        letters = [each.name for each in self.newsletters]
        topics = [each.name for each in self.topics]
        return letters + topics + ([ALERTS_NAME] if self.alerts else [])

    @property
    def targets(self) -> set[tuple[int | None, int | None]]:
        """The newsletter or topic, by id, of each; neither stands for alerts."""
        letters = {(each.pk, None) for each in self.newsletters}
        topics = {(None, each.pk) for each in self.topics}
        return {*letters, *topics, *({(None, None)} if self.alerts else ())}


@dataclass(frozen=True, slots=True)
class Also:
    """What every reader of a list follows beside what their line says, by slug."""

    newsletters: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    alerts: bool = False


@dataclass(slots=True)
class LineReader:
    """Reads lines; newsletters and topics are looked up once.

    ``unknown`` counts the labels of a product's lines that are no newsletter or topic of ours.
    Raises :class:`LineRefused` for a slug in ``also`` that is none.
    """

    kinds: AddressKinds
    also: Also
    now: datetime
    product: products.Product | None = None
    unknown: Counter[str] = field(default_factory=Counter)
    _newsletters: dict[str, Newsletter] = field(default_factory=dict)
    _topics: dict[str, Topic] = field(default_factory=dict)
    _by_label: dict[str, Newsletter | Topic] = field(default_factory=dict)
    _wished: dict[tuple[str, str, str], _Wished] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._newsletters = {each.slug: each for each in Newsletter.objects.all()}
        self._topics = {each.slug: each for each in Topic.objects.all()}
        targets: list[Newsletter | Topic] = [*self._topics.values(), *self._newsletters.values()]
        for each in targets:
            self._by_label[each.slug.casefold()] = self._by_label[each.name.casefold()] = each
        for slug in self.also.newsletters:
            _known(self._newsletters, slug, "newsletter")
        for slug in self.also.topics:
            _known(self._topics, slug, "topic")

    def read(self, cells: dict[str, str]) -> ReaderLine:
        """The line; raises :class:`LineRefused` or :class:`~digest.audience.kinds.BadAddress`."""
        refuse_unstorable(cells)
        if self.product is not None:
            cells = self.product.told(cells)
        channel = cells.get("channel", "").lower() or next(iter(self.kinds))
        value = normalised(self.kinds, channel, cells.get("address") or cells.get("email", ""))
        newsletters, topics, alerts = self._wishes(cells)
        frequency = cells.get("frequency", "").lower() or Schedule.Frequency.DAILY.value
        if frequency not in _FREQUENCIES:
            raise LineRefused(f"frequency is {frequency[:40]!r}; write daily, weekdays or weekly.")
        line = ReaderLine(
            channel=channel,
            value=value,
            newsletters=newsletters,
            topics=topics,
            alerts=alerts,
            frequency=frequency,
            days=_days(cells, frequency),
            local_time=_time(cells.get("local_time", "") or "07:00"),
            time_zone=_zone(cells.get("time_zone", ""), is_ours=self.product is None),
            locale=_locale(cells.get("locale", "")),
            paused_until=_pause(cells.get("paused_until", "")),
            status=_status(cells.get("status", "")),
            consented_at=_past("consented_at", cells.get("consented_at", ""), self.now),
            ended_at=_past("ended_at", cells.get("ended_at", ""), self.now),
        )
        if line.status == products.SUBSCRIBED and not line.names:
            raise LineRefused("It follows nothing; name newsletters, topics or alerts.")
        return line

    def _wishes(self, cells: dict[str, str]) -> _Wished:
        named = cells.get("newsletters", ""), cells.get("topics", ""), cells.get("alerts", "")
        labels = cells.get("labels", "")
        # Labels are counted where they are unknown, so that each line's are read.
        found = None if labels else self._wished.get(named)
        if found is None:
            found = self._read_wishes(*named, labels)
            if not labels and len(self._wished) < _KEPT:
                self._wished[named] = found
        return found

    def _read_wishes(self, newsletters: str, named: str, alerts: str, labels: str) -> _Wished:
        alerts = alerts.lower()
        if alerts not in _YES | _NO:
            raise LineRefused(f"alerts is {alerts[:40]!r}; write yes or no.")
        letters = {*_slugs(newsletters), *self.also.newsletters}
        topics = {*_slugs(named), *self.also.topics}
        for label in products.labels(labels):
            match self._by_label.get(label.casefold()):
                case Newsletter() as found:
                    letters.add(found.slug)
                case Topic() as found:
                    topics.add(found.slug)
                case None:
                    self.unknown[label] += 1
        return (
            tuple(_known(self._newsletters, slug, "newsletter") for slug in sorted(letters)),
            tuple(_known(self._topics, slug, "topic") for slug in sorted(topics)),
            alerts in _YES or self.also.alerts,
        )


def _known(known: Mapping[str, _Target], slug: str, word: str) -> _Target:
    if slug not in known:
        raise LineRefused(f"There is no {word} {slug[:80]!r}; use its slug or make it.")
    return known[slug]


def _slugs(text: str) -> list[str]:
    return text.replace(",", " ").replace(";", " ").split()


def _status(text: str) -> str:
    status = text.lower() or products.SUBSCRIBED
    if status not in products.STATUSES:
        raise LineRefused(f"status is {text[:40]!r}; write one of {', '.join(products.STATUSES)}.")
    if status == products.PENDING:
        raise LineRefused("Its reader never confirmed; they may sign up themselves.")
    return status


def _days(cells: dict[str, str], frequency: str) -> str:
    days = cells.get("days", "") or ("1" if frequency == "weekly" else "1234567")
    if not set(days) <= set("1234567") or len(days) > 7:
        raise LineRefused(f"days is {days[:40]!r}; write ISO weekdays like 135.")
    return days


def _locale(text: str) -> str:
    if text and not (_LOCALE.fullmatch(text) and len(text) <= 16):
        raise LineRefused(f"locale is {text[:40]!r}; write a language like en or zh-Hant.")
    return text or "en"


def _zone(text: str, *, is_ours: bool) -> str:
    if text and text not in _zones():
        if is_ours:
            raise LineRefused(f"time_zone is {text[:40]!r}; write a name like Asia/Singapore.")
        return "UTC"
    return text or "UTC"


@cache
def _zones() -> frozenset[str]:
    """The names of all time zones; reading them takes milliseconds, too long for every line."""
    return frozenset(available_timezones())


def _past(name: str, text: str, now: datetime) -> datetime | None:
    moment = _moment(name, text)
    if moment is None:
        return None
    if moment > now:
        raise LineRefused(f"{name} is {text[:40]!r}, which is yet to come.")
    if moment < _EARLIEST:
        raise LineRefused(f"{name} is {text[:40]!r}, before there were lists.")
    return moment


def _pause(text: str) -> datetime | None:
    if text.lower() == OPEN:
        return UNTIL_ENDED
    moment = _moment("paused_until", text)
    # A date, however far, is not that word.
    return min(moment, UNTIL_ENDED - timedelta(seconds=1)) if moment is not None else None


@lru_cache(maxsize=_KEPT)
def _moment(name: str, text: str) -> datetime | None:
    if not text:
        return None
    try:
        if text.isdecimal() and len(text) == 10:  # seconds, as APIs write them
            return datetime.fromtimestamp(int(text), UTC)
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise LineRefused(f"{name} is {text[:40]!r}; write it like 2026-12-31.") from None


@lru_cache(maxsize=_KEPT)
def _time(text: str) -> time:
    try:
        return time.fromisoformat(text.zfill(5)).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        raise LineRefused(f"local_time is {text[:40]!r}; write it like 07:00.") from None
