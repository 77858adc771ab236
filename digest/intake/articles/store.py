"""Articles and sightings written many at once: a document goes over as one JSON parameter.

Django's bulk_create names a parameter per value; taking a statement of a thousand apart costs
several times what PostgreSQL needs to carry it out.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import uuid4

from django.db import connection

from digest.intake.articles.core.copies import all_fingerprints
from digest.intake.articles.core.prepare import Prepared

_ARTICLES = """
INSERT INTO digest_article (
    public_id, url, url_hash, title, summary, text, author, source, agency, language, image_url,
    image_alt, image_credit, categories, published_at, published_repaired, first_seen_at,
    updated_at, content_hash, revision, fingerprints
)
SELECT r.public_id, r.url, decode(r.url_hash, 'hex'), r.title, r.summary, r.text, r.author,
    r.source, r.agency, r.language, r.image_url, r.image_alt, r.image_credit, r.categories,
    r.published_at, r.published_repaired, %(now)s, %(now)s, decode(r.content_hash, 'hex'), 1,
    r.fingerprints
FROM json_to_recordset(%(rows)s::json) AS r (
    public_id uuid, url text, url_hash text, title text, summary text, text text, author text,
    source text, agency text, language text, image_url text, image_alt text, image_credit text,
    categories jsonb, published_at timestamptz, published_repaired boolean, content_hash text,
    fingerprints bigint[]
)
ON CONFLICT DO NOTHING
RETURNING url_hash, id
"""
_IDS = "SELECT url_hash, id FROM digest_article WHERE url_hash = ANY(%s)"
_SIGHTINGS = """
INSERT INTO digest_sighting (article_id, feed_id, entry_key, entry_hash, entry_url, seen_at)
SELECT r.article_id, r.feed_id, decode(r.entry_key, 'hex'), decode(r.entry_hash, 'hex'),
    r.entry_url, %(now)s
FROM json_to_recordset(%(rows)s::json) AS r (
    article_id bigint, feed_id bigint, entry_key text, entry_hash text, entry_url text
)
ON CONFLICT DO NOTHING
"""
_AS_THEY_ARE = (
    "url", "title", "summary", "text", "author", "source", "agency", "language", "image_url",
    "image_alt", "image_credit", "categories", "published_repaired",
)  # fmt: skip


def store_articles(wanted: Sequence[Prepared], now: datetime) -> dict[bytes, int]:
    """Insert those whose URL is not known, in the order given; by URL, the ids of the new ones."""
    rows = [
        {name: getattr(each, name) for name in _AS_THEY_ARE}
        | {
            "public_id": str(uuid4()),
            "url_hash": each.url_hash.hex(),
            "content_hash": each.content_hash.hex(),
            "published_at": each.published_at.isoformat(),
            "fingerprints": all_fingerprints(each.title, each.text),
        }
        for each in wanted
    ]
    with connection.cursor() as cursor:
        cursor.execute(_ARTICLES, {"rows": json.dumps(rows), "now": now})
        return {bytes(url_hash): pk for url_hash, pk in cursor.fetchall()}


def article_ids(url_hashes: Sequence[bytes]) -> dict[bytes, int]:
    """The ids of the articles with these URLs."""
    if not url_hashes:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_IDS, [list(url_hashes)])
        return {bytes(url_hash): pk for url_hash, pk in cursor.fetchall()}


def store_sightings(
    seen: Sequence[tuple[int, Prepared]], ids: Mapping[bytes, int], now: datetime
) -> None:
    """Insert the sightings, each with its feed, of articles that are stored, in the order given."""
    rows = [
        {
            "article_id": ids[each.url_hash],
            "feed_id": feed_id,
            "entry_key": each.entry_key.hex(),
            "entry_hash": each.entry_hash.hex(),
            "entry_url": each.entry_url,
        }
        for feed_id, each in seen
        if each.url_hash in ids
    ]
    with connection.cursor() as cursor:
        cursor.execute(_SIGHTINGS, {"rows": json.dumps(rows), "now": now})
