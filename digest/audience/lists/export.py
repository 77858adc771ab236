"""Exports: everything on one person as a document, all subscribers as rows of a table."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import Q

from digest.audience.core import pauses
from digest.audience.core.cells import cell
from digest.audience.models.addresses import Address
from digest.audience.models.consents import Consent
from digest.audience.models.notes import Note
from digest.audience.models.schedules import Schedule, Slot
from digest.audience.models.subscriptions import Subscription
from digest.audience.models.suppressions import Suppression
from digest.newsdesk.topics.models import Topic

# The same columns that importing reads.
COLUMNS = (
    "channel",
    "address",
    "newsletters",
    "topics",
    "alerts",
    "frequency",
    "days",
    "local_time",
    "time_zone",
    "locale",
    "paused_until",
)


def person(address_id: int) -> dict[str, Any] | None:
    """All that is stored on the person behind an address, JSON-ready; None when erased."""
    chosen = Address.objects.select_related("subscriber").filter(pk=address_id).first()
    if chosen is None:
        return None
    subscriber = chosen.subscriber
    addresses = list(subscriber.addresses.order_by("pk"))
    return {
        "subscriber": str(subscriber.public_id),
        "locale": subscriber.locale,
        "languages": list(subscriber.languages),
        "muted": [
            {"story": str(mute.story.public_id), "at": mute.at.isoformat()}
            for mute in subscriber.mutes.select_related("story").order_by("pk")
        ],
        "time_zone": subscriber.time_zone,
        "since": subscriber.created_at.isoformat(),
        "addresses": [_address(each) for each in addresses],
        "consents": [
            {
                "act": each.act,
                "subject": each.subject,
                "channel": each.channel,
                "text": each.text,
                "text_version": each.text_version,
                "place": each.place,
                "ip": each.ip,
                "at": each.at.isoformat(),
            }
            # Those of an address that they changed since are theirs by person.
            for each in Consent.objects.filter(
                Q(fingerprint__in=[bytes(each.fingerprint) for each in addresses])
                | Q(subscriber=subscriber)
            ).order_by("at", "pk")
        ],
    }


def rows() -> Iterator[tuple[str, ...]]:
    """What each address follows, in the columns of :data:`COLUMNS`.

    A row per address; what is paused has a row of its own, with the end of the pause, so that
    bringing the file in elsewhere wakes nobody.
    """
    chosen = (
        Address.objects.filter(subscriptions__state__in=["active", "paused"])
        .distinct()
        .select_related("subscriber")
        .prefetch_related("subscriptions__newsletter", "subscriptions__topic", "schedules")
        .order_by("pk")
    )
    for address in chosen.iterator(chunk_size=1000):
        followed: dict[str, list[Subscription]] = {}
        for each in address.subscriptions.all():
            if each.state in ("active", "paused"):
                until = pauses.written(each.paused_until) if each.state == "paused" else ""
                followed.setdefault(until, []).append(each)
        for until, alive in followed.items():
            yield tuple(cell(value) for value in _row(address, alive, until))


def _row(address: Address, alive: list[Subscription], until: str) -> tuple[str, ...]:
    schedule = next(iter(address.schedules.all()), None)
    return (
        address.channel,
        address.value,
        " ".join(sorted(s.newsletter.slug for s in alive if s.newsletter)),
        " ".join(sorted(s.topic.slug for s in alive if s.topic)),
        "yes" if any(s.alerts for s in alive) else "",
        schedule.frequency if schedule else "",
        schedule.days if schedule and schedule.frequency == Schedule.Frequency.WEEKLY else "",
        schedule.local_time.strftime("%H:%M") if schedule else "",
        schedule.time_zone if schedule else address.subscriber.time_zone,
        address.subscriber.locale,
        until,
    )


def _address(address: Address) -> dict[str, Any]:
    schedule = Schedule.objects.filter(address=address).first()
    return {
        "channel": address.channel,
        "address": address.value,
        "last_day_of_a_counted_click": address.seen_on.isoformat() if address.seen_on else None,
        "verified_at": address.verified_at.isoformat() if address.verified_at else None,
        "subscriptions": [
            {
                "name": each.name,
                "state": each.state,
                "paused_until": pauses.written(each.paused_until)
                if each.state == "paused"
                else None,
                "ended_reason": each.ended_reason,
                "since": each.created_at.isoformat(),
                "ended_at": each.ended_at.isoformat() if each.ended_at else None,
                "rules": _rules(each),
            }
            for each in Subscription.objects.filter(address=address)
            .select_related("newsletter", "topic", "alert_rule")
            .order_by("pk")
        ],
        "sign_ups": [
            {
                "asked_at": each.asked_at.isoformat(),
                "confirmed_at": each.confirmed_at.isoformat() if each.confirmed_at else None,
                "article": each.article,
                "box": each.box,
                "time_zone": each.time_zone,
                "languages": each.languages,
            }
            for each in address.join_requests.order_by("pk")
        ],
        "service_messages": [
            {"kind": each.kind, "at": each.due_at.isoformat()}
            for each in address.letters.order_by("pk")
        ],
        "changes_of_address": _changes(address),
        "notes": [
            {"kind": each.kind, "at": each.due_at.isoformat(), "state": each.state}
            for each in Note.objects.filter(address=address).order_by("pk")
        ],
        "never_written_to_again": _barred(address),
        "digests": [
            {"due_at": each.due_at.isoformat(), "state": each.state}
            for each in Slot.objects.filter(schedule__address=address).order_by("due_at")
        ],
        "schedule": {
            "frequency": schedule.frequency,
            "days": schedule.days,
            "local_time": schedule.local_time.isoformat("minutes"),
            "time_zone": schedule.time_zone,
        }
        if schedule
        else None,
    }


def _changes(address: Address) -> list[dict[str, Any]]:
    """The changes of address that were asked for; the new one is known while one is open."""

    def moment(at: datetime | None) -> str | None:
        return at.isoformat() if at is not None else None

    return [
        {
            "to": each.value or None,
            "asked_at": moment(each.asked_at),
            "confirmed_at": moment(each.confirmed_at),
            "agreed_at": moment(each.agreed_at),
            "over_at": moment(each.over_at),
            "outcome": each.outcome or "open",
        }
        for each in address.changes.order_by("pk")
    ]


def _barred(address: Address) -> str | None:
    """Why the address is not written to, where that is so."""
    rows = Suppression.objects.filter(fingerprint=bytes(address.fingerprint))
    return rows.values_list("reason", flat=True).first()


def _rules(each: Subscription) -> dict[str, Any] | None:
    """How its reader wants alerts, where they said so."""
    rule = getattr(each, "alert_rule", None)
    if rule is None:
        return None
    names = dict(Topic.objects.filter(pk__in=rule.topic_ids).values_list("pk", "name"))
    return {
        "topics": sorted(names.values()),
        "biggest_only": rule.biggest_only,
        "most_a_day": rule.most_a_day,
        "quiet_from": rule.quiet_from.isoformat("minutes") if rule.quiet_from is not None else None,
        "quiet_until": rule.quiet_until.isoformat("minutes")
        if rule.quiet_until is not None
        else None,
        "place_among_channels": rule.place + 1 if rule.chain is not None else None,
    }
