"""What a topic's model has said, as an editor goes through it: asks, what it took and set aside."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from digest.newsdesk.topics.models import StoryTopic, Topic, TopicModel, TopicOpinion

LATELY = timedelta(days=7)
LISTED = 20


@dataclass(frozen=True, slots=True)
class SaidOf:
    """A story and what was said of it; ``by_rule`` when the query takes it."""

    public_id: UUID
    headline: str
    language: str
    last_at: datetime
    source_count: int
    probability: float
    because: tuple[str, ...]
    like: int
    by_rule: bool

    @property
    def reason(self) -> str:
        """Why, in words: ``Yongbyon, IAEA; like 3 stories you pinned``."""
        parts = [", ".join(self.because)] if self.because else []
        if self.like:
            parts.append(f"like {self.like} {'story' if self.like == 1 else 'stories'} you pinned")
        return "; ".join(parts)


@dataclass(frozen=True, slots=True)
class Lessons:
    """A topic's asks, the nearest to certain first; what it accepted; what it set aside.

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

    def said(word: str, *order: str) -> tuple[SaidOf, ...]:
        return _said(list(rows.filter(word=word).order_by(*order, "id")[:LISTED]), topic)

    return Lessons(
        said(TopicOpinion.Said.ASK, "-probability"),
        said(TopicOpinion.Said.ACCEPT, "-story__last_at"),
        said(TopicOpinion.Said.REJECT, "-story__last_at"),
        model.decisions if model else 0,
        bool(model and model.stale_since),
    )


def asks(topic: Topic, *, now: datetime) -> int:
    """How many of the last days' stories the topic's model asks about."""
    rows = TopicOpinion.objects.filter(topic=topic, word=TopicOpinion.Said.ASK)
    return rows.filter(story__last_at__gte=now - LATELY, story__merged_into__isnull=True).count()


def _said(rows: Sequence[TopicOpinion], topic: Topic) -> tuple[SaidOf, ...]:
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
            row.story_id in by_rule,
        )
        for row in rows
    )
