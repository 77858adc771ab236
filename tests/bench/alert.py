"""How soon a breaking alert arrives while a long digest is under way.

``python -m tests.bench.alert --json`` prints ``first_ms`` and ``all_ms``: from the editor's word to
the first and to the last alert mail accepted, with real workers, while ``--digest`` mails go to
the same sink, which takes ``--delay-ms`` for each.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench import ground

if TYPE_CHECKING:
    from tests.chaos.crew import Crew
    from tests.fakes.smtp import Sink


def main() -> int:
    """Start a digest, issue an alert in the middle, and time its mails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--digest", type=int, default=20_000, help="readers of the digest")
    parser.add_argument("--alert", type=int, default=1_000, help="readers of the alert")
    parser.add_argument("--delay-ms", type=float, default=20.0)
    parser.add_argument("--connections", type=int, default=20)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    valkey = ground.prepare(DIGEST_SMTP_CONNECTIONS=str(given.connections), DIGEST_CHANNELS="email")
    from digest.kit.clock import now
    from digest.kit.wake import on_commit
    from digest.models import Send
    from digest.outbound.delivery.plan import plan_edition
    from tests.chaos import scene
    from tests.chaos.crew import Crew
    from tests.fakes.smtp import Sink, running

    letter = scene.newsletter()
    scene.readers(given.digest, letter, now=now())
    scene.readers(given.alert, None, now=now(), domain="urgent.example")
    log = Path(os.environ["DIGEST_HOME"]) / "workers.log"
    with running(Sink(delay=given.delay_ms / 1000)) as sink:
        os.environ["DIGEST_SMTP_URL"] = sink.url
        with Crew(["alerts", "digests", "upkeep", "beat"], log=log) as crew:
            frozen = scene.edition(letter, now=now())
            (digest_id,) = plan_edition(frozen.edition_id, 1, now=now()).send_ids
            until(lambda: len(sink.taken) >= given.digest // 10, crew)
            began = time.perf_counter()
            scene.alert(now=now())
            on_commit("alerts")
            urgent = Watch(sink)
            until(lambda: urgent.look() >= 1, crew)
            first = time.perf_counter() - began
            until(lambda: urgent.look() >= given.alert, crew)
            every = time.perf_counter() - began
            under_way = not Send.objects.filter(pk=digest_id, state=Send.State.DONE).exists()
            done = len(sink.taken) - given.alert
    found = {
        "first_ms": round(first * 1000),
        "all_ms": round(every * 1000),
        "alert_readers": given.alert,
        "digest_readers": given.digest,
        "digest_sent_by_then": done,
        "digest_under_way": under_way,
    }
    valkey.stop()
    print(json.dumps(found) if given.json else found)
    return 0


class Watch:
    """Counts the alert's mails among what the sink took, without counting any twice."""

    def __init__(self, sink: "Sink") -> None:
        self._taken = sink.taken
        self._seen = self._urgent = 0

    def look(self) -> int:
        """How many have arrived by now."""
        upto = len(self._taken)
        for mail in self._taken[self._seen : upto]:
            self._urgent += mail.recipient.endswith("@urgent.example")
        self._seen = upto
        return self._urgent


def until(met: Callable[[], bool], crew: "Crew", seconds: float = 300.0) -> None:
    """Wait for a condition. Raises TimeoutError, and RuntimeError when a worker has died."""
    deadline = time.monotonic() + seconds
    while not met():
        crew.check()
        if time.monotonic() > deadline:
            raise TimeoutError("The workers did not get that far.")
        time.sleep(0.002)


if __name__ == "__main__":
    sys.exit(main())
