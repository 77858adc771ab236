"""robots.txt (RFC 9309): which of a site's pages a robot may read. Protego reads it.

Of Protego's two habits that the RFC does not know we spare ourselves one: it takes a group for ours
whose name is a part of our name. So the names are compared here, without version (2.2.1), before it
reads. The other stays, for it errs on the site's side: "Disallow" without a colon, or misspelt,
counts.
"""

import re
from dataclasses import dataclass

from protego import Protego

# The RFC lets a robot stop reading after 500 KiB.
MAX_BYTES = 500 * 1024
_MAX_DELAY = 60.0
_NAME = re.compile(r"^[ \t]*user-?agent[ \t]*:?[ \t]*([^\r\n]*)", re.IGNORECASE | re.MULTILINE)
_TOKEN = re.compile(r"\*|[a-z_-]*")
_OURS = "ours"


@dataclass(frozen=True, slots=True)
class Rules:
    """What robots.txt says to us; without one everything is allowed.

    ``delay`` is the seconds between two fetches that the site asks for, at most a minute, which is
    no part of the RFC and often written all the same.
    """

    parsed: Protego | None = None
    delay: float = 0.0

    def allow(self, url: str) -> bool:
        """Whether the page may be read; an allowing rule wins over an equally long one (2.2.2)."""
        return self.parsed is None or bool(self.parsed.can_fetch(url, _OURS))


def read(document: bytes, agent: str) -> Rules:
    """The rules for ``agent`` (its product token, "Digest"), or those for everybody.

    Several groups for the same robot are one (2.2.1). Never raises, whatever the document is.
    """
    text = document[:MAX_BYTES].decode("utf-8-sig", "replace").replace("\0", " ")

    def named(line: re.Match[str]) -> str:
        token = _TOKEN.match(line[1].lower())
        name = token[0] if token else ""
        return f"User-agent: {_OURS if name == agent.lower() else '*' if name == '*' else 'others'}"

    parsed = Protego.parse(_NAME.sub(named, text))
    delay = parsed.crawl_delay(_OURS) or 0.0
    return Rules(parsed, min(max(float(delay), 0.0), _MAX_DELAY))
