"""Learn anew from what editors have said of a topic's stories."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from django.db import transaction
from django.db.models import QuerySet

from digest.newsdesk.stories.models import Story
from digest.newsdesk.topics.models import StoryTopic, Topic, TopicModel, TopicOpinion
from digest.newsdesk.topics.reading import beside_topics, shares, traits_of
from digest.newsdesk.topics.tag import THRESHOLD, weigh
from digest.newsdesk.topics.taught import prepare
from digest.newsdesk.topics.teaching.lessons import ELSEWHERE, LIKELY, assumed, rehearsed
from digest.newsdesk.topics.teaching.model import (
    LEAST_DECISIONS,
    MOST_LESSONS,
    Lesson,
    Model,
    Say,
    learn,
)
from digest.newsdesk.topics.teaching.schooling import examples

WITHIN = timedelta(days=120)
"""How old a story may be that is still learned from."""
LATELY = timedelta(days=7)
UNFILED = 150
"""Stories of the last days that are taken for none of the topic's."""
BY_RULE = 60
ELSEWHERE_AT_MOST = 60
JUDGED_ANEW = timedelta(days=2)
AT_ONCE = 400


@dataclass(frozen=True, slots=True)
class Learned:
    """The topics that were learned anew, and the stories that were judged anew."""

    topic_ids: tuple[int, ...] = ()
    story_ids: tuple[int, ...] = ()


def mark_stale(topic_id: int, *, now: datetime) -> None:
    """An editor has said something of one of the topic's stories, inside the caller's transaction.

    Whoever learns next, and was not yet at it, learns it too.
    """
    TopicModel.objects.update_or_create(topic_id=topic_id, defaults={"stale_since": now})


def relearn(*, now: datetime, limit: int = 3) -> Learned:
    """Learn up to ``limit`` topics of which editors have spoken since, then judge the last days.

    Learning takes no lock; what is said meanwhile leaves the topic to be learned once more, and so
    does a process that dies before the last of the stories is judged.
    """
    stale = TopicModel.objects.filter(stale_since__isnull=False).order_by("stale_since", "id")
    learned, judged = [], set[int]()
    for row in list(stale[:limit]):
        model = _learned(row.topic, now)
        with transaction.atomic():
            mine = TopicModel.objects.filter(pk=row.pk, version=row.version)
            fresh = mine.select_for_update(no_key=True).first()
            if fresh is None:  # another process was quicker
                continue
            fresh.version += 1
            fresh.body, fresh.decisions, fresh.learned_at = model.as_json(), model.decisions, now
            fresh.save(update_fields=["version", "body", "decisions", "learned_at"])
        learned.append(row)
        if model.has_a_say or TopicOpinion.objects.filter(topic=row.topic_id).exists():
            judged.update(_to_judge(row.topic_id, now))
    for start in range(0, len(judged), AT_ONCE):
        stories = sorted(judged)[start : start + AT_ONCE]
        prepared = prepare(stories)
        with transaction.atomic():
            weigh(stories, prepared)
    for row in learned:
        TopicModel.objects.filter(pk=row.pk, stale_since=row.stale_since).update(stale_since=None)
    return Learned(tuple(row.topic_id for row in learned), tuple(sorted(judged)))


def _to_judge(topic_id: int, now: datetime) -> set[int]:
    """The last days' stories, and older ones on which the topic's model has said something."""
    standing = Story.objects.filter(merged_into__isnull=True)
    recent = standing.filter(last_at__gte=now - JUDGED_ANEW).order_by("-last_at")
    spoken = TopicOpinion.objects.filter(topic_id=topic_id, story__merged_into__isnull=True)
    return {
        *recent.values_list("pk", flat=True)[: 2 * AT_ONCE],
        *spoken.order_by("-id").values_list("story_id", flat=True)[:AT_ONCE],
    }


def _learned(topic: Topic, now: datetime) -> Model:
    """The topic's model; nothing is read for one that would have no say."""
    decided = _decided(topic, now)
    if len(decided) < LEAST_DECISIONS:
        return Model(topic.slug, {}, {}, decisions=len(decided))
    return learn(topic.slug, _lessons(topic, decided, now))


def _decided(topic: Topic, now: datetime) -> dict[int, str]:
    """The editors' latest words by story, in the order in which they were given."""
    words = _filed(now).filter(topic=topic, by__in=(StoryTopic.By.PINNED, StoryTopic.By.BARRED))
    latest = list(words.order_by("-decided_at", "-id").values_list("story_id", "by"))
    return dict(reversed(latest[: MOST_LESSONS // 2]))


def _filed(now: datetime) -> QuerySet[StoryTopic]:
    recent = StoryTopic.objects.filter(story__last_at__gte=now - WITHIN)
    return recent.filter(story__merged_into__isnull=True)


def _lessons(topic: Topic, decided: Mapping[int, str], now: datetime) -> list[Lesson]:
    """What there is to learn from, editors' own words first."""
    filed = _filed(now)
    taken = filed.filter(topic=topic, by=StoryTopic.By.RULE, share__gte=THRESHOLD).order_by("-id")
    likely = list(taken.values_list("story_id", flat=True)[:BY_RULE])
    pins = filed.filter(by=StoryTopic.By.PINNED).exclude(story__topics__topic=topic).order_by("-id")
    elsewhere = list(pins.values_list("story_id", flat=True)[:ELSEWHERE_AT_MOST])
    free = Story.objects.filter(last_at__gte=now - LATELY, merged_into__isnull=True)
    # What waits for an answer counts for neither side: else a question would answer itself.
    asked = TopicOpinion.objects.filter(topic=topic, word=Say.ASK.value).values("story_id")
    free = free.exclude(topics__topic=topic).exclude(pk__in=elsewhere).exclude(pk__in=asked)
    free = free.order_by("-last_at", "pk")
    unfiled = list(free.values_list("pk", flat=True)[:UNFILED])
    ids = [*decided, *likely, *elsewhere, *unfiled]
    traits = beside_topics(traits_of(ids), shares(ids))

    def lessons(stories: list[int], belongs: bool, weight: float) -> list[Lesson]:
        return [
            Lesson(traits[story], belongs, decided=False, weight=weight, story=story)
            for story in dict.fromkeys(stories)
            if story in traits
        ]

    return [
        *(
            Lesson(traits[story], by == StoryTopic.By.PINNED)
            for story, by in decided.items()
            if story in traits
        ),
        *lessons(likely, True, LIKELY),
        *lessons(elsewhere, False, ELSEWHERE),
        *(assumed(traits[story], story) for story in unfiled if story in traits),
        *_rehearsed(topic.slug),
    ]


@lru_cache(maxsize=64)
def _rehearsed(slug: str) -> tuple[Lesson, ...]:
    """The sample's own examples of a topic that came with it; nothing for other topics."""
    found = examples()
    if not any(each.topic == slug for each in found):
        return ()
    return tuple(rehearsed(slug, found))
