"""What the clusterer decides, and what it holds of a story while it is live."""

from dataclasses import dataclass, field


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
class LiveStory:
    """A story's live members by serial number. ``inner``: the sum of affinities inside, itself
    included; ``crowd``: the sum of its members' crowds; ``tail``: the row of its latest members."""

    members: list[int] = field(default_factory=list)
    inner: float = 0.0
    crowd: float = 0.0
    tail: int = -1
