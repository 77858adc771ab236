"""How soon a breaking alert arrives on each channel while a long digest is under way.

``python -m tests.bench.alert --json`` issues alerts to ``--readers`` (1,000, 10,000 and 100,000) of
each of ``--channels``, ``--runs`` times each, with real workers, while ``--digest`` mails (a
million, and the next edition when they are out) go to Postfix's smtp-sink. Of each it prints the
milliseconds from the editor's word to the first acceptance, the seconds until 50, 90, 99 and 100 %
of the readers had it, and the digest's mails a second in the ``--rest`` seconds before the word and
until the last reader. ``channels`` has the median and the worst of the runs. The moments are those
of the ledger, which learns of an acceptance up to 0.15 s later; a line on stderr tells of each
alert at once. ``takers_cpu_s`` is what the servers at the other end took of the same cores. Where a
channel's own ``--pace`` needs longer than ``--most`` seconds, the alert is named in ``left_out``
and not sent. With ``--delay-ms`` a slow sink of our own takes the mail.
"""

import argparse
import json
import os
import statistics
import sys
from pathlib import Path
from typing import Any

from digest.outbound.channels.webpush import vapid
from digest.outbound.delivery.core.limits import read
from tests.bench.alert.takers import CHANNELS, takers
from tests.scenes import servers

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
            for channel, readers in asked:
                before = taker.cpu()
                turn = rounds.Asked(channel, readers, given.rest, given.most * 5)
                found.append(rounds.play(turn, digest, after))
                found[-1]["takers_cpu_s"] = round(taker.cpu() - before, 1)
                print(json.dumps(found[-1]), file=sys.stderr, flush=True)
    valkey.stop()
    told = {
        "channels": _summed_up(found),
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
    parser.add_argument("--rest", type=float, default=5.0, help="seconds before each alert")
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


def _asked(given: argparse.Namespace) -> tuple[list[tuple[str, int]], dict[str, str]]:
    """The rounds, the large ones last; and those that a channel's own pace makes too long."""
    asked, left_out = [], {}
    limits = read(each for each in given.pace.split(",") if each)
    for readers in sorted(given.readers):
        for channel in given.channels:
            rate = limits.of(channel).rate
            seconds = readers / rate.per_second if rate else 0.0
            if seconds > given.most:
                left_out[f"{channel} {readers}"] = f"its pace makes that {seconds:.0f} s"
            else:
                asked += [(channel, readers)] * given.runs
    return asked, left_out


def _summed_up(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of each channel and size the median of the runs, and the worst."""
    told = []
    for channel, readers in dict.fromkeys((each["channel"], each["readers"]) for each in found):
        runs = [each for each in found if (each["channel"], each["readers"]) == (channel, readers)]
        line: dict[str, Any] = {"channel": channel, "readers": readers, "runs": len(runs)}
        for name in _FIGURES:
            values = [each[name] for each in runs if each[name] is not None]
            line[name] = statistics.median(values) if values else None
            line[f"{name}_worst"] = max(values, default=None)
        told.append(line)
    return told


if __name__ == "__main__":
    sys.exit(main())
