"""Suggestions from what editors and the rule have filed lately."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from digest.newsdesk.stories.models import Story, StoryArticle
from digest.newsdesk.topics.compiled import read
from digest.newsdesk.topics.models import StoryTopic, Topic
from digest.newsdesk.topics.query.tree import QueryError, leaves
from digest.newsdesk.topics.teaching.suggest import (
    Nearest,
    Suggested,
    nearest,
    suggest_terms,
    terms_of,
)

WITHIN = timedelta(days=30)
OTHERS = 400
PER_TOPIC = 60
ARTICLES = 5
"""How many articles of a story are read for its terms."""


@dataclass(frozen=True, slots=True)
class Stray:
    """A story under no topic, and the topic it is nearest to."""

    story_id: int
    public_id: UUID
    headline: str
    near: Nearest[int]


def missing_terms(topic: Topic, *, now: datetime) -> tuple[Suggested, ...]:
    """Terms that would have caught what editors pinned to ``topic`` and its query did not."""
    filed = StoryTopic.objects.filter(topic=topic, story__last_at__gte=now - WITHIN)
    pinned = list(
        filed.filter(by=StoryTopic.By.PINNED, share=0)
        .order_by("-story__last_at")
        .values_list("story_id", flat=True)[:PER_TOPIC]
    )
    if not pinned:
        return ()
    others = Story.objects.filter(last_at__gte=now - WITHIN, merged_into__isnull=True)
    barred_or_none = others.exclude(Q(topics__topic=topic) & ~Q(topics__by=StoryTopic.By.BARRED))
    rest = list(barred_or_none.order_by("-last_at").values_list("pk", flat=True)[:OTHERS])
    terms = terms_of_stories([*pinned, *rest])
    asked = _asked(topic.query)
    return suggest_terms(
        [terms[story] - asked for story in pinned], [terms[story] for story in rest]
    )


Profiles = Mapping[int, Sequence[frozenset[str]]]
"""By topic, the terms of each of its latest stories."""


def strays(profiles: Profiles, *, now: datetime, limit: int = 10) -> tuple[Stray, ...]:
    """The day's stories under no topic that are near one, the most reported first."""
    free = Story.objects.filter(
        last_at__gte=now - timedelta(days=1), merged_into__isnull=True, article_count__gt=0
    ).exclude(topics__by__in=(StoryTopic.By.RULE, StoryTopic.By.PINNED))
    found = list(free.order_by("-source_count", "-last_at")[: 4 * limit])
    if not found:
        return ()
    barred: dict[int, set[int]] = defaultdict(set)
    words = StoryTopic.objects.filter(story__in=found, by=StoryTopic.By.BARRED)
    for story_id, topic_id in words.values_list("story_id", "topic_id"):
        barred[story_id].add(topic_id)
    terms = terms_of_stories([story.pk for story in found])
    near = []
    for story in found:
        open_to = {key: each for key, each in profiles.items() if key not in barred[story.pk]}
        closest = nearest(terms[story.pk], open_to)
        if closest is not None:
            near.append(Stray(story.pk, story.public_id, story.headline, closest))
    return tuple(near[:limit])


def still_free(found: Sequence[Stray]) -> tuple[Stray, ...]:
    """Those of ``found`` that nobody has filed since, nor barred from the topic they are near."""
    words = StoryTopic.objects.filter(story__in=[each.story_id for each in found])
    filed, barred = set(), set()
    for story_id, topic_id, by in words.values_list("story_id", "topic_id", "by"):
        if by == StoryTopic.By.BARRED:
            barred.add((story_id, topic_id))
        else:
            filed.add(story_id)
    return tuple(
        each
        for each in found
        if each.story_id not in filed and (each.story_id, each.near.topic) not in barred
    )


def profiles(topics: Collection[Topic], *, now: datetime) -> Profiles:
    """The terms of each topic's latest stories: what a story can be near to."""
    homes: dict[int, list[int]] = {}
    for topic in topics:
        filed = StoryTopic.objects.filter(topic=topic, story__last_at__gte=now - WITHIN)
        filed = filed.exclude(by=StoryTopic.By.BARRED).order_by("-story__last_at")
        homes[topic.pk] = list(filed.values_list("story_id", flat=True)[:PER_TOPIC])
    terms = terms_of_stories({story for stories in homes.values() for story in stories})
    return {topic: [terms[story] for story in stories] for topic, stories in homes.items()}


def terms_of_stories(stories: Iterable[int]) -> dict[int, frozenset[str]]:
    """The terms of each story's first reports."""
    texts: dict[int, list[tuple[str, str]]] = {story: [] for story in stories}
    rows = StoryArticle.objects.filter(story_id__in=texts).order_by("story_id", "id")
    columns = ("story_id", "article__title", "article__summary", "article__language")
    for story, title, summary, language in rows.values_list(*columns):
        if len(texts[story]) < ARTICLES:
            texts[story].append((f"{title} | {summary[:300]}", language))
    return {story: terms_of(given) for story, given in texts.items()}


def _asked(query: str) -> frozenset[str]:
    """The terms that a query has already."""
    try:
        found = leaves(read(query))
    except QueryError:
        return frozenset()
    return terms_of((getattr(leaf, "text", ""), "") for leaf in found)
