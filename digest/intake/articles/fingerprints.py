"""Which articles of the last days share a fingerprint: the index that copies are looked up in.

A table of its own, because what must stay cheap is the look-up of some hundred fingerprints at once
among millions: each is one step down a B-tree, and the latest holders of a phrase that thousands
share come first. (An inverted index over the articles' arrays gives no such bound: PostgreSQL
takes so many keys for half of the table, and reads all of it.)
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection, models

from digest.intake.articles.models import Article

LOOK_BACK = timedelta(days=3)
# A phrase that many share is boilerplate: it may hide a copy, and must not cost minutes.
_MOST_HOLDERS = 30

_ENTER = """
INSERT INTO digest_article_fingerprint (fingerprint, article_id)
SELECT DISTINCT mark.fingerprint, touched.id
FROM unnest(%s::bigint[]) AS touched (id)
CROSS JOIN LATERAL (
    -- A fence: one look-up each, however few rows the planner takes the table for.
    SELECT fingerprints FROM digest_article WHERE id = touched.id OFFSET 0
) AS a
CROSS JOIN LATERAL unnest(a.fingerprints) AS mark (fingerprint)
ORDER BY mark.fingerprint, touched.id
ON CONFLICT DO NOTHING
"""
_SHARED = """
SELECT touched.id, a.id, count(DISTINCT mark.fingerprint)
FROM unnest(%s::bigint[]) AS touched (id)
CROSS JOIN LATERAL (
    SELECT fingerprints FROM digest_article
    WHERE id = touched.id AND duplicate_of_id IS NULL AND withdrawn_at IS NULL
    OFFSET 0
) AS fresh
CROSS JOIN LATERAL unnest(fresh.fingerprints) AS mark (fingerprint)
CROSS JOIN LATERAL (
    SELECT article_id FROM digest_article_fingerprint f
    WHERE f.fingerprint = mark.fingerprint ORDER BY f.article_id DESC LIMIT %s
) AS holder
CROSS JOIN LATERAL (
    SELECT id FROM digest_article
    WHERE id = holder.article_id AND first_seen_at >= %s AND withdrawn_at IS NULL
    -- A fence: one look-up a holder. For thousands at once the planner would read every article.
    OFFSET 0
) AS a
WHERE holder.article_id <> touched.id
GROUP BY touched.id, a.id
"""
_FORGET = """
DELETE FROM digest_article_fingerprint WHERE article_id < (
    SELECT min(id) FROM digest_article WHERE first_seen_at >= %s
)
"""


class ArticleFingerprint(models.Model):
    """A fingerprint that an article's words have, or had."""

    pk = models.CompositePrimaryKey("fingerprint", "article")
    fingerprint = models.BigIntegerField()
    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="+")

    class Meta:
        db_table = "digest_article_fingerprint"


def index_fingerprints(article_ids: Sequence[int]) -> None:
    """Let these articles be found by their fingerprints; in the transaction that stores them."""
    with connection.cursor() as cursor:
        cursor.execute(_ENTER, [list(article_ids)])


def shared(article_ids: Sequence[int], *, now: datetime) -> dict[int, dict[int, int]]:
    """By article, the latest others of the last three days, and how many fingerprints they share.

    Of those of ``article_ids`` alone that are neither copies nor withdrawn, and share any.
    """
    found: dict[int, dict[int, int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_SHARED, [list(article_ids), _MOST_HOLDERS, now - LOOK_BACK])
        for pk, other, times in cursor.fetchall():
            found.setdefault(pk, {})[other] = times
    return found


def forget_fingerprints(*, now: datetime) -> int:
    """Remove what is too old to be looked up; how many fingerprints that were."""
    with connection.cursor() as cursor:
        cursor.execute(_FORGET, [now - LOOK_BACK])
        return int(cursor.rowcount)
