"""How long it takes to choose an alert's readers and to write them down as deliveries.

``python -m tests.bench.audience --json`` makes ``--readers`` (3,360,000, as many as the Guardian
reaches) who asked for alerts, a share ``--rules`` of them with rules of their own (a topic that
matches or not, quiet hours, a limit a day), and prints ``fan_out_s``, ``deliveries``,
``deliveries_per_s``, ``held`` by quiet hours and ``over_limit``, the memory of our process before
and at its peak, and that of the database's process. Nothing is sent.
"""

import argparse
import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any

from tests.scenes import servers

_RULES = """
INSERT INTO digest_alert_rule
    (subscription_id, topic_ids, biggest_only, most_a_day, quiet_from, quiet_until)
SELECT id,
       CASE mod(id, 3) WHEN 0 THEN ARRAY[1]::bigint[] WHEN 1 THEN ARRAY[2]::bigint[]
            ELSE '{}'::bigint[] END,
       false, CASE WHEN mod(id, 5) = 0 THEN 3 END,
       CASE WHEN mod(id, 2) = 0 THEN time '00:00' END,
       CASE WHEN mod(id, 2) = 0 THEN time '23:59' END
FROM digest_subscription WHERE mod(id, 1000) < %s
"""


def main() -> int:
    """Make readers and an alert, fan it out, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readers", type=int, default=3_360_000)
    parser.add_argument("--rules", type=float, default=0.2, help="share with rules of their own")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    servers.prepare(DIGEST_CHANNELS="email", DIGEST_WAKER="")
    load = os.getloadavg()[0]
    found = run(given.readers, given.rules) | {"load_before": round(load, 1)}
    print(json.dumps(found) if given.json else found, flush=True)
    return 0 if found["deliveries"] == found["expected"] else 1


def run(readers: int, share: float) -> dict[str, Any]:
    """One alert to so many."""
    from django.db import connection

    from digest.kit.clock import now
    from digest.models import Delivery, Send
    from digest.outbound.delivery.planning.fanout import fan_out
    from digest.outbound.delivery.planning.plan import plan_alert
    from tests.scenes import scene

    began = time.perf_counter()
    scene.readers(readers, None, now=now())
    with connection.cursor() as cursor:
        cursor.execute(_RULES, [round(1000 * share)])
        cursor.execute(
            "ANALYZE digest_subscriber, digest_address, digest_subscription, digest_alert_rule"
        )
        cursor.execute(
            "SELECT count(*) FROM digest_subscription s LEFT JOIN digest_alert_rule u"
            " ON u.subscription_id = s.id"
            " WHERE u.subscription_id IS NULL OR cardinality(u.topic_ids) = 0"
            " OR 1 = ANY(u.topic_ids)"
        )
        expected = cursor.fetchone()[0]
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    made = time.perf_counter() - began
    ids = plan_alert(scene.alert(now=now(), topic_ids=[1]).alert_id, 1, now=now()).send_ids
    send = Send.objects.get(pk__in=ids)
    before, word = _rss(), time.perf_counter()
    done = fan_out(send.pk, now=now())
    took = time.perf_counter() - word
    rows = Delivery.objects.filter(send_id=send.pk)
    return {
        "readers": readers,
        "made_s": round(made, 1),
        "fan_out_s": round(took, 1),
        "deliveries": done.total,
        "expected": expected,
        "deliveries_per_s": round(done.total / took),
        "held": rows.filter(state=Delivery.State.PENDING, next_try_at__gt=now()).count(),
        "over_limit": rows.filter(state=Delivery.State.SKIPPED).count(),
        "rss_mb_before": before,
        "rss_mb_peak": _rss(),
        "database_peak_mb": _peak_of(backend),
    }


def _rss() -> int:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def _peak_of(process: int) -> int | None:
    """Of another process, the most it held, shared buffers included; None if not ours to see."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return None
    peak = next((line for line in lines if line.startswith("VmHWM")), "")
    return round(int(peak.split()[1]) / 1024) if peak else None


if __name__ == "__main__":
    sys.exit(main())
