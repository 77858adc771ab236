"""Who holds a word: found again, in bounds, and forgotten once no longer live."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.newsdesk.stories.clustering.features import Vector
from digest.newsdesk.stories.clustering.index import LiveIndex, SearchBudget
from digest.newsdesk.stories.clustering.kernels.postings import Postings
from digest.newsdesk.stories.clustering.window import LiveWindow

EVERYTHING = (1 << 30, 1 << 30)


class Shelf:
    """Postings of a window, and the same kept the plain way."""

    def __init__(self) -> None:
        self.window = LiveWindow(2, 2)
        self.postings = Postings()
        self.held: dict[int, dict[int, float]] = {}

    def add(self, terms: dict[int, float]) -> None:
        serial = self.window.enter(0, 0.0, 0)
        words, weights = self._arrays(terms)
        self.postings.add(serial, words, weights, self.window.oldest)
        self.held[serial] = terms

    def leave(self, serial: int) -> None:
        self.window.leave(serial)
        del self.held[serial]

    def find(
        self, terms: dict[int, float], bounds: tuple[int, int] = EVERYTHING
    ) -> dict[int, float]:
        sums = np.zeros(self.window.capacity, np.float32)
        words, weights = self._arrays(terms)
        oldest = self.window.oldest
        found = self.postings.find(self.window.mask, words, weights, sums, oldest, bounds).tolist()
        assert len(set(found)) == len(found)
        about = {each: float(sums[each & self.window.mask]) for each in found}
        # Nobody has a sum but those that were found.
        assert np.count_nonzero(sums) == len(found)
        return {each: about[each] for each in found if each in self.held}

    def expected(self, terms: dict[int, float]) -> dict[int, float]:
        shared = {
            serial: sum(weight * held[word] for word, weight in terms.items() if word in held)
            for serial, held in self.held.items()
        }
        return {serial: total for serial, total in shared.items() if total}

    @staticmethod
    def _arrays(terms: dict[int, float]) -> tuple[np.ndarray, np.ndarray]:
        rows = sorted(terms.items())
        return np.array([w for w, _ in rows], np.uint32), np.array([v for _, v in rows], np.float32)


@given(st.integers(0, 2**32 - 1), st.integers(1, 200), st.integers(1, 60))
def test_whoever_is_live_and_shares_a_word_is_found_however_the_rest_came_and_went(
    seed: int, articles: int, stay: int
) -> None:
    random = np.random.default_rng(seed)
    shelf = Shelf()
    for number in range(articles):
        words = random.geometric(0.05, random.integers(1, 8)).tolist()
        shelf.add({word: float(random.random() * 0.9 + 0.1) for word in words})
        if len(shelf.held) > stay:
            # Not always the oldest: an article leaves by its own time.
            shelf.leave(list(shelf.held)[int(random.integers(0, 3)) % len(shelf.held)])
        if number % 10 == 0:
            asked = dict.fromkeys(random.geometric(0.05, 5).tolist(), 0.5)
            assert shelf.find(asked) == pytest.approx(shelf.expected(asked), rel=1e-5)


def test_of_a_common_word_the_latest_are_looked_at() -> None:
    shelf = Shelf()
    for _ in range(Postings.LONGEST + 1_000):
        shelf.add({1: 0.5})
    newest = Postings.LONGEST + 999
    assert sorted(shelf.find({1: 1.0}, (3, 100))) == [newest - 2, newest - 1, newest]
    assert len(shelf.find({1: 1.0})) == Postings.LONGEST


def test_the_rarest_words_are_walked_first_and_the_effort_is_bounded() -> None:
    shelf = Shelf()
    for number in range(100):
        shelf.add({1: 0.5, 2: 0.5} if number < 5 else {1: 0.5})
    assert sorted(shelf.find({1: 1.0, 2: 1.0}, (100, 50))) == [0, 1, 2, 3, 4]
    assert len(shelf.find({1: 1.0}, (100, 50))) == 100


def test_words_that_nobody_holds_any_more_take_no_room() -> None:
    shelf = Shelf()
    for number in range(20_000):
        shelf.add({number: 0.5})
        if number >= 10:
            shelf.leave(number - 10)
    assert len(shelf.postings) < 1_100
    assert shelf.find({19_999: 1.0}) == {19_999: 0.5}


def test_vectors_stay_true_while_the_ring_that_holds_them_turns_and_grows() -> None:
    window = LiveWindow(2, 2)
    index = LiveIndex(window, SearchBudget())
    random = np.random.default_rng(5)
    held: dict[int, Vector] = {}
    for number in range(3_000):
        count = int(random.integers(1, 200))
        keys = np.unique(random.integers(1, 5_000, count).astype(np.uint32))
        vector = Vector(keys, random.random(keys.size).astype(np.float32))
        serial = window.enter(number, 0.0, 0)
        index.add(serial, vector)
        held[serial] = vector
        if number >= (400 if number < 1_500 else 1_200):
            window.leave(min(held))
            del held[min(held)]
        if number % 100 == 0:
            serials = np.array(list(held), np.int64)
            found, shared = index.cosines(vector, serials)
            for at, other in enumerate(held.values()):
                _, mine, theirs = np.intersect1d(vector.keys, other.keys, return_indices=True)
                product = float(vector.weights[mine] @ other.weights[theirs])
                assert found[at] == pytest.approx(product, rel=1e-4)
                assert shared[at] == mine.size
