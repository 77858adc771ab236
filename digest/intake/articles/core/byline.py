"""Who wrote it, out of the line that says so: "By Jo Kim, Seoul Bureau Chief" is Jo Kim."""

import re

_BY = re.compile(
    r"^(?:by|par|por|door|av|af|od|przez|автор:?"
    r"|(?:written|reported|story|text|words|reporting) by)\s+",
    re.IGNORECASE,
)
# Before a name and a surname: "Di Stefano" and "Von der Leyen" are surnames.
_BY_NAME = re.compile(
    r"^(?:[Vv]on|[Dd]i|[Dd]a)\s+(?=[A-ZÀ-Þ][\w'’-]+\s+(?:[a-z]{2,3}\s+)*[A-ZÀ-Þ])"
)
_PLACE = re.compile(r"(?<=\w)\s+in\s+[A-ZÀ-Þ][\w.'’-]*(?:\s[A-ZÀ-Þ][\w.'’-]*){0,3}$")
_AGENCY_FIRST = re.compile(r"^[(\[][^()\[\]]{0,20}=[^()\[\]]{1,20}[)\]]\s*")
_POST = re.compile(
    r"\b(?:bureau chief|correspondents?|reporters?|editors?|editor-in-chief|writers?|columnists?"
    r"|producers?|contributors?|staff|journalists?|analysts?|anchors?|photographers?|critics?"
    r"|korrespondent(?:in)?|redakteur(?:in)?|reporter(?:in)?|redaktion|correspondante?|journaliste"
    r"|rédact(?:eur|rice)|corresponsal|redactora?|periodista|corrispondente|redattore|giornalista"
    r"|корреспондент|обозреватель|редактор|head of|bureau|special to)\b|^(?:in|for)\s"
    r"|^(?:edited|editing|additional reporting|photographs?|photos?) by\b",
    re.IGNORECASE,
)
_ASIAN_POST = re.compile(
    r"(?<=[가-힣])\s*(?:선임기자|특파원|객원기자|기자|논설위원)$|\s*(?:記者|记者)$|^(?:記者|记者|文)\s*[/：:]?\s*"
)
_PARTS = re.compile(r"\s*(?:,|;|\||\s[-–—]\s)\s*")
_AND = re.compile(r"^(?:and|und|et|y|e|en|i|и)\s+", re.IGNORECASE)


def names(line: str) -> str:
    """The names in a byline, without "By" and without posts; the line itself if nothing is left.

    A post is known by its word behind a comma ("Jo Kim, Seoul Bureau Chief"), so that who signs
    as "Staff Writer" alone keeps that.
    """
    line = _BY_NAME.sub("", _BY.sub("", _AGENCY_FIRST.sub("", line), count=1), count=1).strip()
    bare = line if line.isascii() else _ASIAN_POST.sub("", line)
    line = (_PLACE.sub("", bare) if "in" in bare else bare).strip() or line
    parts = [part for part in _PARTS.split(line) if part]
    kept = [*parts[:1], *(part for part in parts[1:] if not _POST.search(part))]
    if len(kept) == len(parts):
        return line
    return ", ".join([*kept[:1], *(_AND.sub("", part) for part in kept[1:])])
