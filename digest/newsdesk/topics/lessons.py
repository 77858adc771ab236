"""What a topic's model has said, as an editor goes through it: asks, what it took and set aside."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from digest.newsdesk.stories.models import StoryArticle
from digest.newsdesk.topics.models import (
    ArticleTopic,
    StoryTopic,
    Topic,
    TopicModel,
    TopicOpinion,
)
from digest.newsdesk.topics.reading import shares
from digest.newsdesk.topics.tag import THRESHOLD

LATELY = timedelta(days=7)
LISTED = 20


@dataclass(frozen=True, slots=True)
class SaidOf:
    """A story and what was said of it; ``by_rule`` when the query takes it.

    ``held`` when the query takes it and it is not under the topic all the same, for the model
    thinks it less likely than not and asks.
    """

    public_id: UUID
    headline: str
    language: str
    last_at: datetime
    source_count: int
    probability: float
    because: tuple[str, ...]
    like: int
    by_rule: bool
    held: bool

    @property
    def reason(self) -> str:
        """Why, in words: ``Yongbyon, IAEA; like 3 stories you pinned``."""
        parts = [", ".join(self.because)] if self.because else []
        if self.like:
            parts.append(f"like {self.like} {'story' if self.like == 1 else 'stories'} you pinned")
        return "; ".join(parts)


@dataclass(frozen=True, slots=True)
class Lessons:
    """A topic's asks, those held back from it first; what it accepted; what it set aside.

    Then the nearest to certain first: those held back can be missed nowhere else.

    ``decisions`` are the editors' words its model has learned from, ``waiting`` whether there are
    words that it has not learned yet.
    """

    asks: tuple[SaidOf, ...]
    accepted: tuple[SaidOf, ...]
    set_aside: tuple[SaidOf, ...]
    decisions: int
    waiting: bool


def lessons(topic: Topic, *, now: datetime) -> Lessons:
    """What the model has said of the last days' stories."""
    rows = TopicOpinion.objects.filter(
        topic=topic, story__last_at__gte=now - LATELY, story__merged_into__isnull=True
    ).select_related("story")
    model = TopicModel.objects.filter(topic=topic).first()

    def said(word: str) -> tuple[SaidOf, ...]:
        latest = rows.filter(word=word).order_by("-story__last_at", "id")
        return _said(list(latest[:LISTED]), topic)

    return Lessons(
        _asks(rows.filter(word=TopicOpinion.Said.ASK), topic),
        said(TopicOpinion.Said.ACCEPT),
        said(TopicOpinion.Said.REJECT),
        model.decisions if model else 0,
        bool(model and model.stale_since),
    )


def asks(topic: Topic, *, now: datetime) -> int:
    """How many of the last days' stories the topic's model asks about."""
    rows = TopicOpinion.objects.filter(topic=topic, word=TopicOpinion.Said.ASK)
    return rows.filter(story__last_at__gte=now - LATELY, story__merged_into__isnull=True).count()


def _asks(rows: QuerySet[TopicOpinion], topic: Topic) -> tuple[SaidOf, ...]:
    taken = _taken(rows.values("story_id"), topic)
    under = StoryTopic.objects.filter(topic=topic, story__in=taken)
    held = taken - set(under.values_list("story_id", flat=True))
    first = list(rows.filter(story__in=held).order_by("-probability", "id")[:LISTED])
    others = rows.exclude(story__in=held).order_by("-probability", "id")
    return _said([*first, *others[: LISTED - len(first)]], topic, held)


def _taken(asked: QuerySet[TopicOpinion, Any], topic: Topic) -> set[int]:
    """Those of the stories that the topic's query takes."""
    matched = ArticleTopic.objects.filter(topic=topic).values("article_id")
    members = StoryArticle.objects.filter(story__in=asked, article__in=matched)
    found = shares(set(members.values_list("story_id", flat=True)))
    return {story for (story, of), part in found.items() if of == topic.pk and part >= THRESHOLD}


def _said(
    rows: Sequence[TopicOpinion], topic: Topic, held: Collection[int] = ()
) -> tuple[SaidOf, ...]:
    under = StoryTopic.objects.filter(topic=topic, story__in=[row.story_id for row in rows])
    by_rule = set(under.filter(by=StoryTopic.By.RULE).values_list("story_id", flat=True))
    return tuple(
        SaidOf(
            row.story.public_id,
            row.story.headline,
            row.story.language,
            row.story.last_at,
            row.story.source_count,
            row.probability,
            tuple(row.because),
            row.like,
            row.story_id in by_rule or row.story_id in held,
            row.story_id in held,
        )
        for row in rows
    )
