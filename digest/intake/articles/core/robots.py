"""robots.txt (RFC 9309): which of a site's pages a robot may read."""

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

# The RFC lets a robot stop reading after 500 KiB.
MAX_BYTES = 500 * 1024
_MOST_RULES = 5_000
_MAX_DELAY = 60.0


@dataclass(frozen=True, slots=True)
class Rules:
    """What one group of robots.txt says to us; the longest pattern that fits decides.

    ``delay`` is the seconds between two fetches that the site asks for, which is no part of the
    RFC and often written all the same.
    """

    patterns: tuple[tuple[bool, str], ...] = ()
    delay: float = 0.0

    def allow(self, url: str) -> bool:
        """Whether the page may be read; an allowing rule wins over an equally long one (2.2.2)."""
        parts = urlsplit(url)
        path = _encoded((parts.path or "/") + (f"?{parts.query}" if parts.query else ""))
        if path == "/robots.txt":
            return True
        best = max(
            ((len(pattern), allows) for allows, pattern in self.patterns if _fits(pattern, path)),
            default=(0, True),
        )
        return best[1]


NOTHING = Rules(patterns=((False, "/"),))


def read(document: bytes, agent: str) -> Rules:
    """The rules for ``agent`` (its product token, "Digest"), or those for everybody.

    Several groups for the same robot are one (2.2.1). Never raises, whatever the document is.
    """
    groups: dict[str, list[tuple[bool, str]]] = {}
    delays: dict[str, float] = {}
    names: list[str] = []
    listing = True
    for line in document[:MAX_BYTES].decode("utf-8-sig", "replace").splitlines():
        field, colon, value = line.partition("#")[0].partition(":")
        field, value = field.strip().lower(), value.strip()
        if not colon:
            continue
        if field == "user-agent":
            name = _token(value)
            names = [*names, name] if listing else [name]
            groups.setdefault(name, [])
            listing = True
            continue
        listing = False if field in {"allow", "disallow", "crawl-delay"} else listing
        for name in names:
            if field in {"allow", "disallow"} and value and len(groups[name]) < _MOST_RULES:
                groups[name].append((field == "allow", _encoded(value[:2000])))
            elif field == "crawl-delay":
                delays[name] = _seconds(value)
    name = agent.lower() if agent.lower() in groups else "*"
    return Rules(tuple(groups.get(name, ())), delays.get(name, 0.0))


def _token(value: str) -> str:
    """A robot's name in any case and without its version (2.2.1)."""
    found = re.match(r"\*|[a-z_-]*", value.lower())
    return found.group(0) if found else ""


def _fits(pattern: str, path: str) -> bool:
    """``*`` is any run of characters, ``$`` at the end is the end (2.2.3).

    Matched piece by piece, without backtracking: patterns are a stranger's.
    """
    whole = pattern.endswith("$")
    first, *pieces = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    at = len(first)
    if not pieces:
        return not whole or at == len(path)
    last = pieces.pop() if whole else ""
    for piece in pieces:
        at = path.find(piece, at)
        if at < 0:
            return False
        at += len(piece)
    return not whole or (path.endswith(last) and len(path) - len(last) >= at)


def _encoded(path: str) -> str:
    """Percent-encoded in one way, so that two spellings of an octet are the same (2.2.2)."""
    kept = re.sub(r"%(2[fF]|2[aA]|24)", r"%25\1", path)
    return quote(unquote(kept, errors="replace"), safe="/*$?&=+,;:@!'()~-._%", errors="replace")


def _seconds(value: str) -> float:
    try:
        return min(max(float(value), 0.0), _MAX_DELAY)
    except ValueError:
        return 0.0
