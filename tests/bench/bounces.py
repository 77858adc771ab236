"""What the reader of returned mail makes of a folder of bounces.

``python -m tests.bench.bounces FOLDER --json`` reads each file of the folder as if it had come to a
return path of ours and prints ``mails, hard, soft, delays, answering_machines, unread,
us_per_mail``; ``--each`` lists them. flufl.bounce's source package has messages for it.
"""

import argparse
import json
import sys
import time
from collections import Counter
from pathlib import Path

from digest.outbound.channels.email.reports.bounce import read
from digest.outbound.channels.email.verp import envelope_sender

_NAMES = {"hard_bounce": "hard", "soft_bounce": "soft"}


def main() -> int:
    """Read the folder and print the counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--each", action="store_true")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    to = envelope_sender("1-1", "meridian.example", "a secret")
    counts: Counter[str] = Counter()
    mails = {path.name: path.read_bytes() for path in sorted(given.folder.rglob("*.txt"))}
    began = time.process_time()
    for name, mail in mails.items():
        found = read(mail, [to], secret="a secret")
        kind = named(found.reports[0].kind.value if found.reports else found.why_not)
        counts[kind] += 1
        if given.each:
            print(f"{name}: {kind}")
    took = time.process_time() - began
    document = {"mails": len(mails)} | {
        kind: counts[kind] for kind in ("hard", "soft", "delays", "answering_machines", "unread")
    }
    document["us_per_mail"] = round(took / max(len(mails), 1) * 1e6)
    print(json.dumps(document) if given.json else document)
    return 0


def named(word: str) -> str:
    """The column of a kind, or of the reason why a mail was not used."""
    if word in _NAMES:
        return _NAMES[word]
    if "delay" in word:
        return "delays"
    return "answering_machines" if "machine" in word else "unread"


if __name__ == "__main__":
    sys.exit(main())
