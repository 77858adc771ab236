"""What an alert says, as a value: frozen when it is issued, read by messages."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class AlertContent:
    """One urgent message. ``kind`` is first, correction or withdrawal; held for several in one,
    after quiet hours.
    """

    public_id: str
    kind: str
    headline: str
    url: str
    language: str
    summary: str = ""
    sources: tuple[str, ...] = ()
    issued_at: str = ""
    revision: int = 1

    def to_document(self) -> dict[str, Any]:
        """The content as JSON-ready values."""
        return asdict(self)

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> "AlertContent":
        """The content that :meth:`to_document` wrote."""
        return cls(**{**document, "sources": tuple(document["sources"])})
