"""Step: what was followed is judged and counted; what was counted is forgotten after two days."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

from django.db import connection, transaction

from digest.audience.notes.quiet import note_clicks
from digest.outbound.delivery.core.following import QUIET, Followed, people
from digest.outbound.delivery.models import Delivery, FollowedLink

# For so long a reader's links are known as theirs, so that following one again counts once.
KEPT = timedelta(days=2)
# The row of a send that says how many followed anything.
ANYTHING = UUID(int=0)
_AT_ONCE = 2_000
_LOCK = 7_460_117

_READY = """
SELECT send_id, address_id FROM digest_followed_link WHERE judged IS NULL
GROUP BY 1, 2 HAVING max(at) <= %s ORDER BY max(at) LIMIT %s
"""
_COUNT = """
INSERT INTO digest_follow_count (send_id, story, readers)
SELECT * FROM unnest(%s::bigint[], %s::uuid[], %s::bigint[])
ON CONFLICT (send_id, story) DO UPDATE
SET readers = digest_follow_count.readers + excluded.readers
"""


@dataclass(frozen=True, slots=True)
class SettledLinks:
    """How many requests were judged, those of people among them, and how many were forgotten."""

    judged: int = 0
    people: int = 0
    forgotten: int = 0


@transaction.atomic
def settle(*, now: datetime) -> SettledLinks:
    """Judge the copies of which nothing came for two minutes; one process at a time."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return SettledLinks()
        cursor.execute(_READY, [now - QUIET, _AT_ONCE])
        copies = [(int(send), int(address)) for send, address in cursor.fetchall()]
    judged, made = _judge(copies, now)
    forgotten, _ = FollowedLink.objects.filter(at__lt=now - KEPT, judged__isnull=False).delete()
    return SettledLinks(judged, made, forgotten)


def _judge(copies: list[tuple[int, int]], now: datetime) -> tuple[int, int]:
    sends, addresses = {send for send, _ in copies}, {address for _, address in copies}
    rows = FollowedLink.objects.filter(send_id__in=sends, address_id__in=addresses)
    found = rows.order_by("send_id", "address_id", "at", "pk")
    sent = {
        (send, address): at
        for send, address, at in Delivery.objects.filter(
            send_id__in=sends, address_id__in=addresses
        ).values_list("send_id", "address_id", "sent_at")
    }
    wanted, changed, made = set(copies), [], 0
    counted: dict[tuple[int, UUID], int] = {}
    for copy, each in groupby(found, key=lambda row: (row.send_id, row.address_id)):
        if copy not in wanted:
            continue
        hits = list(each)
        known = {row.story for row in hits if row.judged}
        by_people = any(row.judged for row in hits)
        human = people([Followed(row.at, row.link, row.by_machine) for row in hits], sent.get(copy))
        for row, person in zip(hits, human, strict=True):
            if row.judged is not None:
                continue
            row.judged = person
            changed.append(row)
            made += person
            if person and not by_people:
                counted[copy[0], ANYTHING] = counted.get((copy[0], ANYTHING), 0) + 1
                by_people = True
            if person and row.story and row.story not in known:
                counted[copy[0], row.story] = counted.get((copy[0], row.story), 0) + 1
                known.add(row.story)
    note_clicks({row.address_id for row in changed if row.judged}, now=now)
    FollowedLink.objects.bulk_update(changed, ["judged"], batch_size=1_000)
    _count(counted)
    return len(changed), made


def _count(counted: dict[tuple[int, UUID], int]) -> None:
    if not counted:
        return
    keys = sorted(counted)
    with connection.cursor() as cursor:
        cursor.execute(
            _COUNT,
            [[send for send, _ in keys], [story for _, story in keys], [counted[k] for k in keys]],
        )
