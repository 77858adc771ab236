"""Say which topics articles and their stories fall under."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from django.db import transaction

from digest.intake.articles.models import Article
from digest.kit.observe import log
from digest.newsdesk.stories.models import Story, StoryArticle
from digest.newsdesk.topics.analysis import Reading
from digest.newsdesk.topics.match import Matcher
from digest.newsdesk.topics.models import ArticleTopic, StoryTopic, Topic
from digest.newsdesk.topics.parse import parse
from digest.newsdesk.topics.query import QueryError

THRESHOLD = 0.3
"""A story falls under a topic when this share of its articles matches."""
RETAGGED = timedelta(days=7)
"""How far back a new or changed query is applied."""
TEXT_LIMIT = 20_000

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
        rows = _untagged(limit)
        if not rows:
            return Tagged()
        topics = list(Topic.objects.order_by("id"))
        _write_articles([row.article for row in rows], topics)
        StoryArticle.objects.filter(pk__in=[row.pk for row in rows]).update(tagged_at=now)
        stories = sorted({row.story_id for row in rows})
        _weigh(stories)
        return Tagged(tuple(stories))


def reading(article: Article) -> Reading:
    """What of an article its topics are matched against."""
    text = f"{article.summary}\n{article.text}"[:TEXT_LIMIT]
    names = tuple(name for name in (article.source, article.agency) if name)
    return Reading(article.title, text, article.language, names)


@lru_cache(maxsize=2)
def matcher(queries: tuple[tuple[int, str], ...]) -> Matcher[int]:
    """A matcher over (topic id, query) pairs; queries that cannot be read are left out, logged."""
    parsed = {}
    for topic, query in queries:
        try:
            parsed[topic] = parse(query)
        except QueryError as error:
            log.warning("topic query cannot be read", topic=topic, reason=str(error))
    return Matcher(parsed)


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


def _untagged(limit: int) -> list[StoryArticle]:
    rows = StoryArticle.objects.filter(tagged_at__isnull=True).select_related("article")
    rows = rows.select_for_update(skip_locked=True, no_key=True, of=("self",))
    return list(rows.order_by("id")[:limit])


def _write_articles(articles: Sequence[Article], topics: Sequence[Topic]) -> None:
    """Store which articles match which topics, and forget what no longer does."""
    queries = matcher(tuple((topic.pk, topic.query) for topic in topics))
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


def _weigh(story_ids: Sequence[int]) -> None:
    """Bring the stories' topics up to their articles; the rows are locked in order of id."""
    locked = Story.objects.select_for_update(no_key=True).filter(id__in=story_ids).order_by("id")
    list(locked.values_list("id", flat=True))
    _inherit(story_ids)
    shares = _shares(story_ids)
    by_rule = {pair: share for pair, share in shares.items() if share >= THRESHOLD}
    standing = {
        (row.story_id, row.topic_id): row
        for row in StoryTopic.objects.filter(story_id__in=story_ids)
    }
    for pair, row in standing.items():
        row.share = shares.get(pair, 0.0)
    StoryTopic.objects.bulk_update(standing.values(), ["share"], batch_size=500)
    StoryTopic.objects.bulk_create(
        [
            StoryTopic(story_id=story, topic_id=topic, share=share)
            for (story, topic), share in sorted(by_rule.items())
            if (story, topic) not in standing
        ],
        ignore_conflicts=True,
    )
    fallen = [
        row.pk
        for pair, row in standing.items()
        if row.by == StoryTopic.By.RULE and pair not in by_rule
    ]
    StoryTopic.objects.filter(id__in=fallen, by=StoryTopic.By.RULE).delete()


def _shares(story_ids: Iterable[int]) -> dict[tuple[int, int], float]:
    """By (story, topic), the share of the story's articles that match the topic."""
    members: dict[int, list[int]] = defaultdict(list)
    rows = StoryArticle.objects.filter(story_id__in=story_ids)
    for story, article in rows.values_list("story_id", "article_id"):
        members[story].append(article)
    home = {article: story for story, articles in members.items() for article in articles}
    matched = ArticleTopic.objects.filter(article_id__in=home)
    counts = Counter(
        (home[article], topic) for article, topic in matched.values_list("article_id", "topic_id")
    )
    return {pair: count / len(members[pair[0]]) for pair, count in counts.items()}


def _inherit(story_ids: Sequence[int]) -> None:
    """An editor's pin or bar on a story that was merged away goes over to where it went."""
    absorbed = StoryTopic.objects.filter(story__merged_into__in=story_ids).select_related("story")
    for row in absorbed.filter(by__in=_BY_EDITOR).order_by("id"):
        heir = row.story.merged_into_id
        assert heir is not None
        target, created = StoryTopic.objects.get_or_create(
            story_id=heir,
            topic_id=row.topic_id,
            defaults={"by": row.by, "member_id": row.member_id},
        )
        if not created and target.by == StoryTopic.By.RULE:
            target.by, target.member_id = row.by, row.member_id
            target.save(update_fields=["by", "member"])
    absorbed.delete()
