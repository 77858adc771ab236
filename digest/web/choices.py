"""A list to choose from as HTML, made once for all who have chosen the same.

A page with hours, days and sixty zones spends a quarter of its time on writing them down.
"""

from collections.abc import Iterable
from functools import lru_cache

from markupsafe import Markup

Choice = str | tuple[str, str]


def options(choices: Iterable[Choice], chosen: str) -> Markup:
    """The ``option`` elements of ``choices``: values with their words, or values that say
    themselves. What was typed and is none of them marks none.
    """
    known = tuple(choices)
    values = (each if isinstance(each, str) else each[0] for each in known)
    return _written(known, chosen if chosen in values else "")


@lru_cache(maxsize=256)
def _written(choices: tuple[Choice, ...], chosen: str) -> Markup:
    return Markup("").join(_option(each, chosen) for each in choices)


def _option(choice: Choice, chosen: str) -> Markup:
    value = choice if isinstance(choice, str) else choice[0]
    selected = Markup(" selected") if value == chosen else ""
    if isinstance(choice, str):
        return Markup("<option{}>{}</option>").format(selected, value)
    return Markup('<option value="{}"{}>{}</option>').format(value, selected, choice[1])
