"""How soon a breaking alert arrives while a long digest is under way.

``python -m tests.bench.alert --json`` prints ``first_ms`` and ``all_ms``: from the editor's word to
the first and to the last alert mail accepted, with real workers, while ``--digest`` mails (a
million, fanned out by the workers too) go to Postfix's smtp-sink. The moments are those of the
ledger, which learns of an acceptance up to 0.15 s later. With ``--delay-ms`` a slow sink of our own
takes its place, and the moments are its own.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench.relay import relay
from tests.scenes import servers

if TYPE_CHECKING:
    from tests.fakes.smtp import Sink
    from tests.scenes.processes import Crew

Seen = Callable[[], int]


def main() -> int:
    """Start a digest, issue an alert in the middle, and time its mails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--digest", type=int, default=1_000_000, help="readers of the digest")
    parser.add_argument("--alert", type=int, default=1_000, help="readers of the alert")
    parser.add_argument("--after", type=int, default=None, help="digest mails before the alert")
    parser.add_argument("--delay-ms", type=float, default=0.0)
    parser.add_argument("--connections", type=int, default=20)
    parser.add_argument("--smtp", default="127.0.0.1:2526")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    valkey = servers.prepare(
        DIGEST_SMTP_CONNECTIONS=str(given.connections), DIGEST_CHANNELS="email"
    )
    from django.db import connection

    from digest.kit.clock import now
    from digest.kit.wake import on_commit
    from digest.models import Send
    from digest.outbound.delivery.planning.plan import plan_edition
    from tests.bench import mail
    from tests.scenes import scene
    from tests.scenes.processes import Crew

    daily = scene.newsletter()
    scene.readers(given.digest, daily, now=now())
    scene.readers(given.alert, None, now=now(), domain="urgent.example")
    with connection.cursor() as cursor:
        # Readers who came over years have statistics; these came in one statement.
        cursor.execute("ANALYZE digest_subscriber, digest_address, digest_subscription")
    log = Path(os.environ["DIGEST_HOME"]) / "workers.log"
    after = min(given.digest // 10, 20_000) if given.after is None else given.after
    with taker(given.delay_ms, given.smtp) as (url, of_digest, of_alert):
        os.environ["DIGEST_SMTP_URL"] = url
        with Crew(["alerts", "digests", "upkeep", "beat"], log=log) as crew:
            frozen = scene.edition(daily, now=now())
            mail.put(frozen, now=now())
            (digest_id,) = plan_edition(frozen.edition_id, 1, now=now()).send_ids
            until(lambda: of_digest() >= after, crew, pause=1.0)
            began = time.perf_counter()
            scene.alert(now=now())
            on_commit("alerts")
            until(lambda: of_alert() >= 1, crew)
            first = time.perf_counter() - began
            until(lambda: of_alert() >= given.alert, crew)
            every = time.perf_counter() - began
            under_way = not Send.objects.filter(pk=digest_id, state=Send.State.DONE).exists()
            done = of_digest()
    found = {
        "first_ms": round(first * 1000),
        "all_ms": round(every * 1000),
        "alert_readers": given.alert,
        "digest_readers": given.digest,
        "digest_sent_by_then": done,
        "digest_under_way": under_way,
        "load": round(os.getloadavg()[0], 1),
    }
    valkey.stop()
    print(json.dumps(found) if given.json else found)
    return 0


@contextmanager
def taker(delay_ms: float, smtp: str) -> Iterator[tuple[str, Seen, Seen]]:
    """Who takes the mail: its URL, and how many of the digest and of the alert it has."""
    if not delay_ms:
        with relay(smtp):
            yield f"smtp://{smtp}", lambda: sent("digests"), lambda: sent("alerts")
        return
    from tests.fakes.smtp import Sink, running

    with running(Sink(delay=delay_ms / 1000)) as sink:
        urgent = Watch(sink)
        yield sink.url, lambda: len(sink.taken) - urgent.look(), urgent.look


def sent(lane: str) -> int:
    """How many deliveries of a lane the ledger calls sent.

    Each send is counted by its key: a look through a million rows would take the workers' time.
    """
    from digest.models import Delivery, Send

    ids = list(Send.objects.filter(lane=lane).values_list("pk", flat=True))
    done = Delivery.objects.filter(state=Delivery.State.SENT)
    return sum(done.filter(send_id=each).count() for each in ids)


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


def until(
    met: Callable[[], bool], crew: "Crew", seconds: float = 1800.0, pause: float = 0.005
) -> None:
    """Wait for a condition. Raises TimeoutError, and RuntimeError when a worker has died."""
    deadline = time.monotonic() + seconds
    while not met():
        crew.check()
        if time.monotonic() > deadline:
            raise TimeoutError("The workers did not get that far.")
        time.sleep(pause)


if __name__ == "__main__":
    sys.exit(main())
