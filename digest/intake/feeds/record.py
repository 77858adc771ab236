"""Writing down what looks brought: unchanged ones by the hundred, the others each in full."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from django.db import connection, transaction
from django.db.models import Field

from digest.intake.feeds.look import Look
from digest.intake.feeds.models import Feed, FeedCheck, FeedMemory
from digest.kit.observe import log

_UNCHANGED = """
UPDATE digest_feed f SET
    next_check_at = GREATEST(v.following, f.left_alone_until), interval = v.every,
    checked_at = v.at, succeeded_at = v.at,
    last_status = v.status, latency_ms = (f.latency_ms * 3 + v.took_ms) / 4,
    failures = 0, error_kind = '', error_reason = '', unchanged_looks = f.unchanged_looks + 1,
    claimed_until = NULL, claimed_by = ''
FROM unnest(
    %s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::interval[], %s::smallint[], %s::int[]
) AS v (id, at, following, every, status, took_ms)
WHERE f.id = v.id AND f.claimed_by = %s
"""
_EACH = """
UPDATE digest_feed f SET {changes}, claimed_until = NULL, claimed_by = ''
FROM unnest(%s::bigint[], {types}) AS v (id, {names})
WHERE f.id = v.id AND f.claimed_by = %s
RETURNING f.id
"""
_LEAVE_ALONE = """
UPDATE digest_feed SET
    left_alone_until = GREATEST(left_alone_until, %(until)s),
    next_check_at = CASE WHEN claimed_until IS NULL
        THEN GREATEST(next_check_at, %(until)s + (id %% 600) * interval '1 second')
        ELSE next_check_at END
WHERE host = %(host)s AND state = 'active'
"""


def record(looks: Sequence[Look], *, mark: str) -> None:
    """Write the looks down and give the feeds back, those still claimed under ``mark``.

    What was taken over by another poller is the other's to write.
    """
    quiet = [look for look in looks if look.kind == "unchanged" and not look.fields]
    with transaction.atomic(savepoint=False):
        _lock(looks)
        if quiet:
            _record_unchanged(quiet, mark)
        loud = [look for look in looks if look.kind != "unchanged" or look.fields]
        ours = _update(loud, mark)
        mine = [look for look in loud if look.due.id in ours]
        _keep([look for look in mine if look.kind not in {"unchanged", "put-off"}])


def _lock(looks: Sequence[Look]) -> None:
    """In one order for everybody: two who write several feeds then never wait in a circle."""
    if len(looks) > 1:
        rows = Feed.objects.select_for_update(no_key=True).order_by("pk")
        list(rows.filter(pk__in=[look.due.id for look in looks]).values_list("pk"))


def remember(item_hashes: Mapping[int, Sequence[bytes]]) -> None:
    """Note, by feed, the items of documents just ingested, in the ingesting transaction."""
    FeedMemory.objects.bulk_create(
        [
            FeedMemory(feed_id=pk, item_hashes=b"".join(hashes))
            for pk, hashes in sorted(item_hashes.items())
        ],
        update_conflicts=True,
        unique_fields=["feed"],
        update_fields=["item_hashes"],
    )


def remembered(feed_ids: Sequence[int]) -> dict[int, frozenset[bytes]]:
    """By feed, the items of the document ingested last, 16 bytes each."""
    found = dict.fromkeys(feed_ids, frozenset[bytes]())
    rows = FeedMemory.objects.filter(pk__in=feed_ids).values_list("pk", "item_hashes")
    for pk, packed in rows if feed_ids else ():
        known = bytes(packed or b"")
        found[pk] = frozenset(known[start : start + 16] for start in range(0, len(known), 16))
    return found


def note(check: FeedCheck) -> None:
    """Add what came another way than by a look, to be called in the ingesting transaction."""
    feed = Feed.objects.select_for_update(no_key=True).only("checks_kept").get(pk=check.feed_id)
    Feed.objects.filter(pk=feed.pk).update(checks_kept=feed.checks_kept + 1)
    check.place = feed.checks_kept % FeedCheck.KEPT
    _into_the_ring([check])


def leave_alone(host: str, until: datetime) -> int:
    """No feed of ``host`` is looked at before ``until``; how many feeds that concerns.

    They come back one after the other, over ten minutes. Those that somebody is looking at, as
    their rhythm says, but not before: their look was answered earlier, and is written later.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LEAVE_ALONE, {"host": host, "until": until})
        return int(cursor.rowcount)


def _record_unchanged(looks: Sequence[Look], mark: str) -> None:
    # In one order for everybody: two statements over the same rows then never wait in a circle.
    looks = sorted(looks, key=lambda look: look.due.id)
    with connection.cursor() as cursor:
        cursor.execute(
            _UNCHANGED,
            [
                [look.due.id for look in looks],
                [look.at for look in looks],
                [look.following.at for look in looks],
                [look.following.interval for look in looks],
                [look.status for look in looks],
                [look.took_ms for look in looks],
                mark,
            ],
        )


def _update(looks: Sequence[Look], mark: str) -> set[int]:
    """A statement for all that change the same columns, however many; the feeds still ours."""
    alike: dict[tuple[str, ...], list[tuple[int, dict[str, Any]]]] = {}
    for look in looks:
        changes = _changes(look)
        alike.setdefault(tuple(sorted(changes)), []).append((look.due.id, changes))
    ours: set[int] = set()
    for names, rows in alike.items():
        columns = [_column(name) for name in names]
        statement = _EACH.format(
            changes=", ".join(change for change, _ in columns),
            types=", ".join(kind for _, kind in columns),
            names=", ".join(f'"{name}"' for name in names),
        )
        fields = [_field(name) for name in names]
        values = [
            [field.get_db_prep_save(changes[name], connection) for _, changes in rows]
            for name, field in zip(names, fields, strict=True)
        ]
        with connection.cursor() as cursor:
            cursor.execute(statement, [[pk for pk, _ in rows], *values, mark])
            ours.update(pk for (pk,) in cursor.fetchall())
    return ours


@cache
def _field(name: str) -> "Field[Any, Any]":
    found = Feed._meta.get_field(name)
    assert isinstance(found, Field)
    return found


@cache
def _column(name: str) -> tuple[str, str]:
    """How a column takes its new value, and the type of a list of such."""
    kind = _field(name).db_type(connection) or ""
    # A cast to varchar(16) would cut; what is too long is an error, as it always was.
    kind = "text" if kind.startswith("varchar") else kind
    value = f'v."{name}"'
    if name == "checks_kept":
        value = f'f."{name}" + {value}'
    if name == "next_check_at":
        value = f"GREATEST({value}, f.left_alone_until)"
    return f'"{name}" = {value}', f"%s::{kind}[]"


def _changes(look: Look) -> dict[str, Any]:
    """By column, the value that is written; of ``checks_kept`` how many more they are."""
    due = look.due
    changes: dict[str, Any] = {"next_check_at": look.following.at}
    if look.kind != "put-off":
        changes |= {
            "interval": due.interval if look.failed else look.following.interval,
            "checked_at": look.at,
            "last_status": look.status,
            "latency_ms": (due.latency_ms * 3 + look.took_ms) // 4,
            "unchanged_looks": due.unchanged_looks + 1 if look.kind == "unchanged" else 0,
            "checks_kept": int(look.kind != "unchanged"),
        }
        if look.failed:
            changes["failures"] = due.failures + 1
        else:
            changes |= {
                "succeeded_at": look.at, "failures": 0, "error_kind": "", "error_reason": "",
            }  # fmt: skip
    return changes | look.fields


def _keep(looks: Sequence[Look]) -> None:
    """Into the history, each in the place of the one fifty before it."""
    if not looks:
        return
    _into_the_ring(
        [
            FeedCheck(
                feed_id=look.due.id,
                place=look.due.checks_kept % FeedCheck.KEPT,
                at=look.at,
                outcome=look.kind,
                status=look.status,
                took_ms=look.took_ms,
                size_bytes=look.size_bytes,
                entries=look.entries,
                new_articles=look.new_articles,
                unchanged_before=look.due.unchanged_looks,
                reason=look.reason,
            )
            for look in looks
        ]
    )
    for look in looks:
        if look.failed:
            log.info("feed failed", url=look.due.url, kind=look.kind, reason=look.reason)


def _into_the_ring(checks: Sequence[FeedCheck]) -> None:
    FeedCheck.objects.bulk_create(
        checks,
        update_conflicts=True,
        unique_fields=["feed", "place"],
        update_fields=[
            "at", "outcome", "status", "took_ms", "size_bytes", "entries", "new_articles",
            "unchanged_before", "reason",
        ],
    )  # fmt: skip
