"""Who wrote it, out of the line that says so: "By Jo Kim, Seoul Bureau Chief" is Jo Kim."""

import re

_BY = re.compile(
    r"^(?:by|von|par|por|di|da|door|av|af|od|przez|автор:?|written by|reported by|story by)\s+",
    re.IGNORECASE,
)
_POST = re.compile(
    r"\b(?:bureau chief|correspondents?|reporters?|editors?|editor-in-chief|writers?|columnists?"
    r"|producers?|contributors?|staff|journalists?|analysts?|anchors?|photographers?|critics?"
    r"|korrespondent(?:in)?|redakteur(?:in)?|reporter(?:in)?|redaktion|correspondante?|journaliste"
    r"|rédact(?:eur|rice)|corresponsal|redactora?|periodista|corrispondente|redattore|giornalista"
    r"|корреспондент|обозреватель|редактор)\b",
    re.IGNORECASE,
)
_KOREAN_POST = re.compile(r"(?<=[가-힣])\s*(?:선임기자|특파원|객원기자|기자|논설위원)$")
_PARTS = re.compile(r"\s*(?:,|;|\||\s[-–—]\s)\s*")
_AND = re.compile(r"^(?:and|und|et|y|e|en|i|и)\s+", re.IGNORECASE)


def names(line: str) -> str:
    """The names in a byline, without "By" and without posts; the line itself if nothing is left.

    A post is known by its word behind a comma ("Jo Kim, Seoul Bureau Chief"), so that who signs
    as "Staff Writer" alone keeps that.
    """
    line = _KOREAN_POST.sub("", _BY.sub("", line, count=1).strip())
    parts = [part for part in _PARTS.split(line) if part]
    kept = [*parts[:1], *(part for part in parts[1:] if not _POST.search(part))]
    if len(kept) == len(parts):
        return line
    return ", ".join([*kept[:1], *(_AND.sub("", part) for part in kept[1:])])
