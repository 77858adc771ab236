"""The clusterer by itself: articles in, decisions out."""

from itertools import count

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.newsdesk.stories.clustering.cluster import Clusterer
from digest.newsdesk.stories.clustering.features import Arrival, DocumentFrequencies, Vector
from digest.newsdesk.stories.clustering.index import LiveIndex, SearchBudget
from digest.newsdesk.stories.clustering.kernels.average_linkage import group
from digest.newsdesk.stories.clustering.kernels.candidates import Choice
from digest.newsdesk.stories.clustering.kernels.groups import GroupLinks, Groups
from digest.newsdesk.stories.clustering.links import EditorLinks as Editors
from digest.newsdesk.stories.clustering.setting import DAY, Setting
from digest.newsdesk.stories.clustering.window import LiveWindow

MISSILE = (
    "North Korea fires ballistic missile into sea, Seoul says",
    "Pyongyang launches ballistic missile toward eastern sea, South Korea military says",
    "Seoul: North Korea launched a ballistic missile off its east coast",
)
BANK = (
    "Central bank raises interest rates by half a point to fight inflation",
    "Interest rates go up half a point as central bank battles inflation",
    "Half-point rate rise: central bank acts against inflation",
)
CUP = (
    "Brazil beats Argentina on penalties to win continental cup final",
    "Penalties decide cup final as Brazil overcomes Argentina",
    "Argentina lose continental cup final to Brazil after penalties",
)
KOREAN = (
    "북한, 동해로 탄도미사일 발사…합참 발표",
    '합참 "북한이 동해상으로 탄도미사일을 발사"',
)


def stream(*events: tuple[str, ...], language: str = "en") -> list[Arrival]:
    """The events' headlines in turn, an hour apart."""
    titles = [title for rank in zip(*events, strict=True) for title in rank]
    return [Arrival(n, n * 3600.0, title, "", language) for n, title in enumerate(titles, 1)]


def final(clusterer: Clusterer, arrivals: list[Arrival]) -> dict[int, int]:
    for arrival in arrivals:
        clusterer.arrive(arrival)
        if clusterer.repair_due():
            clusterer.repair()
    return dict(clusterer.story_of)


def test_headlines_of_one_event_become_one_story_and_events_stay_apart() -> None:
    labels = final(Clusterer(), stream(MISSILE, BANK, CUP))
    assert len({labels[1], labels[4], labels[7]}) == 1
    assert len({labels[2], labels[5], labels[8]}) == 1
    assert len({labels[3], labels[6], labels[9]}) == 1
    assert len(set(labels.values())) == 3


def test_korean_is_read_without_knowing_its_words() -> None:
    labels = final(Clusterer(), stream(KOREAN, MISSILE[:2], language="ko"))
    assert labels[1] == labels[3] != labels[2]


def test_articles_in_two_languages_do_not_join_over_one_number() -> None:
    clusterer = Clusterer()
    first = clusterer.arrive(Arrival(1, 0.0, "A sponge of 400 years keeps a diary"))
    other = Arrival(2, 60.0, "L’orgue retrouve ses 2 400 tuyaux", "", "fr")
    assert clusterer.arrive(other).story != first.story
    clusterer.repair()
    assert clusterer.story_of[1] != clusterer.story_of[2]


def test_the_same_stream_gives_the_same_labels() -> None:
    arrivals = stream(MISSILE, BANK, CUP)
    assert final(Clusterer(), arrivals) == final(Clusterer(), arrivals)


def test_alike_events_months_apart_are_two_stories() -> None:
    clusterer = Clusterer()
    first = clusterer.arrive(Arrival(1, 0.0, MISSILE[0]))
    later = clusterer.arrive(Arrival(2, 90 * DAY, MISSILE[0]))
    assert later.founded
    assert later.story != first.story


def test_alike_events_some_days_apart_inside_the_window_are_two_stories() -> None:
    clusterer = Clusterer()
    first = clusterer.arrive(Arrival(1, 0.0, MISSILE[0]))
    assert clusterer.arrive(Arrival(2, 5 * DAY, MISSILE[1])).story != first.story


def test_time_is_the_articles_own_so_an_old_one_that_comes_late_does_not_join_todays() -> None:
    clusterer = Clusterer()
    clusterer.arrive(Arrival(1, 300 * DAY, MISSILE[0]))
    late = clusterer.arrive(Arrival(2, 0.0, MISSILE[1]))
    assert late.founded
    assert clusterer.live == 1


def test_articles_leave_the_window_and_take_their_terms_along() -> None:
    clusterer = Clusterer()
    for number in range(50):
        clusterer.arrive(Arrival(number, number * DAY, f"{BANK[number % 3]} {number}"))
    assert clusterer.live <= 7
    assert len(clusterer.story_of) == clusterer.live


def test_articles_without_a_word_stand_alone() -> None:
    clusterer = Clusterer()
    labels = {
        clusterer.arrive(Arrival(n, float(n), title)).story
        for n, title in enumerate(["", "!", "the"])
    }
    assert len(labels) == 3
    clusterer.repair()


def test_a_must_link_joins_what_no_word_joins() -> None:
    clusterer = Clusterer(links=Editors.of([(1, 2)], []))
    labels = final(clusterer, stream(MISSILE, BANK))
    clusterer.repair()
    assert labels[1] == labels[2] == clusterer.story_of[1] == clusterer.story_of[2]


def test_a_cannot_link_parts_what_every_word_joins() -> None:
    clusterer = Clusterer(links=Editors.of([], [(1, 2)]))
    clusterer.arrive(Arrival(1, 0.0, MISSILE[0]))
    clusterer.arrive(Arrival(2, 60.0, MISSILE[0]))
    clusterer.repair()
    assert clusterer.story_of[1] != clusterer.story_of[2]


def test_links_made_later_are_obeyed_at_once_and_survive_repair() -> None:
    clusterer = Clusterer()
    final(clusterer, stream(MISSILE, BANK))
    clusterer.links = Editors.of([(1, 2)], [(3, 1)])
    moves = clusterer.settle()
    assert {move.article for move in moves} >= {2, 3}
    for _ in range(2):
        assert clusterer.story_of[1] == clusterer.story_of[2]
        assert clusterer.story_of[3] != clusterer.story_of[1]
        clusterer.repair()


def test_repair_never_moves_what_an_editor_placed() -> None:
    clusterer = Clusterer()
    final(clusterer, stream(MISSILE, BANK))
    clusterer.relabel(5, clusterer.story_of[2], fixed=True)
    clusterer.relabel(2, clusterer.story_of[2], fixed=True)
    clusterer.relabel(1, 999, fixed=True)
    clusterer.repair()
    assert clusterer.story_of[1] == 999


def test_repair_leaves_labels_older_than_its_reach() -> None:
    setting = Setting(mendable=0.0)
    clusterer = Clusterer(setting)
    arrivals = stream(MISSILE, BANK, CUP)
    for arrival in arrivals:
        clusterer.arrive(arrival)
    before = dict(clusterer.story_of)
    moved = {move.article for move in clusterer.repair()}
    assert moved <= {arrivals[-1].id}
    assert {a: s for a, s in clusterer.story_of.items() if a not in moved} == {
        a: s for a, s in before.items() if a not in moved
    }


def test_a_clusterer_restored_from_labels_goes_on_as_the_old_one_would() -> None:
    arrivals = stream(MISSILE, BANK, CUP)
    old = Clusterer()
    final(old, arrivals[:7])
    new = Clusterer(labels=count(old.arrive(Arrival(900, 25_000.0, "zzz qqq")).story + 1))
    for arrival in arrivals[:7]:
        new.restore(arrival, old.story_of[arrival.id])
    new.remeasure()
    for arrival in arrivals[7:]:
        assert new.arrive(arrival).story == old.arrive(arrival).story


def news(count: int, *, together: bool) -> Clusterer:
    """A window of unrelated reports, each alone or all of them in one story."""
    clusterer = Clusterer(labels=iter(range(1_000, 2_000)))
    for n in range(1, count + 1):
        words = " ".join(f"w{n}x{each}" for each in range(8))
        clusterer.restore(Arrival(n, float(n), words), 1 if together else n)
    clusterer.remeasure()
    return clusterer


def test_where_most_reports_stand_alone_a_likeness_must_say_more() -> None:
    one = Arrival(500, 100.0, "Ferry sinks off island as storm hits the southern coast")
    other = Arrival(501, 50_000.0, "Minister resigns after ferry sinks off island")
    joins = []
    for together in (True, False):
        clusterer = news(90, together=together)
        story = clusterer.arrive(one).story
        joins.append(clusterer.arrive(other).story == story)
    assert joins == [True, False]


@pytest.mark.parametrize(("head_start", "joined"), [(0.0, 7), (Setting().arrival_size, 8)])
def test_of_two_parts_of_an_event_the_larger_takes_the_newcomer(
    head_start: float, joined: int
) -> None:
    clusterer = Clusterer(Setting(arrival_size=head_start))
    clusterer.restore(Arrival(1, 1.0, MISSILE[0]), 7)
    for n in range(2, 10):
        clusterer.restore(Arrival(n, float(n), f"{MISSILE[1]} {'abcdefghij'[n]}"), 8)
    clusterer.remeasure()
    newcomer = "Pyongyang fires ballistic missile into eastern sea, Seoul says"
    assert clusterer.arrive(Arrival(20, 20.0, newcomer)).story == joined


def vector(*terms: tuple[int, float]) -> Vector:
    keys, weights = zip(*sorted(terms), strict=True)
    return Vector(np.array(keys, np.uint32), np.array(weights, np.float32))


def test_document_frequencies_remember_two_generations() -> None:
    table = DocumentFrequencies(generation=10)
    for _ in range(25):
        table.count(vector((7, 1.0)))
    assert table.horizon(25, 10) == 10
    rebuilt = DocumentFrequencies(generation=10, counted=10)
    for _ in range(15):
        rebuilt.count(vector((7, 1.0)))
    probe = vector((7, 1.0), (8, 2.0))
    assert rebuilt.weigh(probe).weights.tolist() == table.weigh(probe).weights.tolist()


def test_the_index_gives_exact_cosines_and_forgets_who_left() -> None:
    window = LiveWindow(8, 2)
    index = LiveIndex(window, SearchBudget())
    pair = (1 << 31) + 5
    held = [vector((1, 0.6), (2, 0.8)), vector((2, 1.0)), vector((3, 0.8), (pair, 0.6))]
    for number, each in enumerate(held):
        index.add(window.enter(number, 0.0, 0), each)
    asked = vector((2, 0.6), (3, 0.64), (pair, 0.48))
    choice = Choice(nearest=8, fade=1.0, crowd=2, crowd_age=1.0, floor=0.03)
    found, _ = index.find(asked, 0.0, choice)
    cosines, shared = index.cosines(asked, found)
    assert cosines.tolist() == pytest.approx([0.48, 0.6, 0.8])
    assert shared.tolist() == [1, 1, 2]
    window.leave(1)
    assert index.find(asked, 0.0, choice)[0].tolist() == [0, 2]


def test_a_window_keeps_its_articles_as_it_grows_and_reuses_places() -> None:
    window = LiveWindow(4, 2, capacity=4)
    for number in range(200):
        window.enter(number, float(number), 0)
        if number >= 5:
            window.leave(number - 5)
    assert window.serials().tolist() == [195, 196, 197, 198, 199]
    assert window.article[window.serials() & window.mask].tolist() == [195, 196, 197, 198, 199]
    assert window.capacity == 8


def row(*sums: float, crowd: float = 0.0) -> tuple[Groups, GroupLinks]:
    """Articles 0, 1, 2 … each by itself, each near the next by so much."""
    count = len(sums) + 1
    ones, crowds = np.ones(count), np.full(count, crowd)
    groups = Groups(ones.astype(np.int64), ones, crowds, np.full(count, -1))
    one = np.arange(count - 1)
    return groups, GroupLinks(one, one + 1, np.array(sums))


def test_average_link_stops_at_the_cut() -> None:
    assert group(*row(0.9, 0.1), 0.3).tolist() == [0, 0, 2]


def test_average_link_respects_who_must_stay_apart_also_once_they_have_merged_with_others() -> None:
    apart = np.array([[0, 2]])
    assert group(*row(0.9, 0.8), 0.3).tolist() == [0, 0, 0]
    assert group(*row(0.9, 0.8), 0.3, apart).tolist() == [0, 0, 2]
    groups, links = row(0.9, 0.8)
    groups.home[:] = [7, -1, 8]
    assert group(groups, links, 0.3).tolist() == [0, 0, 2]


def test_a_crowd_raises_the_cut() -> None:
    assert group(*row(0.5), 0.3).tolist() == [0, 0]
    assert group(*row(0.5, crowd=0.3), 0.3).tolist() == [0, 1]


@given(st.integers(0, 2**32 - 1), st.integers(2, 16), st.floats(0.02, 0.5))
def test_average_link_agrees_with_a_search_for_the_strongest_pair(
    seed: int, count: int, cut: float
) -> None:
    random = np.random.default_rng(seed)
    near = np.triu(random.random((count, count)) * (random.random((count, count)) < 0.3), 1)
    one, other = near.nonzero()
    ones = np.ones(count)
    crowd = random.random(count) * 0.2
    groups = Groups(ones.astype(np.int64), ones, crowd, np.full(count, -1))
    found = group(groups, GroupLinks(one, other, near[one, other]), cut)

    sums = near + near.T
    members = {at: [at] for at in range(count)}
    while True:
        best: tuple[float, int, int] | None = None
        for here in members:
            for there in members:
                between = sums[np.ix_(members[here], members[there])].sum()
                if here >= there or between == 0.0:
                    continue
                within = [
                    len(each) + sums[np.ix_(each, each)].sum()
                    for each in (members[here], members[there])
                ]
                raised = (crowd[members[here]].mean() + crowd[members[there]].mean()) / 2
                margin = between / np.sqrt(within[0] * within[1]) - raised
                if margin >= cut and (best is None or margin > best[0]):
                    best = (margin, here, there)
        if best is None:
            break
        members[best[1]] += members.pop(best[2])
    expected = {frozenset(each) for each in members.values()}
    grouped: dict[int, set[int]] = {}
    for at, target in enumerate(found.tolist()):
        grouped.setdefault(target, set()).add(at)
    assert {frozenset(each) for each in grouped.values()} == expected


@pytest.mark.parametrize("size", [1, 2, 50])
def test_repair_may_be_asked_for_at_any_time(size: int) -> None:
    clusterer = Clusterer()
    assert clusterer.repair() == ()
    for number in range(size):
        clusterer.arrive(Arrival(number, number * 60.0, MISSILE[number % 3]))
    clusterer.repair()
    assert len(set(clusterer.story_of.values())) == 1
