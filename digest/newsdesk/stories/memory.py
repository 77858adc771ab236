"""The clusterer of this process, and how it comes back from the database.

Rows are the truth. A process keeps its clusterer between steps as long as nobody else has assigned
meanwhile; otherwise, and after any transaction that did not commit, it reads the last days anew.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, Max, Min, OuterRef, QuerySet
from django.db.models.functions import Left

from digest.intake.articles.models import Article
from digest.newsdesk.stories.clustering.cluster import Clusterer
from digest.newsdesk.stories.clustering.features import TEXT_LIMIT, Arrival, DocumentFrequencies
from digest.newsdesk.stories.clustering.links import EditorLinks
from digest.newsdesk.stories.clustering.setting import Setting
from digest.newsdesk.stories.models import Story, StoryArticle, StoryLink

_BLOCK = 64
_BEFORE = 5_000
"""Arrivals before the first that chance is judged by that are read for it, at most: one report
with a date of years ago must not bring back all that came since."""


@dataclass(slots=True)
class Memory:
    """A clusterer and the rows up to which it knows. ``fresh``: just read from the database.
    ``passed_over``: articles that no story is for."""

    clusterer: Clusterer
    stamp: tuple[int, int] | None
    links_seen: tuple[int, int | None]
    fresh: bool = True
    committed: bool = True
    passed_over: set[int] = field(default_factory=set)


_kept: dict[tuple[str, int], Memory] = {}


def take(shard: int) -> Memory:
    """The shard's memory, true to the rows; the caller holds the shard's lock.

    It counts as lost until the transaction commits: a rolled back step must leave no trace.
    """
    key = (str(connection.settings_dict["NAME"]), shard)
    memory = _kept.get(key)
    known = memory is not None and memory.committed and memory.clusterer.setting == _setting()
    if memory is None or not known or memory.stamp != _stamp(shard):
        memory = _kept[key] = _read(shard)
    else:
        memory.fresh = False
    memory.committed = False
    transaction.on_commit(lambda: _confirm(memory))
    return memory


def forget() -> None:
    """Drop what this process remembers, as a restart would."""
    _kept.clear()


def links_seen() -> tuple[int, int | None]:
    """What changes whenever an editor adds a link or takes one back."""
    newest = StoryLink.objects.aggregate(newest=Max("id"))["newest"]
    return StoryLink.objects.count(), newest


def links() -> EditorLinks:
    """All links of all editors."""
    rows = list(StoryLink.objects.values_list("kind", "article_id", "other_id"))
    return EditorLinks.of(
        [(one, other) for kind, one, other in rows if kind == StoryLink.Kind.MUST],
        [(one, other) for kind, one, other in rows if kind == StoryLink.Kind.CANNOT],
    )


def arrival(article: Article, text: str) -> Arrival:
    """An article as the clusterer sees it; ``text`` is the beginning of its text."""
    lead = article.summary
    if lead and not text.startswith(lead[:80]):
        text = f"{lead}\n{text}"
    at = article.published_at.timestamp()
    return Arrival(article.pk, at, article.title, text, article.language, article.source)


def _setting() -> Setting:
    return replace(Setting(), across_languages=settings.DIGEST_CROSS_LANGUAGES)


def _confirm(memory: Memory) -> None:
    memory.committed = True


def _stamp(shard: int) -> tuple[int, int] | None:
    latest = StoryArticle.objects.filter(shard=shard).order_by("-sequence")
    return latest.values_list("sequence", "article_id").first()


def _read(shard: int) -> Memory:
    setting = _setting()
    rows = StoryArticle.objects.filter(shard=shard)
    stamp = _stamp(shard)
    seen = links_seen()
    labels, known_links = _story_ids(), links()
    if stamp is None:
        return Memory(Clusterer(setting, labels=labels, links=known_links), None, seen)
    newest = rows.aggregate(newest=Max("article__published_at"))["newest"]
    horizon = newest - timedelta(seconds=setting.window)
    live = rows.filter(article__published_at__gte=horizon)
    first = live.aggregate(first=Min("sequence"))["first"]
    since = horizon
    learnt = _learnt(rows, stamp[0], setting)
    if learnt is not None:
        since = min(since, learnt[1] - timedelta(seconds=setting.window))
        before = rows.filter(sequence__gte=learnt[0] - _BEFORE, article__published_at__gte=since)
        first = min(first, before.aggregate(first=Min("sequence"))["first"])
    start = DocumentFrequencies.horizon(first, setting.generation)
    clusterer = Clusterer(setting, labels=labels, links=known_links, counted=start)
    for row in _words(rows.filter(sequence__gte=start)):
        clusterer.skip_to(row.sequence)
        if row.followed:
            continue
        if row.article.published_at < since:
            clusterer.recall(arrival(row.article, row.beginning))
        else:
            fixed = row.assigned_by == StoryArticle.By.EDITOR
            clusterer.restore(arrival(row.article, row.beginning), row.story_id, fixed=fixed)
        if clusterer.repair_due():
            clusterer.touched.clear()
    clusterer.skip_to(stamp[0] + 1)
    # What came in since the last repair is still to be looked at by the next.
    touched = set(clusterer.touched)
    clusterer.remeasure()
    clusterer.touched |= touched
    return Memory(clusterer, stamp, seen)


def _learnt(
    rows: QuerySet[StoryArticle], latest: int, setting: Setting
) -> tuple[int, datetime] | None:
    """The first arrival that chance is judged by, and the time of the oldest since.

    Chance is learnt from the last arrivals, each held against those live at the time. Where few
    come these go back for weeks; where many come, hardly further than the window.
    """
    first = setting.chance.horizon(latest + 1)
    oldest = rows.filter(sequence__gte=first).aggregate(oldest=Min("article__published_at"))
    return (first, oldest["oldest"]) if oldest["oldest"] else None


def _words(rows: QuerySet[StoryArticle]) -> Iterator[Any]:
    """The rows in sequence with the words of their articles, as much of them as is read.

    ``followed``: it went where the article it duplicates was, without a look at its words.
    """
    original = StoryArticle.objects.filter(
        article=OuterRef("article__duplicate_of"), sequence__lt=OuterRef("sequence")
    )
    return (
        rows.select_related("article")
        .defer("article__text")
        .annotate(followed=Exists(original), beginning=Left("article__text", TEXT_LIMIT))
        .order_by("sequence")
        .iterator(chunk_size=2_000)
    )


def _story_ids() -> Iterator[int]:
    """Fresh keys for stories, reserved in blocks; a gap after a rollback does no harm."""
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
                [Story._meta.db_table, _BLOCK],
            )
            block = [row[0] for row in cursor.fetchall()]
        yield from block
