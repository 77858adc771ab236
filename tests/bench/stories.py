"""How fast articles find their stories, and whether that stays so as the window fills.

``python -m tests.bench.stories --articles 1000000 --per-day 50000 --json`` runs a generated stream
through the pure core, features and repair included, and a shorter one through the step ``assign``
with its rows. Times are CPU times of this process, so that others on the machine do not count;
generating the words is left out. ``--warm N`` lets so many articles pass before the clock starts.

``--restart 300000`` stores so many live articles with their stories, and times how a process that
starts gets its memory back: ``restart_s`` from what was last kept on disk and the rows since, as
many as there ever are between two snapshots, and with ``--rows`` from the rows alone,
``restart_from_rows_s``; also how long keeping takes, and how large it is.
"""

import argparse
import json
import resource
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

from digest.newsdesk.stories.clustering.cluster import Clusterer
from digest.newsdesk.stories.clustering.evaluate import warm as compile_first
from digest.newsdesk.stories.clustering.features import Arrival

VOCABULARY = 60_000
OUTLETS = 97
_SYLLABLES = [
    onset + vowel + coda
    for onset in (
        "b",
        "ch",
        "d",
        "f",
        "g",
        "k",
        "l",
        "m",
        "n",
        "p",
        "r",
        "s",
        "sh",
        "st",
        "t",
        "tr",
        "v",
    )
    for vowel in "aeiou"
    for coda in ("", "l", "n", "r", "s")
]


@dataclass(frozen=True, slots=True)
class _Event:
    """The words that only its reports share, the commonest first."""

    words: list[str]


class Newswire:
    """An endless stream: Zipf's words, stories of every size whose reports come over hours.

    Half the stories have one report, few have hundreds. A report has a headline of about nine words
    and a text of 10 to 220, 60 at the median; a third of its words belong to its story, and new
    names keep appearing.
    """

    def __init__(self, per_day: int, seed: int = 1) -> None:
        self._random = np.random.default_rng(seed)
        self._per_day = per_day
        self._words = [self._word(rank) for rank in range(VOCABULARY)]
        weights = 1.0 / (np.arange(VOCABULARY) + 3.0) ** 1.05
        self._edges = np.cumsum(weights / weights.sum())
        self._named = 0

    def __iter__(self) -> Iterator[Arrival]:
        number = 0
        coming: list[tuple[float, int, _Event]] = []
        born = 0
        day = 0
        while True:
            while born < (day + 1) * self._per_day:
                size = min(400, int(1 + self._random.pareto(1.15)))
                born += size
                event = self._event()
                at = day + self._random.random()
                for later in np.append(0.0, self._random.exponential(0.4, size - 1)).tolist():
                    coming.append((at + later, len(coming), event))
            day += 1
            coming.sort(key=lambda each: each[:2])
            now = [each for each in coming if each[0] < day]
            coming = coming[len(now) :]
            for at, _, event in now:
                number += 1
                yield self._report(number, at * 86_400.0, event)

    def _word(self, rank: int) -> str:
        length = 1 + rank % 3 + (rank > 200)
        return "".join(
            _SYLLABLES[each] for each in self._random.integers(0, len(_SYLLABLES), length)
        )

    def drawn(self, count: int) -> list[str]:
        """So many words that few texts have."""
        return [self._words[n] for n in self._random.integers(300, VOCABULARY, count).tolist()]

    def common(self, count: int) -> list[str]:
        """So many words, each as often as it is in the language."""
        drawn = self._edges.searchsorted(self._random.random(count))
        words = self._words
        return [words[min(each, VOCABULARY - 1)] for each in drawn.tolist()]

    def _event(self) -> _Event:
        names = []
        for _ in range(2):
            self._named += 1
            names.append(self._word(self._named % 7) + self._words[self._named % VOCABULARY])
        known = self._random.integers(300, VOCABULARY, 14).tolist()
        return _Event([*names, *(self._words[each] for each in known)])

    def _report(self, number: int, at: float, event: _Event) -> Arrival:
        length = int(np.clip(self._random.lognormal(4.1, 0.7), 10, 220))
        title = self._mixed(9, 0.5, event)
        text = self._mixed(length, 0.33, event)
        outlet = f"Outlet {number % OUTLETS}"
        return Arrival(number, at, " ".join(title).capitalize(), " ".join(text), source=outlet)

    def _mixed(self, count: int, share: float, event: _Event) -> list[str]:
        words = self.common(count)
        mine = (self._random.random(count) < share).nonzero()[0]
        # An event's first words are named more often than its last.
        which = (self._random.random(mine.size) ** 1.6 * len(event.words)).astype(int)
        for at, each in zip(mine.tolist(), which.tolist(), strict=True):
            words[at] = event.words[each]
        return words


def core(articles: int, per_day: int, warm: int = 0) -> dict[str, float]:
    """The pure core's figures over ``articles``, after ``warm`` that are not measured."""
    compile_first()
    clusterer = Clusterer()
    took = np.zeros(articles)
    began = time.perf_counter()
    for number, arrival in enumerate(islice(Newswire(per_day), warm + articles)):
        start = time.process_time()
        clusterer.arrive(arrival)
        if clusterer.repair_due():
            clusterer.repair()
        if number >= warm:
            took[number - warm] = time.process_time() - start
        if number % 10_000 == 0:
            print(number, clusterer.live, round(time.process_time(), 1), file=sys.stderr)
    part = max(1, min(100_000, articles // 2))
    return {
        "articles": articles,
        "articles_per_s": round(articles / float(took.sum()), 1),
        "p99_ms_first": round(float(np.quantile(took[:part], 0.99)) * 1e3, 3),
        "p99_ms_last": round(float(np.quantile(took[-part:], 0.99)) * 1e3, 3),
        "live_articles": clusterer.live,
        "stories": len(clusterer.stories),
        "wall_s": round(time.perf_counter() - began, 1),
        "rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }


def live(articles: int, per_day: int) -> dict[str, float]:
    """Articles a second of the step with its rows, in batches as the worker takes them."""
    import hashlib
    from datetime import UTC, datetime, timedelta

    from tests.scenes import servers

    valkey = servers.prepare()
    from digest.models import Article
    from digest.newsdesk.stories.assign import assign

    origin = datetime(2026, 1, 1, tzinfo=UTC)
    rows = []
    for each in islice(Newswire(per_day), articles):
        at = origin + timedelta(seconds=each.at)
        digest = hashlib.sha256(str(each.id).encode()).digest()
        rows.append(
            Article(
                url=f"https://outlet.example/{each.id}",
                url_hash=digest,
                content_hash=digest,
                title=each.title,
                text=each.text,
                language="en",
                source=each.source,
                published_at=at,
                first_seen_at=at,
                updated_at=at,
            )
        )
    Article.objects.bulk_create(rows, batch_size=2_000)
    began, wall = time.process_time(), time.perf_counter()
    while assign(now=origin).article_ids:
        pass
    spent, waited = time.process_time() - began, time.perf_counter() - wall
    valkey.stop()
    return {
        "live_step_articles": articles,
        "live_step_per_s": round(articles / waited, 1),
        "live_step_per_cpu_s": round(articles / spent, 1),
    }


def main() -> int:
    """Run both and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--per-day", type=int, default=50_000)
    parser.add_argument("--warm", type=int, default=0)
    parser.add_argument("--live", type=int, default=10_000, help="articles of the step's run")
    parser.add_argument("--restart", type=int, default=0, help="live articles of a restart")
    parser.add_argument("--rows", action="store_true", help="time it from the rows alone too")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if given.restart:
        from tests.bench.grouping.restart import restart

        found = restart(given.restart, given.per_day, given.rows)
        print(json.dumps(found) if given.json else found)
        return 0
    found = core(given.articles, given.per_day, given.warm)
    if given.live:
        found |= live(given.live, given.per_day)
    print(json.dumps(found) if given.json else found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
