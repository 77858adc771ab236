"""Join stories that report one event in two languages, where the newsroom wishes it."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Coalesce, NullIf

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
from digest.newsdesk.stories.languages.margins import LEAST
from digest.newsdesk.stories.models import Story, StoryArticle, StoryLink
from digest.newsdesk.stories.shard_lock import take_turn
from digest.newsdesk.stories.text.words import primary

_LOOKED_AT = 3_000
_LINKED = 60
_ASKED = 3_000
"""Texts whose vectors are asked for at once; those of pairs that share most come first."""
_TOLD_BY_WITHIN = 3.0
"""Seconds of a step in which texts that share nothing are asked about: those wait for nobody."""
_SPAN = timedelta(days=2)
_STRANGERS = 600
_STRANGERS_SPAN = timedelta(days=14)
# What reports say, not what the newsroom calls it: a name joins no stories and parts none.
_SAID = Coalesce(NullIf("reported", Value("")), "headline")
_COLUMNS = ("id", "merged_into", "first_at", "language", _SAID, "summary")


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
    stories that share something, and where there are strangers to tell by about all, before the
    transaction; texts whose cosine is at least ``alike`` are alike, unless strangers say more.
    The links bear no member's name, and the next ``assign`` follows them as it does an editor's; an
    editor who parts the stories replaces them, and they do not come back. Wakes "assign".
    """
    touched, sets = set(story_ids), tuple(names)
    strangers = _strangers(touched) if embeddings else []
    vectors = _vectors(touched, sets, strangers, embeddings) if embeddings else {}
    alike = embeddings.alike(alike) if embeddings else alike
    with transaction.atomic():
        take_turn()
        found = [
            pair
            for pair in crossings(
                _recent(touched),
                sets,
                vectors=vectors,
                alike=alike,
                about=touched,
                strangers=strangers,
            )
            if touched & {pair.one, pair.other} and _link(pair, now)
        ]
        if found:
            wake.on_commit("assign")
    return Crossed(tuple(found))


def _vectors(
    touched: set[int],
    names: Iterable[Sequence[str]],
    strangers: Sequence[ComparedStory],
    embeddings: Embeddings,
) -> dict[str, Vector]:
    stories = _recent(touched)
    texts = dict.fromkeys(
        each.text
        for pair in near(stories, names)
        if touched & {pair.one.story, pair.other.story}
        for each in (pair.one, pair.other)
    )
    found = embeddings.of(list(texts)[:_ASKED])
    languages = Counter(primary(each.language) for each in (*stories, *strangers))
    if sum(count > LEAST for count in languages.values()) > 1:
        # What is asked about, then what it is told by, the latest first: as many as there is time
        # for, and more with each step.
        further = dict.fromkeys(each.text for each in stories if each.story in touched)
        further |= dict.fromkeys(each.text for each in (*stories, *strangers))
        found |= embeddings.of(list(further)[:_ASKED], within=_TOLD_BY_WITHIN)
    return found


def _recent(touched: set[int]) -> list[ComparedStory]:
    newest = _newest(touched)
    if newest is None:
        return []
    rows = _standing().filter(last_at__gt=newest - _SPAN).order_by("-last_at", "-id")
    listed = list(rows.values_list(*_COLUMNS)[:_LOOKED_AT])
    told_in = _languages([story for story, *_ in listed])
    return [_compared(story, rest, told_in[story]) for story, _, *rest in listed]


def _languages(story_ids: Sequence[int]) -> dict[int, set[str]]:
    """The languages of each story's reports."""
    found: dict[int, set[str]] = defaultdict(set)
    rows = StoryArticle.objects.filter(story__in=story_ids, article__withdrawn_at=None)
    for story, language in rows.values_list("story", "article__language").distinct():
        found[story].add(primary(language))
    return found


def _strangers(touched: set[int]) -> list[ComparedStory]:
    """Older stories, and those that went into others: these keep the words they had."""
    newest = _newest(touched)
    if newest is None:
        return []
    old, gone = Q(last_at__lte=newest - _SPAN), Q(merged_into__isnull=False)
    rows = Story.objects.filter(old | gone, last_at__gt=newest - _STRANGERS_SPAN)
    listed = rows.exclude(headline="").order_by("-last_at", "-id").values_list(*_COLUMNS)
    return [_compared(into or story, rest) for story, into, *rest in listed[:_STRANGERS]]


def _standing() -> QuerySet[Story]:
    return Story.objects.filter(merged_into=None, article_count__gt=0)


def _newest(touched: set[int]) -> datetime | None:
    latest = _standing().filter(id__in=touched).order_by("-last_at")
    return latest.values_list("last_at", flat=True).first()


def _compared(story: int, row: Iterable[Any], told_in: Collection[str] = ()) -> ComparedStory:
    first, language, headline, summary = row
    text = f"{headline}. {summary}"
    return ComparedStory(story, first.timestamp(), language, text, frozenset(told_in))


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
