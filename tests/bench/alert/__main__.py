"""How soon a breaking alert arrives on each channel while a long digest is under way.

``python -m tests.bench.alert --json`` issues alerts to ``--readers`` (1,000, 10,000 and 100,000) of
each of ``--channels``, one channel after the other and once on all of them together, ``--runs``
times, with real workers, while ``--digest`` mails (a million, and the next edition when they are
out) go to Postfix's smtp-sink. Of each it prints the milliseconds from the editor's word to the
first acceptance, the seconds until 50, 90, 99 and 100 % of the readers had it, and the digest's
mails a second in the ``--rest`` seconds before the word, until the last reader, and in as long
after. ``channels`` has the best, the median and the worst of the runs, ``digest`` what the alerts
cost it together. A line on stderr tells of each alert at once. ``takers_cpu_s`` is what the servers
at the other end took of the same cores. Where a channel's own ``--pace`` needs longer than
``--most`` seconds, or ``--minutes`` are over, the alert is named in ``left_out`` and not sent. With
``--delay-ms`` a slow sink of our own takes the mail.
"""

import argparse
import json
import os
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from digest.outbound.channels.webpush import vapid
from digest.outbound.delivery.core.limits import read
from tests.bench.alert.takers import CHANNELS, takers
from tests.scenes import servers

_WHICH = ("channel", "readers", "together")
_FIGURES = ("first_ms", "p50_s", "p90_s", "p99_s", "all_s", "digest_lost_percent")


def main() -> int:
    """Start a digest, issue alerts in the middle of it, and time them."""
    given = _arguments()
    with takers(given.smtp, given.delay_ms) as taker:
        valkey = servers.prepare(
            DIGEST_SMTP_CONNECTIONS=str(given.connections),
            DIGEST_CHANNELS=",".join(dict.fromkeys(("email", *given.channels))),
            DIGEST_PACE=given.pace,
        )
        from tests.bench.alert import rounds
        from tests.scenes import scene
        from tests.scenes.processes import Crew

        load = os.getloadavg()[0]
        daily = scene.newsletter()
        scene.readers(given.digest, daily, now=rounds.now())
        key = vapid.VapidKey(os.environ["DIGEST_WEBPUSH_KEYS"])
        rounds.readers(tuple(given.channels), max(given.readers), taker.port, key)
        log = Path(os.environ["DIGEST_HOME"]) / "workers.log"
        after = min(given.digest // 10, 20_000) if given.after is None else given.after
        asked, left_out = _asked(given)
        found: list[dict[str, Any]] = []
        with Crew(["alerts", "digests", "upkeep", "beat"], log=log) as crew:
            digest = rounds.Digest(daily, given.digest, crew)
            until = time.monotonic() + 60 * given.minutes
            for channels, readers in asked:
                if time.monotonic() > until:
                    left_out[f"{'+'.join(channels)} {readers}"] = "the time was over"
                    continue
                before = taker.cpu()
                turn = rounds.Asked(channels, readers, given.rest, given.most * 5)
                for each in rounds.play(turn, digest, after):
                    each["takers_cpu_s"] = round(taker.cpu() - before, 1)
                    found.append(each)
                    print(json.dumps(each), file=sys.stderr, flush=True)
    valkey.stop()
    told = {
        "channels": _summed_up(found),
        "digest": _cost(found),
        "left_out": left_out,
        "digest_readers": given.digest,
        "editions": len(digest.sends),
        "pace": given.pace,
        "runs": found,
        "load_before": round(load, 1),
    }
    print(json.dumps(told) if given.json else told, flush=True)
    return 0 if all(each["accepted"] == each["readers"] for each in found) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.bench.alert", description=__doc__)
    parser.add_argument("--digest", type=int, default=1_000_000, help="readers of the digest")
    parser.add_argument("--readers", type=_numbers, default=[1_000, 10_000, 100_000])
    parser.add_argument("--channels", type=_words, default=list(CHANNELS))
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--rest", type=float, default=2.0, help="seconds before and after each")
    parser.add_argument("--minutes", type=float, default=60.0, help="no alert begins after these")
    parser.add_argument("--most", type=float, default=120.0, help="seconds that a pace may need")
    parser.add_argument(
        "--pace", default="whatsapp=1000/s,telegram=25/s", help="DIGEST_PACE: what networks allow"
    )
    parser.add_argument("--after", type=int, default=None, help="digest mails before the alert")
    parser.add_argument("--delay-ms", type=float, default=0.0)
    parser.add_argument("--connections", type=int, default=20)
    parser.add_argument("--smtp", default="127.0.0.1:2526")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def _numbers(text: str) -> list[int]:
    return [int(each) for each in text.split(",")]


def _words(text: str) -> list[str]:
    return text.split(",")


def _asked(given: argparse.Namespace) -> tuple[list[tuple[tuple[str, ...], int]], dict[str, str]]:
    """The rounds of one run after another, in each the large ones last; and those that a channel's
    own pace makes too long.
    """
    asked: list[tuple[tuple[str, ...], int]] = []
    left_out = {}
    limits = read(each for each in given.pace.split(",") if each)
    for readers in sorted(given.readers):
        for channel in given.channels:
            rate = limits.of(channel).rate
            seconds = readers / rate.per_second if rate else 0.0
            if seconds > given.most:
                left_out[f"{channel} {readers}"] = f"its pace makes that {seconds:.0f} s"
            else:
                asked.append(((channel,), readers))
    together = [each for each in given.channels if f"{each} {min(given.readers)}" not in left_out]
    if len(together) > 1:
        asked.insert(0, (tuple(together), min(given.readers)))
    return asked * given.runs, left_out


def _summed_up(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of each channel and size the median of the runs, the best and the worst."""
    told = []
    for which in dict.fromkeys(tuple(each[name] for name in _WHICH) for each in found):
        runs = [each for each in found if tuple(each[name] for name in _WHICH) == which]
        line: dict[str, Any] = dict(zip(_WHICH, which, strict=True)) | {"runs": len(runs)}
        for name in _FIGURES:
            values = [each[name] for each in runs if each[name] is not None]
            line[name] = statistics.median(values) if values else None
            line[f"{name}_best"] = min(values, default=None)
            line[f"{name}_worst"] = max(values, default=None)
        told.append(line)
    return told


def _cost(found: list[dict[str, Any]]) -> dict[str, int]:
    """The digest's mails a second beside all the alerts: the median before, during and after."""
    beside = [each for each in found if each["digest_under_way"]]
    told = {}
    for name in ("before", "during", "after"):
        values = [each[f"digest_per_s_{name}"] for each in beside]
        told[f"per_s_{name}"] = round(statistics.median(values)) if values else 0
    return told


if __name__ == "__main__":
    sys.exit(main())
