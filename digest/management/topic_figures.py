"""The figures of ``digest evaluate topics``, as JSON or as a table."""

import json
from collections.abc import Callable

from digest.newsdesk.topics.teaching.evaluate import Figures, Judged, figures, judge
from digest.newsdesk.topics.teaching.schooling import DECISIONS, Schooled, schooled


def write(line: Callable[[str], object], *, as_json: bool, wrong: bool) -> None:
    """Judge every labelled example and hand the outcome, line by line, to ``line``.

    Fresh headlines come first: what the queries make of them alone, and after a scripted editor has
    taught for ten minutes a topic.
    """
    judged, school = judge(), schooled()
    if wrong:
        for each in judged:
            if not each.right:
                word = "missed" if each.example.belongs else "taken in error"
                line(f"{each.example.topic}: {word}: {each.example.title}")
    found = _found(judged)
    if as_json:
        line(json.dumps({"fresh": _fresh(school), **found}))
        return
    line("fresh headlines of two weeks, held against all topics")
    line(_row("queries alone", school.untaught))
    line(_row(f"taught, {DECISIONS} decisions", school.taught))
    line(_row("a topic of one's own", school.of_ones_own))
    line(_row("taught, with the extra", school.with_extra))
    line(_row("one's own, with the extra", school.own_with_extra))
    for slug, row_of in school.by_topic.items():
        line(_row(slug, row_of))
    line("examples that the queries were mended with, and older ones that were held out")
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


def _fresh(school: Schooled) -> dict[str, object]:
    return {
        "untaught": school.untaught,
        "taught": school.taught,
        "of_ones_own": school.of_ones_own,
        "taught_with_extra": school.with_extra,
        "of_ones_own_with_extra": school.own_with_extra,
        "decisions": school.decisions,
        "topics": dict(school.by_topic),
    }


def _row(name: str, row: object) -> str:
    assert isinstance(row, dict)
    return f"{name:>28}  " + "  ".join(f"{key} {value}" for key, value in row.items())
