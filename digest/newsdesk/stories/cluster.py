"""Online clustering: each article joins a story or founds one as it arrives; recent labels are
mended now and then.

Articles and state in, decisions out: no database, no clock. ``at`` is the article's own time; the
youngest article seen is "now". For a given stream the decisions are always the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from math import sqrt

from digest.newsdesk.stories.features import Arrival, DocumentFrequencies, Vector, frequencies
from digest.newsdesk.stories.index import LiveIndex
from digest.newsdesk.stories.links import Links, settle
from digest.newsdesk.stories.neighbours import Neighbourhood, Smoothing
from digest.newsdesk.stories.regroup import Pairs, group
from digest.newsdesk.stories.words import primary

DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Setting:
    """What the clusterer is tuned by; one setting serves every newsroom. Times in seconds."""

    cut: float = 0.2
    """Affinity at which an article joins a story, and two groups become one."""
    window: float = 6 * DAY
    """How long an article stays live, by its own time."""
    mendable: float = 3 * DAY
    """Labels of articles younger than this may be mended."""
    compared: int = 40
    """Latest members of a story that a new article is held against."""
    repair_share: int = 4
    """Repair each time this share of the window (one in so many) has arrived."""
    repair_least: int = 8
    repair_most_live: int = 4_000
    """Above so many live articles only the youngest so many are regrouped."""
    foreign_terms: int = 4
    """Terms that articles in two languages must share to be near at all."""
    weak: float = 0.05
    """Affinities below this count as none when regrouping."""
    generation: int = 50_000
    smoothing: Smoothing = field(default_factory=Smoothing)


@dataclass(frozen=True, slots=True)
class Placed:
    """The label on arrival. ``score`` is the affinity to the story, 1 when it was founded."""

    article: int
    story: int
    score: float
    founded: bool


@dataclass(frozen=True, slots=True)
class Moved:
    """A mended label."""

    article: int
    before: int
    after: int


@dataclass(slots=True)
class _Story:
    members: list[int] = field(default_factory=list)
    cohesion: float = 1.0


class Clusterer:
    """The live window of one shard. ``labels`` yields a fresh label for each new story."""

    def __init__(
        self,
        setting: Setting | None = None,
        *,
        labels: Iterator[int] | None = None,
        links: Links | None = None,
        counted: int = 0,
    ) -> None:
        self.setting = setting or Setting()
        self.links = links or Links()
        self.story_of: dict[int, int] = {}
        self._labels = labels or count(1)
        self._frequencies = DocumentFrequencies(self.setting.generation, counted)
        self._index = LiveIndex()
        self._near = Neighbourhood(self.setting.smoothing)
        self._stories: dict[int, _Story] = {}
        self._at: dict[int, float] = {}
        self._language: dict[int, str] = {}
        self._fixed: set[int] = set()
        self._ends: list[tuple[float, int]] = []
        self._clock = float("-inf")

    @property
    def live(self) -> int:
        """How many articles are live."""
        return len(self._at)

    @property
    def counted(self) -> int:
        """How many articles have passed in all."""
        return self._frequencies.counted

    def arrive(self, arrival: Arrival) -> Placed:
        """Place a new article: in the story it is nearest to, or in a new one."""
        self._enter(arrival)
        story, score = self._linked_story(arrival.id), 1.0
        if story is None:
            story, score = self._best_story(arrival.id)
        founded = story is None
        label = next(self._labels) if story is None else story
        self._join(arrival.id, label)
        self._leave_if_late(arrival)
        return Placed(arrival.id, label, 1.0 if founded else score, founded)

    def restore(self, arrival: Arrival, story: int, *, fixed: bool = False) -> None:
        """Take in an article whose story is known already: after a restart, or placed elsewhere.

        ``fixed``: an editor placed it, and no repair may move it.
        """
        self._enter(arrival)
        self._join(arrival.id, story)
        if fixed:
            self._fixed.add(arrival.id)
        self._leave_if_late(arrival)

    def recall(self, arrival: Arrival) -> None:
        """Count an article's terms only: it is older than the window, yet still weighs in."""
        self._frequencies.count(frequencies(arrival))

    def skip_to(self, number: int) -> None:
        """Let numbers go by, up to ``number``: of articles that only follow another's label."""
        self._frequencies.counted = number

    def relabel(self, article: int, story: int, *, fixed: bool = False) -> None:
        """Follow a label that was changed elsewhere."""
        if article in self._at and self.story_of[article] != story:
            self._part(article)
            self._join(article, story)
        if fixed:
            self._fixed.add(article)

    def settle(self) -> tuple[Moved, ...]:
        """Make the live labels obey the editors' links at once."""
        moves = []
        for article, target in settle(self.links, self.story_of, self._at):
            label = next(self._labels) if target is None else self.story_of[target]
            moves.append(Moved(article, self.story_of[article], label))
            self._part(article)
            self._join(article, label)
        return tuple(moves)

    def repair_due(self) -> bool:
        """Whether it is time to mend: after each share of the window, by count of articles."""
        step = self.setting.repair_least
        while step * 2 * self.setting.repair_share <= min(self.live, self.setting.repair_most_live):
            step *= 2
        return self.counted % step == 0

    def repair(self) -> tuple[Moved, ...]:
        """Group the live window afresh and mend the labels of its younger articles."""
        articles = sorted(self._at, key=lambda each: (self._at[each], each))
        articles = articles[-self.setting.repair_most_live :]
        pairs = self._near.affinities(articles, self.setting.weak)
        groups = group(self._seeds(articles), pairs, self.setting.cut, self._apart)
        moves = []
        for members, label in zip(groups, self._labels_for(groups), strict=True):
            for article in members:
                before = self.story_of[article]
                if before != label and self._is_mendable(article):
                    moves.append(Moved(article, before, label))
        for move in moves:
            self._part(move.article)
            self._join(move.article, move.after, measure=False)
        self._refresh_cohesions(set(articles), pairs)
        return tuple(moves)

    def remeasure(self) -> None:
        """Measure how well each story coheres from its live members, as a repair does."""
        articles = sorted(self._at)
        self._refresh_cohesions(set(articles), self._near.affinities(articles, self.setting.weak))

    def _enter(self, arrival: Arrival) -> None:
        self._clock = max(self._clock, arrival.at)
        self._expire()
        found = frequencies(arrival)
        self._frequencies.count(found)
        vector: Vector = self._frequencies.weigh(found)
        cosines = self._index.cosines(vector)
        self._doubt_foreign(arrival, vector, cosines)
        self._index.add(arrival.id, vector)
        self._near.add(arrival.id, arrival.at, cosines)
        self._at[arrival.id] = arrival.at

    def _doubt_foreign(self, arrival: Arrival, vector: Vector, cosines: dict[int, float]) -> None:
        """Drop cosines across languages that rest on fewer terms than names and numbers give."""
        language = self._language[arrival.id] = primary(arrival.language)
        for other in [each for each in cosines if self._language[each] != language]:
            if self._index.shared(vector, other) < self.setting.foreign_terms:
                del cosines[other]

    def _expire(self) -> None:
        horizon = self._clock - self.setting.window
        while self._ends and self._ends[0][0] < horizon:
            self._forget(heappop(self._ends)[1])

    def _leave_if_late(self, arrival: Arrival) -> None:
        if arrival.at < self._clock - self.setting.window:
            self._forget(arrival.id)
        else:
            heappush(self._ends, (arrival.at, arrival.id))

    def _forget(self, article: int) -> None:
        self._part(article)
        self._index.remove(article)
        self._near.remove(article)
        self._fixed.discard(article)
        del self._at[article]
        del self._language[article]
        del self.story_of[article]

    def _linked_story(self, article: int) -> int | None:
        for other in sorted(self.links.must.get(article, ())):
            if other in self.story_of:
                return self.story_of[other]
        return None

    def _best_story(self, article: int) -> tuple[int | None, float]:
        barred = {self.story_of.get(other) for other in self.links.cannot.get(article, ())}
        reached = self._near.reach(article)
        best: tuple[int | None, float] = (None, self.setting.cut)
        tried: set[int] = set()
        for other in self._near.nearest(article):
            story = self.story_of[other]
            if story in tried or story in barred:
                continue
            tried.add(story)
            score = self._score(reached, article, self._stories[story])
            if score >= best[1]:
                best = (story, score)
        return best

    def _score(self, reached: dict[int, float], article: int, story: _Story) -> float:
        latest = story.members[-self.setting.compared :]
        total = sum(self._near.affinity(reached, article, other) for other in latest)
        return total / len(latest) / sqrt(story.cohesion)

    def _join(self, article: int, label: int, *, measure: bool = True) -> None:
        story = self._stories.setdefault(label, _Story())
        size = len(story.members)
        if size and measure:
            latest = story.members[-self.setting.compared :]
            reached = self._near.reach(article)
            mean = sum(self._near.affinity(reached, article, each) for each in latest) / len(latest)
            story.cohesion = (story.cohesion * size**2 + 2 * mean * size + 1) / (size + 1) ** 2
        story.members.append(article)
        self.story_of[article] = label

    def _part(self, article: int) -> None:
        label = self.story_of[article]
        story = self._stories[label]
        story.members.remove(article)
        if not story.members:
            del self._stories[label]

    def _is_mendable(self, article: int) -> bool:
        young = self._at[article] >= self._clock - self.setting.mendable
        return young and article not in self._fixed

    def _seeds(self, articles: list[int]) -> list[list[int]]:
        """Articles one by one, those that an editor linked or placed together as one."""
        seeds: dict[int, list[int]] = {}
        seed_of: dict[int, int] = {}
        first_fixed: dict[int, int] = {}
        for article in articles:
            others = [seed_of[each] for each in self.links.must.get(article, ()) if each in seed_of]
            if article in self._fixed:
                others.append(first_fixed.setdefault(self.story_of[article], article))
            home = min(others, default=article)
            seeds.setdefault(home, [])
            for other in sorted({each for each in others if each != home and each in seeds}):
                for member in seeds.pop(other):
                    seeds[home].append(member)
                    seed_of[member] = home
            seeds[home].append(article)
            seed_of[article] = home
        return list(seeds.values())

    def _apart(self, one: list[int], other: list[int]) -> bool:
        if self.links.cannot:
            there = set(other)
            if any(self.links.cannot.get(article, set()) & there for article in one):
                return True
        if not self._fixed:
            return False
        placed = {self.story_of[each] for each in one if each in self._fixed}
        placed |= {self.story_of[each] for each in other if each in self._fixed}
        return len(placed) > 1

    def _labels_for(self, groups: list[list[int]]) -> list[int]:
        """Each group keeps the story it shares most articles with; what is left gets a new one.

        Articles that may not move weigh more than all that may.
        """
        claims: list[tuple[float, int, int]] = []
        for at, members in enumerate(groups):
            weights: dict[int, float] = {}
            for article in members:
                weight = 1.0 if self._is_mendable(article) else 1e6
                label = self.story_of[article]
                weights[label] = weights.get(label, 0.0) + weight
            claims.extend((-weight, label, at) for label, weight in weights.items())
        chosen: dict[int, int] = {}
        taken: set[int] = set()
        for weight, label, at in sorted(claims):
            if at not in chosen and (label not in taken or weight <= -1e6):
                chosen[at] = label
                taken.add(label)
        return [chosen[at] if at in chosen else next(self._labels) for at in range(len(groups))]

    def _refresh_cohesions(self, articles: set[int], pairs: Pairs) -> None:
        for story in self._stories.values():
            members = [each for each in story.members if each in articles]
            if not members:
                continue
            inner = float(len(members))
            for one in members:
                near = pairs[one]
                inner += sum(near.get(other, 0.0) for other in members)
            story.cohesion = inner / len(members) ** 2
