"""Whether the clusterer's one setting would have been chosen without the stream it is judged by.

``python -m tests.bench.grouping.leave_one_out`` runs the setting as shipped and its neighbours, one
number changed in each, over the labelled streams of ``$DIGEST_DATA/streams``. For each stream it
prints what the setting scores that is best on all *others*, beside the shipped one and the best in
hindsight: a number that was fitted to one stream falls there. Streams that share articles are left
out together. A score is the mean of B-cubed and pairwise F1, final labels. Takes about half a
minute a setting; ``--keep FILE`` writes each run down and goes on from it, ``--streams`` and
``--only`` choose some, ``--json`` prints one object on the last line.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from digest.newsdesk.stories.clustering.evaluate import evaluate, read
from digest.newsdesk.stories.clustering.setting import Setting

SHIPPED = "as shipped"
STREAMS = (
    "triplets_singles95", "triplets_singles75", "allsides_triplets", "allsides_2021_dated",
    "uci_head6k", "burst_after_quiet", "vietnamese",
)  # fmt: skip
_FAMILY = {"triplets_singles95": "triplets", "triplets_singles75": "triplets"} | {
    "allsides_triplets": "triplets", "burst_after_quiet": "triplets"
}  # fmt: skip
NEIGHBOURS: tuple[tuple[str, float], ...] = (
    ("cut", 0.03), ("cut", 0.05), ("founding", 0.9), ("founding", 1.1),
    ("cut_evidence", 0.42), ("cut_evidence", 0.6), ("weak", 0.1), ("weak", 0.12),
    ("weak_evidence", 0.85), ("weak_evidence", 1.05), ("weak_joiners", 1.5), ("chance.bound", 0.08),
    ("chance.bound", 0.12), ("chance.rise", 1.0), ("chance.rise", 1.6), ("smoothing.share", 0.65),
    ("smoothing.share", 0.85), ("smoothing.stranger", 0.01), ("level_kept", 0.8),
    ("smoothing.dense", 50.0), ("smoothing.dense", 200.0), ("smoothing.fade_least", 86_400.0),
    ("outlets.within", 0.35), ("outlets.within", 0.7), ("outlets.few", 3.0),
    ("outlets.steep", 1.0), ("outlets.steep", 3.0), ("outlets.joiners", 1.0),
    ("chance.quiet", 0.25), ("chance.quiet", 1.0), ("mendable", 3 * 86_400.0),
    ("mendable", 5.5 * 86_400.0),
)  # fmt: skip

Scores = Mapping[str, Mapping[str, float]]
_T = TypeVar("_T")


def family(stream: str) -> str:
    """The streams that share articles with it are of one family."""
    return _FAMILY.get(stream, stream)


def changed(setting: _T, path: str, value: float) -> _T:
    """``setting`` with the number at a dotted ``path`` changed; the type stays."""
    name, _, rest = path.partition(".")
    assert is_dataclass(setting) and name in {each.name for each in fields(setting)}, path
    old: Any = getattr(setting, name)
    new = changed(old, rest, value) if rest else type(old)(value)
    return replace(setting, **{name: new})  # type: ignore[type-var]


def settings() -> dict[str, Setting]:
    """The shipped setting and its neighbours, by name."""
    shipped = Setting()
    named = {f"{path}={value:g}": changed(shipped, path, value) for path, value in NEIGHBOURS}
    return {SHIPPED: shipped, **named}


def best(scores: Scores, streams: Iterable[str]) -> str:
    """The setting with the highest mean over families, each the mean of its streams."""
    families: dict[str, list[str]] = {}
    for each in streams:
        families.setdefault(family(each), []).append(each)

    def mean(name: str) -> float:
        told = scores[name]
        return sum(sum(told[s] for s in held) / len(held) for held in families.values())

    # Of equals the shipped one, which comes first.
    return max(scores, key=mean)


def left_out(scores: Scores, streams: Sequence[str]) -> list[dict[str, Any]]:
    """For each stream: the setting chosen without its family, and what it scores on it."""
    rows = []
    for stream in streams:
        others = [each for each in streams if family(each) != family(stream)]
        chosen = best(scores, others) if others else SHIPPED
        hindsight = max(scores, key=lambda name: scores[name][stream])
        rows.append(
            {
                "stream": stream,
                "shipped": scores[SHIPPED][stream],
                "left_out": scores[chosen][stream],
                "chosen": chosen,
                "hindsight": scores[hindsight][stream],
                "hindsight_setting": hindsight,
            }
        )
    return rows


def run(folder: Path, streams: Sequence[str], names: Sequence[str], keep: Path | None) -> Scores:
    """Score each setting on each stream, going on from what is kept."""
    kept: dict[str, dict[str, Any]] = {}
    if keep and keep.exists():
        kept = json.loads(keep.read_text())
    found: dict[str, dict[str, float]] = {}
    for name, setting in settings().items():
        if names and name not in names and name != SHIPPED:
            continue
        for stream in streams:
            figures = kept.setdefault(name, {}).get(stream)
            if figures is None:
                with (folder / f"{stream}.dev.jsonl").open(encoding="utf-8") as lines:
                    figures = evaluate(read(lines), setting).figures
                kept[name][stream] = figures
                if keep:
                    keep.write_text(json.dumps(kept))
                print(f"{name} {stream} {figures['bcubed_f1']} {figures['pairwise_f1']}",
                      file=sys.stderr)  # fmt: skip
            score = (figures["bcubed_f1"] + figures["pairwise_f1"]) / 2
            found.setdefault(name, {})[stream] = round(score, 4)
    return found


def main() -> int:
    """Run and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", nargs="*", default=list(STREAMS))
    parser.add_argument("--only", nargs="*", default=[], help="names such as cut=0.04")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if "DIGEST_DATA" not in os.environ:
        parser.error("DIGEST_DATA must name a folder with streams/*.dev.jsonl.")
    folder = Path(os.environ["DIGEST_DATA"]) / "streams"
    scores = run(folder, given.streams, given.only, given.keep)
    rows = left_out(scores, given.streams)
    head = f"{'':<22}{'shipped':>9}{'left out':>10}  {'chosen':<24}{'hindsight':>9}"
    print(head)
    for row in rows:
        left = f"{row['stream']:<22}{row['shipped']:>9.4f}{row['left_out']:>10.4f}"
        told = f"{row['chosen']:<24}{row['hindsight']:>9.4f}  {row['hindsight_setting']}"
        print(f"{left}  {told}")
    if given.json:
        print(json.dumps({"scores": scores, "left_out": rows}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
