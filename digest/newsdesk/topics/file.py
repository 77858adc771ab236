"""An editor's word on a story and a topic: pinned, barred, or left to the rule again."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from digest.kit import wake
from digest.newsdesk.stories.models import Story
from digest.newsdesk.topics.models import StoryTopic, Topic
from digest.newsdesk.topics.tag import weigh
from digest.newsdesk.topics.taught import prepare
from digest.newsdesk.topics.teach import mark_stale
from digest.staff.audit import record
from digest.staff.members import Member

PINNED, BARRED, RULE = StoryTopic.By.PINNED, StoryTopic.By.BARRED, StoryTopic.By.RULE


@dataclass(frozen=True, slots=True)
class Filed:
    """Where the story stands with the topic now: pinned, barred, rule, or empty for not at all.

    ``changed`` is false when the word was given already.
    """

    by: str
    changed: bool


def file(
    story_id: int, topic_id: int, by: str, *, now: datetime, member: Member | None = None
) -> Filed:
    """Pin the story to the topic, bar it, or (``rule``) leave it to its articles again.

    A pin or bar stays for ever, through merges of the story, until an editor says otherwise.
    Raises Story.DoesNotExist, Topic.DoesNotExist, and ValueError for another word.
    """
    if by not in (PINNED, BARRED, RULE):
        raise ValueError(f"{by!r} is no verdict. Use pinned, barred or rule.")
    prepared = prepare([_heir(story_id)])
    with transaction.atomic():
        story = _standing(story_id)
        topic = Topic.objects.get(pk=topic_id)
        row = StoryTopic.objects.filter(story=story, topic=topic).first()
        before = row.by if row else ""
        if by == (before or RULE):
            return Filed(before, changed=False)
        if by == RULE:
            assert row is not None
            row.by, row.member, row.decided_at = RULE, None, None
            row.save(update_fields=["by", "member", "decided_at"])
        else:
            StoryTopic.objects.update_or_create(
                story=story,
                topic=topic,
                defaults={"by": by, "member": member, "decided_at": now},
            )
        mark_stale(topic.pk, now=now)
        wake.on_commit("tag")
        weigh([story.pk], prepared)
        verb = {PINNED: "pin to topic", BARRED: "bar from topic", RULE: "leave to the rule"}
        record(
            verb[StoryTopic.By(by)], story, now=now, member=member, topic=topic.slug, before=before
        )
        left = StoryTopic.objects.filter(story=story, topic=topic).first()
    return Filed(left.by if left else "", changed=True)


def _heir(story_id: int) -> int:
    """The story, or the one it was merged into."""
    while (into := Story.objects.values_list("merged_into_id", flat=True).get(pk=story_id)) is not (
        None
    ):
        story_id = into
    return story_id


def _standing(story_id: int) -> Story:
    """The same, locked; one row only, so nobody waits crosswise."""
    while True:
        story = Story.objects.select_for_update(no_key=True).get(pk=_heir(story_id))
        if story.merged_into_id is None:
            return story
