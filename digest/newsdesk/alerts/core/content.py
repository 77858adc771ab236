"""What an alert says, as a value: frozen when it is issued, read by messages."""

from dataclasses import asdict, dataclass, replace
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
    others: tuple[tuple[str, str, str], ...] = ()
    """The same in other languages: tag, headline, summary."""

    @property
    def languages(self) -> tuple[str, ...]:
        """All that it is written in, the newsroom's first."""
        return (self.language, *(tag for tag, _, _ in self.others))

    def in_language(self, language: str) -> "AlertContent":
        """As it is read in one of them; in the newsroom's where it is not written in that."""
        for tag, headline, summary in self.others:
            if tag == language:
                return replace(self, language=tag, headline=headline, summary=summary)
        return self

    def to_document(self) -> dict[str, Any]:
        """The content as JSON-ready values."""
        return asdict(self)

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> "AlertContent":
        """The content that :meth:`to_document` wrote."""
        others = tuple((tag, head, told) for tag, head, told in document.get("others", ()))
        return cls(**{**document, "sources": tuple(document["sources"]), "others": others})
