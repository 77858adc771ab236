"""Public pages under a crowd, and an alert beside it.

``python -m tests.bench.pages --json`` starts the web service as production does, with two
processes on a database of its own, and asks each page again and again with 50, 300 and 1,000
requests in flight. Per page and level it prints how often each status came, percentiles in
milliseconds and the answers a second; ``burst`` is a thousand who come at once and ask once. A
status that did not occur is not printed. ``refused`` are connections that broke or gave no answer
in ten seconds. An honest 503 counts for what it is: percentiles are of all answers together, as
``p95_ok_ms`` of the pages alone, as ``slowest_503_ms`` of those turned away.

``alert`` times an alert to 10,000 readers from the editor's word to the ledger's, alone and then
while 1,000 are asking for pages, by real workers and Postfix's smtp-sink (left out without it).

The load generator shares the cores: ``generator_cpu`` is the share of all CPU time that it took,
and each crowd's ``lag_ms`` how late it was itself.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from digest.kit.supervise import free_port
from tests.bench.relay import relay, tool
from tests.scenes import crowds
from tests.scenes.servers import prepare

ROOT = Path(__file__).resolve().parents[2]
LEVELS = (50, 300, 1000)
BURST = 1000
SMTP = "127.0.0.1:2526"


def main() -> None:
    """Furnish a newsroom, serve it, and send the crowds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seconds", type=float, default=4.0, help="of each page at each level")
    parser.add_argument("--levels", default=",".join(map(str, LEVELS)))
    parser.add_argument("--alert", type=int, default=10_000, help="readers of the alert; 0: none")
    given = parser.parse_args()
    prepare(
        DIGEST_PROXIES="0",
        DIGEST_CHANNELS="email",
        DIGEST_SMTP_CONNECTIONS="20",
        DIGEST_SMTP_URL=f"smtp://{SMTP}",
    )
    paths = furnish()
    levels = [int(each) for each in given.levels.split(",")]
    with serving() as (base, server):
        # As after the first reader of the day; what a page costs at first is no matter of crowds.
        for _ in range(4):
            first(base, paths)
        found = measure(base, paths, levels, given.seconds, server)
        if given.alert and tool("smtp-sink"):
            found["alert"] = alert(given.alert, [base + each for each in paths.values()])
    found["load"] = round(os.getloadavg()[0], 1)
    print(json.dumps(found) if given.json else json.dumps(found, indent=2))


def furnish() -> dict[str, str]:
    """A newsroom with forty editions and a reader; the paths to ask for, by page."""
    from datetime import timedelta

    from django.conf import settings

    from digest.audience.core import tokens
    from digest.outbound.messages import links
    from tests.web import newsroom

    newsroom.offer()
    for day in range(40):
        slot = newsroom.SLOT - timedelta(days=day)
        edition = newsroom.publish(slot_at=slot, local_date=slot.date())
    story = newsroom.story(*(f"https://outlet.example/{n}" for n in range(12)))
    reader = newsroom.reader()
    token = tokens.preferences_token(settings.SECRET_KEY, reader)
    return {
        "front": "/",
        "archive": "/archive",
        "story": f"/s/{links.short_code(story.public_id)}",
        "sign-up": "/subscribe",
        "preferences": f"/preferences/{token}",
        "edition": f"/editions/{edition.public_id}",
    }


@contextmanager
def serving(workers: int = 2) -> Iterator[tuple[str, psutil.Process]]:
    """The web service, until the end."""
    port = free_port(18_400)
    words = ["-m", "digest.web.serving", "--port", str(port), "--workers", str(workers)]
    process = subprocess.Popen([sys.executable, *words], cwd=ROOT, start_new_session=True)
    base = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 240
        while True:
            try:
                with urllib.request.urlopen(f"{base}/health/live", timeout=2):
                    break
            except OSError:
                if time.monotonic() > deadline or process.poll() is not None:
                    raise
                time.sleep(0.1)
        yield base, psutil.Process(process.pid)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def first(base: str, paths: dict[str, str]) -> None:
    """Each page once. Raises HTTPError for one that is none."""
    for path in paths.values():
        with urllib.request.urlopen(base + path, timeout=30) as answer:
            answer.read()


def measure(
    base: str, paths: dict[str, str], levels: list[int], seconds: float, server: psutil.Process
) -> dict[str, Any]:
    """Every page at every level and in a burst, and what the load generator took."""
    served = _cpu_of(server)
    found = {}
    for name, path in paths.items():
        found[name] = {str(level): _crowd([base + path], level, seconds) for level in levels}
        found[name]["burst"] = _crowd([base + path], BURST, 0)
    served = _cpu_of(server) - served
    all_of_them = [each for page in found.values() for each in page.values()]
    cpu = sum(each["generator_cpu_s"] for each in all_of_them)
    return {
        "pages": found,
        "server_errors": sum(map(_server_errors, all_of_them)),
        "generator_cpu": round(cpu / (cpu + served), 2) if served else None,
    }


def alert(readers: int, urls: list[str]) -> dict[str, Any]:
    """How soon an alert's mails are taken, alone and beside a thousand askers."""
    from digest.kit.clock import now
    from tests.scenes import scene
    from tests.scenes.processes import Crew

    scene.readers(readers, None, now=now(), domain="urgent.example")
    log = Path(os.environ["DIGEST_HOME"]) / "workers.log"
    with relay(SMTP), Crew(["alerts", "upkeep", "beat"], log=log) as crew:
        # The first alert of a process loads what it needs.
        _issued(readers, crew.check)
        alone = _issued(readers, crew.check)
        with crowds.sent(urls, BURST, 20) as asking:
            time.sleep(2)  # they are all there, and stay for longer than the alert takes
            beside = _issued(readers, crew.check)
            during = asking.poll() is None
            asked = crowds.told(asking)
    return {
        "readers": readers,
        "alone": alone,
        "beside": beside,
        "crowd": asked | {"server_errors": _server_errors(asked), "there_all_along": during},
    }


def _issued(readers: int, check: Callable[[], None]) -> dict[str, float]:
    """Issue an alert; seconds until the ledger has the first, 99 % and all of its mails as sent."""
    from digest.kit.clock import now
    from digest.kit.wake import on_commit
    from digest.models import Delivery, Send
    from tests.scenes import scene

    wanted = {"first_s": 1, "p99_s": readers * 99 // 100, "all_s": readers}
    seen: dict[str, float] = {}
    began = time.monotonic()
    frozen = scene.alert(now=now())
    on_commit("alerts")
    sends = Send.objects.filter(kind="alert", source_id=frozen.alert_id)
    mine: list[int] = []
    while len(seen) < len(wanted):
        check()
        # To ask costs as much as a mail or two: seldom, and by what is indexed.
        mine = mine or list(sends.values_list("pk", flat=True))
        sent = Delivery.objects.filter(send_id__in=mine, state=Delivery.State.SENT)
        done, at = sent.count() if mine else 0, time.monotonic() - began
        seen |= {
            name: round(at, 2)
            for name, number in wanted.items()
            if done >= number and name not in seen
        }
        if at > 300:
            raise TimeoutError(f"Of {readers} mails {done} were sent in five minutes.")
        time.sleep(0.05)
    return seen


def _crowd(urls: list[str], level: int, seconds: float) -> dict[str, Any]:
    with crowds.sent(urls, level, seconds) as asking:
        return crowds.told(asking)


def _server_errors(found: dict[str, Any]) -> int:
    return sum(
        number
        for status, number in found["statuses"].items()
        if status.startswith("5") and status != crowds.TURNED_AWAY
    )


def _cpu_of(server: psutil.Process) -> float:
    total = 0.0
    for each in [server, *server.children(recursive=True)]:
        try:
            times = each.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
    return total


if __name__ == "__main__":
    main()
