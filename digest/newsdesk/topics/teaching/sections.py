"""What kind of section a story stood in, whatever the site calls it and in which language.

``sections.txt`` has one kind a line. A headline's word in another sense (a truce between burger
chains, a court of taste) stands among food and opinion more often than among the world's news, and
``sport`` says of a story what ``스포츠`` says.
"""

from functools import cache, lru_cache
from pathlib import Path

from digest.newsdesk.stories.text.words import fold, tokens

_FILE = Path(__file__).parent / "sections.txt"


@lru_cache(maxsize=4_096)
def kinds_of(section: str) -> tuple[str, ...]:
    """The kinds of a section, by their first names; none where nobody would know.

    The whole name is looked up first, then each of its words: ``Business & Tech`` is of two kinds.
    """
    known, folded = _kinds(), fold(section.strip())
    if whole := known.get(folded):
        return (whole,)
    return tuple(dict.fromkeys(known[word] for word in tokens(folded) if word in known))


@cache
def _kinds() -> dict[str, str]:
    kinds: dict[str, str] = {}
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            names = [name.strip() for name in line.split("=")]
            for name in names:
                kinds.setdefault(fold(name), names[0])
    return kinds
