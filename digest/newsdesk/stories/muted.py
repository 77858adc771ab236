"""Which reports are of muted feeds alone: they stand with their story, and count for nothing."""

from collections.abc import Sequence

from django.db import connection

from digest.newsdesk.stories.models import StoryArticle

# A report that another feed shows, too, is heard; what no feed showed was an editor's word.
_OTHERWISE = """
SELECT member.id FROM digest_story_article member
JOIN digest_sighting sighting ON sighting.article_id = member.article_id
JOIN digest_feed feed ON feed.id = sighting.feed_id
WHERE member.story_id = ANY(%s)
GROUP BY member.id HAVING bool_and(feed.is_muted) <> member.is_muted ORDER BY member.id
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
        rows = [pk for (pk,) in cursor.fetchall()]
    for row in (
        StoryArticle.objects.select_for_update(no_key=True).filter(pk__in=rows).order_by("pk")
    ):
        row.is_muted = not row.is_muted
        row.save(update_fields=["is_muted"])
