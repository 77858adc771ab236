"""The pairs an editor decided ("which leads at 07:00?"), as candidates for the order.

A side is told in plain values: ``own`` outlets with a report of their own, ``reprints`` of one
text, ``each`` outlet's weight, hours before the send of the ``first``, ``peak`` and ``last``
reports, ``lately`` in the last three hours, ``before`` outlets that only reported before the
window, ``had`` outlets anew in a story that readers had.

``python -m tests.newsdesk.editions.ranking [--json]`` prints the agreement of both halves, the one
that nothing was tuned on first.
"""

import json
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from digest.newsdesk.editions.core.rank import REPRINT, EditionWindow, StoryCandidate, rank

SENT = datetime(2026, 3, 1, 23, 0, tzinfo=UTC)
WINDOW = EditionWindow(SENT - timedelta(hours=24), SENT, "Asia/Singapore")
_PAIRS = Path(__file__).with_name("ranking_pairs.json")


@dataclass(frozen=True, slots=True)
class Judged:
    """How many pairs of a half come out as the editor has them, and those that do not."""

    pairs: int
    agreed: int
    others: tuple[str, ...]

    @property
    def share(self) -> float:
        return self.agreed / self.pairs


def judged(*, held_out: bool) -> Judged:
    """The order's agreement with one half of the pairs; the other half alone was tuned on."""
    pairs = [each for each in json.loads(_PAIRS.read_text()) if each["held_out"] is held_out]
    others = []
    for pair in pairs:
        # The one that should lead is the newer row, so that a tie speaks against it.
        first, second = candidate(2, pair["leads"]), candidate(1, pair["over"])
        picks = rank([first, second], WINDOW, 2)
        if picks[0].story_id != 2 or picks[0].score <= picks[1].score:
            reasons = " / ".join(f"{pick.score}: {pick.reason}" for pick in picks)
            others.append(f"{pair['id']}: {pair['why']} [{reasons}]")
    return Judged(len(pairs), len(pairs) - len(others), tuple(others))


def candidate(story_id: int, side: dict[str, Any]) -> StoryCandidate:
    """A side of a pair as the database would offer it."""
    own, reprints, each = side["own"], side.get("reprints", 0), side.get("each", 1)
    new_own = side.get("had", own - side.get("before", 0))
    return StoryCandidate(
        story_id=story_id,
        sources=own + reprints,
        weight=each * (own + REPRINT * reprints),
        new_sources=new_own + reprints,
        last_at=SENT - timedelta(hours=side["last"]),
        topics=(side["topic"],) if "topic" in side else (),
        is_new=side["first"] <= 24,
        in_earlier="had" in side,
        readable=not side.get("other_language", False),
        new_weight=each * (new_own + REPRINT * reprints),
        reprints=reprints,
        peak_at=SENT - timedelta(hours=side["peak"]),
        lately=side.get("lately", 0),
        pinned=side.get("pinned", False),
    )


def main() -> int:
    """Print the agreement of both halves."""
    halves = {"held_out": judged(held_out=True), "tuned_on": judged(held_out=False)}
    if "--json" in sys.argv[1:]:
        told = {
            name: {"pairs": half.pairs, "agreed": half.agreed, "share": round(half.share, 3)}
            for name, half in halves.items()
        }
        print(json.dumps(told))
        return 0
    for name, half in halves.items():
        print(f"{name}: {half.agreed} of {half.pairs} ({half.share:.1%})", *half.others, sep="\n  ")
    return 0


if __name__ == "__main__":
    sys.exit(main())
