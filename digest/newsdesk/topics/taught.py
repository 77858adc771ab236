"""What the topics' models say of stories: asked whenever a story's topics are weighed."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from digest.kit.observe import log
from digest.newsdesk.topics.models import StoryTopic, TopicModel, TopicOpinion
from digest.newsdesk.topics.reading import beside_topics, traits_of
from digest.newsdesk.topics.teaching.features import Traits
from digest.newsdesk.topics.teaching.model import (
    LEAST_DECISIONS,
    Model,
    Opinion,
    Say,
)
from digest.newsdesk.topics.teaching.panel import Panel

Pair = tuple[int, int]

Version = tuple[int, datetime | None]

_kept: dict[int, tuple[Version, Model]] = {}
"""Models of this process by topic, each with its version and when it was learned."""
_panel: Panel[int] = Panel({})


def models() -> dict[int, Model]:
    """The models that have a say, by topic; read anew where there is a newer version."""
    rows = TopicModel.objects.filter(decisions__gte=LEAST_DECISIONS)
    versions = {
        topic: (version, learned_at)
        for topic, version, learned_at in rows.values_list("topic_id", "version", "learned_at")
    }
    stale = [topic for topic, is_now in versions.items() if _version(topic) != is_now]
    for row in TopicModel.objects.filter(topic_id__in=stale):
        try:
            model = Model.from_json(row.body)
        except (KeyError, TypeError, ValueError):
            # As another release wrote it; the next word of an editor has it learned anew.
            log.warning("topic model cannot be read", topic=row.topic_id, version=row.version)
            model = Model("", {}, {})
        _kept[row.topic_id] = ((row.version, row.learned_at), model)
    for gone in _kept.keys() - versions.keys():
        del _kept[gone]
    known = {topic: _kept[topic][1] for topic in versions if topic in _kept}
    return {topic: model for topic, model in known.items() if model.has_a_say}


def panel() -> Panel[int]:
    """All models that have a say, put together; anew when one of them is."""
    global _panel
    found = models()
    if _panel.models.keys() != found.keys() or any(
        _panel.models[topic] is not model for topic, model in found.items()
    ):
        _panel = Panel(found)
    return _panel


def _version(topic: int) -> Version | None:
    return _kept[topic][0] if topic in _kept else None


def prepare(story_ids: Collection[int]) -> dict[int, Traits]:
    """What the models will be asked with, read before any story is locked; empty without models.

    A story that changes between is weighed again: what joined it is not tagged yet.
    """
    return traits_of(story_ids) if story_ids and panel().models else {}


def opinions(
    story_ids: Sequence[int], found: Mapping[Pair, float], prepared: Mapping[int, Traits]
) -> dict[Pair, Opinion]:
    """By (story, topic), what the models say. Nothing of what an editor has decided himself.

    A story that is not ``prepared``, as one that was merged into another meanwhile, is read now.
    """
    asked = panel()
    if not asked.models:
        return {}
    missing = [story for story in story_ids if story not in prepared]
    known = {story: prepared[story] for story in story_ids if story in prepared}
    if missing:
        known |= traits_of(missing)
    decided = StoryTopic.objects.filter(story_id__in=story_ids)
    by_editor = decided.filter(by__in=(StoryTopic.By.PINNED, StoryTopic.By.BARRED))
    closed = set(by_editor.values_list("story_id", "topic_id"))
    return {
        (story, topic): opinion
        for story, traits in beside_topics(known, found).items()
        for topic, opinion in asked.judge(traits, story).items()
        if (story, topic) not in closed
    }


def keep(story_ids: Sequence[int], said: Mapping[Pair, Opinion], by_rule: Collection[Pair]) -> None:
    """Store what the models said where it differs from the query, or asks; forget the rest."""
    if not said and not TopicOpinion.objects.filter(story_id__in=story_ids).exists():
        return
    telling = {
        pair: opinion
        for pair, opinion in said.items()
        if opinion.word == Say.ASK or (opinion.word == Say.ACCEPT) != (pair in by_rule)
    }
    versions = {topic: version for topic, ((version, _), _) in _kept.items()}
    TopicOpinion.objects.bulk_create(
        [
            TopicOpinion(
                story_id=story,
                topic_id=topic,
                word=opinion.word.value,
                probability=opinion.probability,
                because=list(opinion.because),
                like=opinion.like,
                version=versions.get(topic, 0),
            )
            for (story, topic), opinion in sorted(telling.items())
        ],
        update_conflicts=True,
        unique_fields=["story", "topic"],
        update_fields=["word", "probability", "because", "like", "version"],
    )
    standing = TopicOpinion.objects.filter(story_id__in=story_ids)
    gone = [
        row
        for row, story, topic in standing.values_list("id", "story_id", "topic_id")
        if (story, topic) not in telling
    ]
    TopicOpinion.objects.filter(id__in=gone).delete()
