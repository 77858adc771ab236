"""What documents made to hurt cost: ``python -m tests.fuzz.documents --minutes 30``.

Each is read as a poller reads it, in the process apart, then prepared as articles; CPU seconds and
memory are measured. None may take more memory than ten times its size and 50 MB, or more time than
its limit; ending at a limit, to be set aside, is no fault. The last line is one JSON object.
"""

import argparse
import contextlib
import json
import random
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from digest.intake.articles.core.prepare import Origin, prepare
from digest.intake.feeds.formats.entries import NewEntries
from digest.intake.feeds.polling.lanes import READ
from digest.kit.apart.process import CPU_SECONDS, CPU_SECONDS_PER_MB, Apart, Killed
from tests.fakes.feeds import item, rss
from tests.fuzz import poison

URL = "https://harbour.example/rss"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
MB = 1024 * 1024
# The kernel counts CPU by whole seconds before it ends a process (setrlimit(2)).
_SLACK_SECONDS = 2.0


@dataclass
class Found:
    """What a run of documents cost; ``over`` says which broke a bound, and how."""

    documents: int = 0
    killed: int = 0
    worst_seconds: float = 0.0
    worst_seconds_a_mb: float = 0.0
    worst_memory_mb: float = 0.0
    worst_share_of_memory: float = 0.0
    over: list[str] = field(default_factory=list)


def run(seconds: float, seed: int, most_bytes: int) -> Found:
    """Make and read documents for so long."""
    chance = random.Random(seed)
    found, apart = Found(), Apart()
    until = time.monotonic() + seconds
    try:
        while time.monotonic() < until:
            kind, body = poison.make(chance, most_bytes)
            _measure(apart, f"document {found.documents} of seed {seed} ({kind})", body, found)
    finally:
        apart.close()
    return found


def _measure(apart: Apart, name: str, body: bytes, found: Found) -> None:
    found.documents += 1
    # Libraries are loaded, and whatever the one before left is not counted.
    apart.call(READ, rss(item(1)), {}, URL)
    before, cpu = _forget_peak(apart), apart.cpu_seconds()
    apart.begin(READ, body, {}, URL)
    peak, ended, answer = before, False, None
    while not ended:
        peak = max(peak, _status(apart, "VmHWM"))
        ended, answer = apart.finish(seconds=0.01)
    peak = max(peak, _status(apart, "VmHWM"))
    most = CPU_SECONDS + CPU_SECONDS_PER_MB * len(body) / MB
    spent = most if isinstance(answer, Killed) else apart.cpu_seconds() - cpu
    found.killed += isinstance(answer, Killed)
    if isinstance(answer, NewEntries):
        began = time.process_time()
        prepare(answer.parsed.entries, Origin(URL, "Harbour", "en"), NOW)
        spent = max(spent, time.process_time() - began)
    allowed = 10 * len(body) + 50 * MB
    if spent > most + _SLACK_SECONDS or peak - before > allowed:
        found.over.append(
            f"{name}: {len(body):,} bytes took {spent:.1f} s and {(peak - before) / MB:.0f} MB"
        )
    found.worst_seconds = max(found.worst_seconds, spent)
    found.worst_seconds_a_mb = max(found.worst_seconds_a_mb, spent / max(len(body) / MB, 0.1))
    found.worst_memory_mb = max(found.worst_memory_mb, (peak - before) / MB)
    found.worst_share_of_memory = max(found.worst_share_of_memory, (peak - before) / allowed)


def _forget_peak(apart: Apart) -> int:
    """The process's memory now, from which its peak is counted anew (proc(5), clear_refs)."""
    assert apart._process is not None
    Path(f"/proc/{apart._process.pid}/clear_refs").write_text("5")
    return _status(apart, "VmRSS")


def _status(apart: Apart, name: str) -> int:
    """A figure of proc(5), status, in bytes; 0 when the process has gone."""
    with contextlib.suppress(OSError):
        if apart._process is not None:
            lines = Path(f"/proc/{apart._process.pid}/status").read_text().splitlines()
            return next(
                (int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:")), 0
            )
    return 0


def summary(found: Found) -> dict[str, Any]:
    """As JSON-ready values."""
    figures = {
        name: round(value, 2) if isinstance(value, float) else value
        for name, value in vars(found).items()
    }  # fmt: skip
    return figures | {"over": len(found.over), "ok": not found.over}


def main() -> int:
    """Print what broke a bound, then one line of JSON; 1 when anything did."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--most-bytes", type=int, default=6 * MB)
    given = parser.parse_args()
    found = run(given.minutes * 60, given.seed, given.most_bytes)
    for each in found.over[:20]:
        print(each)
    print(f"seed {given.seed}")
    print(json.dumps(summary(found)))
    return int(bool(found.over))


if __name__ == "__main__":
    raise SystemExit(main())
