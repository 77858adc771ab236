"""What a run of the poller did, as values."""

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Failure:
    """A feed that brought nothing this time, and why."""

    url: str
    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class PollReport:
    """What a run did: ``due`` feeds were looked at; each was ok, unchanged or failed."""

    due: int = 0
    ok: int = 0
    unchanged: int = 0
    failed: int = 0
    entries: int = 0
    new_articles: int = 0
    failures: tuple[Failure, ...] = field(default=())

    def __add__(self, other: "PollReport") -> "PollReport":
        """Both together."""
        return PollReport(
            *(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__)
        )

    def to_document(self) -> dict[str, Any]:
        """As JSON-ready values, under the names that ``digest poll --json`` promises."""
        return asdict(self) | {"failures": [asdict(each) for each in self.failures]}
