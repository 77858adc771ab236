"""Everything the desk shows of one story: its members in order, with their copies folded."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.db.models import F, Func, JSONField, Q, TextField
from django.db.models.functions import Cast

from digest.newsdesk.stories.coverage import is_web
from digest.newsdesk.stories.models import Story, StoryArticle
from digest.newsdesk.stories.shown.timeline import timeline
from digest.newsdesk.stories.text.words import fold, primary, terms

SHOWN = 300
_NEAR = timedelta(days=4)
_MONTH = timedelta(days=31)
_LOOKED_AT = 400
_WORDS = 8
# The newsroom's own headlines without the languages that they stand under.
_NAMES = Cast(
    Func(
        F("names"),
        function="jsonb_path_query_array",
        template="%(function)s(%(expressions)s, '$.*')",
        output_field=JSONField(),
    ),
    TextField(),
)


@dataclass(frozen=True, slots=True)
class ToldReport:
    """One article on the story. ``url`` is empty unless it is a web link; ``copies`` repeat it."""

    article_id: int
    title: str
    url: str
    source: str
    agency: str
    language: str
    at: datetime
    is_lead: bool
    by_editor: bool
    withdrawn: bool
    copies: tuple["ToldReport", ...] = ()


@dataclass(frozen=True, slots=True)
class StoryPage:
    """``told`` in order of publication; ``left_out`` are those beyond the first three hundred."""

    story: Story
    told: tuple[ToldReport, ...]
    left_out: int
    sources: tuple[tuple[str, int], ...]
    series: tuple[int, ...]


def story_page(story: Story, q: str = "") -> StoryPage:
    """The story with its members; ``story`` must be one that was not merged.

    With ``q`` those alone that say all its words: in the title, the text or the source's name.
    """
    rows = StoryArticle.objects.filter(story=story).select_related("article").defer("article__text")
    for word in q.split()[:_WORDS]:
        rows = rows.filter(
            Q(article__title__icontains=word)
            | Q(article__summary__icontains=word)
            | Q(article__text__icontains=word)
            | Q(article__source__icontains=word)
        )
    total = rows.count()
    taken = list(rows.order_by("article__published_at", "article_id")[:SHOWN])
    flat = {row.article_id: _told(row, story.lead_article_id) for row in taken}
    copies: dict[int, list[ToldReport]] = {}
    for row in taken:
        original = row.article.duplicate_of_id
        if original in flat:
            copies.setdefault(original, []).append(flat[row.article_id])
    folded = {each.article_id for some in copies.values() for each in some}
    told = tuple(
        _with(each, copies.get(each.article_id, ()))
        for each in flat.values()
        if each.article_id not in folded
    )
    counted: dict[str, int] = {}
    for each in flat.values():
        counted[each.source] = counted.get(each.source, 0) + 1
    return StoryPage(
        story=story,
        told=told,
        left_out=total - len(taken),
        sources=tuple(counted.items()),
        series=timeline([each.at for each in flat.values()]),
    )


def near(story: Story, *, now: datetime, q: str = "", limit: int = 40) -> tuple[Story, ...]:
    """Stories of the last days that one might want to merge ``story`` with, the likest first.

    With ``q`` those of the last month whose headline has all its words, the latest first: the
    newsroom's own, in any language, or its reports'.
    """
    if words := q.split()[:_WORDS]:
        named = Story.objects.filter(
            merged_into=None, article_count__gt=0, last_at__gt=now - _MONTH
        ).exclude(pk=story.pk)
        named = named.annotate(own=_NAMES)
        for word in words:
            named = named.filter(
                Q(headline__icontains=word) | Q(reported__icontains=word) | Q(own__icontains=word)
            )
        return tuple(named.order_by("-last_at")[:limit])
    own = _terms(story)
    others = Story.objects.filter(
        merged_into=None, article_count__gt=0, last_at__gt=min(now, story.last_at) - _NEAR
    ).exclude(pk=story.pk)
    found = list(others.order_by("-last_at")[:_LOOKED_AT])
    found.sort(key=lambda each: -len(own & _terms(each)))
    return tuple(found[:limit])


def _terms(story: Story) -> frozenset[str]:
    return frozenset(
        terms(fold(f"{story.headline} {story.reported} {story.summary}"), primary(story.language))
    )


def _told(row: StoryArticle, lead: int | None) -> ToldReport:
    article = row.article
    return ToldReport(
        article_id=row.article_id,
        title=article.title,
        url=article.url if is_web(article.url) else "",
        source=article.source or (urlsplit(article.url).hostname or ""),
        agency=article.agency,
        language=article.language,
        at=article.published_at,
        is_lead=row.article_id == lead,
        by_editor=row.assigned_by == StoryArticle.By.EDITOR,
        withdrawn=article.withdrawn_at is not None,
    )


def _with(told: ToldReport, copies: Iterable[ToldReport]) -> ToldReport:
    return ToldReport(
        told.article_id, told.title, told.url, told.source, told.agency, told.language, told.at,
        told.is_lead, told.by_editor, told.withdrawn, tuple(copies),
    )  # fmt: skip
