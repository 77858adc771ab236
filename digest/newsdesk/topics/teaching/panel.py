"""Many topics' models asked about one story in one pass over its features."""

from collections import defaultdict
from collections.abc import Hashable, Mapping
from typing import Generic, TypeVar

import numpy as np

from digest.newsdesk.topics.teaching.features import Traits
from digest.newsdesk.topics.teaching.model import REJECT, Model, Opinion, judge, standing

Key = TypeVar("Key", bound=Hashable)


class Panel(Generic[Key]):
    """Models put together; ``judge`` gives the opinions that are more than a plain no."""

    def __init__(self, models: Mapping[Key, Model]) -> None:
        self.models = dict(models)
        self._keys = tuple(self.models)
        self._at = {model.topic: at for at, model in enumerate(self.models.values())}
        places: dict[str, list[int]] = defaultdict(list)
        weights: dict[str, list[float]] = defaultdict(list)
        for at, model in enumerate(self.models.values()):
            for key, (weight, _) in model.weights.items():
                places[key].append(at)
                weights[key].append(weight)
        self._weights = {
            key: (np.array(places[key]), np.array(weights[key])) for key in places if key != "q:"
        }
        self._slope = np.array([model.slope for model in self.models.values()])
        self._shift = np.array([model.shift for model in self.models.values()])
        self._start = np.full(len(self._keys), standing(0.0))

    def judge(self, traits: Traits) -> dict[Key, Opinion]:
        """By topic, what is said; left out where a story is rejected that no query takes."""
        latent = self._start.copy()
        for key, value in traits.values.items():
            if (found := self._weights.get(key)) is not None:
                latent[found[0]] += value * found[1]
        probability = 1 / (1 + np.exp(-np.clip(self._slope * latent + self._shift, -30, 30)))
        # What rounding or the query's own word may lift is looked at one by one.
        open_to = set(np.flatnonzero(probability > REJECT - 0.01).tolist())
        open_to |= {
            self._at[key[2:]] for key in traits.values if key[:2] == "t:" and key[2:] in self._at
        }
        return {
            self._keys[at]: judge(self.models[self._keys[at]], traits) for at in sorted(open_to)
        }
