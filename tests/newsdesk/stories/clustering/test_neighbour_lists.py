"""Whom each article is near to: the lists in columns against plain ones."""

from math import exp

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from digest.newsdesk.stories.clustering.neighbours import Neighbourhood, Smoothing
from digest.newsdesk.stories.clustering.window import LiveWindow

FADE, FLOOR = 10.0, 0.1


class PlainLists:
    """By article its neighbours and their cosines, at most ``kept`` that are live."""

    def __init__(self, kept: int) -> None:
        self.kept = kept
        self.at: dict[int, float] = {}
        self.near: dict[int, dict[int, np.float32]] = {}

    def nearness(self, one: int, other: int, cosine: np.float32) -> float:
        return float(cosine) * exp(-abs(self.at[one] - self.at[other]) / FADE)

    def add(self, serial: int, at: float, cosines: dict[int, np.float32]) -> None:
        self.at[serial] = at
        sound = {each: cosine for each, cosine in cosines.items() if cosine >= FLOOR}
        best = sorted(sound, key=lambda each: -self.nearness(serial, each, sound[each]))
        self.near[serial] = {each: sound[each] for each in best[: self.kept]}
        for other, cosine in self.near[serial].items():
            held = self.near[other]
            if len(held) == self.kept:
                farthest = min(held, key=lambda each: self.nearness(other, each, held[each]))
                if self.nearness(other, farthest, held[farthest]) >= self.nearness(
                    other, serial, cosine
                ):
                    continue
                del held[farthest]
            held[serial] = cosine

    def leave(self, serial: int) -> None:
        del self.at[serial], self.near[serial]
        for held in self.near.values():
            held.pop(serial, None)


@given(st.integers(0, 2**32 - 1), st.integers(2, 90), st.integers(1, 6), st.integers(3, 40))
def test_lists_hold_whom_plain_lists_hold_while_articles_come_and_go(
    seed: int, articles: int, kept: int, stay: int
) -> None:
    random = np.random.default_rng(seed)
    window = LiveWindow(kept, 2, capacity=16)
    lists = Neighbourhood(window, Smoothing(fade=FADE, floor=FLOOR, kept=kept))
    plain = PlainLists(kept)
    for number in range(articles):
        others = window.serials()
        others = others[random.random(others.size) < 0.7]
        cosines = random.random(others.size).astype(np.float32)
        at = float(number + random.random() * 5)
        serial = window.enter(number, at, 0)
        lists.add(serial, others, cosines)
        plain.add(serial, at, dict(zip(others.tolist(), cosines, strict=True)))
        if window.live > stay:
            # Not always the oldest: an article leaves by its own time.
            gone = int(window.serials()[random.integers(0, 3)])
            window.leave(gone)
            plain.leave(gone)
        assert held(window) == plain.near


def held(window: LiveWindow) -> dict[int, dict[int, np.float32]]:
    """By live article its live neighbours."""
    alive = set(window.serials().tolist())
    return {
        each: {
            int(other): cosine
            for other, cosine in zip(
                window.near[each & window.mask], window.cosine[each & window.mask], strict=True
            )
            if int(other) in alive
        }
        for each in alive
    }
