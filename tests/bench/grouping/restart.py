"""How long a process that starts takes until it knows the live articles' stories again."""

import hashlib
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from digest.newsdesk.stories.clustering.cluster import Clusterer
from digest.newsdesk.stories.clustering.features import Arrival
from tests.bench.stories import Newswire, compile_first

_ORIGIN = datetime(2026, 1, 1, tzinfo=UTC)
_BATCH = 2_000


def restart(articles: int, per_day: int, from_rows: bool) -> dict[str, float]:
    """The seconds, with so many articles stored; also from the rows alone."""
    from tests.scenes import servers

    valkey = servers.prepare()
    from django.db import transaction

    from digest.newsdesk.stories import memory

    compile_first()
    clusterer = Clusterer()
    since = max(memory._KEPT_LEAST, articles // memory._KEPT_SHARE)
    moved: dict[int, int] = {}
    kept_s = 0.0
    wire = (replace(each, at=each.at + _ORIGIN.timestamp()) for each in Newswire(per_day))
    for rows in _batches(islice(wire, articles)):
        first, placed = clusterer.counted, []
        for arrival in rows:
            placed.append(clusterer.arrive(arrival).story)
            if clusterer.repair_due():
                moved |= {each.article: each.after for each in clusterer.repair()}
        _store(rows, placed, first)
        if clusterer.counted % 20_000 == 0:
            print(clusterer.counted, clusterer.live, file=sys.stderr)
        if not kept_s and clusterer.counted >= articles - since:
            began = time.perf_counter()
            _keep(clusterer)
            kept_s = round(time.perf_counter() - began, 1)
    _move(moved)
    before, live = dict(clusterer.story_of), clusterer.live
    del clusterer
    path = memory._path(0)
    found: dict[str, float] = {
        "restart_live": live,
        "kept_s": kept_s,
        "kept_mb": path.stat().st_size >> 20,
    }
    for name in ("restart_s", "restart_from_rows_s")[: 1 + from_rows]:
        memory.forget()
        began, busy = time.perf_counter(), time.process_time()
        with transaction.atomic():
            taken = memory.take(0).clusterer
            found[name] = round(time.perf_counter() - began, 1)
            transaction.set_rollback(True)
        found[name.replace("_s", "_cpu_s")] = round(time.process_time() - busy, 1)
        assert taken.story_of == before
        del taken
        path.unlink(missing_ok=True)
    valkey.stop()
    return found


def _batches(stream: Iterator[Arrival]) -> Iterator[list[Arrival]]:
    while batch := list(islice(stream, _BATCH)):
        yield batch


def _store(arrivals: list[Arrival], labels: list[int], first: int) -> None:
    """The rows that the live step would have written."""
    from digest.models import Article, StoryArticle

    articles, members = [], []
    for at, (each, label) in enumerate(zip(arrivals, labels, strict=True)):
        moment = datetime.fromtimestamp(each.at, UTC)
        digest = hashlib.sha256(str(each.id).encode()).digest()
        words: dict[str, Any] = {"title": each.title, "text": each.text, "language": "en"}
        times = dict.fromkeys(("published_at", "first_seen_at", "updated_at"), moment)
        url = f"https://outlet.example/{each.id}"
        hashes = {"url_hash": digest, "content_hash": digest}
        articles.append(
            Article(
                id=each.id, url=url, source=f"Outlet {each.id % 97}", **words, **times, **hashes
            )
        )
        members.append(
            StoryArticle(
                article_id=each.id,
                story_id=label,
                first_story_id=label,
                sequence=first + at,
                assigned_at=moment,
            )
        )
    Article.objects.bulk_create(articles)
    _found(labels)
    StoryArticle.objects.bulk_create(members)


def _found(labels: list[int]) -> None:
    from digest.models import Story

    Story.objects.bulk_create(
        [
            Story(id=label, headline="", first_at=_ORIGIN, last_at=_ORIGIN)
            for label in sorted(set(labels))
        ],
        ignore_conflicts=True,
    )


def _move(moved: dict[int, int]) -> None:
    from digest.newsdesk.stories.assign import _MOVE, _pairwise

    _found(list(moved.values()))
    _pairwise(_MOVE, moved)


def _keep(clusterer: Clusterer) -> None:
    """Write the snapshot that the live step would have written now."""
    from digest.models import StoryArticle
    from digest.newsdesk.stories import memory, snapshot

    row = StoryArticle.objects.order_by("-sequence").values_list("sequence", "article_id")[0]
    mark = memory._mark(0, row)
    assert mark is not None and snapshot.write(memory._path(0), clusterer, mark)
