"""How well the sample topics find what their labelled examples say they should."""

from collections.abc import Iterable
from dataclasses import dataclass

from digest.newsdesk.topics.query.aliases import expand, parse_aliases
from digest.newsdesk.topics.query.analysis import ArticleText
from digest.newsdesk.topics.query.match import Matcher
from digest.newsdesk.topics.query.parse import parse
from digest.newsdesk.topics.teaching.sample_set import (
    LabelledExample,
    labelled_examples,
    sample_aliases,
    sample_topics,
)

Figures = dict[str, float | int | None]


@dataclass(frozen=True, slots=True)
class Judged:
    """An example, and whether its topic's query took it."""

    example: LabelledExample
    taken: bool

    @property
    def right(self) -> bool:
        """Whether the query agrees with the label."""
        return self.taken == self.example.belongs


def judge() -> tuple[Judged, ...]:
    """Hold every labelled example against all sample topics at once."""
    aliases = parse_aliases(sample_aliases().splitlines())
    matcher = Matcher({each.slug: expand(parse(each.query), aliases) for each in sample_topics()})
    return tuple(
        Judged(each, each.topic in matcher.match(ArticleText(each.title, each.text, each.lang)))
        for each in labelled_examples()
    )


def figures(judged: Iterable[Judged]) -> Figures:
    """``precision, recall, f1`` and the number of examples; None where nothing was taken."""
    counts = {(True, True): 0, (True, False): 0, (False, True): 0, (False, False): 0}
    for each in judged:
        counts[each.taken, each.example.belongs] += 1
    right, extra, missed = counts[True, True], counts[True, False], counts[False, True]
    return {
        "precision": round(right / (right + extra), 4) if right + extra else None,
        "recall": round(right / (right + missed), 4) if right + missed else None,
        "f1": round(2 * right / (2 * right + extra + missed), 4) if right else 0.0,
        "examples": sum(counts.values()),
    }
