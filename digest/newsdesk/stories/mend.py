"""Editors mend stories: merge two, split articles off, move articles. Their word is kept for ever.

What an editor placed is marked so, and no repair moves it again. Links between articles hold the
decision itself: must-links from the lead article to what was brought to it, cannot-links from what
was taken away to what stayed. Copies go with their original. A later decision replaces an earlier
one that it contradicts, between the articles concerned and no others. Stories that were published
keep their row and public id: an emptied one leads on to where it went. So it is with the names that
editors gave: the story that stays keeps its own, and takes over what only the other has.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from digest.kit import wake
from digest.kit.errors import ActionRefused
from digest.newsdesk.stories.models import Story, StoryArticle, StoryLink
from digest.newsdesk.stories.refresh import refresh
from digest.newsdesk.stories.rename import carry_names
from digest.newsdesk.stories.shard_lock import take_turn
from digest.staff.audit import record
from digest.staff.members import Member

MOST = 500
"""Articles that one decision may move."""

Kind = StoryLink.Kind


class MendRefused(ActionRefused, ValueError):
    """The stories cannot be mended like that; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Mended:
    """The story that has the articles now, and how many it was given."""

    story_id: int
    articles: int


@transaction.atomic
def merge(story_id: int, into_id: int, *, member: Member, now: datetime) -> Mended:
    """Make one story of two. ``into_id`` keeps its name; the other leads on to it for ever.

    Raises :class:`MendRefused` for a story with itself, and for one that was merged meanwhile.
    """
    take_turn()
    if story_id == into_id:
        raise MendRefused("That is the same story. Choose another one to merge it with.")
    going, staying = _members(story_id), _members(into_id)
    brought = _give(going, into_id)
    _mark([*going, *staying])
    _replace(
        Kind.MUST, [_lead(into_id, staying)], [_lead(story_id, going)], going, staying, member, now
    )
    carry_names({story_id: into_id})
    Story.objects.filter(Q(pk=story_id) | Q(merged_into=story_id)).update(merged_into=into_id)
    _say("merged", story_id, [story_id, into_id], now, member, into=into_id, articles=brought)
    return Mended(into_id, len(brought))


@transaction.atomic
def split(story_id: int, article_ids: Iterable[int], *, member: Member, now: datetime) -> Mended:
    """Put the chosen articles, and their copies, into a story of their own.

    Raises :class:`MendRefused` when nothing was chosen, or nothing would be left.
    """
    take_turn()
    chosen, rest = _chosen(story_id, article_ids)
    if not rest:
        raise MendRefused("Something must stay in the story. Choose fewer articles.")
    founder = min(chosen, key=lambda row: (row.article.published_at, row.article_id)).article
    story = Story.objects.create(
        headline=founder.title,
        language=founder.language,
        first_at=founder.published_at,
        last_at=founder.published_at,
    )
    brought = _give(chosen, story.pk)
    _mark(chosen)
    _replace(
        Kind.CANNOT, [_lead(story.pk, chosen)], [row.article_id for row in _originals(rest)],
        chosen, rest, member, now,
    )  # fmt: skip
    _say("split", story_id, [story_id, story.pk], now, member, new=story.pk, articles=brought)
    return Mended(story.pk, len(brought))


@transaction.atomic
def confirm(story_id: int, article_ids: Iterable[int], *, member: Member, now: datetime) -> Mended:
    """Say that the chosen articles, and their copies, are where they belong.

    They are linked to the story's lead, or if that is among them to another, and no repair moves
    them. Raises :class:`MendRefused` when nothing was chosen or nothing else is in the story.
    """
    take_turn()
    chosen, rest = _chosen(story_id, article_ids)
    if not rest:
        raise MendRefused("There is nothing else in the story that they could belong with.")
    _mark(chosen)
    anchor = _lead(story_id, rest)
    movers = [row.article_id for row in _originals(chosen)]
    _replace(Kind.MUST, [anchor], movers, chosen, rest, member, now)
    _say("confirmed", story_id, [story_id], now, member, articles=movers)
    return Mended(story_id, len(chosen))


@transaction.atomic
def move(
    story_id: int, article_ids: Iterable[int], to_id: int, *, member: Member, now: datetime
) -> Mended:
    """Put the chosen articles, and their copies, into another story.

    A story that nobody is left in leads on to the other. Raises :class:`MendRefused` when nothing
    was chosen, for the same story, and for one that was merged meanwhile.
    """
    take_turn()
    if story_id == to_id:
        raise MendRefused("They are in that story already. Choose another one.")
    chosen, rest = _chosen(story_id, article_ids)
    there = _members(to_id)
    brought = _give(chosen, to_id)
    lead = _lead(to_id, there)
    _mark([*chosen, *(row for row in there if row.article_id == lead)])
    movers = [row.article_id for row in _originals(chosen)]
    _replace(Kind.MUST, [lead], movers, chosen, there, member, now)
    if rest:
        stayers = [row.article_id for row in _originals(rest)]
        _replace(Kind.CANNOT, movers[:1], stayers, chosen, rest, member, now)
    else:
        carry_names({story_id: to_id})
        Story.objects.filter(Q(pk=story_id) | Q(merged_into=story_id)).update(merged_into=to_id)
    _say("moved articles", story_id, [story_id, to_id], now, member, to=to_id, articles=brought)
    return Mended(to_id, len(brought))


def _members(story_id: int) -> list[StoryArticle]:
    """The rows of a living story, locked in order of id, as everybody does who locks them."""
    if not Story.objects.filter(pk=story_id, merged_into=None).exists():
        raise MendRefused("That story was merged with another one meanwhile. Reload the page.")
    rows = StoryArticle.objects.select_for_update(no_key=True, of=("self",))
    found = list(rows.filter(story=story_id).select_related("article").order_by("id"))
    if not found:
        raise MendRefused("That story has no articles any more. Reload the page.")
    return found


def _chosen(
    story_id: int, article_ids: Iterable[int]
) -> tuple[list[StoryArticle], list[StoryArticle]]:
    """The chosen members with their copies, and the rest."""
    members = _members(story_id)
    wanted = set(article_ids)
    wanted |= {row.article_id for row in members if row.article.duplicate_of_id in wanted}
    chosen = [row for row in members if row.article_id in wanted]
    if not chosen:
        raise MendRefused("Choose the articles first: tick the boxes beside them.")
    if len(chosen) > MOST:
        raise MendRefused(f"That is {len(chosen)} articles; at most {MOST} go at once.")
    return chosen, [row for row in members if row.article_id not in wanted]


def _give(rows: Sequence[StoryArticle], story_id: int) -> list[int]:
    ids = [row.pk for row in rows]
    StoryArticle.objects.filter(pk__in=ids).update(story=story_id)
    return [row.article_id for row in rows]


def _mark(rows: Sequence[StoryArticle]) -> None:
    """Say that an editor placed these, and have them weighed against the topics again."""
    ids = [row.pk for row in rows]
    StoryArticle.objects.filter(pk__in=ids).update(
        assigned_by=StoryArticle.By.EDITOR, tagged_at=None
    )


def _originals(rows: Sequence[StoryArticle]) -> list[StoryArticle]:
    """Those that are no copies: copies follow, and the clusterer never sees them."""
    return [row for row in rows if row.article.duplicate_of_id is None] or list(rows[:1])


def _lead(story_id: int, rows: Sequence[StoryArticle]) -> int:
    """The article that stands for the story in links: its lead, or the earliest original."""
    originals = _originals(rows)
    lead = Story.objects.values_list("lead_article_id", flat=True).get(pk=story_id)
    if any(row.article_id == lead for row in originals):
        return int(lead or 0)
    return min(originals, key=lambda row: (row.article.published_at, row.article_id)).article_id


def _replace(
    kind: StoryLink.Kind,
    ones: Sequence[int],
    others: Sequence[int],
    here: Sequence[StoryArticle],
    there: Sequence[StoryArticle],
    member: Member,
    now: datetime,
) -> None:
    """Link each of ``ones`` with each of ``others``; opposite links between the sides are void."""
    left, right = [row.article_id for row in here], [row.article_id for row in there]
    across = Q(article__in=left, other__in=right) | Q(article__in=right, other__in=left)
    StoryLink.objects.filter(across).exclude(kind=kind).delete()
    pairs = {(min(one, other), max(one, other)) for one in ones for other in others if one != other}
    StoryLink.objects.bulk_create(
        [
            StoryLink(article_id=one, other_id=other, kind=kind, member=member, at=now)
            for one, other in sorted(pairs)
        ],
        ignore_conflicts=True,
    )


def _say(
    verb: str, story_id: int, changed: list[int], now: datetime, member: Member, **detail: Any
) -> None:
    """Bring both stories up to their members, write down who did it, wake who follows."""
    StoryArticle.objects.filter(story__in=changed).update(tagged_at=None)
    refresh(changed)
    record(verb, Story.objects.get(pk=story_id), now=now, member=member, **detail)
    wake.on_commit("assign")
    wake.on_commit("tag")
