"""Two editors at one text: whose words stand. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ThreeWay:
    """The texts that stand now, by field; ``clashes`` are fields that both changed differently."""

    texts: dict[str, str]
    clashes: tuple[str, ...]


def settle(base: Mapping[str, str], mine: Mapping[str, str], theirs: Mapping[str, str]) -> ThreeWay:
    """Bring together what an editor saw (``base``), wrote (``mine``), and what stands (``theirs``).

    A field that only one of the two changed takes the change; runs of white space count as one.
    """
    texts: dict[str, str] = {}
    clashes = []
    for field, wrote in mine.items():
        saw, stands = base.get(field, ""), theirs.get(field, "")
        if _same(wrote, stands) or _same(stands, saw):
            texts[field] = wrote
        elif _same(wrote, saw):
            texts[field] = stands
        else:
            texts[field] = wrote
            clashes.append(field)
    return ThreeWay(texts, tuple(clashes))


def _same(one: str, other: str) -> bool:
    return one.split() == other.split()
