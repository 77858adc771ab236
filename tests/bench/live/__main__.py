"""An hour with feeds of mixed manners, through the service's own processes.

``python -m tests.bench.live --json [--feeds 2000] [--minutes 60]`` starts outlets on loopback by
schedules that are known (tests/scenes/outlets: wires, feeds that ask for patience, slow hosts,
hosts that answer 429, feeds with a hub), two ``feeds`` processes, ``newsroom``, ``pushes``, the
web service and beat, and prints, by class of feed, how long after its publication an item became
an article (``p50_s``, ``p99_s``, ``max_s`` of ``items``; ``missing``: of those published long
enough before the end), ``late``: the most feeds at once that were older than their promise (of
``samples``), ``faults``: requests sooner than the feed, its server or its host allows (``close``:
those at one host that came less than a quarter of a second apart, as a stalled machine brings
them), and what the processes used of the processor. What is published in the first minutes is not
counted: that many feeds are new then.
"""

import argparse
import json
import os
import subprocess
import sys
import threading
import time
from collections import defaultdict
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil

from tests.scenes import servers
from tests.scenes.outlets import MANNERS, Outlet, outlets

WARM_UP = 420.0
SAMPLE_SECONDS = 10.0


def main() -> int:
    """Run it all, print the figures; 1 when a feed was late, an item missing or a host vexed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--feeds", type=int, default=2_000)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    from digest.kit.supervise import free_port

    port = free_port(18_000)
    valkey = servers.prepare(
        DIGEST_BASE_URL=f"http://127.0.0.1:{port}",
        DIGEST_ALLOW_PRIVATE_FETCH="1",
        DIGEST_FETCH_PER_HOST="2",
    )
    found = _run(given.feeds, given.minutes * 60, port)
    valkey.stop()
    print(json.dumps(found) if given.json else found)
    missing = sum(each["missing"] for each in found["classes"].values())
    return int(bool(found["late"] or found["faults_counted"] or missing))


def _run(feeds: int, seconds: float, port: int) -> dict[str, Any]:
    from tests.bench.websub import web
    from tests.fakes.hub import Hub
    from tests.scenes.processes import Crew

    log = Path(os.environ["DIGEST_HOME"]) / "workers.log"
    epoch = time.time()
    with ExitStack() as stack:
        hub = stack.enter_context(Hub())
        stand = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.live.stand", str(feeds), str(epoch), hub.url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert stand.stdin and stand.stdout
        origin = f":{stand.stdout.readline().strip()}"
        hub.topics = {_url(each, origin) for each in outlets(feeds) if each.manner.has_hub}
        stack.enter_context(web(port, log))
        crews = [
            stack.enter_context(Crew(names, log=log))
            for names in (["feeds", "newsroom", "pushes", "beat"], ["feeds"])
        ]
        _first(origin, crews)
        began = time.time()
        _store(feeds, origin)
        ended = threading.Event()
        publisher = threading.Thread(
            target=_publish, args=(hub, feeds, epoch, origin, ended), daemon=True
        )
        publisher.start()
        late = _watch(crews, began + seconds)
        ended.set()
        publisher.join()
        cpu = _cpu()
    stand.stdin.close()
    asked = json.loads(stand.stdout.readline())
    stand.wait(30)
    return {
        "feeds": feeds, "seconds": round(seconds), **late, **asked,
        "classes": _latencies(feeds, epoch, began, began + seconds), "cpu_s": cpu,
        "load": os.getloadavg(),
    }  # fmt: skip


def _first(origin: str, crews: list[Any]) -> None:
    """One feed, until it was read: a fresh checkout compiles the clusterer before the first."""
    from digest.kit.clock import now
    from digest.models import Feed
    from tests.bench.websub import until

    Feed.objects.create(url=_url(outlets(1)[-1], origin), next_check_at=now())

    def check() -> None:
        for crew in crews:
            crew.check()

    until(lambda: not Feed.objects.filter(checked_at=None).exists(), check, seconds=600)


def _url(outlet: Outlet, origin: str) -> str:
    return f"http://{outlet.host}{origin}{outlet.path}"


def _store(feeds: int, origin: str) -> None:
    """The feeds, due over the first five minutes; wires have broken news before."""
    from digest.kit.clock import now
    from digest.models import Feed

    moment, all_of_them = now(), outlets(feeds)
    step = timedelta(seconds=min(300.0, feeds * 0.15)) / len(all_of_them)
    Feed.objects.bulk_create(
        (
            Feed(
                url=_url(each, origin),
                next_check_at=moment + place * step,
                broke_news_at=moment if each.manner.is_swift else None,
            )
            for place, each in enumerate(all_of_them)
        ),
        ignore_conflicts=True,
    )


def _publish(hub: Any, feeds: int, epoch: float, origin: str, ended: threading.Event) -> None:
    """Push what feeds with a hub publish, when they do."""
    pushed = [each for each in outlets(feeds) if each.manner.has_hub]
    newest = {each: each.newest(time.time(), epoch) for each in pushed}
    while not ended.wait(0.1):
        for each in pushed:
            moment = time.time()
            serial = each.newest(moment, epoch)
            if serial > newest[each]:
                newest[each] = serial
                topic = _url(each, origin)
                hub.publish(topic, each.document(moment, epoch, hub.url, topic))


def _watch(crews: list[Any], until: float) -> dict[str, Any]:
    """Look at the promises every ten seconds; what was found late, and how late at worst."""
    from digest.intake.feeds.polling.health import lateness
    from digest.kit.clock import now
    from digest.models import Feed

    samples, most, worst, names = 0, 0, 0.0, set()
    while time.time() < until:
        time.sleep(SAMPLE_SECONDS)
        for crew in crews:
            crew.check()
        moment = now()
        waited = {
            feed.url: lateness(feed, moment).total_seconds()
            for feed in Feed.objects.only("url", "state", "interval", "next_check_at")
        }
        behind = {url: seconds for url, seconds in waited.items() if seconds}
        samples, most = samples + 1, max(most, len(behind))
        worst = max(worst, *behind.values(), 0.0) if behind else worst
        names |= set(behind)
        print(f"{until - time.time():.0f} s left, {len(behind)} late", file=sys.stderr, flush=True)
    return {
        "samples": samples, "late": most, "late_ever": len(names), "latest_s": round(worst, 1),
    }  # fmt: skip


def _latencies(feeds: int, epoch: float, began: float, end: float) -> dict[str, dict[str, Any]]:
    from digest.models import Article

    seen = dict(Article.objects.values_list("url", "first_seen_at"))
    took: dict[str, list[float]] = defaultdict(list)
    missing: dict[str, int] = defaultdict(int)
    for outlet in outlets(feeds):
        manner = outlet.manner
        # The longest an item can wait for its feed's next look, a refusal included.
        longest = manner.gap / 2 + manner.soonest + 3 * manner.retry_after + 360
        for serial in range(outlet.newest(end, epoch) + 1):
            published = outlet.published(serial, epoch)
            if not began + WARM_UP <= published <= end - longest:
                continue
            at = seen.get(f"{outlet.site}{serial}")
            if at is None:
                missing[manner.name] += 1
            else:
                took[manner.name].append(at.timestamp() - published)
    return {
        manner.name: _figures(took[manner.name]) | {"missing": missing[manner.name]}
        for manner in MANNERS
    }


def _figures(took: list[float]) -> dict[str, Any]:
    ranked = sorted(took)
    if not ranked:
        return {"items": 0}
    return {
        "items": len(ranked),
        "p50_s": round(ranked[len(ranked) // 2], 1),
        "p99_s": round(ranked[int(len(ranked) * 0.99)], 1),
        "max_s": round(ranked[-1], 1),
    }


def _cpu() -> dict[str, float]:
    """What each process, with its children, has used of the processor."""
    found: dict[str, float] = defaultdict(float)
    for child in psutil.Process().children():
        line = " ".join(child.cmdline())
        names = ("granian", "feeds-", "newsroom-", "pushes", "beat", "live.stand")
        name = next((each for each in names if each in line), "")
        if name:
            family = [child, *child.children(recursive=True)]
            found[name] += sum(sum(each.cpu_times()[:2]) for each in family)
    return {name: round(seconds, 1) for name, seconds in found.items()}


if __name__ == "__main__":
    sys.exit(main())
