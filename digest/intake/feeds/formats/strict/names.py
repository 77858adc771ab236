"""What feedparser would call an element, for documents that leave no question of it.

feedparser knows elements by the prefix that it gives a known namespace itself ("media_content"),
those of others by the prefix that the document binds first. Bindings that change on the way, which
it does not follow, are a doubt.
"""

from functools import cache

from feedparser.api import StrictFeedParser

_KNOWN: dict[str, str] = {
    address.lower(): prefix for address, prefix in StrictFeedParser.namespaces.items()
}
_PREFIXES = frozenset(_KNOWN.values())
# Looking an address up takes as long as there are many. Of real feeds the most has 30.
MOST_NAMESPACES = 100
_USERLAND = "http://backend.userland.com/rss"
_XLINK = "http://www.w3.org/1999/xlink"
_VERSIONS = {"http://purl.org/rss/1.0/": "rss10", "http://www.w3.org/2005/atom": "atom10"}
_NETSCAPE = "http://my.netscape.com/rdf/simple/0.9/"


class NotClean(Exception):
    """Raised where a document turns out not to be clean; feedparser reads it then."""


class Names:
    """The names of one document's elements and attributes, as its namespaces are declared."""

    def __init__(self) -> None:
        self.version = ""
        self._bound: dict[str | None, str] = {}
        # By the document's prefix the one that feedparser uses, for the namespaces it knows.
        self._mapped: dict[str | None, str] = {}
        self._in_use: dict[str, str] = {}
        self._cached: dict[str, str] = {}

    def declare(self, prefix: str | None, address: str | None, *, at_root: bool) -> None:
        """A binding, in the document's order. Raises NotClean for one that changes another."""
        if not address or len(address.split()) != 1:
            raise NotClean("a namespace without an address")
        if self._bound.get(prefix) == address:
            return
        if len(self._bound) >= MOST_NAMESPACES:
            raise NotClean("too many namespaces")
        lower = address.lower()
        known = _KNOWN.get(lower)
        if not at_root and (
            prefix is None or prefix in self._bound or lower == _XLINK
            or (known != prefix and (prefix in _PREFIXES or prefix in self._in_use))
        ):  # fmt: skip
            raise NotClean("a prefix bound anew")
        self._bound[prefix] = address
        self._cached.clear()
        if not self.version:
            rdf = "rss090" if (prefix, lower) == (None, _NETSCAPE) else ""
            self.version = rdf or _VERSIONS.get(lower, "")
        if "backend.userland.com/rss" in lower:
            address = lower = _USERLAND
            known = _KNOWN[lower]
        if known is None:
            self._in_use[prefix or ""] = address
        else:
            self._mapped[prefix] = known
            self._in_use[known] = address

    def element(self, name: str) -> str:
        """feedparser's name for what expat calls "address local prefix"."""
        found = self._cached.get(name)
        if found is None:
            found = self._cached[name] = self._element(name)
        return found

    def _element(self, name: str) -> str:
        parts = name.split(" ")
        if len(parts) > 3:
            raise NotClean("a name of more than three parts")
        local = parts[-1 if len(parts) < 3 else 1].lower()
        address = parts[0] if len(parts) > 1 else ""
        if local in {"math", "svg"}:
            raise NotClean("an element of another language")
        if "backend.userland.com/rss" in address.lower():
            address = _USERLAND
        prefix = _KNOWN.get(address.lower(), "").lower()
        if not prefix and address:
            prefix = next((p for p, uri in self._in_use.items() if p and uri == address), "")
        prefix = self._mapped.get(prefix.lower(), prefix.lower())
        return f"{prefix}_{local}" if prefix else local


def attributes(given: dict[str, str]) -> dict[str, str]:
    """Attributes as feedparser names them: in small letters, those of namespaces twice."""
    found: dict[str, str] = {}
    qualified: dict[str, str] = {}
    for name, value in given.items():
        if " " in name:
            parts = name.split(" ")
            if len(parts) != 3:
                raise NotClean("an attribute's name of more than three parts")
            prefix = _KNOWN.get(parts[0].lower(), "")
            found[(f"{prefix}:{parts[1]}" if prefix else parts[1]).lower()] = value
            qualified[f"{parts[2]}:{parts[1]}".lower()] = value
        else:
            found[name.lower()] = value
            qualified[name.lower()] = value
    found.update(qualified)
    for name in ("rel", "type"):
        if name in found:
            found[name] = found[name].lower()
    return found


@cache
def is_known(name: str) -> bool:
    """Whether feedparser does something of its own with an element of this name."""
    return hasattr(StrictFeedParser, f"_start_{name}") or hasattr(StrictFeedParser, f"_end_{name}")
