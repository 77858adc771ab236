"""Which reports are of muted feeds alone: they stand with their story, and count for nothing."""

from collections.abc import Sequence

from django.db import connection

# A report that another feed shows, too, is heard; what no feed showed was an editor's word.
_OTHERWISE = """
SELECT member.id, bool_and(feed.is_muted) FROM digest_story_article member
JOIN digest_sighting sighting ON sighting.article_id = member.article_id
JOIN digest_feed feed ON feed.id = sighting.feed_id
WHERE member.story_id = ANY(%s)
GROUP BY member.id HAVING bool_and(feed.is_muted) <> member.is_muted ORDER BY member.id
"""
# In order of id, as everybody does who locks several.
_LOCK = "SELECT FROM digest_story_article WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
_MARK = """
UPDATE digest_story_article member SET is_muted = wanted.is_muted
FROM unnest(%s::bigint[], %s::boolean[]) wanted (id, is_muted) WHERE member.id = wanted.id
"""
_ANY = """
SELECT EXISTS (SELECT FROM digest_feed WHERE is_muted)
    OR EXISTS (SELECT FROM digest_story_article WHERE story_id = ANY(%s) AND is_muted)
"""


def mark_muted(story_ids: Sequence[int]) -> None:
    """Mark the reports of stories that are of muted feeds alone, and take the mark off others.

    The caller is in a transaction and locks the stories afterwards. Where no feed is muted, it
    costs one look.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ANY, [list(story_ids)])
        if not cursor.fetchone()[0]:
            return
        cursor.execute(_OTHERWISE, [list(story_ids)])
        wanted = dict(cursor.fetchall())
        if not wanted:
            return
        cursor.execute(_LOCK, [list(wanted)])
        # To what it is to be, not to the opposite: another may have written that meanwhile.
        cursor.execute(_MARK, [list(wanted), list(wanted.values())])
