"""A topic's names in other languages, as an editor writes them: ``ms: Perdagangan``, one a line."""

import re
from collections.abc import Mapping

from digest.kit.text import one_line

LONGEST = 120
MOST = 40
_LINE = re.compile(r"([A-Za-z]{2,3}(?:-[A-Za-z]{4})?)\s*[:：]\s*(\S.*)")


def written(names: Mapping[str, str]) -> str:
    """The lines of ``names``, by tag."""
    return "\n".join(f"{tag}: {name}" for tag, name in sorted(names.items()))


def read(text: str) -> tuple[dict[str, str], str]:
    """The names that lines give, by tag (``ms``, ``zh-Hant``), and what is wrong with them."""
    found: dict[str, str] = {}
    for line in filter(None, (one_line(each) for each in text.splitlines())):
        given = _LINE.fullmatch(line)
        if given is None:
            return found, (
                f"“{line[:60]}” is no name in a language. Write the language's tag, a colon and "
                "the name, such as: ms: Perdagangan dan perkapalan"
            )
        language, _, script = given[1].partition("-")
        name = given[2].strip()
        if len(name) > LONGEST:
            return found, f"A name may have {LONGEST} characters. Shorten “{name[:40]}…”."
        found[language.lower() + (f"-{script.title()}" if script else "")] = name
    if len(found) > MOST:
        return found, f"A topic may have names in {MOST} languages."
    return found, ""
