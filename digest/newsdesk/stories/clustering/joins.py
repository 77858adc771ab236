"""How often joins are right, by the probability that the clusterer states of them.

A join is an article in a story with others that is not the story's first. It is right if most of
what came into the story before it is of its event, and of no other event as much.
"""

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

STEPS = (0.0, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98)


@dataclass(frozen=True, slots=True)
class StatedJoin:
    """One join of a run: its stated probability, and whether it is right."""

    probability: float
    is_right: bool


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """If joins of at least ``probability`` alone were made: the share of them that is right, and
    how many of those that the labels ask for are among them."""

    probability: float
    joins: int
    precision: float
    recall: float


@dataclass(frozen=True, slots=True)
class ReliabilityRow:
    """Joins of a probability from ``low`` up to ``high``: what was stated on average, what held."""

    low: float
    high: float
    joins: int
    stated: float
    held: float


def stated_joins(
    labels: Sequence[Hashable], stated: Sequence[float], gold: Sequence[Hashable]
) -> tuple[StatedJoin, ...]:
    """The joins of a run, from the label, stated probability and true label of each article."""
    before: dict[Hashable, Counter[Hashable]] = {}
    found = []
    for label, probability, true in zip(labels, stated, gold, strict=True):
        held = before.setdefault(label, Counter())
        if held:
            most = held.most_common(1)[0][1]
            found.append(StatedJoin(probability, held[true] == most))
        held[true] += 1
    return tuple(found)


def curve(joins: Sequence[StatedJoin], gold: Sequence[Hashable]) -> tuple[CurvePoint, ...]:
    """Precision against recall of joins, by the least probability that is asked of them."""
    wanted = len(gold) - len(set(gold))
    points = []
    for step in STEPS:
        made = [each for each in joins if each.probability >= step]
        right = sum(each.is_right for each in made)
        precision = right / len(made) if made else 1.0
        recall = right / wanted if wanted else 1.0
        points.append(CurvePoint(step, len(made), round(precision, 4), round(recall, 4)))
    return tuple(points)


def reliability(joins: Sequence[StatedJoin]) -> tuple[ReliabilityRow, ...]:
    """What was stated of joins beside what held, between one step and the next."""
    rows = []
    for low, high in zip(STEPS, (*STEPS[1:], 1.0), strict=True):
        held = [each for each in joins if low <= each.probability < high]
        held += [each for each in joins if high == 1.0 == each.probability]
        if held:
            stated = sum(each.probability for each in held) / len(held)
            right = sum(each.is_right for each in held) / len(held)
            rows.append(ReliabilityRow(low, high, len(held), round(stated, 4), round(right, 4)))
    return tuple(rows)


def off_by(rows: Sequence[ReliabilityRow]) -> float:
    """The mean distance of what was stated from what held, weighed by joins."""
    count = sum(row.joins for row in rows)
    return sum(row.joins * abs(row.stated - row.held) for row in rows) / count if count else 0.0
