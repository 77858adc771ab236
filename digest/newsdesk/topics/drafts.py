"""Drafts of a topic's next query, each with what it would have gained and lost in the last days."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.intake.articles.models import Article
from digest.newsdesk.stories.models import Story
from digest.newsdesk.topics.compiled import read
from digest.newsdesk.topics.models import StoryTopic, Topic
from digest.newsdesk.topics.propose import terms_of_stories
from digest.newsdesk.topics.query.match import Matcher
from digest.newsdesk.topics.reading import reading
from digest.newsdesk.topics.tag import THRESHOLD
from digest.newsdesk.topics.teaching.edits import Edit, drafted

WITHIN = timedelta(days=30)
LATELY = timedelta(days=7)
ARTICLES = 2_000
SHOWN = 4
PER_KIND = 60
OTHERS = 300


@dataclass(frozen=True, slots=True)
class QueryDraft:
    """An edit, and the headlines of the last days that it alone would have taken or left."""

    edit: Edit
    gained: int
    lost: int
    headlines: tuple[str, ...]


def drafts(topic: Topic, *, now: datetime) -> tuple[QueryDraft, ...]:
    """What editors' words on the last days' stories speak for; nothing where it changes nothing."""
    filed = StoryTopic.objects.filter(topic=topic, story__last_at__gte=now - WITHIN)
    filed = filed.order_by("-story__last_at", "story_id")

    def stories(**wanted: object) -> list[int]:
        return list(filed.filter(**wanted).values_list("story_id", flat=True)[:PER_KIND])

    missed = stories(by=StoryTopic.By.PINNED, share=0)
    barred = stories(by=StoryTopic.By.BARRED, share__gte=THRESHOLD)
    if not missed and not barred:
        return ()
    under = (StoryTopic.By.PINNED, StoryTopic.By.RULE, StoryTopic.By.LEARNED)
    right = stories(by__in=under)
    free = Story.objects.filter(last_at__gte=now - WITHIN, merged_into__isnull=True)
    free = free.exclude(pk__in=right).order_by("-last_at", "pk")
    others = list(free.values_list("pk", flat=True)[:OTHERS])
    terms = terms_of_stories([*missed, *barred, *right, *others])
    edits = drafted(
        topic.query,
        missed=[terms[story] for story in missed],
        barred=[terms[story] for story in barred],
        right=[terms[story] for story in right],
        others=[terms[story] for story in others],
    )
    return _tried(topic, edits, now)


def _tried(topic: Topic, edits: Collection[Edit], now: datetime) -> tuple[QueryDraft, ...]:
    """Each edit held against the latest articles, beside the query that stands."""
    if not edits:
        return ()
    queries = {-1: read(topic.query)}
    queries |= {at: read(edit.query) for at, edit in enumerate(edits)}
    matcher = Matcher(queries)
    changed: dict[int, list[str]] = {at: [] for at in range(len(edits))}
    gained = dict.fromkeys(changed, 0)
    lost = dict.fromkeys(changed, 0)
    recent = Article.objects.filter(
        published_at__gte=now - LATELY, published_at__lte=now, withdrawn_at__isnull=True
    )
    for article in recent.order_by("-published_at", "-pk")[:ARTICLES]:
        found = matcher.match(reading(article))
        for at in changed:
            if (at in found) == (-1 in found):
                continue
            gained[at] += at in found
            lost[at] += at not in found
            changed[at].append(article.title)
    return tuple(
        QueryDraft(edit, gained[at], lost[at], tuple(dict.fromkeys(changed[at]))[:SHOWN])
        for at, edit in enumerate(edits)
        if changed[at]
    )
