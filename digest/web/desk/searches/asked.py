"""What is asked of the wire, as its address says it: words, topic, source, language, news alone."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from urllib.parse import urlencode

from django.utils.translation import get_language_info

LONGEST = 100


@dataclass(frozen=True, slots=True)
class WireAsked:
    """One search; empty fields ask for nothing. ``new``: 1 for what came since one looked."""

    q: str = ""
    topic: str = ""
    source: str = ""
    language: str = ""
    new: str = ""

    @classmethod
    def of(cls, fields: Mapping[str, str]) -> "WireAsked":
        """What stands in an address or a form, bounded."""

        def words(name: str) -> str:
            return str(fields.get(name, "")).replace("\x00", "").strip()[:LONGEST]

        return cls(
            q=words("q"),
            topic=words("topic")[:80],
            source=words("source"),
            language=words("language").lower()[:8],
            new="1" if words("new") == "1" else "",
        )

    @property
    def said(self) -> dict[str, str]:
        """What is asked, without what is empty."""
        return {name: value for name, value in asdict(self).items() if value}

    def address(self, page: int = 1, **changes: str) -> str:
        """The query of the address that asks for this with ``changes``; ``?`` for everything."""
        said = replace(self, **changes).said
        return "?" + urlencode(said | ({"page": str(page)} if page > 1 else {}))


def tongue(language: str) -> str:
    """The language's name; its code where it has none that we know."""
    try:
        return str(get_language_info(language)["name"])
    except KeyError:
        return language
