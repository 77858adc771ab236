"""How fast a send goes out through the ledger.

``python -m tests.bench.send --recipients 100000 --connections 50 --smtp 127.0.0.1:2525 --json``
prints ``mails_per_s, fanout_per_s, cpu_us_per_mail, rss_mb_peak, ledger_rows``. Postfix's smtp-sink
is started on that address when it is installed and nothing listens there; without it, a relay must
listen there already. ``--processes`` senders share the connections, as workers on one machine do.
"""

import argparse
import json
import multiprocessing
import multiprocessing.connection
import os
import resource
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.bench import ground


def main() -> int:
    """Make readers and an edition, fan out, send, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recipients", type=int, default=100_000)
    parser.add_argument("--connections", type=int, default=50)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--smtp", default="127.0.0.1:2525")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    processes = min(given.processes, given.connections)
    share = given.connections // processes
    ground.prepare(
        DIGEST_SMTP_URL=f"smtp://{given.smtp}",
        DIGEST_SMTP_CONNECTIONS=str(share),
        DIGEST_CHANNELS="email",
        DIGEST_WAKER="",
    )
    from digest.kit.clock import now
    from digest.models import Delivery
    from digest.outbound.delivery.fanout import fan_out
    from digest.outbound.delivery.plan import plan_edition
    from tests.chaos import scene

    letter = scene.newsletter()
    scene.readers(given.recipients, letter, now=now())
    frozen = scene.edition(letter, now=now())
    (send_id,) = plan_edition(frozen.edition_id, 1, now=now()).send_ids
    began = time.perf_counter()
    total = fan_out(send_id, now=now()).total
    fanned_out = time.perf_counter() - began
    with relay(given.smtp):
        senders = [Sender(send_id) for _ in range(processes)]
        began = time.perf_counter()
        used = [sender.finish() for sender in [each.begin() for each in senders]]
        took = time.perf_counter() - began
    rows = Delivery.objects.filter(send_id=send_id, state=Delivery.State.SENT).count()
    found = {
        "recipients": total,
        "connections": given.connections,
        "processes": processes,
        "mails_per_s": round(rows / took),
        "fanout_per_s": round(total / fanned_out),
        "cpu_us_per_mail": round(sum(cpu for cpu, _ in used) / max(rows, 1) * 1e6),
        "rss_mb_peak": round(max(rss for _, rss in used)),
        "ledger_rows": rows,
    }
    print(json.dumps(found) if given.json else found, flush=True)
    return 0 if rows == total else 1


class Sender:
    """A process that sends until nothing is due, like a worker; it reports its CPU and memory."""

    def __init__(self, send_id: int) -> None:
        self._ours, theirs = multiprocessing.Pipe()
        context = multiprocessing.get_context("spawn")
        self._process = context.Process(target=work, args=(send_id, theirs))
        self._process.start()
        self._ours.recv()

    def begin(self) -> "Sender":
        """Let it start; the time of loading Python is not counted."""
        self._ours.send("go")
        return self

    def finish(self) -> tuple[float, float]:
        """CPU seconds and peak memory in MiB."""
        used: tuple[float, float] = self._ours.recv()
        self._process.join()
        return used


def work(send_id: int, pipe: "multiprocessing.connection.Connection") -> None:
    """What a sender process does."""
    import django

    django.setup()
    from digest.outbound.delivery.send import send_some

    pipe.send("ready")
    pipe.recv()
    before = time.process_time()
    while send_some(send_id).left:
        pass
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    pipe.send((time.process_time() - before, peak))


@contextmanager
def relay(address: str) -> Iterator[None]:
    """smtp-sink at ``address``, unless somebody listens there already."""
    host, _, port = address.rpartition(":")
    if listens(host, int(port)):
        yield
        return
    binary = shutil.which("smtp-sink", path=os.environ.get("PATH", "") + ":/usr/sbin")
    if binary is None:
        raise SystemExit(f"Nothing listens on {address}; install postfix for its smtp-sink.")
    process = subprocess.Popen([binary, "-u", "nobody", f"inet:{address}", "1000"])
    try:
        deadline = time.monotonic() + 10
        while not listens(host, int(port)):
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"smtp-sink did not start on {address}.")
            time.sleep(0.02)
        yield
    finally:
        process.kill()
        process.wait()


def listens(host: str, port: int) -> bool:
    """Whether a connection is taken there."""
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
