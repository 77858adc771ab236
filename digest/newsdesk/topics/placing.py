"""Where a model of language puts stories: asked once a story, kept, and never needed."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Left

from digest.newsdesk.stories.embeddings import Embeddings
from digest.newsdesk.stories.models import Story, StoryArticle
from digest.newsdesk.topics.models import StoryPlace, StoryTopic, TopicModel
from digest.newsdesk.topics.tag import weigh
from digest.newsdesk.topics.taught import prepare
from digest.newsdesk.topics.teaching.model import LEAST_DECISIONS

LEARNED_FROM = timedelta(days=120)
JUDGED = timedelta(days=2)
AT_ONCE = 400
_BATCH = 16
_READ = 300
"""Characters of a report that are shown to the model."""


@dataclass(frozen=True, slots=True)
class StoriesPlaced:
    """The stories that have a place now, and the topics to be learned anew with it."""

    story_ids: tuple[int, ...] = ()
    topic_ids: tuple[int, ...] = ()


def place(
    embeddings: Embeddings | None,
    *,
    now: datetime,
    seconds: float = 5.0,
    clock: Callable[[], float] = time.monotonic,
) -> StoriesPlaced:
    """Ask about stories that have no place, for about so many ``seconds``, and weigh them again.

    First those that editors pinned or barred, then the latest. Nothing is asked before a topic has
    a say, nor of an embedder that failed lately; never call it inside a transaction.
    """
    taught = list(
        TopicModel.objects.filter(decisions__gte=LEAST_DECISIONS).values_list("topic_id", flat=True)
    )
    if embeddings is None or not taught or not (made_by := embeddings.made_by()):
        return StoriesPlaced()
    until = clock() + seconds
    decided = _decided(taught, made_by, now)
    waiting = list(dict.fromkeys([*decided, *_latest(made_by, now)]))[:AT_ONCE]
    done: list[int] = []
    for start in range(0, len(waiting), _BATCH):
        if clock() > until:
            break
        done += _asked(waiting[start : start + _BATCH], embeddings, made_by, now)
    if not done:
        return StoriesPlaced()
    topics = _to_learn(taught, set(done) & set(decided), now)
    again = _weighed_before(done)
    prepared = prepare(again)
    with transaction.atomic():
        weigh(again, prepared)
    return StoriesPlaced(tuple(done), topics)


def _decided(topics: Sequence[int], made_by: str, now: datetime) -> list[int]:
    """Stories of editors' words that have no place by this model, the latest word first."""
    words = StoryTopic.objects.filter(
        topic__in=topics,
        by__in=(StoryTopic.By.PINNED, StoryTopic.By.BARRED),
        story__in=_unplaced(made_by).filter(last_at__gte=now - LEARNED_FROM),
    )
    return list(words.order_by("-decided_at", "-id").values_list("story_id", flat=True)[:AT_ONCE])


def _latest(made_by: str, now: datetime) -> list[int]:
    rows = _unplaced(made_by).filter(last_at__gte=now - JUDGED).order_by("-last_at", "-id")
    return list(rows.values_list("pk", flat=True)[:AT_ONCE])


def _unplaced(made_by: str) -> QuerySet[Story]:
    standing = Story.objects.filter(merged_into__isnull=True, article_count__gt=0)
    return standing.exclude(pk__in=StoryPlace.objects.filter(made_by=made_by).values("story_id"))


def _asked(
    story_ids: Sequence[int], embeddings: Embeddings, made_by: str, now: datetime
) -> list[int]:
    texts = _texts(story_ids)
    found = embeddings.of(texts.values())
    rows = [
        StoryPlace(
            story_id=story, made_by=made_by, place=found[text].astype("<f2").tobytes(), made_at=now
        )
        for story, text in sorted(texts.items())
        if text in found
    ]
    StoryPlace.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["story"],
        update_fields=["made_by", "place", "made_at"],
    )
    return [row.story_id for row in rows]


def _texts(story_ids: Iterable[int]) -> dict[int, str]:
    """The beginning of each story's first report, which does not change as the story grows."""
    first = StoryArticle.objects.filter(story_id__in=story_ids).order_by("story_id", "id")
    told = first.distinct("story_id").values_list(
        "story_id", "article__title", Left("article__summary", _READ), Left("article__text", _READ)
    )
    texts = {story: f"{title}. {summary or text}"[:_READ] for story, title, summary, text in told}
    return {story: text for story, text in texts.items() if text.strip(". ")}


def _to_learn(topics: Sequence[int], stories: set[int], now: datetime) -> tuple[int, ...]:
    """Have the topics learned anew whose editors' words are on these stories; which they are."""
    words = StoryTopic.objects.filter(
        story__in=stories, topic__in=topics, by__in=(StoryTopic.By.PINNED, StoryTopic.By.BARRED)
    )
    found = sorted(set(words.values_list("topic_id", flat=True)))
    TopicModel.objects.filter(topic__in=found, stale_since=None).update(stale_since=now)
    return tuple(found)


def _weighed_before(story_ids: Sequence[int]) -> list[int]:
    """Those that wait for no tagging, in which they would be weighed all the same."""
    waiting = StoryArticle.objects.filter(story__in=story_ids, tagged_at=None)
    return sorted(set(story_ids) - set(waiting.values_list("story_id", flat=True)))
