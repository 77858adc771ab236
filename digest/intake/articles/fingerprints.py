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
SELECT DISTINCT print, a.id FROM digest_article a, unnest(a.fingerprints) AS print
WHERE a.id = ANY(%s) ORDER BY print, a.id
ON CONFLICT DO NOTHING
"""
_HOLDERS = """
SELECT wanted.fingerprint, a.id
FROM unnest(%s::bigint[]) AS wanted (fingerprint)
CROSS JOIN LATERAL (
    SELECT article_id FROM digest_article_fingerprint f
    WHERE f.fingerprint = wanted.fingerprint ORDER BY f.article_id DESC LIMIT %s
) AS holder
CROSS JOIN LATERAL (
    SELECT id FROM digest_article
    WHERE id = holder.article_id AND first_seen_at >= %s AND withdrawn_at IS NULL
    -- A fence: one look-up a holder. For thousands at once the planner would read every article.
    OFFSET 0
) AS a
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


def holders(wanted: Sequence[int], *, now: datetime) -> dict[int, list[int]]:
    """By fingerprint, the latest articles of the last three days that have it."""
    found: dict[int, list[int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_HOLDERS, [list(wanted), _MOST_HOLDERS, now - LOOK_BACK])
        for fingerprint, pk in cursor.fetchall():
            found.setdefault(fingerprint, []).append(pk)
    return found


def forget_fingerprints(*, now: datetime) -> int:
    """Remove what is too old to be looked up; how many fingerprints that were."""
    with connection.cursor() as cursor:
        cursor.execute(_FORGET, [now - LOOK_BACK])
        return int(cursor.rowcount)
