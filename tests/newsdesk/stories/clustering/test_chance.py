"""How near strangers come: the loops against plain ones, and what follows for an arrival."""

from itertools import islice
from math import exp, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.newsdesk.stories.clustering.chance import Chance, ChanceSetting
from digest.newsdesk.stories.clustering.cluster import Clusterer
from digest.newsdesk.stories.clustering.features import Arrival
from digest.newsdesk.stories.clustering.kernels import strangers
from digest.newsdesk.stories.clustering.window import LiveWindow
from tests.bench.stories import Newswire
from tests.newsdesk.stories.planted import DAY, planted

SEEDS = st.integers(0, 2**32 - 1)
_WHOLE = (1 << 64) - 1


def window(random: np.random.Generator, count: int) -> LiveWindow:
    made = LiveWindow(4, 2)
    for number in range(count):
        made.enter(number, float(random.integers(0, 10)), int(random.integers(0, 2)))
    for gone in random.choice(count, count // 4, replace=False).tolist():
        made.leave(gone)
    return made


@given(SEEDS, st.integers(1, 40), st.integers(0, 10**6))
def test_strangers_are_drawn_as_a_plain_loop_draws_them(seed: int, count: int, number: int) -> None:
    held = window(np.random.default_rng(seed), count)
    found = strangers.drawn(held.columns, held.language, 1, 5.0, 9, number, 30)
    plain = []
    for turn in range(30):
        mixed = (number * 30 + turn + 1) * 0x9E3779B97F4A7C15 & _WHOLE
        mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9 & _WHOLE
        mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB & _WHOLE
        place = (mixed ^ mixed >> 31) & held.mask
        is_old = held.serial[place] >= 0 and (held.at[place] <= 5.0 or held.serial[place] < 9)
        if is_old and held.language[place] == 1:
            plain.append(int(held.serial[place]))
    assert found.tolist() == plain


@given(SEEDS, st.integers(1, 40))
def test_the_nearest_and_the_nearest_decoy_are_those_a_plain_loop_finds(
    seed: int, count: int
) -> None:
    random = np.random.default_rng(seed)
    held = window(random, count)
    others = held.serials()
    cosines = random.random(others.size).astype(np.float32)
    found = strangers.nearest(held.columns, held.language, 1, 9.0, others, cosines, 2.0, 4.0)
    near, decoys = [0.0], [0.0]
    for serial, cosine in zip(others.tolist(), cosines.tolist(), strict=True):
        age = 9.0 - held.at[serial & held.mask]
        if held.language[serial & held.mask] == 1:
            near += [cosine * exp(-age / 2.0)] if 0 <= age < 2 else []
            decoys += [cosine * exp(-(age - 4) / 2.0)] if 4 <= age < 6 else []
    assert found == pytest.approx((max(near), max(decoys)))


@given(SEEDS, st.integers(0, 60), st.floats(0.0, 12.0))
def test_expected_strangers_are_summed_as_a_plain_loop_sums_them(
    seed: int, last: int, known: float
) -> None:
    random = np.random.default_rng(seed)
    counts, table = np.round(random.random(16) * 3), random.random((8, 3))
    slot = last - random.integers(0, 20, 16)
    found = np.full(3, 7.0)
    strangers.expected(counts, slot, last, known, table, found)
    held = [
        counts[(last - back) & 15] * (slot[(last - back) & 15] == last - back) for back in range(8)
    ]
    plain = sum(held[back] * table[back] for back in range(8))
    if known < 8:
        plain = sum(held) / max(known, 1.0) * table.sum(0)
    assert found == pytest.approx(plain)


@given(SEEDS, st.integers(1, 20), st.booleans())
def test_an_arrival_is_counted_by_level_as_a_plain_loop_counts_it(
    seed: int, levels: int, settled: bool
) -> None:
    random = np.random.default_rng(seed)
    at = np.sort(random.random(levels))
    ratio, now, then = random.random((3, levels)) * 2.0
    best, decoy = random.choice(at), random.random()
    counts, total = np.zeros((2, strangers.ROWS, levels))
    total += 1.0
    strangers.count(counts, total, ratio, at, now, then, (best, decoy), settled)
    plain = np.zeros((strangers.ROWS, levels))
    for level in range(levels):
        plain[strangers.EXPECTED, level] = now[level]
        plain[strangers.BY_CHANCE, level] = 1.0 - exp(-ratio[level] * now[level])
        plain[strangers.REACHED, level] = best >= at[level]
        plain[strangers.EXPECTED_DECOYS, level] = then[level] if settled else 0.0
        plain[strangers.DECOYS, level] = settled and decoy >= at[level]
    np.testing.assert_allclose(counts, plain, rtol=1e-12)
    np.testing.assert_allclose(total, plain + 1.0, rtol=1e-12)


@given(SEEDS, st.integers(1, 40))
def test_the_nearest_mate_is_the_one_a_plain_loop_finds(seed: int, count: int) -> None:
    random = np.random.default_rng(seed)
    held = window(random, count)
    held.story[:] = random.integers(0, 3, held.capacity)
    serial = int(held.enter(count, 9.0, int(random.integers(0, 2))))
    place = serial & held.mask
    held.near[place] = random.integers(-1, count, 4)
    held.cosine[place] = random.random(4)
    columns, story, language = held.columns, held.story, held.language
    found = strangers.nearest_mate(columns, story, language, serial, 1, 2.0)
    plain, of_its_own = [-1.0], False
    for other, cosine in zip(held.near[place].tolist(), held.cosine[place].tolist(), strict=True):
        there = other & held.mask
        if other >= 0 and held.serial[there] == other and held.story[there] == 1:
            plain.append(cosine * exp(-abs(held.at[there] - 9.0) / 2.0))
            of_its_own |= bool(held.language[there] == held.language[place])
    assert found == (pytest.approx(max(plain)), of_its_own)


def judged(
    total: np.ndarray, seen: np.ndarray, now: np.ndarray, awake: float, s: strangers.EvidenceBounds
) -> tuple:
    """What :func:`strangers.judge` says, written level by level."""
    ratios, chances, mates, share = [], [], [], 0.0
    for level in range(now.size):
        reached, alone, expected, decoys, at_decoys = total[:, level]
        prior = s.patience * expected / seen[0]
        found = -log(max(1 - decoys / (seen[1] + 1), 1e-3)) * seen[1]
        ratio = (found + prior) / max(at_decoys + prior, 1e-12)
        ratios.append(min(max(ratio, 0.1), 10.0))
        chances.append(1 - exp(-ratios[-1] * now[level]))
        alone /= seen[0]
        mate = ((reached + 1) / (seen[0] + 1) - alone) / max(1 - alone, 1e-9)
        mates.append(min(max(mate, 0.0), 1.0))
        if s.band_first <= level <= s.band_last:
            share = max(share, mates[-1])
    everybody = [
        1 - (1 - chance) * (1 - awake * max(mates[level:])) for level, chance in enumerate(chances)
    ]
    bound = s.bound + s.rise * share**2
    evident = [at for at, chance in enumerate(chances) if chance <= bound * everybody[at] + 1e-12]
    return share, min(evident, default=-1), ratios, chances, everybody


@given(SEEDS, st.integers(2, 12), st.floats(0, 1))
def test_chance_is_judged_as_a_plain_loop_judges_it(seed: int, levels: int, awake: float) -> None:
    random = np.random.default_rng(seed)
    seen = np.array([50.0, 30.0])
    total = -np.sort(-random.random((strangers.ROWS, levels)) * 30.0, axis=1)
    now = -np.sort(-random.random(levels))
    bounds = strangers.EvidenceBounds(200.0, 0.08, 0.9, 1, levels - 2)
    written = [np.zeros(levels) for _ in range(3)]
    share, evident = strangers.judge(total, seen, now, awake, bounds, *written)
    expected = judged(total, seen, now, awake, bounds)
    assert (share, evident) == (pytest.approx(expected[0]), expected[1])
    for found, plain in zip(written, expected[2:], strict=True):
        assert found.tolist() == pytest.approx(plain)


def after(count: int, *, days: float) -> Chance:
    clusterer = Clusterer()
    for each in planted(count, days=days):
        clusterer.arrive(each.arrival)
    return clusterer.chance


def test_where_more_strangers_come_a_likeness_must_say_more() -> None:
    quiet, busy = after(600, days=12), after(600, days=1)
    assert busy.level > quiet.level


def test_a_burst_after_a_quiet_spell_is_met_by_its_own_rate() -> None:
    clusterer = Clusterer()
    for each in planted(200, days=20, seed=3):
        clusterer.arrive(each.arrival)
    before = clusterer.chance.level
    for number, each in enumerate(planted(200, days=0.2, seed=4), 1_000):
        told = each.arrival
        at = 20 * DAY + told.at
        clusterer.arrive(Arrival(number, at, told.title, told.text))
    assert clusterer.chance.level > before


@pytest.mark.slow
def test_a_fast_wire_finds_its_stories_within_hours_of_its_beginning() -> None:
    """Thousands come before any is a day old: some that came long before must do for strangers."""
    clusterer = Clusterer()
    labels = {}
    for arrival in islice(Newswire(50_000), 6_000):
        labels[arrival.id] = clusterer.arrive(arrival).story
        if clusterer.repair_due():
            clusterer.repair()
    # Half its events have one report; the others' first ones found a story each.
    late = [labels[each] for each in range(4_501, 6_001)]
    assert len(set(late)) < 0.75 * len(late)


def test_the_nearer_two_reports_the_likelier_they_are_one_event() -> None:
    chance = after(600, days=3)
    said = [chance.probability(level) for level in (0.03, 0.1, 0.2, 0.3, 0.5)]
    assert said[0] < 0.5 < said[-1]
    assert all(0.0 <= each <= 1.0 for each in said)


def test_what_all_texts_of_a_language_share_is_taken_off_their_likeness() -> None:
    filler = "the of and to in a is that for it as was with be by on not he his but"
    clusterer = Clusterer()
    for number in range(120):
        text = " ".join(f"q{number}w{each}" for each in range(6))
        common = " ".join(f"syl{each}" for each in range(12))
        clusterer.arrive(Arrival(number, number * DAY / 20, text, common + filler, "xx"))
    assert clusterer.chance.common(0) > 0.0
    assert clusterer.chance.common(1) == 0.0


def test_only_the_last_blocks_are_remembered() -> None:
    setting = ChanceSetting(block=10, blocks=3)
    assert [setting.horizon(counted) for counted in (0, 25, 30, 39, 40)] == [0, 0, 10, 10, 20]
