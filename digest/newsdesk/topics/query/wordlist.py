"""Words of the news and their like in eight languages, for queries that ask for ``~flood``.

One set a line of ``words.txt``, written as aliases are. A word may stand in several sets; the set
that begins with it is meant, otherwise the first that has it. The list is ours: English, Korean,
Chinese, French, Spanish, German, Arabic and Malay, as headlines put things.
"""

from functools import cache
from pathlib import Path

from digest.newsdesk.stories.text.words import fold, tokens

_FILE = Path(__file__).parent / "words.txt"
Key = tuple[str, ...]


def beside(text: str) -> tuple[str, ...]:
    """The names that stand in one set with ``text``, itself among them; none where it is in none.

    Names are as written: a single word in quotation marks is not inflected, a star at the end means
    that the last word may go on.
    """
    return _sets().get(_key(text), ())


def headwords() -> tuple[str, ...]:
    """The first name of every set."""
    return tuple(names[0] for names in _lines())


@cache
def themes() -> dict[str, tuple[str, ...]]:
    """The headings of the list under which a set stands, by its first name without marks."""
    found: dict[str, tuple[str, ...]] = {}
    heading = ""
    # The first line says what the file is.
    for line in _FILE.read_text(encoding="utf-8").splitlines()[1:]:
        if line.startswith("#"):
            heading = line.lstrip("# ").strip()
        elif line:
            name = line.split("=")[0].strip().strip('"')
            found[name] = (*found.get(name, ()), heading)
    return found


@cache
def _sets() -> dict[Key, tuple[str, ...]]:
    heads: dict[Key, tuple[str, ...]] = {}
    others: dict[Key, tuple[str, ...]] = {}
    for names in _lines():
        heads.setdefault(_key(names[0]), names)
        for name in names:
            others.setdefault(_key(name), names)
    return others | heads


@cache
def _lines() -> tuple[tuple[str, ...], ...]:
    lines = _FILE.read_text(encoding="utf-8").splitlines()
    return tuple(
        tuple(name.strip() for name in line.split("="))
        for line in lines
        if line and not line.startswith("#")
    )


def _key(text: str) -> Key:
    return tuple(tokens(fold(text)))
