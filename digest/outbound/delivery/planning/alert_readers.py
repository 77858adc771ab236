"""Whom a portion of an alert's fan-out delivers to: by each reader's own rules, or because they had
what it follows.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from jinja2 import TemplateError

from digest.audience import recipients
from digest.audience.core.alert_rules import AlertAim
from digest.audience.core.spans import EVERYBODY, AddressSpan
from digest.audience.recipients import Query
from digest.kit.observe import log
from digest.kit.sql import now as clock
from digest.newsdesk.alerts.core.content import AlertContent
from digest.newsdesk.alerts.models import AlertRevision
from digest.outbound.delivery.core import shards
from digest.outbound.delivery.core.shards import Shard
from digest.outbound.delivery.core.takeover import ACCEPTED_WITHIN
from digest.outbound.delivery.ledger.states import named
from digest.outbound.delivery.ledger.told_elsewhere import leave_to_others, spare_the_told
from digest.outbound.delivery.models import Send
from digest.outbound.delivery.planning import takeover, wording
from digest.outbound.delivery.planning.held import carried, settle_told
from digest.outbound.delivery.planning.rows import insert
from digest.outbound.delivery.planning.told_lately import skip_those_told

# A withdrawal concerns those who got, or may have got, what it takes back; a correction besides
# those who were to get what it replaces. The sends are named, so that no other range is read.
_HAD_EARLIER = """
SELECT q.* FROM ({recipients}) q WHERE q.address_id IN (
    SELECT d.address_id FROM digest_delivery d
    WHERE d.send_id = ANY(%s) AND d.address_id > %s AND d.address_id <= %s AND (
        d.state {states}
        -- An answer was lost: it may have arrived, whatever became of it.
        OR d.lost_answers > 0
        -- Told within another message, after quiet hours.
        OR d.state = {SKIPPED} AND EXISTS (
            SELECT FROM digest_message m
            WHERE m.id = d.message_id AND starts_with(m.variant, 'held-')))
    UNION ALL
    -- Within another message that is on its way: this send was called off before that was noted.
    SELECT c.address_id FROM digest_delivery c
    WHERE c.send_id = ANY(%s) AND c.message_id = ANY(%s)
      AND c.address_id > %s AND c.address_id <= %s
      AND (c.state IN ({SENDING}, {SENT}, {UNKNOWN}) OR c.lost_answers > 0))
"""
_TOLD = named(_HAD_EARLIER.replace("{states}", "IN ({SENDING}, {SENT}, {UNKNOWN})"))
# What another channel took over is corrected there.
_STAYS = """<> {SKIPPED} AND NOT (d.state = {FAILED} AND EXISTS (
    SELECT FROM digest_alert_watch w WHERE w.send_id = d.send_id
      AND w.address_id = d.address_id AND w.taken_by IS NOT NULL))"""
_TO_BE_TOLD = named(_HAD_EARLIER.replace("{states}", _STAYS))

# For recipients.for_alerts, whose names these are. On whichever of their channels it came.
HAD_TODAY = named("""
SELECT count(DISTINCT e.source_id) FROM digest_send e JOIN digest_delivery d ON d.send_id = e.id
WHERE e.id = ANY(%s) AND d.send_id = ANY(%s) AND e.created_at >= k.day_began
  AND d.address_id = ANY(CASE WHEN u.chain IS NULL THEN ARRAY[s.address_id] ELSE ARRAY(
      SELECT t.address_id FROM digest_alert_rule v
      JOIN digest_subscription t ON t.id = v.subscription_id WHERE v.chain = u.chain) END)
  AND d.state NOT IN ({FAILED}, {SKIPPED}, {CANCELLED})
""")

_UNHEARD = """ AND NOT EXISTS (
    SELECT FROM digest_delivery b WHERE b.send_id = ANY(%s) AND b.address_id = s.address_id)
"""

# In the transaction that made the rows: nobody has seen them yet. What is not open was there
# before: another channel of the reader's had passed it on. Whoever is over the limit is found once:
# the planner knows nothing of rows so new, and might look for them anew for each.
_OVER_LIMIT = named("""
WITH over_limit AS MATERIALIZED ({recipients})
UPDATE digest_delivery d SET state = {SKIPPED}, next_try_at = NULL, reply = %s
FROM over_limit o WHERE d.send_id = %s AND d.state = {PENDING} AND d.address_id = o.address_id
""")

_IN_TONGUE = """
LEFT JOIN unnest(%s::text[], %s::text[], %s::bigint[]) AS m (locale, reads, message_id)
    ON m.locale = r.language AND m.reads = array_to_string(r.reads, ',')
"""


@dataclass(frozen=True, slots=True)
class WrittenPortion:
    """A portion of an alert's readers, and how many of them have a delivery now."""

    shard: Shard
    size: int
    count: int


def write_portion(send: Send, now: datetime, *, last: int) -> WrittenPortion:
    """Deliver to the next portion of an alert's readers, after one of the ``last`` size.

    By each reader's own rules; what follows an alert goes to those who had it alone.
    """
    frozen = AlertRevision.objects.select_related("alert").get(
        alert_id=send.source_id, revision=send.revision
    )
    settle_told(now=now)
    earlier = _earlier(send) if frozen.kind != AlertRevision.Kind.FIRST else {}
    is_withdrawal = frozen.kind == AlertRevision.Kind.WITHDRAWAL
    size = shards.size_of_next(last, send.total)
    left = recipients.extent(send.channel)
    if send.fan_out_after is not None:
        left = AddressSpan(send.fan_out_after, max(left.to, send.fan_out_after))
    bound = recipients.end_of_portion(left, size)
    # Without an earlier send that got as far, a correction is what its readers hear first.
    shard = shards.next_shard(left, bound, None if is_withdrawal else _told_to(earlier))
    count = _tell_first(send, frozen, shard.span, list(earlier), now) if shard.hears_first else 0
    if earlier:
        count += _tell_after(send, frozen, shard.span, list(earlier), now)
    if not is_withdrawal:
        takeover.watch(send.pk, shard.span)
    return WrittenPortion(shard, size, count)


def _tell_first(
    send: Send, frozen: AlertRevision, span: AddressSpan, earlier: list[int], now: datetime
) -> int:
    """Those whom it concerns by their own rules, but for those who have any of it already."""
    aim = AlertAim(frozenset(frozen.topic_ids), frozen.is_biggest)
    others = others_today(send, now)
    query = recipients.for_alerts(
        send.channel, aim, channels=settings.DIGEST_CHANNELS, now=now,
        had_today=Query(HAD_TODAY, (others, others)), span=span,
    )  # fmt: skip
    if earlier:
        query = Query(query.sql + _UNHEARD, (*query.params, earlier))
    count = insert_alert(send, frozen, query, now, span)
    _skip_over_limit(send, recipients.over_limit(query))
    skip_those_told(send, frozen, now=now, span=span)
    # By the clock as it is with the send in hand: others took its readers until then.
    if send.fan_out_after is not None or max(now, clock()) > send.due_at + ACCEPTED_WITHIN:
        spare_the_told(send, span)
    if send.revision > 1:
        leave_to_others(send, span)
    return count


def _tell_after(
    send: Send, frozen: AlertRevision, span: AddressSpan, earlier: list[int], now: datetime
) -> int:
    """Those who had, or were to have, what it follows, whatever their rules."""
    query = recipients.for_alerts(
        send.channel, None, channels=settings.DIGEST_CHANNELS, now=now, span=span
    )
    had = _TOLD if frozen.kind == AlertRevision.Kind.WITHDRAWAL else _TO_BE_TOLD
    messages, carriers = carried(earlier, now=now)
    within = (span.after, span.to)
    params = (*query.params, earlier, *within, carriers, messages, *within)
    followed = Query(had.format(recipients=query.sql), params)
    return insert_alert(send, frozen, followed, now, span)


def insert_alert(
    send: Send,
    frozen: AlertRevision,
    query: Query,
    now: datetime,
    span: AddressSpan = EVERYBODY,
) -> int:
    """To each in a language that they read, or the newsroom's; mostly there is that alone."""
    own = wording.of_alert(frozen, send.channel, now=now)
    languages = AlertContent.from_document(frozen.content).languages
    if len(languages) == 1:
        params = [send.pk, own, timedelta(), *query.params]
        return insert("%s", query, params, not_before="r.not_before")
    messages = {languages[0]: own}
    for each in languages[1:]:
        try:
            messages[each] = wording.of_alert(frozen, send.channel, language=each, now=now)
        except (ValueError, KeyError, TemplateError):
            # A channel that cannot say it so says it in the newsroom's: nobody waits for that.
            log.exception("an alert has no words in a language", send=send.pk, language=each)
    found = recipients.tongues(list(messages), span)
    params = [
        send.pk, own, timedelta(), *query.params,
        [locale for locale, _, _ in found],
        [",".join(reads) for _, reads, _ in found],
        [messages[language] for _, _, language in found],
    ]  # fmt: skip
    return insert(
        "coalesce(m.message_id, %s)", query, params, join=_IN_TONGUE, not_before="r.not_before"
    )


def _skip_over_limit(send: Send, query: Query) -> None:
    """Write down, in place of a message, that the reader has had as many today as they want."""
    words = "Over the number of alerts a day that the reader wants."
    with connection.cursor() as cursor:
        cursor.execute(_OVER_LIMIT.format(recipients=query.sql), [*query.params, words, send.pk])


def _earlier(send: Send) -> dict[int, int | None]:
    """The sends of the alert's earlier revisions on this channel that got as far as readers; and
    up to which address, where they were called off before all were written down.
    """
    earlier = Send.objects.filter(
        kind=send.kind,
        source_id=send.source_id,
        channel=send.channel,
        revision__lt=send.revision,
        fanned_out_at__isnull=False,
    )
    return dict(earlier.values_list("pk", "fan_out_after"))


def _told_to(earlier: dict[int, int | None]) -> int | None:
    """Up to which address they came; None: to the last."""
    furthest = 0
    for reached in earlier.values():
        if reached is None:
            return None
        furthest = max(furthest, reached)
    return furthest


def others_today(send: Send, now: datetime) -> list[int]:
    """The sends of other alerts that a reader's day may hold."""
    others = Send.objects.filter(
        kind=Send.Kind.ALERT, total__gt=0, created_at__gt=now - timedelta(days=2)
    ).exclude(source_id=send.source_id)
    return list(others.values_list("pk", flat=True))
