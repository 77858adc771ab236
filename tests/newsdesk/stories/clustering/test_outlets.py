"""Reports of one outlet are strangers that look alike, unless there is more to it."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.newsdesk.stories.clustering.cluster import Clusterer
from digest.newsdesk.stories.clustering.features import Arrival
from digest.newsdesk.stories.clustering.outlets import Outlets, OutletSetting
from digest.newsdesk.stories.clustering.score import pairwise
from digest.newsdesk.stories.clustering.setting import Setting
from tests.newsdesk.stories.planted import DAY, Planted, planted

POLLS = (
    ("Marist: Ohio Tied, Obama Leads in Michigan", "New Marist polls find Ohio voters split."),
    ("Marist: Obama Leads in Iowa, Indiana Close", "New Marist polls find Iowa voters firm."),
)
CRASH = (
    ("Frontal collision near Mont-Laurier injures three", "Three hurt on Route 117, Mont-Laurier"),
    ("Mont-Laurier: frontal collision injures three", "Three hurt on Route 117, Mont-Laurier"),
)


def wire() -> list[Planted]:
    """A day on which most reports stand alone, each of an outlet of its own."""
    seen: set[int] = set()
    told = []
    for number, each in enumerate(planted(900, days=1.0, seed=3)):
        if each.event % 12 == 0 or each.event not in seen:
            seen.add(each.event)
            told.append(replace(each, arrival=replace(each.arrival, source=f"Outlet {number}")))
    return told


def are_one(pair: tuple[tuple[str, str], ...], *sources: str) -> bool:
    """Whether two reports, an hour apart at the end of a day, become one story."""
    clusterer = Clusterer()
    for each in wire():
        clusterer.arrive(each.arrival)
    for number, ((title, text), source) in enumerate(zip(pair, sources, strict=True)):
        at = DAY + 3_600.0 * number
        clusterer.arrive(Arrival(90_000 + number, at, title, text, source=source))
    clusterer.repair()
    return clusterer.story_of[90_000] == clusterer.story_of[90_001]


def test_two_polls_of_one_outlet_are_two_stories_where_those_of_two_outlets_would_be_one() -> None:
    assert are_one(POLLS, "Wire", "Post")
    assert not are_one(POLLS, "Wire", "Wire")


def test_an_outlet_that_reports_the_same_again_still_has_one_story() -> None:
    assert are_one(CRASH, "Wire", "Wire")


def test_reports_without_an_outlet_are_of_no_outlet_together() -> None:
    assert are_one(POLLS, "", "")


def wrote(
    outlets: Outlets, number: int, *own: float, source: str = "A", share: float = 1.0
) -> np.ndarray:
    """What is left of likenesses to its outlet's live reports, as one arrives where a ``share`` of
    all have a mate."""
    outlet = outlets.count(number, source)
    return outlets.weighed(number, outlet, np.array(own, np.float32), share)


def test_what_comes_no_nearer_than_an_outlets_own_usually_do_is_no_evidence() -> None:
    outlets = Outlets(OutletSetting())
    for number in range(0, 160, 4):
        wrote(outlets, number, 0.1, 0.4, 0.2)
        for other in range(1, 4):
            outlets.count(number + other, f"Other {number + other}")
    left = wrote(outlets, 160, 0.2, 0.4, 0.9)
    assert left[0] == 0.0
    assert left[1] < 0.2
    assert left[2] > 0.3


def test_what_an_outlet_wrote_once_or_twice_is_not_its_habit_yet() -> None:
    outlets = Outlets(OutletSetting(within=1.0))
    for number in range(4):
        wrote(outlets, number, 0.7)
    assert wrote(outlets, 4, 0.5) == pytest.approx([0.5])


def test_where_few_have_a_mate_an_outlets_next_report_must_say_nearly_the_same() -> None:
    few, most = (
        wrote(Outlets(OutletSetting()), 0, 0.4, 0.6, 0.95, share=share) for share in (0.01, 1.0)
    )
    assert few[0] < 0.5 * most[0]
    assert few[1] < 0.8 * most[1]
    assert few[2] > 0.98 * most[2]


def test_where_one_outlet_writes_all_its_likenesses_count_nearly_whole() -> None:
    outlets = Outlets(OutletSetting())
    for number in range(500):
        wrote(outlets, number, 0.5)
    assert wrote(outlets, 500, 0.5)[0] > 0.48


def test_what_was_learnt_of_an_outlet_is_forgotten_with_its_arrivals() -> None:
    setting = OutletSetting()
    outlets = Outlets(setting)
    for number in range(40):
        wrote(outlets, number, 0.6)
    for number in range(40, 200):
        outlets.count(number, f"Other {number}")
    assert wrote(outlets, 200, 0.5)[0] < 0.15
    gone = setting.block * (setting.blocks + 1)
    assert wrote(outlets, gone, 0.5)[0] == wrote(Outlets(setting), gone, 0.5)[0] > 0.2


def test_a_newsroom_of_one_outlet_is_grouped_nearly_as_well_as_without_its_name() -> None:
    told = planted(700, days=1.5, seed=2)
    scores = {}
    # More than are remembered of an outlet: none is told of its habits, a likeness counts whole.
    few = 2 * OutletSetting().kept * OutletSetting().blocks
    for name, outlets in (("with", OutletSetting()), ("without", OutletSetting(1.0, few=few))):
        clusterer = Clusterer(Setting(outlets=outlets))
        for each in told:
            clusterer.arrive(replace(each.arrival, source="Wire"))
            if clusterer.repair_due():
                clusterer.repair()
        clusterer.repair()
        found = [clusterer.story_of[each.arrival.id] for each in told]
        scores[name] = pairwise(found, [each.event for each in told]).f1
    assert scores["with"] > scores["without"] - 0.03


@given(
    st.lists(st.tuples(st.booleans(), st.floats(0, 1, width=32)), max_size=60),
    st.lists(st.floats(0, 1, width=32), min_size=1, max_size=8),
    st.floats(0, 1),
)
def test_an_outlets_likenesses_count_for_no_more_than_they_are_and_keep_their_order(
    history: list[tuple[bool, float]], own: list[float], share: float
) -> None:
    outlets = Outlets(OutletSetting())
    for number, (is_own, near) in enumerate(history):
        wrote(outlets, number, near, source="A" if is_own else f"Other {number}")
    own.sort()
    left = wrote(outlets, len(history), *own, share=share)
    assert (left >= 0.0).all()
    assert (left <= np.array(own) + 1e-6).all()
    assert (np.diff(left) >= -1e-6).all()
