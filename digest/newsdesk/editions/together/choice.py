"""What a window offers to the readers of some topics and languages, in order."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from heapq import merge

from digest.newsdesk.editions.candidates import OfferedStory
from digest.newsdesk.editions.core.rank import EditionWindow, StoryCandidate, order, strength

Scored = tuple[float, StoryCandidate]
# A story that a reader had, and what it is worth to them with what is new in it.
Again = Mapping[int, datetime]


@dataclass(frozen=True, slots=True)
class TopicOffer:
    """The stories on some topics in some languages, as the bits of their places in ``offered``.

    ``offered`` is all that the window offers, the strongest last, and ``places`` where each story
    stands there: an hour has thousands of such choices, of hundreds of stories each.
    ``on_topics``: whether there is anything on the topics, whatever its language.
    """

    offered: Sequence[Scored]
    places: Mapping[int, int]
    bits: int
    on_topics: bool

    def __contains__(self, story: int) -> bool:
        place = self.places.get(story)
        return place is not None and bool(self.bits >> place & 1)

    def __bool__(self) -> bool:
        return bool(self.bits)

    @property
    def strongest(self) -> Iterator[Scored]:
        """Its stories, the strongest first; each is looked up when it is asked for."""
        return _at(self.offered, self.bits)


class WindowOffer:
    """What one window offers, by topic and language, scored once for all who read it."""

    def __init__(self, window: EditionWindow, offered: Iterable[OfferedStory]) -> None:
        self._window = window
        self._by_topic: dict[int, list[OfferedStory]] = defaultdict(list)
        self._topics: dict[int, tuple[int, ...]] = {}
        self._scored: dict[int, Scored] = {}
        for each in offered:
            story = each.candidate.story_id
            self._topics[story] = each.topics
            # Every story here is on a topic of its reader's, which one does not matter.
            on_beat = replace(each.candidate, topics=("",))
            self._scored[story] = strength(on_beat, window), each.candidate
            for topic in each.topics:
                self._by_topic[topic].append(each)
        # The strongest last: the order of any part of it is that of the whole, found once.
        self._all = sorted(self._scored.values(), key=order)
        self._place = {scored[1].story_id: n for n, scored in enumerate(self._all)}
        self._readable: dict[tuple[int, frozenset[str]], int] = {}
        self._named: dict[tuple[int, tuple[str, ...]], StoryCandidate] = {}

    def choice(self, topics: Sequence[int], languages: Sequence[str]) -> TopicOffer:
        """What readers of ``topics`` may be told in ``languages`` (tags), the strongest first."""
        spoken = frozenset(each.partition("-")[0].lower() for each in languages)
        bits = 0
        for topic in topics:
            bits |= self._in(topic, spoken)
        on_topics = any(self._by_topic.get(topic) for topic in topics)
        return TopicOffer(self._all, self._place, bits, on_topics)

    def on_topics(self, topics: Sequence[int]) -> list[int]:
        """Every story on ``topics``, whatever its language, the strongest first."""
        bits = self._bits(each for topic in topics for each in self._by_topic.get(topic, ()))
        return [each.story_id for _, each in _at(self._all, bits)]

    def told(
        self, choice: TopicOffer, names: Mapping[int, str], again: Again, left_out: frozenset[int]
    ) -> Iterator[Scored]:
        """What is told of ``choice``, in order, under the topics of ``names``, its readers'.

        ``again``: what they had, and when; the stories ``left_out`` are told to nobody.
        """
        rest: Iterable[Scored] = choice.strongest
        if again or left_out:
            rest = (
                scored
                for scored in rest
                if scored[1].story_id not in left_out and scored[1].story_id not in again
            )
        if again:
            # The few that are worth less than before, among the others, of whom few are asked for.
            had = sorted(
                (
                    self._once_more(choice.offered[choice.places[story]][1], at)
                    for story, at in again.items()
                    if story in choice and story not in left_out
                ),
                key=order,
                reverse=True,
            )
            rest = merge(rest, had, key=order, reverse=True)
        for points, each in rest:
            yield points, self._under(each, names)

    def _once_more(self, candidate: StoryCandidate, had_at: datetime) -> Scored:
        had = replace(candidate, in_earlier=True, had_at=had_at)
        return strength(replace(had, topics=("",)), self._window), had

    def _under(self, candidate: StoryCandidate, names: Mapping[int, str]) -> StoryCandidate:
        topics = tuple(names[pk] for pk in self._topics[candidate.story_id] if pk in names)
        if candidate.in_earlier:
            return replace(candidate, topics=topics)
        place = candidate.story_id, topics
        if place not in self._named:
            self._named[place] = replace(candidate, topics=topics)
        return self._named[place]

    def _in(self, topic: int, spoken: frozenset[str]) -> int:
        place = topic, spoken
        if place not in self._readable:
            offered = self._by_topic.get(topic, ())
            self._readable[place] = self._bits(each for each in offered if spoken & each.new_in)
        return self._readable[place]

    def _bits(self, offered: Iterable[OfferedStory]) -> int:
        bits = 0
        for each in offered:
            bits |= 1 << self._place[each.candidate.story_id]
        return bits


def _at(stories: Sequence[Scored], bits: int) -> Iterator[Scored]:
    """Those of ``stories`` whose bits are set, the last first."""
    while bits:
        place = bits.bit_length() - 1
        bits ^= 1 << place
        yield stories[place]
