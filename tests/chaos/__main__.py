"""The long fault runs: ``python -m tests.chaos``; the last line is one JSON object.

Real workers, a real broker, a real database and a real SMTP sink; faults at random moments.
"""

import argparse
import json
import os
import sys
from pathlib import Path

from tests.bench import ground

CONNECTIONS = 10


def main() -> int:
    """Run the cases and print what became of everybody."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readers", type=int, default=20_000)
    parser.add_argument("--case", action="append", help="only these, by name")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--delay-ms", type=float, default=None)
    parser.add_argument("--json", action="store_true", help="always on; here for symmetry")
    given = parser.parse_args()
    valkey = ground.prepare(DIGEST_LEASE="2", DIGEST_SMTP_CONNECTIONS=str(CONNECTIONS))
    from tests.chaos.cases import CASES, Theatre
    from tests.fakes.smtp import Sink, running

    unknown = set(given.case or ()) - CASES.keys()
    if unknown:
        parser.error(f"There is no case {', '.join(unknown)}; there are {', '.join(CASES)}.")
    counts = []
    log = Path(os.environ["DIGEST_HOME"]) / "workers.log"
    for _ in range(given.rounds):
        for name in given.case or CASES:
            with running(Sink()) as sink:
                os.environ["DIGEST_SMTP_URL"] = sink.url
                delay = None if given.delay_ms is None else given.delay_ms / 1000
                theatre = Theatre(name, given.readers, sink, valkey, CONNECTIONS, log, delay)
                found = CASES[name](theatre)
            print(json.dumps(found.document()), flush=True)
            if not found.ok:
                print(log.read_text(encoding="utf-8", errors="replace")[-6000:], file=sys.stderr)
            counts.append(found)
    ok = all(each.ok for each in counts)
    document = {
        "cases": [each.document() for each in counts],
        "lost": sum(each.lost for each in counts),
        "received_more": sum(each.received_more for each in counts),
        "ok": ok,
    }
    print(json.dumps(document), flush=True)
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
