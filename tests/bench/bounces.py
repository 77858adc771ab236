"""What the reader of returned mail makes of a folder of bounces.

``python -m tests.bench.bounces [FOLDER] [--json]`` reads each ``*.eml`` or ``*.txt`` below the
folder (by default ``bounces`` in ``DIGEST_DATA``) as if it had come to a return path of ours, and
prints how many are hard, soft, delays, complaints and so on, and the CPU time a mail. Beside a
``labels.json`` (for each file its rows ``{status, reply, reason, hard}``) it says how they compare:
of the third of the mails that a hash holds out of development first, then of all. ``--each`` lists
every mail, ``--without-held-out`` leaves that third out.

``--taken N`` says instead how many a second are taken into the ledger and onto the lists of N
complaints by a provider's webhook and as many in ARF, on a database of its own.
"""

import argparse
import hashlib
import json
import os
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from digest.outbound.channels.email.reports.bounce import BouncedMail, read
from digest.outbound.channels.email.verp import envelope_sender

_NAMES = {"hard_bounce": "hard", "soft_bounce": "soft", "complaint": "reports", "left": "reports",
          "learned": "reports"}  # fmt: skip
_COLUMNS = ("hard", "soft", "delivered", "reports", "delays", "answering_machines", "unread")
# What a label's reason stands for when it is no bounce.
_NO_BOUNCE = {"feedback": "reports", "vacation": "answering_machines", "delivered": "delivered"}
# A host that goes on trying has called nothing a failure: as good as soft.
_MILD = {"soft", "delays"}


def main() -> int:
    """Read the folder and print the counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    default = Path(os.environ.get("DIGEST_DATA", ".")) / "bounces"
    parser.add_argument("folder", type=Path, nargs="?", default=default)
    parser.add_argument("--each", action="store_true")
    parser.add_argument("--without-held-out", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--taken", type=int, metavar="N")
    given = parser.parse_args()
    if given.taken:
        document = taken(given.taken)
        print(json.dumps(document) if given.json else json.dumps(document, indent=1))
        return 0
    paths = [each for end in ("eml", "txt") for each in given.folder.rglob(f"*.{end}")]
    mails = {path.name: path.read_bytes() for path in sorted(paths)}
    if given.without_held_out:
        mails = {name: mail for name, mail in mails.items() if not is_held_out(name)}
    to = envelope_sender("1-1", "meridian.example", "a secret")
    began = time.process_time()
    found = {name: read(mail, [to], secret="a secret") for name, mail in mails.items()}
    took = time.process_time() - began
    ours = {name: column(each) for name, each in found.items()}
    if given.each:
        for name, each in found.items():
            said = each.reports[0].words if each.reports else each.why_not
            print(f"{name}: {ours[name]}: {said}")
    counts = Counter(ours.values())
    document: dict[str, Any] = {"mails": len(mails)} | {each: counts[each] for each in _COLUMNS}
    document["us_per_mail"] = round(took / max(len(mails), 1) * 1e6)
    labels = given.folder / "labels.json"
    if labels.is_file():
        wanted = {name: label(rows) for name, rows in json.loads(labels.read_text()).items()}
        held = {name: each for name, each in ours.items() if is_held_out(name)}
        document = {"held_out": compared(held, wanted), "all": compared(ours, wanted)} | document
    print(json.dumps(document) if given.json else json.dumps(document, indent=1))
    return 0


def taken(number: int) -> dict[str, Any]:
    """Take as many complaints of both kinds; how many a second, and the load beside it."""
    from tests.scenes.servers import prepare

    prepare(DIGEST_LIST_DOMAIN="meridian.example")
    from digest.kit.clock import now
    from digest.outbound.returns.take import take_events
    from tests.bench.stands import complaints

    document: dict[str, Any] = {"complaints": number}
    for kind in ("webhook", "arf"):
        complaints.come(number, kind, now=now())
        began, seen, used = time.monotonic(), 0, 0
        while (some := take_events(now=now())).seen:
            seen, used = seen + some.seen, used + some.used
        if (seen, used) != (number, number):
            raise RuntimeError(f"Of {number} complaints {seen} were seen and {used} used.")
        document[f"{kind}_per_second"] = round(number / (time.monotonic() - began))
    return document | {"load": round(os.getloadavg()[0], 1)}


def column(found: BouncedMail) -> str:
    """The column of what was read, or of the reason why it was not used."""
    word = found.reports[0].kind.value if found.reports else found.why_not
    if word in _NAMES:
        return _NAMES[word]
    if " report" in f" {word}" or "complaint" in word:
        return "reports"
    if "delay" in word:
        return "delays"
    if "machine" in word:
        return "answering_machines"
    return word if word in _COLUMNS else "unread"


def label(rows: list[dict[str, Any]]) -> str:
    """What a mail's labels make of it; ``mixed`` when some of its rows are hard and some not."""
    for row in rows:
        if row["reason"] in _NO_BOUNCE and len({each["reason"] for each in rows}) == 1:
            return _NO_BOUNCE[row["reason"]]
    told = {bool(row["hard"]) for row in rows}
    return "mixed" if len(told) > 1 else "hard" if told == {True} else "soft"


def compared(ours: dict[str, str], wanted: dict[str, str]) -> dict[str, Any]:
    """Where ``ours`` differs from the labels, with the names of those mails."""
    both = {name: (wanted[name], each) for name, each in ours.items() if name in wanted}
    hard = [name for name, (want, _) in both.items() if want == "hard"]
    missed = [name for name in hard if both[name][1] != "hard"]
    soft = [name for name, (want, _) in both.items() if want == "soft"]
    others = [name for name, (want, _) in both.items() if want in _NO_BOUNCE.values()]
    return {
        "mails": len(both),
        "hard": len(hard),
        "hard_found": round(1 - len(missed) / max(len(hard), 1), 3),
        "soft": len(soft),
        "soft_called_hard": [name for name in soft if both[name][1] == "hard"],
        "soft_not_read": [name for name in soft if both[name][1] not in {"hard", *_MILD}],
        "hard_missed": missed,
        "no_bounces": len(others),
        "no_bounces_taken_for_another": [n for n in others if both[n][0] != both[n][1]],
        "mixed": {name: each for name, (want, each) in both.items() if want == "mixed"},
    }


def is_held_out(name: str) -> bool:
    """Whether a mail belongs to the third that rules are not written from."""
    return int(hashlib.sha256(name.encode()).hexdigest(), 16) % 3 == 0


if __name__ == "__main__":
    sys.exit(main())
