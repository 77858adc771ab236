"""What an alert says, as a value: frozen when it is issued, read by messages."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from digest.newsdesk.picture import Picture, from_plain


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
    picture: Picture | None = None
    """What stands above it, where an editor shows one; channels that cannot leave it out."""

    @property
    def languages(self) -> tuple[str, ...]:
        """All that it is written in, the newsroom's first."""
        return (self.language, *(tag for tag, _, _ in self.others))

    def in_language(self, language: str) -> "AlertContent":
        """As it is read in one of them; in the newsroom's where it is not written in that.

        What its picture shows was said in the story's language: in another, the headline says it.
        """
        for tag, headline, summary in self.others:
            if tag == language:
                picture = replace(self.picture, alt="") if self.picture else None
                said = replace(self, language=tag, headline=headline, summary=summary)
                return replace(said, picture=picture)
        return self

    def to_document(self) -> dict[str, Any]:
        """The content as JSON-ready values; without a picture nothing is said of one."""
        plain = asdict(self)
        if self.picture is None:
            # As it was before there were any, so that a worker not yet restarted can read it.
            del plain["picture"]
        return plain

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> "AlertContent":
        """The content that :meth:`to_document` wrote."""
        others = tuple((tag, head, told) for tag, head, told in document.get("others", ()))
        return cls(
            **{
                **document,
                "sources": tuple(document["sources"]),
                "others": others,
                "picture": from_plain(document.get("picture")),
            }
        )
