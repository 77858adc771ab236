"""What a window offers to the readers of some topics and languages, in order."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from digest.newsdesk.editions.candidates import OfferedStory
from digest.newsdesk.editions.core.rank import EditionWindow, StoryCandidate, order, strength

Scored = tuple[float, StoryCandidate]
# A story that a reader had, and what it is worth to them with what is new in it.
Again = Mapping[int, datetime]


@dataclass(frozen=True, slots=True)
class TopicOffer:
    """The stories on some topics in some languages, the strongest first; ``stories`` their ids.

    ``on_topics``: whether there is anything on the topics, whatever its language.
    """

    strongest: tuple[Scored, ...]
    stories: frozenset[int]
    on_topics: bool


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
        ordered = sorted(self._scored.values(), key=order)
        self._place = {scored[1].story_id: n for n, scored in enumerate(ordered)}
        self._readable: dict[tuple[int, frozenset[str]], list[Scored]] = {}
        self._named: dict[tuple[int, tuple[str, ...]], StoryCandidate] = {}

    def choice(self, topics: Sequence[int], languages: Sequence[str]) -> TopicOffer:
        """What readers of ``topics`` may be told in ``languages`` (tags), the strongest first."""
        spoken = frozenset(each.partition("-")[0].lower() for each in languages)
        found = {
            scored[1].story_id: scored
            for topic in topics
            for scored in self._in(topic, spoken)
        }  # fmt: skip
        return TopicOffer(
            strongest=tuple(found[story] for story in self._in_order(found)),
            stories=frozenset(found),
            on_topics=any(self._by_topic.get(topic) for topic in topics),
        )

    def on_topics(self, topics: Sequence[int]) -> list[int]:
        """Every story on ``topics``, whatever its language, the strongest first."""
        return self._in_order(
            {each.candidate.story_id for topic in topics for each in self._by_topic.get(topic, ())}
        )

    def told(
        self, choice: TopicOffer, names: Mapping[int, str], again: Again, left_out: frozenset[int]
    ) -> Iterator[Scored]:
        """What is told of ``choice``, in order, under the topics of ``names``, its readers'.

        ``again``: what they had, and when; the stories ``left_out`` are told to nobody.
        """
        rest: Iterable[Scored] = choice.strongest
        if again or left_out:
            rest = (
                self._once_more(scored[1], again[scored[1].story_id])
                if scored[1].story_id in again
                else scored
                for scored in choice.strongest
                if scored[1].story_id not in left_out
            )
        if again:
            rest = sorted(rest, key=order, reverse=True)
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

    def _in(self, topic: int, spoken: frozenset[str]) -> list[Scored]:
        place = topic, spoken
        if place not in self._readable:
            stories = (
                each.candidate.story_id
                for each in self._by_topic.get(topic, ())
                if spoken & each.new_in
            )
            self._readable[place] = [self._scored[each] for each in self._in_order(stories)]
        return self._readable[place]

    def _in_order(self, stories: Iterable[int]) -> list[int]:
        return sorted(stories, key=self._place.__getitem__, reverse=True)
