"""Many topics' models asked about one story in one pass over its features."""

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from functools import cached_property
from typing import Generic, TypeVar

import numpy as np

from digest.newsdesk.topics.teaching.compass import apart
from digest.newsdesk.topics.teaching.features import Meaning, Traits
from digest.newsdesk.topics.teaching.model import REJECT, Model, Opinion, judge, standing

Key = TypeVar("Key", bound=Hashable)


class Panel(Generic[Key]):
    """Models put together; ``judge`` gives the opinions that are more than a plain no."""

    def __init__(self, models: Mapping[Key, Model]) -> None:
        self.models = dict(models)
        self._plain = _Bench(list(self.models.values()))

    @cached_property
    def _meant(self) -> dict[tuple[str, tuple[int, ...]], "_Bench"]:
        """By a model of language, and how long its rows are: who has learned to read it, beside
        those who have not."""
        made_by = {
            (each.meant.compass.made_by, each.meant.compass.centre.shape)
            for each in self.models.values()
            if each.meant and each.meant.compass
        }
        return {
            (name, shape): _Bench(
                [
                    each.for_one(Traits({}, {}, Meaning(name, np.zeros(shape, np.float32))))
                    for each in self.models.values()
                ]
            )
            for name, shape in made_by
        }

    def judge(self, traits: Traits, story: int | None = None) -> dict[Key, Opinion]:
        """By topic, what is said; left out where a story is rejected that no query takes."""
        bench, place = self._plain, traits.meaning
        if place is not None:
            bench = self._meant.get((place.made_by, place.place.shape), bench)
        keys = tuple(self.models)
        return {
            keys[at]: judge(self.models[keys[at]], traits, story)
            for at in sorted(bench.open_to(traits, story))
        }


class _Bench:
    """Which of some models may say more than a plain no, in one pass over a story's features."""

    def __init__(self, models: Sequence[Model]) -> None:
        self._at = {model.topic: at for at, model in enumerate(models)}
        self._swayed: dict[int, list[tuple[int, float]]] = defaultdict(list)
        for at, model in enumerate(models):
            for story, by in model.swayed.items():
                self._swayed[story].append((at, by))
        places: dict[str, list[int]] = defaultdict(list)
        weights: dict[str, list[float]] = defaultdict(list)
        for at, model in enumerate(models):
            for key, (weight, _) in model.weights.items():
                places[key].append(at)
                weights[key].append(weight)
        self._weights = {
            key: (np.array(places[key]), np.array(weights[key])) for key in places if key != "q:"
        }
        # What most have learned of, as a heading, is added in one row: a tenth of the work.
        self._rows = {
            key: np.bincount(at, weight, len(models))
            for key, (at, weight) in self._weights.items()
            if 2 * len(at) > len(models)
        }
        self._slope = np.array([model.slope for model in models])
        self._shift = np.array([model.shift for model in models])
        self._start = np.full(len(models), standing(0.0))
        compasses = [(at, model.compass) for at, model in enumerate(models) if model.compass]
        self._read = np.array([at for at, _ in compasses], int)
        self._centres = np.array([each.centre for _, each in compasses])
        self._toward = np.array([each.toward for _, each in compasses])

    def open_to(self, traits: Traits, story: int | None = None) -> set[int]:
        """The numbers of those to be asked one by one."""
        latent = self._start.copy()
        for at, by in self._swayed.get(story, ()) if story is not None else ():
            latent[at] -= by
        for key, value in traits.values.items():
            if (row := self._rows.get(key)) is not None:
                latent += value * row
            elif (found := self._weights.get(key)) is not None:
                latent[found[0]] += value * found[1]
        if len(self._read) and traits.meaning is not None:
            rows = apart(traits.meaning.place, self._centres)
            latent[self._read] += np.einsum("ij,ij->i", rows, self._toward)
        probability = 1 / (1 + np.exp(-np.clip(self._slope * latent + self._shift, -30, 30)))
        # What rounding or the query's own word may lift is looked at one by one.
        found_open = set(np.flatnonzero(probability > REJECT - 0.01).tolist())
        return found_open | {
            self._at[key[2:]] for key in traits.values if key[:2] == "t:" and key[2:] in self._at
        }
