"""How fast a send goes out through the ledger.

``python -m tests.bench.send --recipients 100000 --connections 50 --smtp 127.0.0.1:2525 --json``
prints ``mails_per_s, fanout_per_s, cpu_us_per_mail, rss_mb_peak, ledger_rows``. Postfix's smtp-sink
is started on that address when it is installed and nothing listens there; without it, a relay must
listen there already, whose CPU time nobody here can know (null). ``--processes`` senders share the
connections, as workers on one machine do.

``--dkim off|rsa|both`` signs by nothing, by RSA-2048, or by RSA and Ed25519. ``--table`` adds
``runs``: every way of signing over 1, 10 and 50 connections, beside what smtp-source, smtplib and
aiosmtplib send of the same bytes in the same run.
"""

import argparse
import json
import multiprocessing
import multiprocessing.connection
import os
import resource
import sys
import time
from typing import Any

from tests.bench.relay import relay
from tests.scenes import servers

WAYS = ("off", "rsa", "both")


def main() -> int:
    """Make readers and an edition, fan out, send, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recipients", type=int, default=100_000)
    parser.add_argument("--connections", type=int, default=50)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--smtp", default="127.0.0.1:2525")
    parser.add_argument("--dkim", choices=WAYS, default="off")
    parser.add_argument("--table", action="store_true", help="add the list of runs")
    parser.add_argument("--table-recipients", type=int, default=10_000)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    servers.prepare(
        DIGEST_SMTP_URL=f"smtp://{given.smtp}", DIGEST_CHANNELS="email", DIGEST_WAKER=""
    )
    load = os.getloadavg()[0]
    with relay(given.smtp) as sink:
        found = run(given.recipients, given.connections, given.processes, given.dkim, sink)
        if given.table:
            found["runs"] = table(given.table_recipients, given.processes, given.smtp, sink)
    found["load_before"] = round(load, 1)
    print(json.dumps(found) if given.json else found, flush=True)
    return 0 if found["ledger_rows"] == given.recipients else 1


def run(
    recipients: int, connections: int, processes: int, dkim: str, sink: int | None
) -> dict[str, Any]:
    """One send of an edition to so many new readers; its figures."""
    from digest.kit.clock import now
    from digest.models import Delivery
    from digest.outbound.delivery.planning.fanout import fan_out
    from digest.outbound.delivery.planning.plan import plan_edition
    from tests.bench import mail
    from tests.scenes import scene

    processes = min(processes, connections)
    daily = scene.newsletter(slug=f"letter-{time.monotonic_ns()}")
    scene.readers(recipients, daily, now=now())
    analyze()
    frozen = scene.edition(daily, now=now())
    mail.put(frozen, now=now())
    (send_id,) = plan_edition(frozen.edition_id, 1, now=now()).send_ids
    began = time.perf_counter()
    total = fan_out(send_id, now=now()).total
    fanned_out = time.perf_counter() - began
    share = connections // processes
    senders = [Sender(send_id, share, keys(dkim)) for _ in range(processes)]
    before = [0.0 if sink is None else cpu(sink), database_cpu()]
    began = time.perf_counter()
    used = [sender.figures() for sender in [each.begin() for each in senders]]
    took = time.perf_counter() - began
    relay_cpu = None if sink is None else cpu(sink) - before[0]
    ledger_cpu = database_cpu() - before[1]
    for each in senders:
        each.end()
    rows = Delivery.objects.filter(send_id=send_id, state=Delivery.State.SENT).count()
    per_mail = 1e6 / max(rows, 1)
    return {
        "recipients": total,
        "connections": connections,
        "processes": processes,
        "dkim": dkim,
        "mail_bytes": size(dkim),
        "mails_per_s": round(rows / took),
        "fanout_per_s": round(total / fanned_out),
        "cpu_us_per_mail": round(sum(spent for spent, _ in used) * per_mail),
        "relay_cpu_us_per_mail": each_mail(relay_cpu, rows),
        "database_cpu_us_per_mail": round(ledger_cpu * per_mail),
        "rss_mb_peak": round(max(rss for _, rss in used)),
        "ledger_rows": rows,
    }


def each_mail(seconds: float | None, mails: int) -> int | None:
    """Microseconds a mail; None of a relay that is not ours, whose CPU nobody can tell."""
    return None if seconds is None else round(seconds * 1e6 / max(mails, 1))


def table(recipients: int, processes: int, smtp: str, sink: int | None) -> list[dict[str, Any]]:
    """Every way of signing over 1, 10 and 50 connections, and the other senders."""
    from tests.bench.stands import rivals

    found = []
    for connections in (1, 10, 50):
        for dkim in WAYS:
            figures = run(recipients, connections, processes, dkim, sink)
            found.append({"sender": "digest"} | figures)
        for name, send in rivals.RIVALS.items():
            speed = send(smtp, connections, recipients)
            if speed is not None:
                found.append(
                    {"sender": name, "connections": connections, "mails_per_s": round(speed)}
                )
    return found


def keys(dkim: str) -> dict[str, str]:
    """The environment that makes a sender sign so."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

    def pem(key: Any) -> str:
        form = serialization.PrivateFormat.PKCS8
        plain = serialization.NoEncryption()
        return str(key.private_bytes(serialization.Encoding.PEM, form, plain).decode())

    found = {"DIGEST_DKIM_KEY": "", "DIGEST_DKIM_SECOND_KEY": ""}
    if dkim != "off":
        found["DIGEST_DKIM_KEY"] = pem(rsa.generate_private_key(65537, 2048))
    if dkim == "both":
        found["DIGEST_DKIM_SECOND_KEY"] = pem(ed25519.Ed25519PrivateKey.generate())
    return found


def size(dkim: str) -> int:
    """Bytes of one mail."""
    from tests.bench.stands import rivals

    return len(rivals.sample(keys(dkim)))


def analyze() -> None:
    """What autovacuum would have done before anybody sends to so many new readers."""
    from django.db import connection

    with connection.cursor() as cursor:
        for name in ("subscriber", "address", "subscription"):
            cursor.execute(f"VACUUM ANALYZE digest_{name}")


def cpu(pid: int) -> float:
    """CPU seconds of a process so far."""
    import psutil

    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def database_cpu() -> float:
    """CPU seconds of PostgreSQL on this machine so far, by this bench's own server."""
    import psutil
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    try:
        server = psutil.Process(pid).parent()
        if server is None:
            return 0.0
        times = [server.cpu_times()]
        times += [each.cpu_times() for each in server.children()]
    except psutil.Error:
        return 0.0
    return float(
        sum(each.user + each.system for each in times)
        + times[0].children_user
        + times[0].children_system
    )


class Sender:
    """A process that sends until nothing is due, like a worker; it reports its CPU and memory."""

    def __init__(self, send_id: int, connections: int, environment: dict[str, str]) -> None:
        self._ours, theirs = multiprocessing.Pipe()
        context = multiprocessing.get_context("spawn")
        os.environ.update(environment)
        self._process = context.Process(target=work, args=(send_id, connections, theirs))
        self._process.start()
        self._ours.recv()

    def begin(self) -> "Sender":
        """Let it start; the time of loading Python is not counted."""
        self._ours.send("go")
        return self

    def figures(self) -> tuple[float, float]:
        """Wait until it has sent: CPU seconds, and peak memory in MiB."""
        used: tuple[float, float] = self._ours.recv()
        return used

    def end(self) -> None:
        """Wait until the process is gone, which is no part of sending."""
        self._process.join()


def work(send_id: int, connections: int, pipe: "multiprocessing.connection.Connection") -> None:
    """What a sender process does."""
    import django

    django.setup()
    from django.conf import settings

    from digest.outbound.channels import registry
    from digest.outbound.delivery.sending.send import send_some

    # Loaded at the first ask, once in a worker's life.
    registry.channel("email", settings)
    pipe.send("ready")
    pipe.recv()
    before = time.process_time()
    while send_some(send_id, connections=connections).left:
        pass
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    pipe.send((time.process_time() - before, peak))


if __name__ == "__main__":
    sys.exit(main())
