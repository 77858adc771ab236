"""Above 3,000 live articles only what was touched is clustered anew; repair's promises hold."""

from collections import Counter

import pytest

from digest.newsdesk.stories.clustering.cluster import Clusterer
from digest.newsdesk.stories.clustering.features import Arrival
from digest.newsdesk.stories.clustering.links import EditorLinks
from digest.newsdesk.stories.clustering.score import bcubed
from digest.newsdesk.stories.clustering.setting import DAY, Setting
from tests.newsdesk.stories.planted import Planted, planted

COUNT = 4_200
DAYS = 2.5
_TOLD = """ferry burns off lorn harbour passengers jump rescue boats arrive
    captain arrested owner company ignored faults inspectors warned twice"""
FIRE, COMPANY = (line.split() for line in _TOLD.splitlines())


@pytest.fixture(scope="module")
def wire() -> list[Planted]:
    return planted(COUNT, days=DAYS)


def run(clusterer: Clusterer, arrivals: list[Arrival]) -> tuple[dict[int, int], int]:
    """The labels on arrival, and how many were mended while the window was large."""
    first, mended = {}, 0
    for each in arrivals:
        first[each.id] = clusterer.arrive(each).story
        if clusterer.repair_due():
            moves = clusterer.repair()
            mended += len(moves) * (clusterer.live > clusterer.setting.repair_whole)
    return first, mended


def check(clusterer: Clusterer) -> None:
    """Every live article is in one story, by every book that is kept of it."""
    window = clusterer.window
    seen: Counter[int] = Counter()
    for label, story in clusterer.stories.items():
        for serial in story.members:
            place = serial & window.mask
            article = int(window.article[place])
            seen[article] += 1
            assert window.story[place] == label == clusterer.story_of[article]
            assert clusterer.serial_of[article] == serial
    assert set(seen.values()) == {1}
    assert len(seen) == clusterer.live == len(clusterer.story_of)


@pytest.mark.slow
def test_a_window_of_thousands_is_grouped_as_well_as_a_small_one(wire: list[Planted]) -> None:
    assert Setting().repair_whole < COUNT
    gold = [each.event for each in wire]
    scores = {}
    # Labels on arrival are so good that above the usual bound nothing was left to mend.
    for name, whole in (("touched", Setting().repair_whole // 2), ("whole", COUNT)):
        clusterer = Clusterer(Setting(repair_whole=whole))
        _, mended = run(clusterer, [each.arrival for each in wire])
        check(clusterer)
        labels = [clusterer.story_of[each.arrival.id] for each in wire]
        scores[name] = bcubed(labels, gold).f1
        assert clusterer.live == COUNT
        assert bool(mended) == (name == "touched")
    assert scores["touched"] > 0.97
    assert scores["touched"] > scores["whole"] - 0.01


@pytest.mark.slow
def test_editors_words_hold_in_a_window_of_thousands(wire: list[Planted]) -> None:
    """Given before the window is large and after, and wherever repair looks next."""
    by_event: dict[int, list[int]] = {}
    for each in wire:
        by_event.setdefault(each.event, []).append(each.arrival.id)
    large = sorted((ids for ids in by_event.values() if len(ids) >= 8), key=min)
    early, late = large[:6], large[-6:]
    must = [(early[0][0], early[1][0]), (late[0][0], late[1][0])]
    cannot = [(early[2][0], early[2][5]), (late[2][0], late[2][5])]
    clusterer = Clusterer(links=EditorLinks.of(must, cannot))
    arrivals = [each.arrival for each in wire]
    run(clusterer, arrivals[:3_500])
    fixed = early[3][2]
    clusterer.relabel(fixed, clusterer.story_of[early[4][0]], fixed=True)
    home = clusterer.story_of[fixed]
    run(clusterer, arrivals[3_500:])
    assert clusterer.live > clusterer.setting.repair_whole
    for _ in range(3):
        clusterer.settle()
        clusterer.touched.update(clusterer.serial_of[each] for ids in large for each in ids)
        clusterer.repair()
        for one, other in must:
            assert clusterer.story_of[one] == clusterer.story_of[other]
        for one, other in cannot:
            assert clusterer.story_of[one] != clusterer.story_of[other]
        assert clusterer.story_of[fixed] == home
        check(clusterer)


@pytest.mark.slow
def test_two_stories_that_prove_to_be_one_are_merged_in_a_window_of_thousands(
    wire: list[Planted],
) -> None:

    def report(number: int, words: list[str]) -> Arrival:
        at = DAYS * DAY + number * 300.0
        turned = words[number % 3 :] + words[: number % 3]
        return Arrival(10_000 + number, at, " ".join(turned[:7]), " ".join(turned))

    clusterer = Clusterer()
    run(clusterer, [each.arrival for each in wire])
    apart = [report(n, (FIRE, COMPANY)[n % 2]) for n in range(6)]
    run(clusterer, apart)
    assert clusterer.story_of[10_000] != clusterer.story_of[10_001]
    both = FIRE + COMPANY
    run(clusterer, [report(n, both[n % 7 :] + both[: n % 7]) for n in range(6, 20)])
    assert clusterer.live > clusterer.setting.repair_whole
    clusterer.repair()
    check(clusterer)
    assert len({clusterer.story_of[10_000 + n] for n in range(20)}) == 1


def test_a_small_limit_shows_the_same_with_few_articles() -> None:
    # So many that most reports have mates: before, faint likenesses are held for none.
    wire = planted(1_000, days=2.5)
    clusterer = Clusterer(Setting(repair_whole=150))
    _, mended = run(clusterer, [each.arrival for each in wire])
    check(clusterer)
    labels = [clusterer.story_of[each.arrival.id] for each in wire]
    assert mended
    assert bcubed(labels, [each.event for each in wire]).f1 > 0.97
