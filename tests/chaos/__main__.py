"""The long fault runs: ``python -m tests.chaos``; a table, then one JSON object on the last line.

Real workers, a real broker, a real database and a real SMTP sink; faults at random moments, whose
seed each case prints. Each case has as many readers as its fault needs (``sizes``); ``--readers``
gives all of them the same number. Every wait is for a condition, with a deadline that grows with
how slow the machine is.
"""

import argparse
import json
import os
import random
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.chaos.sizes import SIZES
from tests.chaos.table import table
from tests.deadlines import slowness
from tests.scenes import servers

if TYPE_CHECKING:
    from tests.chaos.count import Count
    from tests.scenes.theatre import Theatre

CONNECTIONS = 10
# On a machine at rest a run renews its lease within so many seconds, and a relay's answers come
# within so many or are lost. On a busy one each run would outlive its lease, and nothing would go.
LEASE, ANSWERS = 2, 4


def main() -> int:
    """Run the cases and print what became of everybody."""
    given, parser = _asked()
    began = time.monotonic()
    valkey = servers.prepare(
        own=True,
        DIGEST_LEASE=str(round(LEASE * slowness())),
        DIGEST_SMTP_CONNECTIONS=str(CONNECTIONS),
        DIGEST_ANSWER_TIMEOUT=str(round(ANSWERS * slowness())),
        DIGEST_CHANNELS="email",
    )
    from tests.chaos.losses import ALL
    from tests.fakes.sink import Register
    from tests.fakes.smtp import running
    from tests.scenes.processes import Crew
    from tests.scenes.theatre import CREW, Theatre

    unknown = set(given.case or ()) - ALL.keys()
    if unknown:
        parser.error(f"There is no case {', '.join(unknown)}; there are {', '.join(ALL)}.")
    first = given.seed if given.seed is not None else random.SystemRandom().randrange(10**6)
    played = []
    log = Path(os.environ["DIGEST_HOME"]) / "workers.log"
    with running(Register()) as sink, Crew(CREW, log=log, resting=True) as standing:
        os.environ["DIGEST_SMTP_URL"] = sink.url
        for number in range(given.rounds):
            for name in given.case or ALL:
                sink.forget()
                delay = None if given.delay_ms is None else given.delay_ms / 1000
                theatre = Theatre(
                    name, given.readers or SIZES[name], first + number, sink, valkey,
                    servers.postgres(), CONNECTIONS, log, standing, delay,
                )  # fmt: skip
                played.append(play(theatre, ALL[name]))
                print(json.dumps(played[-1]), flush=True)
    ok = bool(played) and all(each["ok"] for each in played)
    document = {
        "cases": played,
        "lost": sum(each.get("lost", 0) for each in played),
        "received_more": sum(each.get("received_more", 0) for each in played),
        "seconds": round(time.monotonic() - began),
        "ok": ok,
    }
    print(table(played))
    print(json.dumps(document), flush=True)
    return 0 if ok else 1


def _asked() -> tuple[argparse.Namespace, argparse.ArgumentParser]:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readers", type=int, help="of every case; by default what each needs")
    parser.add_argument("--case", action="append", help="only these, by name")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--seed", type=int, help="of the first round; by default a new one")
    parser.add_argument("--delay-ms", type=float, default=None)
    parser.add_argument("--json", action="store_true", help="always on; here for symmetry")
    return parser.parse_args(), parser


def play(theatre: "Theatre", case: "Callable[[Theatre], Count]") -> dict[str, Any]:
    """One case, as JSON-ready values; one that breaks does not end the list."""
    try:
        found = case(theatre).document()
    except Exception as error:
        traceback.print_exc()
        found = {
            "case": theatre.case,
            "ok": False,
            "error": f"{type(error).__name__}: {error}"[:200],
            "seconds": round(time.monotonic() - theatre.began, 1),
            "seed": theatre.seed,
        }
    if not found["ok"]:
        tail = theatre.log.read_text(encoding="utf-8", errors="replace")[-8000:]
        print(tail, file=sys.stderr, flush=True)
        theatre.clear()
    return found


if __name__ == "__main__":
    sys.exit(main())
