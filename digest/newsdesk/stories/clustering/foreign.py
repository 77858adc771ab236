"""Reports of one event in two languages: near by the names, numbers and places that they share.

Words do not survive translation; what does, becomes a vector of its own (:mod:`anchors`), weighed
by how rare it is among the live articles of all languages. An article is held against those of each
other language apart. How near strangers come is learnt for each pair of languages, in each
direction, without any label: the nearest article of *another* story than the nearest one's is a
stranger, whatever the first is, since one event is one story. What is nearer than these get, than
the runner-up by a margin, and than whoever was nearest before, is evidence.

While one language alone is live nothing is computed: texts wait until a second is met.
"""

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass
from math import log, log1p, sqrt
from typing import NamedTuple
from zlib import crc32

import numpy as np

from digest.newsdesk.stories.clustering.features import TEXT_LIMIT, Arrival, Floats, Vector
from digest.newsdesk.stories.clustering.index import LiveIndex, SearchBudget, Serials
from digest.newsdesk.stories.clustering.kernels.candidates import Choice
from digest.newsdesk.stories.clustering.window import LiveWindow
from digest.newsdesk.stories.languages.anchors import anchors

_HASH = (1 << 29) - 1
_PLACE = 1 << 29
"""Bit of a key that says: a place."""
_EVERY = 10
"""Arrivals after which the level is judged anew, fewer at the beginning."""
_LEVELS = np.arange(2, 100) / 100


@dataclass(frozen=True, slots=True)
class ForeignSetting:
    """When two reports in two languages are of one event. Times in seconds."""

    nearest: int = 16
    """Articles of another language that are weighed."""
    fade: float = 6 * 86_400.0
    """Time in which a likeness falls to 1/e: less than in one language, since translation lags."""
    remembered: int = 400
    """Runners-up that tell how near strangers come."""
    usual: float = 0.17
    """How near, until there are some; and how many that counts for."""
    usual_count: float = 20.0
    beyond: float = 2.0
    """Where evidence begins, between the middle stranger and the nearest tenth, and beyond: the
    tail is exponential, so 2 is where one stranger in fifty comes."""
    bound: float = 0.05
    """The share of strangers among those that come as near, at most."""
    margin: float = 1.5
    """How much nearer than the runner-up."""
    enough: float = 1.5
    """What they must share at least, whatever comes near: a rare name and a number, or so."""
    enough_unknown: float = 0.4
    """How much more, while nobody knows how near strangers come; half of it after
    ``usual_count`` arrivals."""
    likeness: float = 1.0
    """What evidence is worth, as a cosine."""
    beside: float = 0.6
    """Others of the same story count too from this share of the level on."""
    waiting: int = 3_000
    """Latest articles of a language whose texts are kept until another is met."""
    usual_articles: float = 200.0
    """What rarity is measured against before there are any."""
    generation: int = 20_000
    """Articles after which what was common is begun to be forgotten."""


class Anchored(NamedTuple):
    """What an article is compared by: its vector, and how telling each key is by its form."""

    vector: Vector
    telling: dict[int, float]


class Waiting(NamedTuple):
    """An article in the window that cannot be found yet; what it is compared by, if known."""

    serial: int
    arrival: Arrival
    anchored: Anchored | None


class _OneLanguage:
    """The articles of one language. By serial in the window: ``own`` serial in the room, and how
    ``telling`` what is compared is."""

    def __init__(self, setting: ForeignSetting) -> None:
        self.window = LiveWindow(1, 1)
        self.index = LiveIndex(self.window, SearchBudget())
        self.waiting: deque[Waiting] = deque(maxlen=setting.waiting)
        self.own: dict[int, int] = {}
        self.telling: dict[int, dict[int, float]] = {}
        self.live = 0


class Strangers:
    """How near the nearest stranger comes, from one language to another.

    ``level``: the nearness from which a likeness is evidence.
    """

    def __init__(self, setting: ForeignSetting) -> None:
        self._setting = setting
        self._strangers: deque[float] = deque(maxlen=setting.remembered)
        self._nearest: deque[float] = deque(maxlen=setting.remembered)
        self._since = 0
        self.level = setting.usual

    def add(self, nearest: float, runner_up: float) -> None:
        """Learn from an arrival: how near its nearest is, and the nearest stranger for sure."""
        self._nearest.append(nearest)
        self._strangers.append(runner_up)
        self._since += 1
        if self._since >= min(len(self._nearest) // 4, _EVERY):
            self._since = 0
            self.level = self._judged()

    @property
    def seen(self) -> int:
        """How many arrivals it knows of."""
        return len(self._nearest)

    def _judged(self) -> float:
        """Where strangers are seldom, and at most ``bound`` of those that come as near.

        The strangers' tail is taken for exponential above the middle one.
        """
        s, count = self._setting, len(self._nearest)
        ordered = np.sort(np.array(self._strangers))
        middle, high = float(ordered[count // 2]), float(ordered[count * 9 // 10])
        scale = max(high - middle, 0.01) / log(5)
        alone = np.minimum(0.5 * np.exp((middle - _LEVELS) / scale), 1.0)
        bests = np.sort(np.array(self._nearest))
        reached = (count - bests.searchsorted(_LEVELS) + 0.5) / (count + 0.5)
        evident = np.flatnonzero(alone <= s.bound * reached)
        found = float(_LEVELS[evident[0]]) if evident.size else 1.0
        found = max(found, middle + s.beyond * (high - middle))
        return (count * found + s.usual_count * s.usual) / (count + s.usual_count)


@dataclass(frozen=True, slots=True)
class Met:
    """An article in another language, of the window by its serial, and how like it is, 0 to 1."""

    serial: int
    likeness: float


class Foreign:
    """The live articles by language, as far as other languages can tell them."""

    def __init__(self, setting: ForeignSetting, window: LiveWindow) -> None:
        self.setting = setting
        self._window = window
        self._rooms: dict[int, _OneLanguage] = {}
        self._strangers: dict[tuple[int, int], Strangers] = {}
        self._young: Counter[int] = Counter()
        self._old: Counter[int] = Counter()
        self._counted = [0, 0]
        self._nearest: dict[tuple[int, int], tuple[float, int]] = {}
        self._choice = Choice(setting.nearest, setting.fade, 1, np.inf, 0.02)

    def are_there(self, language: int) -> bool:
        """Whether any article in another language is live."""
        return bool(self._others(language))

    def meet(
        self, arrival: Arrival, language: int, kin: Iterable[int]
    ) -> tuple[list[Met], Anchored]:
        """The articles in other languages that report what ``arrival`` does, and what it was
        compared by.

        ``kin``: articles in its own language that report the same, by all that is known.
        """
        anchored, beside = self._anchored(arrival), frozenset(kin)
        found = [
            met
            for other in self._others(language)
            for met in self._met(anchored, arrival.at, language, other, beside)
        ]
        return found, anchored

    def add(self, serial: int, arrival: Arrival, language: int, anchored: Anchored | None) -> None:
        """Let articles in other languages find one that is in the window now."""
        room = self._rooms.get(language)
        if room is None:
            room = self._rooms[language] = _OneLanguage(self.setting)
        room.waiting.append(Waiting(serial, arrival, anchored))
        room.live += 1

    def leave(self, serial: int, language: int) -> None:
        """Forget an article that leaves the window."""
        room = self._rooms[language]
        room.live -= 1
        room.telling.pop(serial, None)
        own = room.own.pop(serial, None)
        if own is not None:
            room.window.leave(own)
        for other in self._rooms:
            self._nearest.pop((serial, other), None)

    def _others(self, language: int) -> list[int]:
        return [at for at, room in sorted(self._rooms.items()) if at != language and room.live]

    def _met(
        self, anchored: Anchored, at: float, language: int, other: int, kin: frozenset[int]
    ) -> list[Met]:
        setting, window, room = self.setting, self._window, self._rooms[other]
        self._index(room)
        vector = anchored.vector
        own, _ = room.index.find(vector, at, self._choice)
        if not own.size:
            return []
        cosines, _ = room.index.cosines(vector, own)
        places = own & room.window.mask
        near = cosines * np.exp(-np.abs(room.window.at[places] - at) / setting.fade)
        serials = room.window.article[places]
        stories = window.story[serials & window.mask]
        best = int(near.argmax())
        strangers = self._of(language, other)
        # Few live there are no reason to come near: those see many from here.
        back = self._of(other, language)
        level = max(strangers.level, back.level)
        unknown = setting.usual_count / (setting.usual_count + strangers.seen + back.seen)
        enough = setting.enough + setting.enough_unknown * unknown
        apart = near[stories != stories[best]]
        runner_up = float(apart.max()) if apart.size else 0.0
        if apart.size:
            strangers.add(float(near[best]), runner_up)
        nearest, found = int(serials[best]), float(near[best])
        before, partner = self._nearest.get((nearest, language), (0.0, -1))
        if (
            self._weight(anchored.telling, room.telling[nearest]) < enough
            or found < max(level, setting.margin * runner_up)
            or (found < before and partner not in kin)
        ):
            return []
        self._nearest[nearest, language] = (max(found, before), window.next)
        own_story = (stories == stories[best]) & (near >= setting.beside * level)
        return [Met(int(each), setting.likeness) for each in serials[own_story].tolist()]

    def _of(self, language: int, other: int) -> Strangers:
        if (language, other) not in self._strangers:
            self._strangers[language, other] = Strangers(self.setting)
        return self._strangers[language, other]

    def _index(self, room: _OneLanguage) -> None:
        """Make findable what waits to be."""
        while room.waiting:
            serial, arrival, known = room.waiting.popleft()
            if self._window.serial[serial & self._window.mask] == serial:
                own = room.window.enter(serial, arrival.at, 0)
                anchored = known or self._anchored(arrival)
                room.own[serial], room.telling[serial] = own, anchored.telling
                room.index.add(own, anchored.vector)

    def _anchored(self, arrival: Arrival) -> Anchored:
        text = f"{arrival.title}. {arrival.text[:TEXT_LIMIT]}"
        found: dict[int, float] = {}
        for name, weight in anchors(text, arrival.language, places=True).items():
            key = crc32(name.encode()) & _HASH | (_PLACE if name[0] == "@" else 0)
            found[key] = max(weight, found.get(key, 0.0))
        self._count(found)
        keys = sorted(found)
        weighed = [found[key] * self._rarity(key) for key in keys]
        length = sqrt(sum(each * each for each in weighed)) or 1.0
        weights: Floats = np.array(weighed, np.float32) / np.float32(length)
        return Anchored(Vector(np.array(keys, np.uint32), weights), found)

    def _rarity(self, key: int) -> float:
        """1 for what was never met before, 0 for what everybody has."""
        total = self.setting.usual_articles + sum(self._counted)
        return log1p(total / max(self._young[key] + self._old[key], 1)) / log1p(total)

    def _weight(self, one: dict[int, float], other: dict[int, float]) -> float:
        """How much both share: two rare names and a number are about 2. All places are one."""
        names, place = 0.0, 0.0
        shared = 0
        for key in one.keys() & other.keys():
            weight = min(one[key], other[key]) * self._rarity(key)
            if key & _PLACE:
                shared += not place
                place = max(place, weight)
            else:
                shared += 1
                names += weight
        return names + place if shared > 1 else 0.0

    def _count(self, keys: Iterable[int]) -> None:
        if self._counted[0] >= self.setting.generation:
            self._old, self._young = self._young, Counter()
            self._counted = [0, self._counted[0]]
        self._counted[0] += 1
        self._young.update(dict.fromkeys(keys, 1))


def likenesses(met: list[Met], others: Serials, cosines: Floats) -> tuple[Serials, Floats]:
    """``others`` and their ``cosines``, with those ``met`` among them, in order of serial."""
    if not met:
        return others, cosines
    like = dict(zip(others.tolist(), cosines.tolist(), strict=True))
    for each in met:
        like[each.serial] = max(like.get(each.serial, 0.0), each.likeness)
    serials = sorted(like)
    return np.array(serials, np.int64), np.array([like[each] for each in serials], np.float32)
