"""Who gets what: queries for INSERT … SELECT, so that readers never pass through Python.

Each selects ``address_id, subscription_id, slot_id, edition_id, language`` and only rows that may
be written to: verified, not suppressed, wanted at this moment. Those of alerts select besides
``not_before``, the end of a reader's quiet hours, and ``over_limit``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from digest.audience.core.alert_order import AlertPlace
from digest.audience.core.alert_rules import AlertAim, day_began, is_zone, quiet_until
from digest.audience.core.languages import one_of, read
from digest.audience.core.spans import EVERYBODY, AddressSpan


@dataclass(frozen=True, slots=True)
class Query:
    """SQL with ``%s`` places, and what goes into them."""

    sql: str
    params: tuple[Any, ...]


_MAY_BE_WRITTEN_TO = """a.verified_at IS NOT NULL
  AND NOT EXISTS (SELECT FROM digest_suppression x WHERE x.fingerprint = a.fingerprint)"""

# All that the statements here read in bulk.
TABLES = (
    "digest_address", "digest_subscription", "digest_subscriber", "digest_suppression",
    "digest_alert_rule", "digest_schedule", "digest_slot", "digest_signature", "digest_note",
)  # fmt: skip

# The SQL is put together from constants of this file alone.
_SUBSCRIBED = f"""
SELECT s.address_id, s.id AS subscription_id, NULL::bigint AS slot_id,
       NULL::bigint AS edition_id, r.locale AS language
FROM digest_subscription s
JOIN digest_address a ON a.id = s.address_id
JOIN digest_subscriber r ON r.id = s.subscriber_id
WHERE s.state = 'active' AND a.channel = %s AND {_MAY_BE_WRITTEN_TO}
"""  # noqa: S608

_SLOTS = f"""
SELECT c.address_id, NULL::bigint AS subscription_id, w.id AS slot_id,
       w.edition_id, g.language
FROM digest_slot w
JOIN digest_schedule c ON c.id = w.schedule_id
JOIN digest_address a ON a.id = c.address_id
JOIN digest_signature g ON g.key = w.signature_id
WHERE w.batch_id = %s AND w.state = 'batched' AND w.edition_id IS NOT NULL
  AND c.is_active AND {_MAY_BE_WRITTEN_TO}
  AND EXISTS (SELECT FROM digest_subscription s
              WHERE s.address_id = c.address_id AND s.topic_id IS NOT NULL
                AND s.state = 'active')
"""  # noqa: S608

# A reader's zone is that of their schedule, where they chose one, and of their sign-up otherwise.
_ZONE = """coalesce((SELECT c.time_zone FROM digest_schedule c
                    WHERE c.address_id = s.address_id LIMIT 1), r.time_zone)"""
# What the clock says of quiet hours and days is told by Python, once for all who share them.
_CLOCKS = f"""
SELECT DISTINCT {_ZONE}, u.quiet_from, u.quiet_until
FROM digest_alert_rule u
JOIN digest_subscription s ON s.id = u.subscription_id
JOIN digest_address a ON a.id = s.address_id
JOIN digest_subscriber r ON r.id = s.subscriber_id
WHERE s.state = 'active' AND a.channel = %s AND s.address_id > %s AND s.address_id <= %s
  AND (u.quiet_from IS NOT NULL OR u.most_a_day IS NOT NULL)
"""  # noqa: S608
_ALERTED = f"""
SELECT s.address_id, s.id AS subscription_id, NULL::bigint AS slot_id,
       NULL::bigint AS edition_id, r.locale AS language, r.languages AS reads, k.not_before,
       CASE WHEN u.most_a_day IS NULL THEN false ELSE u.most_a_day <= ({{had_today}}) END
           AS over_limit
FROM digest_subscription s
JOIN digest_address a ON a.id = s.address_id
JOIN digest_subscriber r ON r.id = s.subscriber_id
LEFT JOIN digest_alert_rule u ON u.subscription_id = s.id
LEFT JOIN unnest(%s::text[], %s::time[], %s::time[], %s::timestamptz[], %s::timestamptz[])
    AS k (zone, quiet_from, quiet_until, not_before, day_began)
  -- Most readers have no rules: their zone is not looked for.
  ON k.zone = CASE WHEN u.subscription_id IS NOT NULL THEN {_ZONE} END
  AND (u.quiet_from IS NOT NULL OR u.most_a_day IS NOT NULL)
  AND k.quiet_from IS NOT DISTINCT FROM u.quiet_from
  AND k.quiet_until IS NOT DISTINCT FROM u.quiet_until
WHERE s.state = 'active' AND s.alerts AND a.channel = %s AND {_MAY_BE_WRITTEN_TO}
  AND s.address_id > %s AND s.address_id <= %s
  -- Said of both, or the planner reads all addresses up to a late portion's.
  AND a.id > %s AND a.id <= %s
"""  # noqa: S608
_CONCERNED = """
  AND (u.subscription_id IS NULL OR (
      (NOT u.biggest_only OR %s) AND (cardinality(u.topic_ids) = 0 OR u.topic_ids && %s::bigint[])
      AND (u.place = 0 OR NOT EXISTS ({before}))))
"""
# Of one who put their channels in an order: a channel before this one that stands.
_BEFORE = """
SELECT FROM digest_alert_rule v
JOIN digest_subscription t ON t.id = v.subscription_id
JOIN digest_address b ON b.id = t.address_id
WHERE v.chain = u.chain AND v.place < u.place AND {stands}
"""
_STANDS = """t.state IN ('active', 'paused')
  AND b.channel = ANY(coalesce(%s::text[], ARRAY[b.channel::text]))
  AND b.verified_at IS NOT NULL
  AND NOT EXISTS (SELECT FROM digest_suppression x WHERE x.fingerprint = b.fingerprint)"""
_PLACES = f"""
SELECT t.id AS subscription_id, b.id AS address_id, b.channel, v.place,
       t.state = 'active' AND {_STANDS} AS stands
FROM digest_subscription s
JOIN digest_alert_rule u ON u.subscription_id = s.id
JOIN digest_alert_rule v ON v.chain = u.chain
JOIN digest_subscription t ON t.id = v.subscription_id
JOIN digest_address b ON b.id = t.address_id
WHERE s.address_id = %s AND s.alerts
ORDER BY v.place, b.id
"""  # noqa: S608

_EXTENT = "SELECT min(id), max(id) FROM digest_address WHERE channel = %s"
_END_OF_PORTION = """
SELECT s.address_id FROM digest_subscription s
WHERE s.state = 'active' AND s.alerts AND s.address_id > %s AND s.address_id <= %s
ORDER BY s.address_id OFFSET %s LIMIT 1
"""
_TONGUES = """
SELECT DISTINCT r.locale, r.languages
FROM digest_subscription s JOIN digest_subscriber r ON r.id = s.subscriber_id
WHERE s.state = 'active' AND s.alerts AND s.address_id > %s AND s.address_id <= %s
"""

# A reader who once asked us never to write may ask us to begin again: the one mail that lets
# them is the confirmation. After a complaint or a bounce there is none.
_SERVICE = """
SELECT a.id AS address_id, NULL::bigint AS subscription_id, NULL::bigint AS slot_id,
       NULL::bigint AS edition_id, r.locale AS language
FROM digest_address a
JOIN digest_subscriber r ON r.id = a.subscriber_id
WHERE a.id = %s AND NOT EXISTS (
    SELECT FROM digest_suppression x
    WHERE x.fingerprint = a.fingerprint AND x.reason <> 'reader')
"""


# A welcome goes for the first of what it welcomes to that is still wanted.
_WELCOMED = f"""
SELECT n.address_id, s.id AS subscription_id, NULL::bigint AS slot_id,
       NULL::bigint AS edition_id, r.locale AS language
FROM digest_note n
JOIN digest_address a ON a.id = n.address_id
JOIN digest_subscriber r ON r.id = a.subscriber_id
JOIN LATERAL (SELECT w.id FROM digest_subscription w
              WHERE w.id = ANY(n.about) AND w.address_id = n.address_id AND w.state = 'active'
              ORDER BY w.id LIMIT 1) s ON true
WHERE n.id = %s AND {_MAY_BE_WRITTEN_TO}
"""  # noqa: S608


_NOTED = f"""
SELECT n.address_id, n.subscription_id, NULL::bigint AS slot_id,
       NULL::bigint AS edition_id, r.locale AS language
FROM digest_note n
JOIN digest_address a ON a.id = n.address_id
JOIN digest_subscriber r ON r.id = a.subscriber_id
JOIN digest_subscription s ON s.id = n.subscription_id
WHERE n.batch_id = %s AND s.state = 'active' AND {_MAY_BE_WRITTEN_TO}
"""  # noqa: S608


def for_newsletter(newsletter_id: int, channel: str) -> Query:
    """The newsletter's active subscriptions on a channel."""
    return Query(_SUBSCRIBED + "  AND s.newsletter_id = %s", (channel, newsletter_id))


def for_alerts(
    channel: str,
    aim: AlertAim | None,
    *,
    channels: Sequence[str] | None = None,
    now: datetime,
    had_today: Query | None = None,
    span: AddressSpan = EVERYBODY,
) -> Query:
    """Those who asked for breaking alerts on a channel, each by their own rules.

    Who put several of the newsroom's ``channels`` (all, if none is named) in an order is told by
    the first that stands.

    ``aim`` says whom the alert concerns; None is for what follows an alert to those who had it,
    whatever their rules. ``had_today`` is SQL for how many alerts the address ``s.address_id``
    has had since ``k.day_began``; without it no limit holds. Only those of ``span``.
    """
    clocks = _clocks(channel, now, span)
    columns = [list(column) for column in zip(*clocks, strict=True)] or [[], [], [], [], []]
    counted = had_today or Query("0", ())
    sql = _ALERTED.format(had_today=counted.sql)
    within = (span.after, span.to)
    params = (*counted.params, *columns, channel, *within, *within)
    if aim is None:
        return Query(sql, params)
    concerned = _CONCERNED.format(before=_BEFORE.format(stands=_STANDS))
    aimed = (aim.is_biggest, sorted(aim.topics), None if channels is None else [*channels])
    return Query(sql + concerned, (*params, *aimed))


def over_limit(query: Query) -> Query:
    """Of those whom an alert concerns (:func:`for_alerts` with an aim), who have had enough today.

    It begins at the readers who set a limit, so that it costs nothing where nobody did.
    """
    return Query(
        f"SELECT r.address_id FROM ({query.sql} AND u.most_a_day IS NOT NULL) r"  # noqa: S608
        " WHERE r.over_limit",
        query.params,
    )


@dataclass(frozen=True, slots=True)
class PlaceOfReader:
    """One channel in a reader's order of them, with what a delivery on it must name."""

    subscription_id: int
    channel: str
    place: AlertPlace


def places_of(address_id: int, channels: Sequence[str]) -> tuple[PlaceOfReader, ...]:
    """The order that an address stands in, or stood in until it was shut; none without one."""
    with connection.cursor() as cursor:
        cursor.execute(_PLACES, [list(channels), address_id])
        return tuple(
            PlaceOfReader(subscription, channel, AlertPlace(address, place, stands))
            for subscription, address, channel, place, stands in cursor.fetchall()
        )


def extent(channel: str) -> AddressSpan:
    """Where all addresses of a channel lie: one that came late has them behind others'."""
    with connection.cursor() as cursor:
        cursor.execute(_EXTENT, [channel])
        lowest, highest = cursor.fetchone()
    return AddressSpan(lowest - 1, highest) if lowest else AddressSpan(0, 0)


def end_of_portion(span: AddressSpan, size: int) -> int | None:
    """The address with which so many readers of alerts in ``span`` are complete; None where there
    are fewer. Those of other channels among them count too, which costs least.
    """
    with connection.cursor() as cursor:
        cursor.execute(_END_OF_PORTION, [span.after, span.to, size - 1])
        row = cursor.fetchone()
    return int(row[0]) if row else None


def _clocks(channel: str, now: datetime, span: AddressSpan) -> list[tuple[Any, ...]]:
    """Each zone and quiet hours that readers have: until when they hold, when the day began."""
    with connection.cursor() as cursor:
        cursor.execute(_CLOCKS, [channel, span.after, span.to])
        found = cursor.fetchall()
    told = []
    for zone, begins, ends in found:
        # A zone that nobody knows any more must not stop everybody's alert.
        known = zone if is_zone(zone) else "UTC"
        quiet = (begins, ends) if begins is not None else None
        held = quiet_until(quiet, known, now)
        told.append((zone, begins, ends, held, day_began(known, now)))
    return told


def tongues(
    languages: Sequence[str], span: AddressSpan = EVERYBODY
) -> tuple[tuple[str, list[str], str], ...]:
    """Each locale and languages that readers of alerts in ``span`` have, with the one of
    ``languages`` that they get.

    The first of these is the newsroom's own.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TONGUES, [span.after, span.to])
        return tuple(
            (locale, reads, one_of(languages, read(reads or [locale]), locale, languages[0]))
            for locale, reads in cursor.fetchall()
        )


def for_slot_batch(batch_id: int) -> Query:
    """The readers of a batch's slots, each with their own edition."""
    return Query(_SLOTS, (batch_id,))


def for_service(address_id: int) -> Query:
    """The one address of a service message, verified or not."""
    return Query(_SERVICE, (address_id,))


def for_welcome(note_id: int) -> Query:
    """The one address of a welcome, while it still wants any of it."""
    return Query(_WELCOMED, (note_id,))


def for_note_batch(batch_id: int) -> Query:
    """The readers of notes that go out together."""
    return Query(_NOTED, (batch_id,))
