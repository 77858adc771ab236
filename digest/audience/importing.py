"""Step: bring readers in from a CSV file, with the basis of their consent written down."""

import csv
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, time
from itertools import islice
from typing import TypeVar
from zoneinfo import available_timezones

from django.db import transaction

from digest.audience import consents, timetable
from digest.audience.addresses import Address, fingerprint_of, locked
from digest.audience.consents import Circumstances, Consent
from digest.audience.normalise import BadAddress, normalise
from digest.audience.schedules import Schedule
from digest.audience.subscribers import Subscriber
from digest.audience.subscriptions import Subscription, living
from digest.audience.suppressions import Suppression
from digest.audience.tables import uncell
from digest.newsdesk.newsletters.models import Newsletter
from digest.newsdesk.topics.models import Topic

_Target = TypeVar("_Target", Newsletter, Topic)
_CHUNK = 200
_LONGEST_CELL = 2_000
_YES = {"yes", "y", "true", "1", "x"}
_NO = {"", "no", "n", "false", "0"}


class NotImportable(ValueError):
    """The file or the call as a whole cannot be used; the text says what to change."""


@dataclass(frozen=True, slots=True)
class LineError:
    """One line that was left out, and why."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Imported:
    """``added`` addresses follow something new, ``unchanged`` already did; the rest are errors."""

    added: int
    unchanged: int
    errors: tuple[LineError, ...]


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


class _Refused(ValueError):
    pass


def import_csv(
    lines: Iterable[str],
    *,
    basis: str,
    place: str,
    now: datetime,
    progress: Callable[[int], None] = lambda count: None,
) -> Imported:
    """Store the readers of a CSV file as confirmed; a repeated import adds nothing.

    Columns are those of ``exporting.COLUMNS``; only ``address`` must be there, slugs are written
    with spaces between. ``basis`` says how these people consented and is kept with each of them.
    Suppressed addresses are left out, whoever asks. Lines are stored 200 at a time;
    ``progress`` gets the number done so far. Raises :class:`NotImportable`.
    """
    if len(basis.strip()) < 10:
        raise NotImportable(
            "Say how these readers consented, e.g. --basis 'Signed up on our site, 2024 to 2026'."
        )
    reader = csv.DictReader(lines, strict=True)
    try:
        names = [name.strip().lower() for name in reader.fieldnames or ()]
    except csv.Error as error:
        raise NotImportable(f"This is not a CSV file: {error}.") from error
    if "address" not in names:
        raise NotImportable(
            "The first line must name the columns, one of them address; found: "
            + (", ".join(names)[:200] or "nothing")
        )
    reader.fieldnames = names
    at = Circumstances(place=place, text=basis.strip(), text_version="import")
    added = unchanged = 0
    errors: list[LineError] = []
    numbered = _numbered(reader, errors)
    done = 0
    while chunk := list(islice(numbered, _CHUNK)):
        with transaction.atomic():
            for number, cells in chunk:
                try:
                    with transaction.atomic():
                        new = _store(_read(cells), at, now)
                except (_Refused, BadAddress) as refusal:
                    errors.append(LineError(number, str(refusal)))
                else:
                    added, unchanged = added + new, unchanged + (not new)
        done += len(chunk)
        progress(done)
    return Imported(added, unchanged, tuple(sorted(errors, key=lambda each: each.line)))


def _numbered(
    reader: "csv.DictReader[str]", errors: list[LineError]
) -> Iterator[tuple[int, dict[str, str]]]:
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            errors.append(LineError(reader.line_num, f"Not readable from here on: {error}."))
            return
        if any(isinstance(value, str) and value.strip() for value in row.values()):
            yield (
                reader.line_num,
                {
                    key: uncell(value)[:_LONGEST_CELL]
                    for key, value in row.items()
                    if key and isinstance(value, str)
                },
            )


def _read(cells: dict[str, str]) -> _Line:
    channel = cells.get("channel", "").lower() or "email"
    alerts = cells.get("alerts", "").lower()
    if alerts not in _YES | _NO:
        raise _Refused(f"alerts is {alerts[:40]!r}; write yes or no.")
    frequency = cells.get("frequency", "").lower() or Schedule.Frequency.DAILY.value
    if frequency not in Schedule.Frequency.values:
        raise _Refused(f"frequency is {frequency[:40]!r}; write daily, weekdays or weekly.")
    zone = cells.get("time_zone", "") or "UTC"
    if zone not in available_timezones():
        raise _Refused(f"time_zone is {zone[:40]!r}; write a name like Asia/Singapore.")
    days = cells.get("days", "") or ("1" if frequency == "weekly" else "1234567")
    if not set(days) <= set("1234567") or len(days) > 7:
        raise _Refused(f"days is {days[:40]!r}; write ISO weekdays like 135.")
    line = _Line(
        channel=channel,
        value=normalise(channel, cells.get("address", "")),
        newsletters=_by_slug(Newsletter, cells.get("newsletters", ""), "newsletter"),
        topics=_by_slug(Topic, cells.get("topics", ""), "topic"),
        alerts=alerts in _YES,
        frequency=frequency,
        days=days,
        local_time=_time(cells.get("local_time", "") or "07:00"),
        time_zone=zone,
        locale=cells.get("locale", "")[:16] or "en",
    )
    if not (line.newsletters or line.topics or line.alerts):
        raise _Refused("It follows nothing; name newsletters, topics or alerts.")
    return line


def _time(text: str) -> time:
    try:
        return time.fromisoformat(text.zfill(5)).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        raise _Refused(f"local_time is {text[:40]!r}; write it like 07:00.") from None


def _by_slug(model: type[_Target], text: str, word: str) -> tuple[_Target, ...]:
    slugs = sorted(set(text.replace(",", " ").replace(";", " ").split()))
    found = {each.slug: each for each in model.objects.filter(slug__in=slugs)}
    missing = [slug for slug in slugs if slug not in found]
    if missing:
        raise _Refused(f"There is no {word} {missing[0][:80]!r}; use its slug, or make it first.")
    return tuple(found.values())


def _store(line: _Line, at: Circumstances, now: datetime) -> bool:
    """Store one reader; returns whether anything was new."""
    barred = Suppression.objects.filter(fingerprint=fingerprint_of(line.channel, line.value))
    reason = barred.values_list("reason", flat=True).first()
    if reason:
        raise _Refused(f"Left out: this address is suppressed ({reason}).")
    address = locked(line.channel, line.value) or _new_address(line, now)
    followed = {(s.newsletter_id, s.topic_id) for s in living(address.pk)}
    wanted = [
        Subscription(
            subscriber=address.subscriber,
            address=address,
            newsletter=newsletter,
            topic=topic,
            alerts=newsletter is None and topic is None,
            state=Subscription.State.ACTIVE,
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
    if not wanted:
        return False
    Subscription.objects.bulk_create(wanted)
    consents.record(Consent.Act.IMPORTED, address, [each.name for each in wanted], now=now, at=at)
    if address.verified_at is None:
        address.verified_at, address.verified_by = now, "import"
        address.save(update_fields=["verified_at", "verified_by"])
    if line.topics:
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
    timetable.keep(address, now=now)
    return True


def _new_address(line: _Line, now: datetime) -> Address:
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
