"""Say which topics articles and their stories fall under."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from digest.intake.articles.models import Article
from digest.newsdesk.stories.models import Story, StoryArticle
from digest.newsdesk.topics.compiled import matcher
from digest.newsdesk.topics.models import ArticleTopic, StoryTopic, Topic
from digest.newsdesk.topics.reading import READ, reading, shares
from digest.newsdesk.topics.taught import keep, opinions, prepare
from digest.newsdesk.topics.teaching.features import Traits
from digest.newsdesk.topics.teaching.verdict import stands

THRESHOLD = 0.3
"""A story falls under a topic when this share of its articles, by weight, matches."""
RETAGGED = timedelta(days=7)
"""How far back a new or changed query is applied."""

_BY_EDITOR = (StoryTopic.By.PINNED, StoryTopic.By.BARRED)


@dataclass(frozen=True, slots=True)
class Tagged:
    """The stories whose topics were weighed."""

    story_ids: tuple[int, ...] = ()


def tag(*, now: datetime, limit: int = 500) -> Tagged:
    """Match up to ``limit`` articles not yet tagged, then weigh their stories' topics.

    Several may run at once: each takes rows that nobody else holds. Stories that editors pinned to
    a topic or barred from it stay so, through merges too. A topic whose query changed is applied to
    the last :data:`RETAGGED`; one whose query cannot be read keeps what it had.
    """
    with transaction.atomic():
        _reopen(now)
    with transaction.atomic():
        waiting = dict(_untagged().values_list("pk", "story_id")[:limit])
    prepared = prepare(set(waiting.values()))
    with transaction.atomic():
        rows = list(_untagged(waiting))
        if not rows:
            return Tagged()
        topics = list(Topic.objects.order_by("id"))
        _write_articles([row.article for row in rows], topics)
        StoryArticle.objects.filter(pk__in=[row.pk for row in rows]).update(tagged_at=now)
        stories = sorted({row.story_id for row in rows})
        weigh(stories, prepared)
        return Tagged(tuple(stories))


def _reopen(now: datetime) -> None:
    """Have recent articles held against queries that are new or have changed."""
    changed = [
        topic
        for topic in Topic.objects.select_for_update(no_key=True, skip_locked=True).order_by("id")
        if topic.tagged_version != topic.query_version
    ]
    if not changed:
        return
    recent = StoryArticle.objects.filter(article__published_at__gte=now - RETAGGED)
    recent = recent.select_for_update(no_key=True, of=("self",)).order_by("id")
    ids = list(recent.values_list("id", flat=True))
    StoryArticle.objects.filter(id__in=ids).update(tagged_at=None)
    for topic in changed:
        topic.tagged_version = topic.query_version
    Topic.objects.bulk_update(changed, ["tagged_version"])


def _untagged(among: Collection[int] | None = None) -> QuerySet[StoryArticle]:
    """Rows that wait and that nobody else holds, locked once they are read."""
    rows = StoryArticle.objects.filter(tagged_at__isnull=True).order_by("id")
    if among is not None:
        rows = rows.filter(pk__in=among)
    rows = rows.select_related("article").only("story_id", "article_id", *READ)
    return rows.select_for_update(skip_locked=True, no_key=True, of=("self",))


def _write_articles(articles: Sequence[Article], topics: Sequence[Topic]) -> None:
    """Store which articles match which topics, and forget what no longer does."""
    queries = matcher(topics)
    versions = {topic.pk: topic.query_version for topic in topics if topic.pk in queries}
    matched = {article.pk: queries.match(reading(article)) for article in articles}
    ArticleTopic.objects.bulk_create(
        (
            ArticleTopic(article_id=article, topic_id=topic, query_version=versions[topic])
            for article, found in sorted(matched.items())
            for topic in sorted(found)
        ),
        update_conflicts=True,
        unique_fields=["article", "topic"],
        update_fields=["query_version"],
    )
    standing = ArticleTopic.objects.filter(article_id__in=matched, topic_id__in=versions)
    gone = [
        row
        for row, article, topic in standing.values_list("id", "article_id", "topic_id")
        if topic not in matched[article]
    ]
    ArticleTopic.objects.filter(id__in=gone).delete()


def weigh(story_ids: Sequence[int], prepared: Mapping[int, Traits]) -> None:
    """Bring the stories' topics up to their articles, inside the caller's transaction.

    The stories' rows are locked in order of id; ``prepared`` comes from before, by
    :func:`~digest.newsdesk.topics.taught.prepare`.
    """
    locked = Story.objects.select_for_update(no_key=True).filter(id__in=story_ids).order_by("id")
    list(locked.values_list("id", flat=True))
    _inherit(story_ids)
    found = shares(story_ids)
    said = opinions(story_ids, found, prepared)
    by: dict[tuple[int, int], str] = {
        pair: StoryTopic.By.RULE for pair, part in found.items() if part >= THRESHOLD
    }
    for pair, opinion in said.items():
        if stands(opinion, taken=pair in by):
            by.setdefault(pair, StoryTopic.By.LEARNED)
        else:
            by.pop(pair, None)
    keep(story_ids, said, {pair for pair, part in found.items() if part >= THRESHOLD})
    standing = {
        (row.story_id, row.topic_id): row
        for row in StoryTopic.objects.filter(story_id__in=story_ids)
    }
    for pair, row in standing.items():
        row.share = found.get(pair, 0.0)
        if row.by not in _BY_EDITOR:
            row.by = by.get(pair, row.by)
    StoryTopic.objects.bulk_update(standing.values(), ["share", "by"], batch_size=500)
    StoryTopic.objects.bulk_create(
        [
            StoryTopic(
                story_id=story, topic_id=topic, share=found.get((story, topic), 0.0), by=word
            )
            for (story, topic), word in sorted(by.items())
            if (story, topic) not in standing
        ],
        ignore_conflicts=True,
    )
    fallen = [
        row.pk for pair, row in standing.items() if row.by not in _BY_EDITOR and pair not in by
    ]
    StoryTopic.objects.filter(id__in=fallen).exclude(by__in=_BY_EDITOR).delete()


def _inherit(story_ids: Sequence[int]) -> None:
    """An editor's pin or bar on a story that was merged away goes over to where it went."""
    absorbed = StoryTopic.objects.filter(story__merged_into__in=story_ids).select_related("story")
    for row in absorbed.filter(by__in=_BY_EDITOR).order_by("id"):
        heir = row.story.merged_into_id
        assert heir is not None
        word = {"by": row.by, "member_id": row.member_id, "decided_at": row.decided_at}
        target, created = StoryTopic.objects.get_or_create(
            story_id=heir,
            topic_id=row.topic_id,
            defaults=word,
        )
        # Of two editors' words the later holds, as everywhere.
        if not created and (target.by not in _BY_EDITOR or _is_later(row, target)):
            target.by, target.member_id, target.decided_at = row.by, row.member_id, row.decided_at
            target.save(update_fields=["by", "member", "decided_at"])
    absorbed.delete()


def _is_later(one: StoryTopic, other: StoryTopic) -> bool:
    return bool(one.decided_at and other.decided_at and one.decided_at > other.decided_at)
