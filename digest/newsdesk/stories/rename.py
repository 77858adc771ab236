"""Editors give a story words of the newsroom's own, one headline a language, and take them back."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from digest.kit.errors import ActionRefused
from digest.newsdesk.stories.models import Story, StoryArticle
from digest.newsdesk.stories.moved import members
from digest.newsdesk.stories.refresh import refresh
from digest.newsdesk.stories.shard_lock import take_turn
from digest.newsdesk.stories.shown.lead import StoryMember, face
from digest.newsdesk.stories.shown.own_words import (
    NAME_LIMIT,
    joined_names,
    plain_name,
    settle_name,
)
from digest.newsdesk.stories.text.words import primary
from digest.staff.audit import record
from digest.staff.members import Member


class RenameRefused(ActionRefused, ValueError):
    """The story cannot be named like that; the text says what to do."""


class NameClash(RenameRefused):
    """Another editor named the story meanwhile."""


@dataclass(frozen=True, slots=True)
class NamedIn:
    """A story in one language: the newsroom's ``own`` headline, if any, and what reports say."""

    language: str
    own: str
    reported: str

    @property
    def stands(self) -> str:
        """What it shows."""
        return self.own or self.reported


def named(story: Story) -> tuple[NamedIn, ...]:
    """A story's headlines: in its own language first, then in the others that it is told in."""
    first = primary(story.language)
    rows = StoryArticle.objects.filter(story=story, article__withdrawn_at=None, is_muted=False)
    spoken = {primary(each) for each in rows.values_list("article__language", flat=True).distinct()}
    further = sorted((spoken | story.names.keys()) - {first, ""})
    told: dict[str, list[StoryMember]] = defaultdict(list)
    for each in members([story.pk], languages=further).get(story.pk, []) if further else []:
        told[primary(each.language)].append(each)
    reported = {tongue: face(some, language=tongue).headline for tongue, some in told.items()}
    reported[first] = story.reported or story.headline
    return tuple(
        NamedIn(tongue, story.names.get(tongue, ""), reported.get(tongue, ""))
        for tongue in (first, *further)
    )


@transaction.atomic
def rename(
    story_id: int, language: str, words: str, base: str, *, member: Member, now: datetime
) -> bool:
    """Have a story show ``words`` in ``language``, over the ``base`` that the editor saw there.

    No words, or the reports' own, take the name back. False when that changes nothing. Raises
    :class:`NameClash` where another editor was quicker, and :class:`RenameRefused` for words that
    are too long, a language that the story is not told in, and one that was merged meanwhile.
    """
    take_turn()
    # Members before their story, in order of id, as everybody does who locks both.
    rows = StoryArticle.objects.select_for_update(no_key=True).filter(story=story_id)
    list(rows.order_by("id").values_list("id"))
    story = Story.objects.select_for_update(no_key=True, of=("self",)).get(pk=story_id)
    if story.merged_into_id is not None:
        raise RenameRefused(
            "That story was merged with this one meanwhile. Your words are kept below."
        )
    tongue = primary(language)
    stands = next((each for each in named(story) if each.language == tongue), None)
    if stands is None:
        raise RenameRefused("No report tells the story in that language.")
    if len(plain_name(words)) > NAME_LIMIT:
        raise RenameRefused(
            f"The headline has {len(plain_name(words))} characters; {NAME_LIMIT} fit. Shorten it."
        )
    settled = settle_name(words, base, own=stands.own, reported=stands.reported)
    if settled.clashes:
        raise NameClash(
            "Another editor renamed the story meanwhile. Both headlines are shown below: save "
            "yours over the other, or take it."
        )
    if settled.words == stands.own:
        return False
    _keep(story, {**story.names, tongue: settled.words})
    refresh([story_id])
    after = settled.words or stands.reported
    record(
        "renamed" if settled.words else "took back the name of", story, now=now, member=member,
        language=tongue, before={"headline": stands.stands}, after={"headline": after},
    )  # fmt: skip
    return True


def carry_names(going: Mapping[int, int]) -> set[int]:
    """Give each story the names that it lacks of those that go into it; those it changed.

    ``going``: the story that takes in each, by the id of the one that goes. The caller is in a
    transaction, has the turn, and brings the stories up to their names afterwards.
    """
    rows = Story.objects.filter(pk__in=going).exclude(names={})
    changed: set[int] = set()
    for gone in rows.order_by("id"):
        kept = Story.objects.get(pk=going[gone.pk])
        names = joined_names(kept.names, gone.names)
        if names != kept.names:
            _keep(kept, names)
            changed.add(kept.pk)
    return changed


def _keep(story: Story, names: Mapping[str, str]) -> None:
    story.names = {tongue: words for tongue, words in names.items() if words}
    story.save(update_fields=["names"])
