"""Join stories that report one event in two languages, where the newsroom wishes it."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from digest.kit import wake
from digest.newsdesk.stories.embeddings import Embeddings
from digest.newsdesk.stories.languages.crossing import (
    ALIKE,
    ComparedStory,
    Crossing,
    crossings,
    near,
)
from digest.newsdesk.stories.languages.embedder import Vector
from digest.newsdesk.stories.models import Story, StoryArticle, StoryLink
from digest.newsdesk.stories.shard_lock import take_turn

_LOOKED_AT = 3_000
_LINKED = 60
_ASKED = 1_000
"""Texts whose vectors are asked for at once; those of pairs that share most come first."""
_SPAN = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Crossed:
    """The pairs that were found to be one, with what they share; the earlier story first."""

    pairs: tuple[Crossing, ...] = ()


def cross(
    story_ids: Collection[int],
    *,
    now: datetime,
    names: Iterable[Sequence[str]] = (),
    embeddings: Embeddings | None = None,
    alike: float = ALIKE,
) -> Crossed:
    """Link the given stories with others of the last days that tell the same in another language.

    ``names``: sets of names of one thing. ``embeddings``, where there are any, are asked about
    stories that share something, before the transaction; texts whose cosine is at least ``alike``
    are alike. The links bear no member's name, and the next ``assign`` follows them as it does an
    editor's; an editor who parts the stories replaces them, and they do not come back. Wakes
    "assign".
    """
    touched, sets = set(story_ids), tuple(names)
    vectors = _vectors(touched, sets, embeddings) if embeddings else {}
    with transaction.atomic():
        take_turn()
        found = [
            pair
            for pair in crossings(_recent(touched), sets, vectors=vectors, alike=alike)
            if touched & {pair.one, pair.other} and _link(pair, now)
        ]
        if found:
            wake.on_commit("assign")
    return Crossed(tuple(found))


def _vectors(
    touched: set[int], names: Iterable[Sequence[str]], embeddings: Embeddings
) -> dict[str, Vector]:
    texts = dict.fromkeys(
        each.text
        for pair in near(_recent(touched), names)
        if touched & {pair.one.story, pair.other.story}
        for each in (pair.one, pair.other)
    )
    return embeddings.of(list(texts)[:_ASKED])


def _recent(touched: set[int]) -> list[ComparedStory]:
    standing = Story.objects.filter(merged_into=None, article_count__gt=0)
    latest = standing.filter(id__in=touched).order_by("-last_at").values_list("last_at", flat=True)
    newest = latest.first()
    if newest is None:
        return []
    rows = standing.filter(last_at__gt=newest - _SPAN).order_by("-last_at", "-id")
    columns = ("id", "first_at", "language", "headline", "summary")
    return [
        ComparedStory(story, first.timestamp(), language, f"{headline}. {summary}")
        for story, first, language, headline, summary in rows.values_list(*columns)[:_LOOKED_AT]
    ]


def _link(pair: Crossing, now: datetime) -> bool:
    """Link the members of both to the first of the earlier; False where an editor parted them."""
    here, there = _members(pair.one), _members(pair.other)
    across = Q(article__in=here, other__in=there) | Q(article__in=there, other__in=here)
    if not here or StoryLink.objects.filter(across, kind=StoryLink.Kind.CANNOT).exists():
        return False
    first = here[0]
    StoryLink.objects.bulk_create(
        [
            StoryLink(
                article_id=min(first, each), other_id=max(first, each),
                kind=StoryLink.Kind.MUST, at=now,
            )
            for each in [*here[1:], *there]
        ],
        ignore_conflicts=True,
    )  # fmt: skip
    return True


def _members(story_id: int) -> list[int]:
    rows = StoryArticle.objects.filter(story=story_id).order_by("article__published_at", "article")
    return list(rows.values_list("article_id", flat=True)[:_LINKED])
