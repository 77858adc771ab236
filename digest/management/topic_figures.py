"""The figures of ``digest evaluate topics``, as JSON or as a table."""

import json
from collections.abc import Callable

from digest.newsdesk.topics.teaching.evaluate import Figures, Judged, figures, judge


def write(line: Callable[[str], object], *, as_json: bool, wrong: bool) -> None:
    """Judge every labelled example and hand the outcome, line by line, to ``line``."""
    judged = judge()
    if wrong:
        for each in judged:
            if not each.right:
                word = "missed" if each.example.belongs else "taken in error"
                line(f"{each.example.topic}: {word}: {each.example.title}")
    found = _found(judged)
    if as_json:
        line(json.dumps(found))
        return
    for slug, row in found["topics"].items():  # type: ignore[union-attr]
        line(_row(slug, row))
    for name in ("over_all", "mended", "held_out"):
        line(_row(name, found[name]))


def _found(judged: tuple[Judged, ...]) -> dict[str, Figures | dict[str, Figures] | float | None]:
    slugs = dict.fromkeys(each.example.topic for each in judged)
    over_all = figures(judged)
    return {
        "precision": over_all["precision"],
        "recall": over_all["recall"],
        "over_all": over_all,
        "mended": figures(each for each in judged if not each.example.held_out),
        "held_out": figures(each for each in judged if each.example.held_out),
        "topics": {
            slug: figures(each for each in judged if each.example.topic == slug) for slug in slugs
        },
    }


def _row(name: str, row: object) -> str:
    assert isinstance(row, dict)
    return f"{name:>28}  " + "  ".join(f"{key} {value}" for key, value in row.items())
