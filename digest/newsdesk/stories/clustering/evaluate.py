"""Run a labelled stream through the clusterer and say how well it did, and how fast."""

import resource
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from json import JSONDecodeError, loads
from time import perf_counter

from digest.kit.errors import InvalidInput
from digest.newsdesk.stories.clustering.across import AcrossLanguages, Embed
from digest.newsdesk.stories.clustering.cluster import Clusterer
from digest.newsdesk.stories.clustering.features import Arrival
from digest.newsdesk.stories.clustering.labels import Placed
from digest.newsdesk.stories.clustering.score import bcubed, pairwise
from digest.newsdesk.stories.clustering.setting import DAY, Setting
from digest.newsdesk.stories.languages.crossing import ALIKE
from digest.newsdesk.stories.text.forms import is_collection


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
    """The figures of one run; each article's label on arrival, as sent and at the end, its true
    one, and the probability that was stated of the last."""

    figures: dict[str, float | int]
    names: tuple[str | int, ...]
    first: tuple[int, ...]
    as_sent: tuple[int, ...]
    final: tuple[int, ...]
    gold: tuple[str, ...] = ()
    stated: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class _Figures:
    bcubed_f1_first: float
    bcubed_f1_as_sent: float
    bcubed_f1: float
    bcubed_f1_all_alone: float
    bcubed_precision: float
    bcubed_recall: float
    pairwise_f1_first: float
    pairwise_f1_as_sent: float
    pairwise_f1: float
    pairwise_f1_all_alone: float
    pairwise_precision: float
    pairwise_recall: float
    clusters: int
    gold_clusters: int
    articles: int
    label_changes: int
    articles_per_s: float
    p99_ms: float
    rss_mb: float


_EDITION_AT = 7 * 3_600.0


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
                source=str(row.get("source") or ""),
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


class _Editions:
    """What editions that go out daily at 07:00 UTC, over the last 24 hours, would have shown.

    The service mends labels just before, and so is it done here.
    """

    def __init__(self) -> None:
        self.label: dict[int, int] = {}
        self._waiting: list[int] = []
        self._due: float | None = None

    def sent_before(self, at: float) -> bool:
        """Whether one is due before an article of that time."""
        if self._due is None:
            self._due = (at - _EDITION_AT) // DAY * DAY + _EDITION_AT + DAY
        return at >= self._due

    def send(self, labels: dict[int, int], at: float | None = None) -> None:
        """Let the labels of what waits stand as they are; the next is due after ``at``."""
        for article in self._waiting:
            self.label[article] = labels[article]
        self._waiting.clear()
        self._due = None
        if at is not None:
            self.sent_before(at)

    def wait(self, article: int) -> None:
        """Have an article in the next edition."""
        self._waiting.append(article)


def evaluate(
    stream: Iterable[Labelled],
    setting: Setting | None = None,
    *,
    embed: Embed | None = None,
    alike: float = ALIKE,
) -> Evaluation:
    """Cluster ``stream`` in its own order and measure; features and repair are timed too.

    Stories are joined across languages after each repair; with ``embed``, the vectors of their
    texts are further evidence, and ``alike`` is as :func:`crossings` has it.
    """
    warm(setting)
    clusterer = Clusterer(setting)
    across = AcrossLanguages(clusterer, embed, alike)
    listed, took = [], []
    first: dict[int, int] = {}
    final: dict[int, int] = {}
    stated: dict[int, float] = {}
    editions = _Editions()
    changes = 0

    def mend() -> int:
        moves = clusterer.repair() + across.join()
        final.update((move.article, move.after) for move in moves)
        stated.update((move.article, move.score) for move in moves)
        return len(moves)

    for each in stream:
        began = perf_counter()
        if editions.sent_before(each.arrival.at):
            changes += mend()
            editions.send(final, each.arrival.at)
        placed = _placed(clusterer, each.arrival)
        first[placed.article] = final[placed.article] = placed.story
        stated[placed.article] = placed.score
        across.saw(each.arrival)
        changes += mend() if clusterer.repair_due() else 0
        took.append(perf_counter() - began)
        editions.wait(placed.article)
        listed.append(each)
    changes += mend() if listed else 0
    editions.send(final)
    ids = [each.arrival.id for each in listed]
    labels = [tuple(by[each] for each in ids) for by in (first, editions.label, final)]
    seconds = sum(took)
    gold = tuple(each.story for each in listed)
    figures = _Figures(
        **_agreement(gold, *labels),
        clusters=len(set(labels[-1])),
        gold_clusters=len(set(gold)),
        articles=len(ids),
        label_changes=changes,
        articles_per_s=round(len(ids) / seconds, 1) if seconds else 0.0,
        p99_ms=round(1000 * sorted(took)[int(len(took) * 0.99)], 3) if took else 0.0,
        rss_mb=round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    )
    told = tuple(stated[each] for each in ids)
    names = tuple(each.name for each in listed)
    return Evaluation(asdict(figures), names, labels[0], labels[1], labels[2], gold, told)


def _placed(clusterer: Clusterer, arrival: Arrival) -> Placed:
    """Tickers, round-ups and galleries are put into no story: here each is one of its own."""
    if is_collection(arrival.title):
        return Placed(arrival.id, next(clusterer.labels), 1.0, founded=True)
    return clusterer.arrive(arrival)


def _agreement(
    gold: tuple[str, ...], first: tuple[int, ...], as_sent: tuple[int, ...], final: tuple[int, ...]
) -> dict[str, float]:
    """How well labels agree with gold ones: first, as sent and final, and what nobody's would."""
    agreement, pairs = bcubed(final, gold), pairwise(final, gold)
    figures = {
        "bcubed_precision": agreement.precision,
        "bcubed_recall": agreement.recall,
        "pairwise_precision": pairs.precision,
        "pairwise_recall": pairs.recall,
    }
    alone = range(len(gold))
    for ending, labels in (
        ("_first", first), ("_as_sent", as_sent), ("", final), ("_all_alone", alone)
    ):  # fmt: skip
        figures[f"bcubed_f1{ending}"] = bcubed(labels, gold).f1
        figures[f"pairwise_f1{ending}"] = pairwise(labels, gold).f1
    return {name: round(value, 4) for name, value in figures.items()}


def warm(setting: Setting | None = None) -> None:
    """Have the machine code at hand: a fresh checkout compiles it, which is no article's time.

    All of it: each report has words of its own too, so that room for words is taken back, and in
    the end an article changes its story and stories are measured anew.
    """
    clusterer = Clusterer(setting)
    for number in range(24):
        title = f"Harbour bridge {number % 3} reopens after storm {number % 4}"
        own = " ".join(f"witness{number}of{each}" for each in range(120))
        text = f"{title} on Monday. {own}"
        clusterer.arrive(Arrival(number, 60.0 * number, title, text, "en"))
    clusterer.repair()
    clusterer.relabel(0, clusterer.story_of[1])
    clusterer.remeasure()
