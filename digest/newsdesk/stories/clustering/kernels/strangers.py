"""The loops behind :mod:`chance`: how near reports of other events come, counted and judged.

Levels are likenesses in rising order; "by level" is an array of doubles as long as the list of
levels, ``(levels,)``. A null distribution is estimated from pairs that cannot match, and its tail
area set against that of all arrivals gives the false discovery rate: B. Efron, "Large-Scale
Inference", 2010, chapter 2.
"""

from math import exp, log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digest.newsdesk.stories.clustering.kernels.compiled import compiled
from digest.newsdesk.stories.clustering.window import Columns

Serials = NDArray[np.int64]
Numbers = NDArray[np.int32]
Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

REACHED, BY_CHANCE, EXPECTED, DECOYS, EXPECTED_DECOYS = range(5)
"""What is counted by level: arrivals whose nearest reached it; how many a stranger alone would
have; strangers expected there; decoys that reached it; and strangers expected at the decoys."""

ROWS = 5

_MIX = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


class EvidenceBounds(NamedTuple):
    """The numbers of :class:`ChanceSetting`, as the loops take them. ``band``: first and last
    position of the levels that say how many arrivals are joiners."""

    patience: float
    bound: float
    rise: float
    band_first: int
    band_last: int


@compiled
def drawn(
    w: Columns,
    language_of: Numbers,
    language: int,
    until: float,
    before: int,
    number: int,
    count: int,
) -> Serials:
    """Up to ``count`` live articles in a language, from until a time or before a serial number,
    drawn at random.

    Places are drawn by a counter hashed with SplitMix64 (G. Steele, D. Lea and C. Flood, "Fast
    splittable pseudorandom number generators", 2014), so that the same ``number`` draws the same.
    """
    found = np.empty(count, np.int64)
    size = 0
    for turn in range(count):
        mixed = np.uint64(number * count + turn + 1) * _MIX
        mixed = (mixed ^ (mixed >> np.uint64(30))) * _FIRST
        mixed = (mixed ^ (mixed >> np.uint64(27))) * _SECOND
        place = np.int64((mixed ^ (mixed >> np.uint64(31))) & np.uint64(w.mask))
        serial = w.serial[place]
        is_apart = w.at[place] <= until or serial < before
        if serial >= 0 and language_of[place] == language and is_apart:
            found[size] = serial
            size += 1
    return found[:size]


@compiled
def nearest(
    w: Columns,
    language_of: Numbers,
    language: int,
    at: float,
    others: Serials,
    cosines: Floats,
    fade: float,
    shift: float,
) -> tuple[float, float]:
    """How near the nearest of ``others`` in the language is, cosine × e^(−age / fade), and how near
    the nearest decoy: of those ``shift`` to ``shift`` + ``fade`` older, as if they were that much
    younger. Both look back over one ``fade``; 0 where there is nobody.
    """
    best = decoy = 0.0
    for each in range(others.size):
        place = others[each] & w.mask
        if language_of[place] != language:
            continue
        age = at - w.at[place]
        if 0 <= age < fade:
            best = max(best, cosines[each] * exp(-age / fade))
        elif shift <= age < shift + fade:
            decoy = max(decoy, cosines[each] * exp(-(age - shift) / fade))
    return best, decoy


@compiled
def nearest_mate(
    w: Columns, story: Serials, language_of: Numbers, serial: int, label: int, fade: float
) -> tuple[float, bool]:
    """How near the nearest of an article's listed neighbours is that stand in the story ``label``,
    cosine × e^(−age / fade), −1 where none does; and whether any of them is in its language."""
    place = serial & w.mask
    nearest, of_its_own = -1.0, False
    for column in range(w.near.shape[1]):
        other = w.near[place, column]
        there = other & w.mask
        if other < 0 or other == serial or w.serial[there] != other or story[there] != label:
            continue
        of_its_own |= language_of[there] == language_of[place]
        age = abs(w.at[there] - w.at[place])
        nearest = max(nearest, w.cosine[place, column] * exp(-age / fade))
    return nearest, of_its_own


@compiled
def count(
    counts: Doubles,
    total: Doubles,
    ratio: Doubles,
    levels: Doubles,
    now: Doubles,
    then: Doubles,
    reached: tuple[float, float],
    settled: bool,
) -> None:
    """Take an arrival into what is counted by level, ``counts`` and ``total``, (5, levels).

    ``now`` and, of a ``settled`` language, ``then`` are the strangers expected at it and at its
    decoys; ``reached`` how near the nearest of each came.
    """
    best, decoy = reached
    for level in range(levels.size):
        by_chance = 1.0 - exp(-ratio[level] * now[level])
        for to in (counts, total):
            to[EXPECTED, level] += now[level]
            to[BY_CHANCE, level] += by_chance
            to[REACHED, level] += best >= levels[level]
            if settled:
                to[EXPECTED_DECOYS, level] += then[level]
                to[DECOYS, level] += decoy >= levels[level]


@compiled
def expected(
    counts: Doubles, slot: Serials, last: int, known: float, table: Doubles, found: Doubles
) -> None:
    """Write how many strangers come as near as each level, Λ = Σ arrivals × their tail, by age.

    ``counts`` is a ring over slots of time, ``slot`` whose turn a place holds, ``last`` the present
    one; ``table`` (slots back, levels) is the chance that a stranger so much older reaches a level.
    Of a stream that began only ``known`` slots ago, the rate so far is taken for the usual one.
    """
    found[:] = 0.0
    arrivals = 0.0
    for back in range(table.shape[0]):
        place = (last - back) & (counts.size - 1)
        if slot[place] == last - back and counts[place] > 0.0:
            arrivals += counts[place]
            for level in range(found.size):
                found[level] += counts[place] * table[back, level]
    if known < table.shape[0]:
        found[:] = 0.0
        for back in range(table.shape[0]):
            for level in range(found.size):
                found[level] += arrivals / max(known, 1.0) * table[back, level]


@compiled
def judge(
    total: Doubles,
    seen: Doubles,
    now: Doubles,
    awake: float,
    s: EvidenceBounds,
    ratio: Doubles,
    chance: Doubles,
    everybody: Doubles,
) -> tuple[float, int]:
    """The share of arrivals that are joiners, and the position of the least level at which a
    likeness is evidence, −1 if none is.

    ``total`` (5, levels) are the counts over ``seen`` arrivals, with decoys at the second of them;
    ``now`` the strangers expected at present, and ``awake`` how much of the joiners' share holds
    among so many. Written, by level: the ``ratio`` by which decoys come nearer than expected,
    shrunk to 1; and the shares of arrivals that reach the level at present, by ``chance`` alone and
    ``everybody``.
    """
    share = 0.0
    for level in range(now.size):
        prior = s.patience * total[EXPECTED, level] / seen[0]
        passed = 1.0 - total[DECOYS, level] / (seen[1] + 1.0)
        found = -log(max(passed, 1e-3)) * seen[1]
        raised = (found + prior) / max(total[EXPECTED_DECOYS, level] + prior, 1e-12)
        ratio[level] = min(max(raised, 0.1), 10.0)
        alone = total[BY_CHANCE, level] / seen[0]
        reached = (total[REACHED, level] + 1.0) / (seen[0] + 1.0)
        # For now, in ``everybody``: the share of arrivals brought so near by a mate.
        everybody[level] = min(max((reached - alone) / max(1.0 - alone, 1e-9), 0.0), 1.0)
        if s.band_first <= level <= s.band_last:
            share = max(share, everybody[level])
    bound = s.bound + s.rise * share * share
    mates = 0.0
    evident = -1
    for level in range(now.size - 1, -1, -1):
        # A share of those that come nearer can only grow as the level falls.
        mates = max(mates, everybody[level])
        chance[level] = 1.0 - exp(-ratio[level] * now[level])
        everybody[level] = 1.0 - (1.0 - chance[level]) * (1.0 - awake * mates)
        if chance[level] <= bound * everybody[level]:
            evident = level
    return share, evident
