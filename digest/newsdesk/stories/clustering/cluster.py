"""Online clustering: each article joins a story or founds one as it arrives; recent labels are
mended now and then.

Articles and state in, decisions out: no database, no clock. ``at`` is the article's own time; the
youngest article seen is "now". For a given stream the decisions are always the same.
"""

from collections.abc import Iterator
from heapq import heappop, heappush
from itertools import count
from math import log, sqrt

import numpy as np

from digest.newsdesk.stories.clustering.chance import MOST_LANGUAGES, Chance
from digest.newsdesk.stories.clustering.features import (
    Arrival,
    DocumentFrequencies,
    Floats,
    Vector,
    frequencies,
)
from digest.newsdesk.stories.clustering.foreign import Anchored, Foreign, Met, likenesses
from digest.newsdesk.stories.clustering.formulaic import Formulaic
from digest.newsdesk.stories.clustering.index import LiveIndex, Serials
from digest.newsdesk.stories.clustering.kernels.affinities import Doubles
from digest.newsdesk.stories.clustering.kernels.candidates import Choice, Incoming, take_off
from digest.newsdesk.stories.clustering.kernels.strangers import nearest_mate
from digest.newsdesk.stories.clustering.labels import LiveStory, Moved, Placed
from digest.newsdesk.stories.clustering.links import EditorLinks, settle
from digest.newsdesk.stories.clustering.neighbours import Neighbourhood
from digest.newsdesk.stories.clustering.outlets import Outlets
from digest.newsdesk.stories.clustering.repair import repair
from digest.newsdesk.stories.clustering.setting import DAY, Setting
from digest.newsdesk.stories.clustering.tails import Tails
from digest.newsdesk.stories.clustering.window import LiveWindow
from digest.newsdesk.stories.text.words import primary

_JOINED, _JOINED_BY_NEAREST = 0.62, 0.34
"""How often a join is right, by what chance says of its nearest alone: a line through 4,800 joins
of the development streams. The rest of a story says more than its nearest member does."""
_NOBODY = np.zeros(0, np.int64)
_MORE_THAN_ANY = 1 << 31


class Clusterer:
    """The live window of one shard. ``labels`` yields a fresh label for each new story."""

    def __init__(
        self,
        setting: Setting | None = None,
        *,
        labels: Iterator[int] | None = None,
        links: EditorLinks | None = None,
        counted: int = 0,
    ) -> None:
        self.setting = setting or Setting()
        self.links = links or EditorLinks()
        self.labels = labels or count(1)
        self.story_of: dict[int, int] = {}
        self.stories: dict[int, LiveStory] = {}
        self.fixed: set[int] = set()
        self.touched: set[int] = set()
        smoothing = self.setting.smoothing
        self.window = LiveWindow(smoothing.kept, smoothing.nearest, smoothing.kept_of_many)
        self.near = Neighbourhood(self.window, smoothing)
        self.tails = Tails(self.setting.compared)
        self.serial_of: dict[int, int] = {}
        self._frequencies = DocumentFrequencies(self.setting.generation, counted)
        self._index = LiveIndex(self.window, self.setting.reach)
        self.clock = float("-inf")
        self.chance = Chance(self.setting.chance, self.window, self._index)
        self._expect()
        self.formulaic = Formulaic(self.setting.formulaic)
        self._outlets = Outlets(self.setting.outlets)
        self._foreign = Foreign(self.setting.foreign, self.window)
        self._languages: dict[str, int] = {}
        self._ends: list[tuple[float, int]] = []
        self._turned = False

    @property
    def live(self) -> int:
        """How many articles are live."""
        return self.window.live

    @property
    def counted(self) -> int:
        """How many articles have passed in all."""
        return self._frequencies.counted

    @property
    def founding_rate(self) -> float:
        """Live stories per live article, 0 to 1: how likely a report is to be the first of one.

        The prior odds of a join, as a Chinese restaurant process has them: D. Aldous,
        "Exchangeability and related topics", 1985.
        """
        stories = len(self.stories) + self.setting.usual_stories
        return stories / (self.live + self.setting.usual_articles)

    @property
    def cut(self) -> float:
        """The affinity at which two groups become one, as things are."""
        setting = self.setting
        founding = max(self.founding_rate, 0.5 * (1.0 - self.chance.share))
        cut = setting.cut + setting.founding * founding
        return min(setting.cut_most, max(cut, setting.cut_evidence * self.chance.main_level))

    @property
    def arrival_cut(self) -> float:
        """The affinity at which an article joins a story as it arrives, as things are."""
        setting, rate = self.setting, self.founding_rate
        share = min(setting.arrival_evidence_most, setting.arrival_evidence + rate)
        cut = setting.arrival_cut + setting.arrival_founding * rate
        return min(setting.arrival_cut_most, max(cut, share * self.chance.level))

    @property
    def weak(self) -> Doubles:
        """By place, the affinity below which articles are not held together, as things are."""
        setting = self.setting
        alone = 1.0 - float(self.chance.share**setting.weak_joiners)
        evident = setting.weak_evidence * self.levels * alone
        _, tails = self.chance.levels(self.clock)
        strangers = setting.weak * tails[self.window.language] / setting.chance.usual_tail
        return np.maximum(np.maximum(setting.weak, evident), strangers)

    @property
    def levels(self) -> Doubles:
        """By place, the least likeness that is evidence: as it is now in the article's language,
        and not much less than it was when the article came.

        After a quiet night few have come, and a likeness says much; of the reports of the day
        before it says no more for that.
        """
        window = self.window
        now = self.chance.levels(self.clock)[0][window.language]
        return np.maximum(now, self.setting.level_kept * window.level)

    def arrive(self, arrival: Arrival) -> Placed:
        """Place a new article: in the story it is nearest to, or in a new one."""
        serial = self._enter(arrival)
        story, score = self._linked_story(arrival.id), 1.0
        mean = None
        if story is None:
            story, mean = self._best_story(serial, arrival.id)
            score = 1.0 if story is None else self.certainty(serial, story)
        founded = story is None
        label = next(self.labels) if story is None else story
        self.join(serial, label, mean)
        self._leave_if_late(arrival, serial)
        return Placed(arrival.id, label, score, founded)

    def restore(self, arrival: Arrival, story: int, *, fixed: bool = False) -> None:
        """Take in an article whose story is known already: after a restart, or placed elsewhere.

        ``fixed``: an editor placed it, and no repair may move it.
        """
        serial = self._enter(arrival)
        self.join(serial, story, 0.0)
        if fixed:
            self.fixed.add(arrival.id)
        self._leave_if_late(arrival, serial)

    def recall(self, arrival: Arrival) -> None:
        """Count an article's terms only: it is older than the window, yet still weighs in."""
        found = frequencies(self.formulaic.bared(arrival))
        self._outlets.count(self.counted, arrival.source)
        self._frequencies.count(found, primary(arrival.language))

    def skip_to(self, number: int) -> None:
        """Let numbers go by, up to ``number``: of articles that only follow another's label."""
        self._frequencies.counted = number

    def relabel(self, article: int, story: int, *, fixed: bool = False) -> None:
        """Follow a label that was changed elsewhere."""
        if article in self.serial_of and self.story_of[article] != story:
            self._move(article, story)
        if fixed:
            self.fixed.add(article)

    def settle(self) -> tuple[Moved, ...]:
        """Make the live labels obey the editors' links at once."""
        moves = []
        at = {each: self._at(each) for each in self.serial_of} if self.links else {}
        for article, target in settle(self.links, self.story_of, at):
            label = next(self.labels) if target is None else self.story_of[target]
            moves.append(Moved(article, self.story_of[article], label))
            self._move(article, label)
        return tuple(moves)

    def repair_due(self) -> bool:
        """Whether it is time to mend: after each share of the window, by count of articles."""
        setting = self.setting
        step = setting.repair_least
        while step < setting.repair_most and step * 2 * setting.repair_share <= self.live:
            step *= 2
        return self._turned or self.counted % step == 0

    def repair(self) -> tuple[Moved, ...]:
        """Group the live window, or what was touched of it, afresh; mend its younger labels."""
        self._expect()
        moves = repair(self)
        self.touched.clear()
        return moves

    def pass_repair(self) -> None:
        """Go on as after a repair whose moves are known already."""
        self._expect()
        self.touched.clear()

    def _expect(self) -> None:
        """Tell the neighbours how near strangers come now."""
        window = self.window
        of_late = (window.serial >= 0) & (window.at > self.clock - DAY)
        self.near.hurry(int(np.count_nonzero(of_late)))
        self.near.expect(self.levels, self.chance.share)

    def remeasure(self) -> None:
        """Measure how well each story coheres from its live members, as a repair does."""
        for story in self.stories.values():
            self.measure(story)
        self.touched.clear()

    def measure(self, story: LiveStory) -> None:
        """Set a story's sums from its members."""
        members = np.array(story.members[-self.setting.compared :], np.int64)
        self.near.settle(members)
        inner = self.near.cohesion(members)
        story.inner = inner * (len(story.members) / members.size) ** 2

    def certainty(self, serial: int, label: int) -> float:
        """The probability that an article is of the event of a story's nearest other member."""
        window = self.window
        columns, fade = window.columns, self.setting.chance.fade
        likeness, of_its_own = nearest_mate(
            columns, window.story, window.language, serial, label, fade
        )
        if likeness < 0.0:
            return 0.0
        if not of_its_own:
            return 1.0 - self.setting.foreign.bound
        place = serial & window.mask
        language = int(window.language[place])
        now = self.chance.level_of(language, self.clock)
        # What the probability is of among the few of now, it was of more among the many of then.
        nearest = likeness * min(1.0, now / max(float(window.level[place]), 0.01))
        return _JOINED + _JOINED_BY_NEAREST * self.chance.probability(nearest, language)

    def join(self, serial: int, label: int, mean: float | None) -> None:
        """Put an article into a story; ``mean`` is its affinity to the latest members, if known."""
        story = self.stories.get(label)
        if story is None:
            story = self.stories[label] = LiveStory(tail=self.tails.begin())
        if story.members and mean is None:
            latest = np.array(story.members[-self.setting.compared :], np.int64)
            self.near.settle(np.append(latest, serial))
            mean = float(self.near.affinities(serial, latest).mean())
        story.inner += 1.0 + 2.0 * (mean or 0.0) * len(story.members)
        place = serial & self.window.mask
        story.crowd += float(self.window.crowd[place])
        story.members.append(serial)
        self.tails.add(story.tail, serial)
        self.window.story[place], self.window.tail[place] = label, story.tail
        self.story_of[int(self.window.article[place])] = label
        self.touched.add(serial)

    def part(self, serial: int) -> None:
        """Take an article out of its story; a story without live members is forgotten."""
        place = serial & self.window.mask
        label = int(self.window.story[place])
        story = self.stories[label]
        size = len(story.members)
        at = story.members.index(serial)
        del story.members[at]
        if not story.members:
            self.tails.give_back(story.tail)
            del self.stories[label]
            return
        self.tails.drop(story.tail, at, story.members)
        story.crowd -= float(self.window.crowd[place])
        # Cohesion, inner / size², stays as it was.
        story.inner *= ((size - 1) / size) ** 2

    def _move(self, article: int, story: int) -> None:
        serial = self.serial_of[article]
        self.part(serial)
        self.join(serial, story, None)

    def _at(self, article: int) -> float:
        return float(self.window.at[self.serial_of[article] & self.window.mask])

    def _enter(self, arrival: Arrival) -> int:
        now = max(self.clock, arrival.at)
        self._turned = now // self.setting.repair_period > self.clock // self.setting.repair_period
        self.clock = now
        self._expire()
        arrival = self.formulaic.bared(arrival)
        found = frequencies(arrival)
        name = primary(arrival.language)
        outlet = self._outlets.count(self.counted, arrival.source)
        self._frequencies.count(found, name)
        vector = self._frequencies.weigh(found, name)
        last = MOST_LANGUAGES - 1
        language = self._languages.setdefault(name, min(len(self._languages), last))
        others, cosines, crowd = self._search(vector, arrival.at, language, outlet)
        met, across = self._meet(arrival, language, others, cosines)
        others, cosines = likenesses(met, others, cosines)
        serial = self.window.enter(arrival.id, arrival.at, language, outlet)
        self.serial_of[arrival.id] = serial
        self.window.crowd[serial & self.window.mask] = crowd
        self._index.add(serial, vector)
        self.window.level[serial & self.window.mask] = self.chance.level
        self.near.meet(serial, self.chance.level)
        self.near.add(serial, others, cosines)
        if self.setting.across_languages:
            self._foreign.add(serial, arrival, language, across)
        return serial

    def _meet(
        self, arrival: Arrival, language: int, others: Serials, cosines: Floats
    ) -> tuple[list[Met], Anchored | None]:
        """The articles in other languages on the same event, and what they were found by."""
        if not self._foreign.are_there(language):
            return [], None
        ages = np.abs(self.window.at[others & self.window.mask] - arrival.at)
        near = cosines * np.exp(-ages / self.setting.smoothing.fade) >= self.chance.level
        return self._foreign.meet(arrival, language, others[near].tolist())

    def _search(
        self, vector: Vector, at: float, language: int, outlet: int
    ) -> tuple[Serials, Floats, float]:
        """The nearest live articles, their cosines, and the crowd around the vector."""
        setting, window = self.setting, self.window
        kept, fade, floor = window.near.shape[1], self.near.lending_fade, setting.reach.floor
        choice = Choice(kept, fade, setting.crowd, setting.crowd_age, floor)
        others, aged = self._index.find(vector, at, choice)
        cosines, shared = self._index.cosines(vector, others)
        least_shared = setting.foreign_terms if setting.across_languages else _MORE_THAN_ANY
        incoming = Incoming(language, outlet, self.chance.common(language), least_shared)
        columns, language_of, outlet_of = window.columns, window.language, window.outlet
        own = take_off(columns, language_of, outlet_of, others, cosines, shared, incoming)
        number = self._frequencies.counted - 1
        cosines[own] = self._outlets.weighed(number, outlet, cosines[own], self.chance.share)
        self.chance.observe(number, language, at, vector, others, cosines)
        crowd = float(cosines[aged].sum()) / setting.crowd
        # A crowd is older articles; the nearest are kept whatever their age.
        return others, cosines, min(crowd, setting.crowd_most)

    def _expire(self) -> None:
        horizon = self.clock - self.setting.window
        while self._ends and self._ends[0][0] < horizon:
            self._forget(heappop(self._ends)[1])

    def _leave_if_late(self, arrival: Arrival, serial: int) -> None:
        if arrival.at < self.clock - self.setting.window:
            self._forget(arrival.id)
        else:
            heappush(self._ends, (arrival.at, arrival.id))

    def _forget(self, article: int) -> None:
        serial = self.serial_of.pop(article)
        self.part(serial)
        if self.setting.across_languages:
            self._foreign.leave(serial, int(self.window.language[serial & self.window.mask]))
        self.window.leave(serial)
        self.fixed.discard(article)
        self.touched.discard(serial)
        del self.story_of[article]

    def _linked_story(self, article: int) -> int | None:
        for other in sorted(self.links.must.get(article, ())):
            if other in self.story_of:
                return self.story_of[other]
        return None

    def _best_story(self, serial: int, article: int) -> tuple[int | None, float | None]:
        """The story that is nearest above the cut, and the mean affinity to it."""
        setting, window = self.setting, self.window
        barred = _NOBODY
        if article in self.links.cannot:
            apart = {self.story_of.get(other, -1) for other in self.links.cannot[article]}
            barred = np.array(sorted(apart), np.int64)
        tried, means = self.near.stories(serial, self.tails, barred)
        crowd = float(window.crowd[serial & window.mask])
        best: tuple[int | None, float | None] = (None, None)
        margin = 0.0
        cut = self.arrival_cut
        for label, mean in zip(tried, means, strict=True):
            story = self.stories[label]
            size = len(story.members)
            score = mean / sqrt(story.inner) * size
            above = score - setting.arrival_crowding * (crowd + story.crowd / size) / 2
            if above < cut:
                continue
            above += setting.arrival_size * log(size)
            if best[0] is None or above > margin:
                best, margin = (label, mean), above
        return best
