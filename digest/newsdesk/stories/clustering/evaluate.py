"""Run a labelled stream through the clusterer and say how well it did, and how fast."""

import resource
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from json import JSONDecodeError, loads
from time import perf_counter

from digest.kit.errors import InvalidInput
from digest.newsdesk.stories.clustering.cluster import Clusterer
from digest.newsdesk.stories.clustering.features import Arrival
from digest.newsdesk.stories.clustering.score import bcubed, pairwise
from digest.newsdesk.stories.clustering.setting import Setting


class BadStream(InvalidInput, ValueError):
    """A line that is not an article; the text names the line and what it lacks."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """An article of a stream with its gold label, which the clusterer never sees."""

    name: str | int
    arrival: Arrival
    story: str


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The figures of one run, and each article's label on arrival and at the end."""

    figures: dict[str, float | int]
    names: tuple[str | int, ...]
    first: tuple[int, ...]
    final: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Figures:
    bcubed_precision: float
    bcubed_recall: float
    bcubed_f1: float
    pairwise_f1: float
    bcubed_f1_first: float
    clusters: int
    gold_clusters: int
    articles: int
    label_changes: int
    articles_per_s: float
    p99_ms: float
    rss_mb: float


def read(lines: Iterable[str]) -> Iterator[Labelled]:
    """The articles of a JSON-lines stream; raises :class:`BadStream`.

    Each line holds ``id, title, text, published (ISO 8601), lang, source, story``.
    """
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = loads(line)
            published = datetime.fromisoformat(row["published"])
            if published.tzinfo is None:
                published = published.replace(tzinfo=UTC)
            arrival = Arrival(
                id=number,
                at=published.timestamp(),
                title=str(row.get("title") or ""),
                text=str(row.get("text") or ""),
                language=str(row.get("lang") or "en"),
            )
            yield Labelled(row["id"], arrival, str(row["story"]))
        except JSONDecodeError as error:
            raise BadStream(f"Line {number} is not JSON: {error}.") from error
        except (KeyError, TypeError, AttributeError) as error:
            raise BadStream(
                f"Line {number} lacks {error}; it needs id, title, text, published, story."
            ) from error
        except ValueError as error:
            raise BadStream(
                f"Line {number}: published is not an ISO 8601 time: {error}."
            ) from error


def squeeze(stream: Iterable[Labelled], days: float) -> Iterator[Labelled]:
    """The stream as if its 300 days were ``days``: t' = t0 + (t − t0)·days/300."""
    began: float | None = None
    for each in stream:
        arrival = each.arrival
        began = arrival.at if began is None else began
        at = began + (arrival.at - began) * days / 300
        yield replace(each, arrival=replace(arrival, at=at))


def evaluate(stream: Iterable[Labelled], setting: Setting | None = None) -> Evaluation:
    """Cluster ``stream`` in its own order and measure; features and repair are timed too."""
    warm(setting)
    clusterer = Clusterer(setting)
    names, gold, ids, took = [], [], [], []
    first: dict[int, int] = {}
    final: dict[int, int] = {}
    changes = 0
    for each in stream:
        began = perf_counter()
        placed = clusterer.arrive(each.arrival)
        moves = clusterer.repair() if clusterer.repair_due() else ()
        took.append(perf_counter() - began)
        first[placed.article] = final[placed.article] = placed.story
        for move in moves:
            final[move.article] = move.after
        changes += len(moves)
        names.append(each.name)
        gold.append(each.story)
        ids.append(each.arrival.id)
    for move in clusterer.repair() if ids else ():
        final[move.article] = move.after
        changes += 1
    on_arrival = [first[each] for each in ids]
    at_last = [final[each] for each in ids]
    agreement = bcubed(at_last, gold)
    seconds = sum(took)
    figures = _Figures(
        bcubed_precision=round(agreement.precision, 4),
        bcubed_recall=round(agreement.recall, 4),
        bcubed_f1=round(agreement.f1, 4),
        pairwise_f1=round(pairwise(at_last, gold).f1, 4),
        bcubed_f1_first=round(bcubed(on_arrival, gold).f1, 4),
        clusters=len(set(at_last)),
        gold_clusters=len(set(gold)),
        articles=len(ids),
        label_changes=changes,
        articles_per_s=round(len(ids) / seconds, 1) if seconds else 0.0,
        p99_ms=round(1000 * sorted(took)[int(len(took) * 0.99)], 3) if took else 0.0,
        rss_mb=round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    )
    return Evaluation(asdict(figures), tuple(names), tuple(on_arrival), tuple(at_last))


def warm(setting: Setting | None = None) -> None:
    """Have the machine code at hand: a fresh checkout compiles it, which is no article's time."""
    clusterer = Clusterer(setting)
    for number in range(24):
        title = f"Harbour bridge {number % 3} reopens after storm {number % 4}"
        clusterer.arrive(Arrival(number, 60.0 * number, title, f"{title} on Monday.", "en"))
    clusterer.repair()
