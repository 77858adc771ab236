"""``digest evaluate``: the service's own grouping and tagging, measured on labelled data."""

import json
from argparse import ArgumentParser
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from digest.management import topic_figures
from digest.newsdesk.stories.clustering.evaluate import (
    BadStream,
    Evaluation,
    Labelled,
    evaluate,
    read,
    squeeze,
)
from digest.newsdesk.stories.clustering.joins import (
    StatedJoin,
    curve,
    off_by,
    reliability,
    stated_joins,
)
from digest.newsdesk.stories.embeddings import installed


class Command(BaseCommand):
    """``digest evaluate stories FILE.jsonl``, ``digest evaluate topics``: our own code measured."""

    help = "Measure the service's own code on labelled data; no database is needed."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Define what can be evaluated."""
        subjects = parser.add_subparsers(dest="subject", required=True)
        stories = subjects.add_parser("stories", help="the grouping of articles into stories")
        stories.add_argument(
            "file", type=Path, help="JSON lines: id, title, text, published, lang, source, story"
        )
        stories.add_argument(
            "--labels", type=Path, metavar="OUT", help="write id, first, as_sent, final"
        )
        stories.add_argument(
            "--squeeze",
            type=float,
            metavar="DAYS",
            help="a clock that runs 300 days in so many: t' = t0 + (t - t0) x DAYS / 300",
        )
        stories.add_argument(
            "--curve",
            action="store_true",
            help="joins by their stated probability: precision and recall, and what held",
        )
        stories.add_argument("--json", action="store_true", help="one JSON object on the last line")
        sample = subjects.add_parser("topics", help="the sample topics on their labelled examples")
        sample.add_argument("--wrong", action="store_true", help="list the examples it gets wrong")
        sample.add_argument("--json", action="store_true", help="one JSON object on the last line")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the examples or the stream, and print the figures."""
        if options["subject"] == "topics":
            topic_figures.write(self.stdout.write, as_json=options["json"], wrong=options["wrong"])
            return
        path: Path = options["file"]
        days: float | None = options["squeeze"]
        if days is not None and not 0 < days < 1e6:
            raise CommandError("--squeeze takes a number of days above 0.")
        try:
            with path.open(encoding="utf-8") as lines:
                stream = read(lines)
                done = _evaluated(squeeze(stream, days) if days else stream)
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{path} cannot be read: {error}") from None
        except BadStream as error:
            raise CommandError(f"{path}: {error}") from None
        if options["labels"]:
            _write_labels(options["labels"], done)
        joins = stated_joins(done.final, done.stated, done.gold) if options["curve"] else ()
        if options["json"]:
            told = _curve_figures(joins, done) if options["curve"] else {}
            self.stdout.write(json.dumps(done.figures | told))
            return
        self.stdout.write(_table(done.figures))
        if options["curve"]:
            self.stdout.write(_curve_table(joins, done))


def _evaluated(stream: Iterable[Labelled]) -> Evaluation:
    """With the embedder that the service would use, if there is one."""
    asked = installed(settings.DIGEST_EMBEDDER, settings.DIGEST_EMBEDDER_MODEL)
    if asked is None or not settings.DIGEST_CROSS_LANGUAGES:
        return evaluate(stream)
    return evaluate(stream, embed=asked.of, alike=asked.alike(settings.DIGEST_EMBEDDER_ALIKE))


def _table(figures: dict[str, float | int]) -> str:
    """Four groupings side by side, then the rest line by line.

    Every report alone is the line to beat where most news is one report.
    """
    left = dict(figures)
    lines = [f"{'':<44}{'B-cubed F1':>12}{'pairwise F1':>13}"]
    for words, ending in (
        ("first label, on arrival", "_first"),
        ("as sent, at 07:00 UTC over 24 hours", "_as_sent"),
        ("final label", ""),
        ("every report left alone", "_all_alone"),
    ):
        one, other = left.pop(f"bcubed_f1{ending}"), left.pop(f"pairwise_f1{ending}")
        lines.append(f"{words:<44}{one:>12.4f}{other:>13.4f}")
    return "\n".join([*lines, "", *(f"{name:>20}  {value}" for name, value in left.items())])


def _curve_figures(joins: Sequence[StatedJoin], done: Evaluation) -> dict[str, Any]:
    rows = reliability(joins)
    return {
        "curve": [asdict(each) for each in curve(joins, done.gold)],
        "reliability": [asdict(each) for each in rows],
        "stated_off_by": round(off_by(rows), 4),
    }


def _curve_table(joins: Sequence[StatedJoin], done: Evaluation) -> str:
    """Joins by the least probability asked of them, then what was stated beside what held."""
    lines = ["", f"{'joins stated at least':<24}{'joins':>8}{'precision':>11}{'recall':>9}"]
    for point in curve(joins, done.gold):
        lines.append(
            f"{point.probability:<24.2f}{point.joins:>8}{point.precision:>11.4f}{point.recall:>9.4f}"
        )
    lines += ["", f"{'stated between':<24}{'joins':>8}{'on average':>11}{'held':>9}"]
    rows = reliability(joins)
    for row in rows:
        between = f"{row.low:.2f} and {row.high:.2f}"
        lines.append(f"{between:<24}{row.joins:>8}{row.stated:>11.4f}{row.held:>9.4f}")
    return "\n".join([*lines, f"{'off by, on average':<24}{'':>8}{'':>11}{off_by(rows):>9.4f}"])


def _write_labels(path: Path, done: Evaluation) -> None:
    rows = zip(done.names, done.first, done.as_sent, done.final, strict=True)
    try:
        with path.open("w", encoding="utf-8") as out:
            for name, first, as_sent, final in rows:
                row = {"id": name, "first": first, "as_sent": as_sent, "final": final}
                out.write(json.dumps(row, ensure_ascii=False) + "\n")
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error}") from None
