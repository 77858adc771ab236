"""Each live article's nearest others, and its vector smoothed by theirs.

Two reports of one event may share few words, yet share neighbours. An article's smoothed vector is
its own plus a share of its nearest neighbours', x' = x + Σ b·x_n. It is never built: with G the
cosines among articles and b the row of coefficients (the article itself at 1), the product of two
smoothed vectors is b G b'. So everything here is a matter of short rows and stored cosines.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digest.newsdesk.stories.features import Floats
from digest.newsdesk.stories.index import Serials
from digest.newsdesk.stories.window import Window

Doubles = NDArray[np.float64]

_NOTHING = 0.01


@dataclass(frozen=True, slots=True)
class Smoothing:
    """How many neighbours lend how much. Times in seconds."""

    nearest: int = 10
    share: float = 0.85
    """What the neighbours together lend at most, beside the article's own 1."""
    doubt: float = 0.02
    """Sum of nearness at which they lend half of that."""
    early_share: float = 0.5
    """As :attr:`share`, for labels on arrival, when the mates of many are still to come."""
    early_doubt: float = 0.2
    power: int = 5
    """How much more the nearest lend than the next."""
    moving: float = 0.25
    """Nearness, as a share of the nearest's, below which a newcomer does not change a row."""
    fade: float = 86_400.0
    """Time in which nearness falls to 1/e."""
    stranger: float = 0.02
    """Nearness that counts as none: else two lonely articles with a word in common would join."""
    floor: float = 0.03
    """Cosines below this are not kept."""
    kept: int = 256
    """Cosines kept per article."""
    kept_of_many: int = 64
    """And where so many articles are live that memory counts."""


class Neighbourhood:
    """Cosines among live articles, kept both ways, and the coefficient rows made of them."""

    def __init__(self, window: Window, smoothing: Smoothing) -> None:
        self.smoothing = smoothing
        self._window = window
        self._reached = np.zeros(window.capacity, np.float32)

    def nearness(self, at: float, serials: Serials, cosines: Floats) -> Doubles:
        """Cosine × exp(−|Δt| / fade) between a time and live articles."""
        gap = np.abs(self._window.at[serials & self._window.mask] - at)
        faded: Doubles = cosines * np.exp(gap / -self.smoothing.fade)
        return faded

    def add(self, serial: int, others: Serials, cosines: Floats) -> None:
        """Take in an article with its cosines to live ones, at most ``kept`` of them."""
        window = self._window
        kept = window.near.shape[1]
        place = serial & window.mask
        good = cosines >= self.smoothing.floor
        others, cosines = others[good], cosines[good]
        near = self.nearness(float(window.at[place]), others, cosines)
        if others.size > kept:
            best = np.argsort(-near, kind="stable")[:kept]
            others, cosines, near = others[best], cosines[best], near[best]
        window.near[place, : others.size] = others
        window.cosine[place, : others.size] = cosines
        if not others.size:
            return
        there = others & window.mask
        theirs = window.near[there]
        free = (theirs < 0) | (window.serial[theirs & window.mask] != theirs)
        column = free.argmax(1)
        crowded = (~free[np.arange(there.size), column]).nonzero()[0]
        writes = np.ones(there.size, np.bool_)
        if crowded.size:
            full = there[crowded]
            held = window.near[full] & window.mask
            gap = np.abs(window.at[held] - window.at[full][:, None])
            held_near = window.cosine[full] * np.exp(gap / -self.smoothing.fade)
            column[crowded] = held_near.argmin(1)
            writes[crowded] = near[crowded] > held_near.min(1)
        window.near[there[writes], column[writes]] = serial
        window.cosine[there[writes], column[writes]] = cosines[writes]
        window.stale[there[near > window.last[there]]] = True

    def settle(self, serials: Serials) -> None:
        """Bring the rows of ``serials`` up to their neighbours."""
        window = self._window
        places = serials & window.mask
        places = places[window.stale[places]]
        for at in range(0, places.size, 256):
            self._compute(places[at : at + 256])

    def _compute(self, places: Serials) -> None:
        s, window = self.smoothing, self._window
        near, cosine = window.near[places], window.cosine[places]
        filled = np.flatnonzero((near >= 0).any(0))
        used = int(filled.max(initial=s.nearest - 1)) + 1
        near, cosine = near[:, :used], cosine[:, :used]
        there = near & window.mask
        gap = np.abs(window.at[there] - window.at[places][:, None])
        faded = cosine * np.exp(gap / -s.fade) - s.stranger
        faded[(near < 0) | (window.serial[there] != near)] = 0.0
        np.maximum(faded, 0.0, out=faded)
        lines = np.arange(places.size)[:, None]
        if used > s.nearest:
            best = np.argpartition(-faded, s.nearest - 1, axis=1)[:, : s.nearest]
            best = best[lines, np.argsort(-faded[lines, best], axis=1, kind="stable")]
        else:
            best = np.argsort(-faded, axis=1, kind="stable")
        faded, near, cosine = faded[lines, best], near[lines, best], cosine[lines, best]
        near = np.where(faded > 0, near, -1)
        total = faded.sum(1)
        powers = faded**s.power
        # Raised to a power, a faint neighbour may round to nothing.
        summed = np.maximum(powers.sum(1), 1e-30)
        share = powers / summed[:, None]
        inner = self._inner(near, share)
        outer = 2.0 * (share * cosine).sum(1)
        window.row[places, 0] = window.serial[places]
        window.row[places, 1:] = near
        for column, most, doubt in (
            (window.share, s.share, s.doubt),
            (window.early, s.early_share, s.early_doubt),
        ):
            lent = most * total / (total + doubt)
            norm = np.sqrt(1.0 + lent * outer + lent * lent * inner)
            column[places, 0] = 1.0 / norm
            column[places, 1:] = share * (lent / norm)[:, None]
        window.last[places] = s.stranger + np.maximum(faded[:, -1], s.moving * faded[:, 0])
        window.stale[places] = False

    def _inner(self, near: NDArray[np.int32], share: Doubles) -> Doubles:
        """Σ share · share' · cosine over the pairs of each row's neighbours."""
        window = self._window
        there = near & window.mask
        known, cosine = window.near[there], window.cosine[there]
        if known.shape[2] > 64:
            used = int((known >= 0).any((0, 1)).sum())
            known, cosine = known[:, :, :used], cosine[:, :, :used]
        inner: Doubles = (share * share).sum(1)
        for column in range(near.shape[1]):
            asked = near[:, column]
            # In order of nearness: what follows lends less still.
            if float(share[:, column].max()) < _NOTHING:
                break
            pair = np.where(known == asked[:, None, None], cosine, 0.0).sum(2)
            pair[:, column] = 0.0
            inner += share[:, column] * (share * pair).sum(1) * (asked >= 0)
        return inner

    def affinities(self, serial: int, others: Serials, ripe: float = float("-inf")) -> Doubles:
        """Smoothed cosine × decay between a live article and others; rows must be settled.

        Articles from before ``ripe``, a time, lean on their neighbours as much as they ever will.
        """
        window = self._window
        reached = self._reached
        if reached.size != window.capacity:
            reached = self._reached = np.zeros(window.capacity, np.float32)
        place = serial & window.mask
        row = window.row[place]
        share = (window.share if window.at[place] < ripe else window.early)[place]
        held = (row >= 0) & (window.serial[row & window.mask] == row)
        row, share = row[held].astype(np.int64), share[held]
        sources = row & window.mask
        near = window.near[sources]
        live = window.serial[near & window.mask] == near
        places = (near & window.mask)[live]
        reached[sources] += share
        np.add.at(reached, places, (window.cosine[sources] * share[:, None])[live])
        there = others & window.mask
        lent = window.early[there]
        old = (window.at[there] < ripe).nonzero()[0]
        lent[old] = window.share[there[old]]
        rows = window.row[there]
        spots = rows & window.mask
        held_by = reached[spots] * (window.serial[spots] == rows)
        cosines = np.einsum("ij,ij->i", held_by, lent)
        reached[places] = 0.0
        reached[sources] = 0.0
        gap = np.abs(window.at[there] - window.at[place])
        found: Doubles = cosines * np.exp(gap / -self.smoothing.fade)
        return found

    def nearest(self, serial: int) -> Serials:
        """The articles in the article's row, itself left out, in order of nearness."""
        row = self._window.row[serial & self._window.mask, 1:]
        return row[row >= 0].astype(np.int64)
