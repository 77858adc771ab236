"""Whether old rows slow today's send: the same work on an empty ledger and above a full one.

``python -m tests.bench.ledger --old 2000000 --json`` prints for fan-out, sending and sweeping the
milliseconds without (``fresh``) and with (``old``) so many finished deliveries in earlier ranges,
and ``ratio``, the slowest of the three over its like.
"""

import argparse
import json
import sys
import time

from tests.scenes import servers

READERS = 20_000
RANGES = 20

_FILL = """
INSERT INTO digest_delivery (send_id, address_id, message_id, state, attempts, sent_at, code, reply)
SELECT {low} + n / 20000, n, 1, 3, 1, now() - interval '90 days', 250, '2.0.0 Ok: queued as 4F2A1'
FROM generate_series(1, {count}) n
"""


def main() -> int:
    """Measure, fill, measure again."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--old", type=int, default=2_000_000, help="finished deliveries")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    servers.prepare(DIGEST_CHANNELS="email", DIGEST_WAKER="")
    from django.db import connection

    from digest.models import Delivery
    from digest.outbound.delivery.ledger import partitions

    first = RANGES * partitions.SPAN + 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval('digest_send_id_seq', %s)", [first])
    rounds: dict[str, list[dict[str, float]]] = {"fresh": [work("warm"), work("a"), work("b")][1:]}
    for number in range(RANGES):
        partitions.ensure(number * partitions.SPAN, ahead=0)
        with connection.cursor() as cursor:
            cursor.execute(_FILL.format(low=number * partitions.SPAN, count=given.old // RANGES))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE digest_delivery")
    rounds["old"] = [work("c"), work("d"), work("e")][1:]
    best = {
        name: {key: min(each[key] for each in found) for key in found[0]}
        for name, found in rounds.items()
    }
    found = {
        "old_rows": Delivery.objects.filter(send_id__lt=first).count(),
        "readers": READERS,
        **best,
        "ratio": round(max(best["old"][key] / best["fresh"][key] for key in best["old"]), 2),
    }
    print(json.dumps(found) if given.json else found, flush=True)
    return 0


def work(slug: str) -> dict[str, float]:
    """One send from its plan to its end, with a channel in memory; milliseconds of each stage."""
    from digest.kit.clock import now
    from digest.outbound.delivery.control.sweep import sweep
    from digest.outbound.delivery.figures.progress import figures
    from digest.outbound.delivery.planning.fanout import fan_out
    from digest.outbound.delivery.planning.plan import plan_edition
    from digest.outbound.delivery.sending.send import send_some
    from tests.scenes import scene
    from tests.scenes.scripted import Scripted

    daily = scene.newsletter(slug=slug)
    scene.readers(READERS, daily, now=now(), domain=f"{slug}.example")
    (send_id,) = plan_edition(scene.edition(daily, now=now()).edition_id, 1, now=now()).send_ids
    took: dict[str, float] = {}

    def timed(name: str, began: float) -> None:
        took[name] = round((time.perf_counter() - began) * 1000, 1)

    began = time.perf_counter()
    fan_out(send_id, now=now())
    timed("fan_out_ms", began)
    began = time.perf_counter()
    while send_some(send_id, channel=Scripted(), connections=20).left:
        pass
    timed("send_ms", began)
    began = time.perf_counter()
    for _ in range(20):
        sweep(now=now())
        figures(send_id)
    timed("sweep_and_look_ms", began)
    return took


if __name__ == "__main__":
    sys.exit(main())
