"""The long fault runs: ``python -m tests.chaos``; the last line is one JSON object.

Real workers, a real broker, a real database and a real SMTP sink; faults at random moments, whose
seed each case prints.
"""

import argparse
import json
import os
import random
import sys
import time
from pathlib import Path

from tests.scenes import servers

CONNECTIONS = 10


def main() -> int:
    """Run the cases and print what became of everybody."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readers", type=int, default=20_000)
    parser.add_argument("--case", action="append", help="only these, by name")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--seed", type=int, help="of the first round; by default a new one")
    parser.add_argument("--delay-ms", type=float, default=None)
    parser.add_argument("--json", action="store_true", help="always on; here for symmetry")
    given = parser.parse_args()
    began = time.monotonic()
    valkey = servers.prepare(
        own=True,
        DIGEST_LEASE="2",
        DIGEST_SMTP_CONNECTIONS=str(CONNECTIONS),
        DIGEST_ANSWER_TIMEOUT="4",
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
    counts = []
    log = Path(os.environ["DIGEST_HOME"]) / "workers.log"
    with running(Register()) as sink, Crew(CREW, log=log, resting=True) as standing:
        os.environ["DIGEST_SMTP_URL"] = sink.url
        for number in range(given.rounds):
            for name in given.case or ALL:
                sink.forget()
                delay = None if given.delay_ms is None else given.delay_ms / 1000
                theatre = Theatre(
                    name, given.readers, first + number, sink, valkey, servers.postgres(),
                    CONNECTIONS, log, standing, delay,
                )  # fmt: skip
                found = ALL[name](theatre)
                print(json.dumps(found.document()), flush=True)
                if not found.ok:
                    tail = log.read_text(encoding="utf-8", errors="replace")[-8000:]
                    print(tail, file=sys.stderr, flush=True)
                    standing.rest()
                counts.append(found)
    ok = bool(counts) and all(each.ok for each in counts)
    document = {
        "cases": [each.document() for each in counts],
        "lost": sum(each.lost for each in counts),
        "received_more": sum(each.received_more for each in counts),
        "seconds": round(time.monotonic() - began),
        "ok": ok,
    }
    print(json.dumps(document), flush=True)
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
