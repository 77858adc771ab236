"""What the clusterer decides, and what it holds of a story while it is live."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Placed:
    """The label on arrival. ``score``: the probability that it is right to join, 1 if founded."""

    article: int
    story: int
    score: float
    founded: bool


@dataclass(frozen=True, slots=True)
class Moved:
    """A mended label; ``score`` as :class:`Placed` has it, 1 where nobody else is in the story."""

    article: int
    before: int
    after: int
    score: float = 1.0


@dataclass(slots=True)
class LiveStory:
    """A story's live members by serial number. ``inner``: the sum of affinities inside, itself
    included; ``crowd``: the sum of its members' crowds; ``tail``: the row of its latest members."""

    members: list[int] = field(default_factory=list)
    inner: float = 0.0
    crowd: float = 0.0
    tail: int = -1
