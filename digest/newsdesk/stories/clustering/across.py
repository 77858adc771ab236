"""Join stories of a labelled stream across languages, as the service does after each batch."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping

from digest.newsdesk.stories.clustering.cluster import Clusterer
from digest.newsdesk.stories.clustering.features import Arrival
from digest.newsdesk.stories.clustering.labels import Moved
from digest.newsdesk.stories.languages.crossing import ALIKE, DAY, ComparedStory, crossings
from digest.newsdesk.stories.languages.embedder import Vector
from digest.newsdesk.stories.text.words import primary

_SPAN = 2 * DAY
_ROUNDS = 4
_STRANGERS = 400
"""Latest reports that strangers are among, the older ones too."""
_SUMMARY = 420
"""Characters of a text beside its headline: as many as a story's summary has."""

Embed = Callable[[Iterable[str]], Mapping[str, Vector]]
"""Vectors of texts, as far as they can be had."""


class AcrossLanguages:
    """Holds the reports of the last two days, and tells the clusterer which stories are one."""

    def __init__(self, clusterer: Clusterer, embed: Embed | None, alike: float = ALIKE) -> None:
        self._clusterer = clusterer
        self._embed = embed
        self._alike = alike
        self._lately: dict[int, Arrival] = {}
        self._gone: deque[ComparedStory] = deque(maxlen=_STRANGERS)
        self._since: list[int] = []
        self._languages: set[str] = set()

    def saw(self, arrival: Arrival) -> None:
        """Take in an article that has a story by now."""
        self._lately[arrival.id] = arrival
        self._since.append(arrival.id)
        self._languages.add(primary(arrival.language))

    def join(self) -> tuple[Moved, ...]:
        """Join what was touched since the last time; the labels that this moved.

        What was joined is looked at again: it has a partner more to be found by.
        """
        moves: tuple[Moved, ...] = ()
        for _ in range(_ROUNDS):
            touched, self._since = self._since, []
            if len(self._languages) < 2 or not touched:
                break
            found = self._join(touched)
            self._since = [moved.article for moved in found]
            moves += found
        self._since = []
        return moves

    def _join(self, since: list[int]) -> tuple[Moved, ...]:
        horizon = self._clusterer.clock - _SPAN
        story_of = self._clusterer.story_of
        for gone in [n for n, each in self._lately.items() if each.at <= horizon]:
            each = self._lately.pop(gone)
            self._gone.append(_compared(story_of.get(gone, -gone), [each]))
        members: dict[int, list[Arrival]] = {}
        for number, each in self._lately.items():
            if number in story_of:
                members.setdefault(story_of[number], []).append(each)
        touched = {story_of[each] for each in since if each in story_of}
        stories = [_compared(label, held) for label, held in members.items()]
        beside = [_compared(label, [each]) for label, held in members.items() for each in held]
        strangers = [*self._gone, *beside[-_STRANGERS:]]
        texts = [each.text for each in (*stories, *strangers)]
        vectors = self._embed(texts) if self._embed else {}
        found = crossings(
            stories, vectors=vectors, alike=self._alike, about=touched, strangers=strangers
        )
        linked = [pair for pair in found if touched & {pair.one, pair.other}]
        must = self._clusterer.links.must
        for pair in linked:
            first, *rest = (each.id for each in (*members[pair.one], *members[pair.other]))
            for other in rest:
                must.setdefault(first, set()).add(other)
                must.setdefault(other, set()).add(first)
        return self._clusterer.settle() if linked else ()


def _compared(label: int, members: list[Arrival]) -> ComparedStory:
    """A story by its newest report, whose headline it would bear."""
    newest = max(members, key=lambda each: (each.at, each.id))
    text = f"{newest.title}. {newest.text[:_SUMMARY]}"
    languages = frozenset(primary(each.language) for each in members)
    began = min(each.at for each in members)
    return ComparedStory(label, began, newest.language, text, languages)
