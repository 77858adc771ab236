"""Readers whom we know nothing of, written together by COPY."""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from digest.audience.core import slots
from digest.audience.lists.reader_lines import ReaderLine
from digest.audience.lists.wishes import Wishes
from digest.audience.models.consents import Circumstances, Consent
from digest.audience.models.subscriptions import Subscription
from digest.kit.sql import copy_rows, new_ids

# An array of nothing as COPY reads it: an adapter would make one for each row.
_NONE = "{}"
_SUBSCRIBER = ("id", "public_id", "locale", "languages", "time_zone", "created_at")
_ADDRESS = (
    "id", "subscriber_id", "channel", "value", "fingerprint", "verified_at", "verified_by",
    "link_generation", "created_at",
)  # fmt: skip
_SUBSCRIPTION = (
    "subscriber_id", "address_id", "newsletter_id", "topic_id", "alerts", "state", "ended_reason",
    "created_at", "confirmed_at", "paused_until", "brought_by_id",
)  # fmt: skip
_SCHEDULE = (
    "subscriber_id", "address_id", "channel", "frequency", "days", "local_time", "time_zone",
    "is_active", "next_due_at",
)  # fmt: skip
_CONSENT = (
    "fingerprint", "subscriber_id", "channel", "act", "subject", "text", "text_version", "place",
    "at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A reader to be, and what they are to follow."""

    fingerprint: bytes
    line: ReaderLine
    wanted: Wishes


def bring(
    newcomers: Sequence[Newcomer], *, at: Circumstances, run_id: int | None, now: datetime
) -> None:
    """Store readers with addresses, subscriptions, hours and the proof of consent.

    Raises ``IntegrityError`` when one of them is there already.
    """
    people = new_ids("digest_subscriber", len(newcomers))
    addresses = new_ids("digest_address", len(newcomers))
    all_of = list(zip(people, addresses, newcomers, strict=True))
    copy_rows(
        "digest_subscriber",
        _SUBSCRIBER,
        (
            (person, str(uuid.uuid4()), each.line.locale, _NONE, each.line.time_zone, now)
            for person, _, each in all_of
        ),
    )
    copy_rows(
        "digest_address",
        _ADDRESS,
        (
            (address, person, each.line.channel, each.line.value, each.fingerprint, now, "import",
             0, now)
            for person, address, each in all_of
        ),
    )  # fmt: skip
    copy_rows(
        "digest_subscription",
        _SUBSCRIPTION,
        (
            (person, address, wish.newsletter_id, wish.topic_id, wish.key == (None, None),
             each.wanted.state, "", each.wanted.since, each.wanted.since, each.wanted.until, run_id)
            for person, address, each in all_of
            for wish in each.wanted.targets
        ),
    )  # fmt: skip
    copy_rows(
        "digest_schedule",
        _SCHEDULE,
        (_schedule(*of, now) for of in all_of if of[2].wanted.has_topics),
    )
    copy_rows(
        "digest_consent", _CONSENT, (_consent(person, each, at, now) for person, _, each in all_of)
    )


def _schedule(person: int, address: int, each: Newcomer, now: datetime) -> tuple[Any, ...]:
    line = each.line
    is_active = each.wanted.state == Subscription.State.ACTIVE
    rule = slots.rhythm(line.frequency, line.days, line.local_time, line.time_zone)
    due = slots.first_due(rule, now) if is_active else None
    return (
        person, address, line.channel, line.frequency, line.days, line.local_time, line.time_zone,
        is_active, due,
    )  # fmt: skip


def _consent(person: int, each: Newcomer, at: Circumstances, now: datetime) -> tuple[Any, ...]:
    line = each.line
    return (
        each.fingerprint, person, line.channel, Consent.Act.IMPORTED.value, json.dumps(line.names),
        at.text[:5000], at.text_version[:20], at.place[:300], line.consented_at or now,
    )  # fmt: skip
