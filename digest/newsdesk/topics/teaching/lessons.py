"""What a topic learns from beside its editors' own words."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from digest.newsdesk.topics.teaching.features import Traits
from digest.newsdesk.topics.teaching.model import Lesson

UNFILED = 0.3
"""Weight of a story of the days that no query and no editor put under the topic."""
ELSEWHERE = 0.3
"""Weight of another topic's story or example."""
LIKELY = 0.3
"""Weight of a story that the query took and nobody has spoken of."""


@dataclass(frozen=True, slots=True)
class TopicExample:
    """A labelled example that came with a topic of the sample."""

    topic: str
    belongs: bool
    traits: Traits


def assumed(traits: Traits, story: int | None = None) -> Lesson:
    """A story that nobody filed: likely none of the topic's, and no more than that."""
    return Lesson(traits, belongs=False, decided=False, weight=UNFILED, story=story)


def rehearsed(topic: str, examples: Sequence[TopicExample]) -> list[Lesson]:
    """Lessons out of the sample's examples: the topic's own, and what belongs to others.

    What the topic's query says of its own is left out: it was mended with them, and would be
    trusted on news as if it were always right.
    """
    own, others = [], []
    for each in examples:
        if each.topic == topic:
            unasked = {key: one for key, one in each.traits.values.items() if key != f"t:{topic}"}
            traits = replace(each.traits, values=unasked)
            own.append(Lesson(traits, each.belongs, decided=False, rehearsed=True))
        elif each.belongs and not each.traits.values.get(f"t:{topic}"):
            others.append(
                Lesson(each.traits, False, decided=False, weight=ELSEWHERE, rehearsed=True)
            )
    return [*own, *others]
