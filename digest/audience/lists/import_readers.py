"""Step: bring readers in from a CSV file, with the basis of their consent written down."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from functools import cache, partial
from itertools import islice
from typing import TypeVar
from zoneinfo import available_timezones

from django.db import IntegrityError, transaction

from digest.audience import address_locks
from digest.audience.core.cells import storable
from digest.audience.kinds import AddressKinds, BadAddress, normalised
from digest.audience.lists.core.csv_lines import (
    CsvLines,
    LineError,
    LineRefused,
    NotImportable,
    refuse_unstorable,
)
from digest.audience.models import consents
from digest.audience.models.addresses import Address, fingerprint_of, locked
from digest.audience.models.consents import Circumstances, Consent
from digest.audience.models.schedules import Schedule
from digest.audience.models.subscribers import Subscriber
from digest.audience.models.subscriptions import Subscription, living
from digest.audience.models.suppressions import Suppression
from digest.audience.preferring.prefer import LONGEST_PAUSE
from digest.audience.schedules import timetable
from digest.newsdesk.newsletters.models import Newsletter
from digest.newsdesk.topics.models import Topic

_Target = TypeVar("_Target", Newsletter, Topic)
_CHUNK = 200
_YES = {"yes", "y", "true", "1", "x"}
_NO = {"", "no", "n", "false", "0"}
# Who ended it so is not brought back by a list, which may be older than the end.
_LEFT = {
    Subscription.Reason.READER.value: "the reader unsubscribed on",
    Subscription.Reason.COMPLAINT.value: "the reader reported spam on",
    Subscription.Reason.BOUNCE.value: "the address bounced on",
    Subscription.Reason.EDITOR.value: "the newsroom ended it on",
}


@dataclass(frozen=True, slots=True)
class ImportedReaders:
    """``added`` lines brought something new, ``unchanged`` nothing; ``errors`` were left out.

    A line of which a part was left out is among ``added`` and ``errors``. ``stopped`` is the line
    from which on nothing was read, because the file is no CSV there; what came before is stored.
    """

    added: int
    unchanged: int
    errors: tuple[LineError, ...]
    stopped: LineError | None = None


@dataclass(frozen=True, slots=True)
class _Line:
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


@dataclass(slots=True)
class _Counts:
    added: int = 0
    unchanged: int = 0
    errors: list[LineError] = field(default_factory=list)

    def add(self, other: "_Counts") -> None:
        self.added += other.added
        self.unchanged += other.unchanged
        self.errors += other.errors


def import_csv(
    lines: Iterable[str],
    *,
    kinds: AddressKinds,
    basis: str,
    place: str,
    now: datetime,
    progress: Callable[[int], None] = lambda count: None,
) -> ImportedReaders:
    """Store the readers of a CSV file as confirmed; a repeated import adds nothing.

    Columns are those of ``exporting.COLUMNS``; only ``address`` must be there, slugs are written
    with spaces between, and a line without a channel is of the first of ``kinds``. ``basis`` says
    how these people consented and is kept with each of them. Suppressed addresses are left out,
    whoever asks; so is what a reader once left. Lines are stored 200 at
    a time; ``progress`` gets the number done so far. Raises :class:`NotImportable`.
    """
    if len(basis.strip()) < 10:
        raise NotImportable(
            "Say how these readers consented, e.g. --basis 'Signed up on our site, 2024 to 2026'."
        )
    if not storable(basis + place):
        raise NotImportable("The basis holds characters that are no text; write it in UTF-8.")
    table = CsvLines(lines, one_of=("address",))
    at = Circumstances(place=place, text=basis.strip(), text_version="import")
    total, numbered, done = _Counts(), iter(table), 0
    while chunk := list(islice(numbered, _CHUNK)):
        total.add(address_locks.again_if_lost(partial(_store_chunk, chunk, kinds, at, now)))
        done += len(chunk)
        progress(done)
    errors = tuple(sorted(total.errors, key=lambda each: each.line))
    return ImportedReaders(total.added, total.unchanged, errors, table.stopped)


@transaction.atomic
def _store_chunk(
    chunk: list[tuple[int, dict[str, str]]],
    kinds: AddressKinds,
    at: Circumstances,
    now: datetime,
) -> _Counts:
    counts = _Counts()
    read: list[tuple[bytes, int, _Line]] = []
    for number, cells in chunk:
        try:
            line = _read(cells, kinds)
        except (LineRefused, BadAddress) as refusal:
            counts.errors.append(LineError(number, str(refusal)))
        else:
            read.append((fingerprint_of(line.channel, line.value), number, line))
    # New addresses are made in the order in which those that exist are locked.
    read.sort(key=lambda each: each[:2])
    address_locks.lock(fingerprint for fingerprint, _, _ in read)
    for fingerprint, number, line in read:
        try:
            with transaction.atomic():
                new, left = _store(line, fingerprint, at, now)
        except LineRefused as refusal:
            counts.errors.append(LineError(number, str(refusal)))
            continue
        counts.added += new
        counts.unchanged += not new and not left
        if left:
            counts.errors.append(LineError(number, f"Left out: {'; '.join(left)}."))
    return counts


def _read(cells: dict[str, str], kinds: AddressKinds) -> _Line:
    refuse_unstorable(cells)
    channel = cells.get("channel", "").lower() or next(iter(kinds))
    alerts = cells.get("alerts", "").lower()
    if alerts not in _YES | _NO:
        raise LineRefused(f"alerts is {alerts[:40]!r}; write yes or no.")
    frequency = cells.get("frequency", "").lower() or Schedule.Frequency.DAILY.value
    if frequency not in Schedule.Frequency.values:
        raise LineRefused(f"frequency is {frequency[:40]!r}; write daily, weekdays or weekly.")
    zone = cells.get("time_zone", "") or "UTC"
    if zone not in _zones():
        raise LineRefused(f"time_zone is {zone[:40]!r}; write a name like Asia/Singapore.")
    days = cells.get("days", "") or ("1" if frequency == "weekly" else "1234567")
    if not set(days) <= set("1234567") or len(days) > 7:
        raise LineRefused(f"days is {days[:40]!r}; write ISO weekdays like 135.")
    line = _Line(
        channel=channel,
        value=normalised(kinds, channel, cells.get("address", "")),
        newsletters=_by_slug(Newsletter, cells.get("newsletters", ""), "newsletter"),
        topics=_by_slug(Topic, cells.get("topics", ""), "topic"),
        alerts=alerts in _YES,
        frequency=frequency,
        days=days,
        local_time=_time(cells.get("local_time", "") or "07:00"),
        time_zone=zone,
        locale=cells.get("locale", "")[:16] or "en",
        paused_until=_moment(cells.get("paused_until", "")),
    )
    if not (line.newsletters or line.topics or line.alerts):
        raise LineRefused("It follows nothing; name newsletters, topics or alerts.")
    return line


@cache
def _zones() -> frozenset[str]:
    """The names of all time zones; reading them takes milliseconds, too long for every line."""
    return frozenset(available_timezones())


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise LineRefused(f"paused_until is {text[:40]!r}; write it like 2026-12-31.") from None


def _time(text: str) -> time:
    try:
        return time.fromisoformat(text.zfill(5)).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        raise LineRefused(f"local_time is {text[:40]!r}; write it like 07:00.") from None


def _by_slug(model: type[_Target], text: str, word: str) -> tuple[_Target, ...]:
    slugs = sorted(set(text.replace(",", " ").replace(";", " ").split()))
    found = {each.slug: each for each in model.objects.filter(slug__in=slugs)}
    missing = [slug for slug in slugs if slug not in found]
    if missing:
        raise LineRefused(f"There is no {word} {missing[0][:80]!r}; use its slug or make it.")
    return tuple(found.values())


def _store(
    line: _Line, fingerprint: bytes, at: Circumstances, now: datetime
) -> tuple[bool, tuple[str, ...]]:
    """Store one reader; returns whether anything was new, and what stays ended and why."""
    barred = Suppression.objects.filter(fingerprint=fingerprint)
    reason = barred.values_list("reason", flat=True).first()
    if reason:
        raise LineRefused(f"Left out: this address is suppressed ({reason}).")
    address = locked(line.channel, line.value) or _new_address(line, now)
    followed = {(s.newsletter_id, s.topic_id) for s in living(address.pk)}
    ended = _left_by(address)
    open_to = _not_followed(line, address, followed, now)
    wanted = [each for each in open_to if (each.newsletter_id, each.topic_id) not in ended]
    left = tuple(
        f"{each.name}, {ended[each.newsletter_id, each.topic_id]}"
        for each in open_to
        if (each.newsletter_id, each.topic_id) in ended
    )
    if not wanted:
        return False, left
    Subscription.objects.bulk_create(wanted)
    consents.record(Consent.Act.IMPORTED, address, [each.name for each in wanted], now=now, at=at)
    if address.verified_at is None:
        address.verified_at, address.verified_by = now, "import"
        address.save(update_fields=["verified_at", "verified_by"])
    if any(each.topic for each in wanted):
        _keep_schedule(line, address)
    timetable.keep(address, now=now)
    return True, left


def _not_followed(
    line: _Line, address: Address, followed: set[tuple[int | None, int | None]], now: datetime
) -> list[Subscription]:
    """A subscription, not stored yet, for each thing the line names and nobody follows yet."""
    paused = line.paused_until is not None and line.paused_until > now
    state = Subscription.State.PAUSED if paused else Subscription.State.ACTIVE
    until = min(line.paused_until, now + LONGEST_PAUSE) if line.paused_until and paused else None
    return [
        Subscription(
            subscriber=address.subscriber,
            address=address,
            newsletter=newsletter,
            topic=topic,
            alerts=newsletter is None and topic is None,
            state=state,
            paused_until=until,
            created_at=now,
            confirmed_at=now,
        )
        for newsletter, topic in (
            *((each, None) for each in line.newsletters),
            *((None, each) for each in line.topics),
            *([(None, None)] if line.alerts else []),
        )
        if (newsletter.pk if newsletter else None, topic.pk if topic else None) not in followed
    ]


def _keep_schedule(line: _Line, address: Address) -> None:
    Schedule.objects.get_or_create(
        subscriber=address.subscriber,
        channel=address.channel,
        defaults={
            "address": address,
            "frequency": line.frequency,
            "days": line.days,
            "local_time": line.local_time,
            "time_zone": line.time_zone,
            "is_active": False,
        },
    )


def _left_by(address: Address) -> dict[tuple[int | None, int | None], str]:
    """What was ended on the address for good, with the reason and day of its latest end."""
    rows = Subscription.objects.filter(
        address=address, state=Subscription.State.ENDED, ended_reason__in=_LEFT
    )
    return {
        (each.newsletter_id, each.topic_id): f"{_LEFT[each.ended_reason]} {each.ended_at:%Y-%m-%d}"
        for each in rows.order_by("ended_at", "pk")
    }


def _new_address(line: _Line, now: datetime) -> Address:
    try:
        with transaction.atomic():
            subscriber = Subscriber.objects.create(
                locale=line.locale, time_zone=line.time_zone, created_at=now
            )
            return Address.objects.create(
                subscriber=subscriber,
                channel=line.channel,
                value=line.value,
                fingerprint=fingerprint_of(line.channel, line.value),
                created_at=now,
            )
    except IntegrityError:
        # The reader signed up at this very moment.
        found = locked(line.channel, line.value)
        if found is None:
            raise
        return found
