"""The clusterer of this process, and how it comes back from the database.

Rows are the truth. A process keeps its clusterer between steps, and where somebody else has
assigned meanwhile it reads what that was. After a start, and after any transaction that did not
commit, it takes up what was last kept on disk and reads what came since; where nothing of use was
kept, it reads the last days anew.
"""

import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, Max, Min, OuterRef, QuerySet
from django.db.models.functions import Left

from digest.intake.articles.models import Article
from digest.newsdesk.stories import snapshot
from digest.newsdesk.stories.clustering.cluster import Clusterer
from digest.newsdesk.stories.clustering.features import TEXT_LIMIT, Arrival, DocumentFrequencies
from digest.newsdesk.stories.clustering.links import EditorLinks
from digest.newsdesk.stories.clustering.setting import Setting
from digest.newsdesk.stories.models import Story, StoryArticle, StoryLink

_BLOCK = 64
_BEFORE = 5_000
"""Arrivals before the first that chance is judged by that are read for it, at most: one report
with a date of years ago must not bring back all that came since."""
_KEPT_LEAST, _KEPT_SHARE = 1_000, 50
"""A snapshot is due after so many arrivals, and after one in so many of those that are live:
these are read again after a restart."""
_KEPT_PATIENCE = 20
"""And not before so many times as long as writing the last one took."""


@dataclass(slots=True)
class Memory:
    """A clusterer and the rows up to which it knows. ``fresh``: just read from the database.
    ``passed_over``: articles that no story is for. ``kept``: the arrivals at the last snapshot, and
    ``next_kept`` the moment before which no other is written."""

    clusterer: Clusterer
    stamp: tuple[int, int] | None
    links_seen: tuple[int, int | None]
    fresh: bool = True
    committed: bool = True
    passed_over: set[int] = field(default_factory=set)
    kept: int = 0
    next_kept: float = 0.0


_kept: dict[tuple[str, int], Memory] = {}


def take(shard: int) -> Memory:
    """The shard's memory, true to the rows; the caller holds the shard's lock.

    It counts as lost until the transaction commits: a rolled back step must leave no trace.
    """
    key = (str(connection.settings_dict["NAME"]), shard)
    memory = _kept.get(key)
    if memory is not None and memory.committed and memory.clusterer.setting == _setting():
        memory.fresh = memory.committed = False
        if memory.stamp != _stamp(shard) and not _catch_up(memory, shard):
            memory = None
    else:
        memory = None
    if memory is None:
        memory = _kept[key] = _taken_up(shard) or _read(shard)
    memory.committed = False
    transaction.on_commit(lambda: _confirm(memory, shard))
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


def _confirm(memory: Memory, shard: int) -> None:
    memory.committed = True
    clusterer, began = memory.clusterer, time.monotonic()
    since = clusterer.counted - memory.kept
    due = since >= max(_KEPT_LEAST, clusterer.live // _KEPT_SHARE)
    if memory.stamp is None or clusterer.live < snapshot.LEAST_LIVE or not due:
        return
    mark = _mark(shard, memory.stamp)
    if began >= memory.next_kept and mark:
        snapshot.write(_path(shard), clusterer, mark)
        memory.kept = clusterer.counted
        memory.next_kept = began + _KEPT_PATIENCE * (time.monotonic() - began)


def _path(shard: int) -> Path:
    """Where the shard's clusterer is kept, apart for each database."""
    name = hashlib.sha256(str(connection.settings_dict["NAME"]).encode()).hexdigest()[:12]
    return Path(settings.DIGEST_HOME) / "stories" / f"{name}-{shard}"


def _taken_up(shard: int) -> Memory | None:
    """The memory that was kept on disk, brought up to the rows; None where it is of no use."""
    path = _path(shard)
    mark = snapshot.mark_of(path)
    if mark is None or mark != _mark(shard, (mark[0], mark[1])):
        return None
    clusterer = snapshot.read(path)
    if clusterer is None or clusterer.setting != _setting():
        return None
    seen = links_seen()
    clusterer.labels, clusterer.links = _story_ids(), links()
    memory = Memory(clusterer, (mark[0], mark[1]), seen, kept=clusterer.counted)
    return memory if _catch_up(memory, shard) else None


def _mark(shard: int, stamp: tuple[int, int]) -> snapshot.LastRow | None:
    """What no other row of this or any database has; None where the row is gone."""
    rows = StoryArticle.objects.filter(shard=shard, sequence=stamp[0], article_id=stamp[1])
    at = rows.values_list("assigned_at", flat=True).first()
    return snapshot.LastRow(*stamp, at.isoformat()) if at else None


def _catch_up(memory: Memory, shard: int) -> bool:
    """Bring the clusterer up to what was assigned, mended and moved since; whether that can be."""
    stamp, before = _stamp(shard), memory.stamp
    if stamp is None or before is None or _mark(shard, before) is None:
        return False
    clusterer = memory.clusterer
    if stamp[0] - before[0] > max(_KEPT_LEAST, clusterer.live):
        return False
    rows = StoryArticle.objects.filter(shard=shard)
    oldest = datetime.fromtimestamp(clusterer.clock - clusterer.setting.window, UTC)
    standing = rows.filter(article__published_at__gte=oldest, sequence__lte=before[0])
    changed = set()
    told = standing.order_by("sequence").values_list("article_id", "story_id", "assigned_by")
    for article, story, by in told.iterator(20_000):
        if (known := clusterer.story_of.get(article, story)) != story:
            changed |= {known, story}
        clusterer.relabel(article, story, fixed=by == StoryArticle.By.EDITOR)
    for row in _words(rows.filter(sequence__gt=before[0])):
        clusterer.skip_to(row.sequence)
        if not row.followed:
            _restore(clusterer, row)
            changed.add(row.story_id)
            if clusterer.repair_due():
                clusterer.pass_repair()
    clusterer.skip_to(stamp[0] + 1)
    for story in changed & clusterer.stories.keys():
        clusterer.measure(clusterer.stories[story])
    memory.stamp = stamp
    return True


def _restore(clusterer: Clusterer, row: Any) -> None:
    fixed = row.assigned_by == StoryArticle.By.EDITOR
    clusterer.restore(arrival(row.article, row.beginning), row.story_id, fixed=fixed)


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
            _restore(clusterer, row)
        if clusterer.repair_due():
            clusterer.pass_repair()
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
