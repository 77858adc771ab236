"""What editors taught about a topic: a small model of a story's features, and what it says.

Logistic regression with a Gaussian prior (Rasmussen and Williams, "Gaussian Processes for Machine
Learning", 2006, chapter 3: the same thing as a Gaussian process with a linear kernel), fitted by
Newton's steps in as many unknowns as there are lessons. The prior knows which kinds of features
tell more. Probabilities are calibrated on what the model says of each lesson when it is left out
(ibid. 5.4.2; Platt, 1999), so a topic of five examples is unsure, as it should be.

A lesson that all others contradict counts a tenth: one mistaken pin teaches little.
"""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digest.newsdesk.topics.teaching.compass import Compass, model_of, placed
from digest.newsdesk.topics.teaching.features import Traits
from digest.newsdesk.topics.teaching.fitting import Numbers, calibrated, fitted, sigmoid

LEAST_DECISIONS = 5
"""Decisions of editors from which on a topic's model has a say."""
MOST_LESSONS = 600
MOST_FEATURES = 6_000
KEPT_WEIGHTS = 1_500
PINNED_KEPT = 60
"""Pinned stories that a reason may refer to, the newest."""
ACCEPT, REJECT = 0.69, 0.15
"""Probabilities from which on the model accepts, and down to which it rejects; between, it asks.

Chosen on the taught half of the fresh headlines, each of its two weeks judged by what the other
teaches, where it gives about .99 of precision and .94 of recall, and on oblique ones; what is
nearer to even is asked. The other half was only measured.
"""
REASONS = 4

_PRIOR = {
    "w": 3.0, "p": 2.1, "x": 2.0, "h": 2.0, "H": 2.0, "t": 1.0,
    "k": 3.0, "c": 1.0, "s": 0.2, "l": 0.1, "q": 1.0,
}  # fmt: skip
"""Standard deviation of a weight by the feature's kind. The query's (``q``) is kept near: it was
mended with what it is first taught by, and looks better there than on news to come."""
_MEANING = 4.0
"""The same of the place that a model of language gives a story, whichever way the topic lies."""
_SENSE = "m:"
SENSE = "its sense as a whole"
"""The reason that is in no single word."""
_BIAS, _QUERY = -2.0, 1.0
"""Where a story stands that nothing is known of, and what the query's own word adds."""
_DOUBT = 0.03
"""A lesson that the others think less likely than this is doubted."""
_DOUBTED = 0.1


class Say(StrEnum):
    """What a model says of a story."""

    ACCEPT = "accept"
    REJECT = "reject"
    ASK = "ask"


@dataclass(frozen=True, slots=True)
class Lesson:
    """A story and whether it belongs.

    ``decided`` when an editor said so; otherwise it is another topic's story, or one of the days
    that nobody filed, with less ``weight``. ``rehearsed`` when it is no story of the days but an
    example: of those as many belong as do not, so probabilities are not calibrated on them.
    ``story`` is its number where something was only assumed of it, for it will be judged too.
    """

    traits: Traits
    belongs: bool
    decided: bool = True
    weight: float = 1.0
    rehearsed: bool = False
    story: int | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """What was learned: a weight by feature, and the pinned stories that had it, as bits.

    ``meant`` is the same learned once more with what a model of language makes of the stories,
    where one was asked; it has a ``compass``, and judges those that have a place there.
    ``swayed`` is how far a story that was only assumed to belong, or not to, moved what the model
    says of itself: nobody said so, and it must not count for or against it.
    """

    topic: str
    weights: Mapping[str, tuple[float, int]]
    written: Mapping[str, str]
    slope: float = 1.0
    shift: float = 0.0
    decisions: int = 0
    compass: Compass | None = None
    meant: "Model | None" = None
    swayed: Mapping[int, float] = field(default_factory=dict)

    @property
    def has_a_say(self) -> bool:
        """Whether there were decisions enough to speak of other stories."""
        return self.decisions >= LEAST_DECISIONS

    def as_json(self) -> dict[str, Any]:
        """Plain values, to be stored."""
        return {
            "topic": self.topic,
            "weights": {key: [weight, liked] for key, (weight, liked) in self.weights.items()},
            "written": dict(self.written),
            "slope": self.slope,
            "shift": self.shift,
            "decisions": self.decisions,
            "compass": self.compass.as_json() if self.compass else None,
            "meant": self.meant.as_json() if self.meant else None,
            "swayed": {str(story): each for story, each in self.swayed.items()},
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Model":
        """What :meth:`as_json` made."""
        weights = {key: (float(one), int(two)) for key, (one, two) in stored["weights"].items()}
        rest = [stored[name] for name in ("written", "slope", "shift", "decisions")]
        compass, meant = stored.get("compass"), stored.get("meant")
        rest.append(Compass.from_json(compass) if compass else None)
        rest.append(cls.from_json(meant) if meant else None)
        swayed = stored.get("swayed", {})
        rest.append({int(story): float(each) for story, each in swayed.items()})
        return cls(stored["topic"], weights, *rest)

    def for_one(self, traits: Traits) -> "Model":
        """This model, or the one that knows more where the story has a place in it."""
        deeper = self.meant
        knows = deeper and deeper.compass and deeper.compass.reads(traits.meaning)
        return deeper if deeper and knows else self


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a model says of a story, how probable it thinks it, and why.

    ``because`` are the features that speak for it, or against it where it rejects, the strongest
    first, as an editor reads them; ``like`` how many pinned stories share two of them.
    """

    word: Say
    probability: float
    because: tuple[str, ...] = ()
    like: int = 0


def learn(topic: str, lessons: Sequence[Lesson]) -> Model:
    """The model of what the lessons say of ``topic``. The same lessons give the same model."""
    plain, meant = _learners(topic, lessons)
    return replace(plain(), meant=meant()) if meant else plain()


def learn_deepest(topic: str, lessons: Sequence[Lesson]) -> Model:
    """The one model of :func:`learn`'s that judges stories which all have a place, if one does.

    The other is never asked there, and takes as long to learn.
    """
    plain, meant = _learners(topic, lessons)
    return (meant or plain)()


def _learners(
    topic: str, lessons: Sequence[Lesson]
) -> tuple[Callable[[], Model], Callable[[], Model] | None]:
    """What learns from the features, and what learns from the stories' places too, if they have."""
    taught = _bounded(lessons)
    if not any(each.belongs for each in taught):
        unlearned = Model(topic, {}, {}, decisions=sum(each.decided for each in taught))
        return lambda: unlearned, None
    rows = [_values(each.traits, topic) for each in taught]
    keys = _vocabulary(taught, rows)
    table = _table(rows, keys)
    # In 32 bits, which is as exact as words are, and half the work.
    kernel = (table @ table.T).astype(np.float64)
    learned = partial(_learned, topic, taught, rows, keys, (table, kernel))
    made_by = model_of(each.traits.meaning for each in taught if each.decided)
    return partial(learned, ""), partial(learned, made_by) if made_by else None


def _learned(
    topic: str,
    taught: Sequence[Lesson],
    rows: Sequence[Mapping[str, float]],
    keys: Sequence[str],
    read: tuple[NDArray[np.float32], Numbers],
    made_by: str,
) -> Model:
    """Learned from the features, and from the places that ``made_by`` gives, if it is not empty."""
    compass = None
    table, kernel = read
    if made_by:
        centre, places = placed([each.traits.meaning for each in taught], made_by)
        kernel = kernel + _MEANING**2 * (places @ places.T)
    start = np.array([standing(row.get("q:", 0.0)) for row in rows])
    wanted = np.array([float(each.belongs) for each in taught])
    weight = np.array([each.weight for each in taught])
    strength, left_out = fitted(kernel, wanted, weight, start)
    doubted = np.where(wanted > 0, sigmoid(left_out), 1 - sigmoid(left_out)) < _DOUBT
    if (doubted & _decided(taught)).any():
        weight = np.where(doubted & _decided(taught), weight * _DOUBTED, weight)
        strength, left_out = fitted(kernel, wanted, weight, start)
    real = np.array([not each.rehearsed for each in taught])
    slope, shift = calibrated(left_out[real], wanted[real], weight[real])
    if made_by:
        compass = Compass(made_by, centre, _MEANING**2 * (places.T @ strength))
    weights = {key: float(one) for key, one in zip(keys, table.T @ strength, strict=True)}
    model = _kept(topic, taught, weights, (slope, shift), compass)
    return replace(model, swayed=_swayed(taught, kernel @ strength + start - left_out))


def _swayed(lessons: Sequence[Lesson], moved: Numbers) -> dict[int, float]:
    """By story of which something was only assumed, how far that moved where it stands itself."""
    return {
        each.story: round(float(by), 4)
        for each, by in zip(lessons, moved, strict=True)
        if each.story is not None and not each.decided
    }


def judge(model: Model, traits: Traits, story: int | None = None) -> Opinion:
    """What ``model`` says of a story; ``story`` is its number, for it may have learned from it."""
    model = model.for_one(traits)
    values = _values(traits, model.topic)
    parts = {
        key: value * model.weights[key][0] for key, value in values.items() if key in model.weights
    }
    if model.compass and traits.meaning:
        parts[_SENSE] = model.compass.of(traits.meaning)
    latent = standing(values.get("q:", 0.0)) + sum(parts.values())
    latent -= model.swayed.get(story, 0.0) if story is not None else 0.0
    probability = 1 / (1 + math.exp(-max(-30.0, min(30.0, model.slope * latent + model.shift))))
    word = Say.ASK
    if probability >= ACCEPT:
        word = Say.ACCEPT
    elif probability <= REJECT:
        word = Say.REJECT
    sign = -1 if word == Say.REJECT else 1
    telling = sorted(
        (key for key, part in parts.items() if sign * part > 0.05 and key[0] not in "ql"),
        key=lambda key: (-sign * parts[key], key),
    )[:REASONS]
    named = tuple(dict.fromkeys(_named(key, traits, model) for key in telling))
    like = _alike(telling, model) if sign > 0 else 0
    return Opinion(word, round(probability, 3), named, like)


def standing(share: float) -> float:
    """Where a story stands before anything was learned, by the share that the query matches."""
    return _BIAS + _QUERY * share


def _values(traits: Traits, topic: str) -> dict[str, float]:
    """A story's features as one topic sees them: its own query is no neighbour."""
    values = dict(traits.values)
    if share := values.pop(f"t:{topic}", 0.0):
        values["q:"] = share
    return values


def _named(key: str, traits: Traits, model: Model) -> str:
    """A feature as an editor reads it."""
    if key == _SENSE:
        return SENSE
    kind, _, name = key.partition(":")
    if kind in "wp":
        return traits.written.get(key) or model.written.get(key) or name
    said = {
        "c": f"section {name}", "k": f"sections on {name}", "s": f"from {name}",
        "t": f"also under {name}", "h": f"words of {name}", "H": f"several words of {name}",
    }  # fmt: skip
    return said.get(kind, name)


def _alike(telling: Sequence[str], model: Model) -> int:
    """How many pinned stories have two of the features, or the one where there is only one."""
    counts: Counter[int] = Counter()
    masks = [model.weights[key][1] for key in telling if key[:2] in {"w:", "p:", "x:"}]
    for mask in masks:
        counts.update(bit for bit in range(PINNED_KEPT) if mask >> bit & 1)
    return sum(count >= min(2, len(masks)) for count in counts.values())


def _bounded(lessons: Sequence[Lesson]) -> list[Lesson]:
    """The lessons within the bound, editors' own before all others, the latest of them."""
    decided = [each for each in lessons if each.decided][-MOST_LESSONS // 2 :]
    others = [each for each in lessons if not each.decided][: MOST_LESSONS - len(decided)]
    return decided + others


def _decided(lessons: Sequence[Lesson]) -> NDArray[np.bool_]:
    return np.array([each.decided for each in lessons])


def _vocabulary(lessons: Sequence[Lesson], rows: Sequence[Mapping[str, float]]) -> list[str]:
    """The features to learn from: of decided lessons all, then the commonest."""
    counts = Counter(chain.from_iterable(rows))
    decided = (row for each, row in zip(lessons, rows, strict=True) if each.decided)
    for key, count in Counter(chain.from_iterable(decided)).items():
        counts[key] += 999 * count
    return sorted(sorted(counts), key=counts.__getitem__, reverse=True)[:MOST_FEATURES]


def _table(rows: Sequence[Mapping[str, float]], keys: Sequence[str]) -> NDArray[np.float32]:
    """A row a lesson, a column a feature, each by how much a weight of its kind may tell."""
    places = {key: at for at, key in enumerate(keys)}
    table = np.zeros((len(rows), len(keys)), np.float32)
    for number, row in enumerate(rows):
        for key, value in row.items():
            if (at := places.get(key)) is not None:
                table[number, at] = value * _PRIOR[key[0]]
    return table


def _kept(
    topic: str,
    lessons: Sequence[Lesson],
    weights: Mapping[str, float],
    scale: tuple[float, float],
    compass: Compass | None,
) -> Model:
    """The model with its heaviest weights, in the features' own units."""
    scaled = {key: weight * _PRIOR[key[0]] for key, weight in weights.items()}
    heavy = {key: abs(weight) for key, weight in scaled.items()}
    if len(heavy) > KEPT_WEIGHTS:
        # Most are not kept, and need no order.
        least = sorted(heavy.values())[-KEPT_WEIGHTS]
        heavy = {key: weight for key, weight in heavy.items() if weight >= least}
    heaviest = sorted(sorted(heavy), key=heavy.__getitem__, reverse=True)[:KEPT_WEIGHTS]
    pinned = [each for each in lessons if each.decided and each.belongs][-PINNED_KEPT:]
    liked: dict[str, int] = {}
    written: dict[str, str] = {}
    for bit, each in enumerate(pinned):
        for key in each.traits.values:
            liked[key] = liked.get(key, 0) | 1 << bit
        written.update(each.traits.written)
    kept = {key: (round(scaled[key], 5), liked.get(key, 0)) for key in heaviest}
    return Model(
        topic,
        kept,
        {key: written[key] for key in heaviest if key in written},
        *scale,
        sum(each.decided for each in lessons),
        compass,
    )
