"""How soon after its publication pushed news is an article.

``python -m tests.bench.websub --json`` prints ``p50_ms``, ``p99_ms`` and ``max_ms`` of 200
publications: from the moment at which the loopback hub is told to publish a feed of forty items,
one of them new, until its article can be read from the database (``answered_p50_ms``: of which
until the hub had our answer). The web service, the workers ``pushes``, ``feeds`` and ``newsroom``
and beat are real processes, started as in service; the workers themselves subscribe at the hub. The
next publication waits until the newsdesk has put the article into a story, which is not counted.
``cpu_ms`` is what each process used of the processor for one publication, that included.
"""

import argparse
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import psutil

from tests.scenes import servers

ROOT = Path(__file__).resolve().parents[2]
ITEMS = 40
PROCESSES = ("granian", "pushes", "feeds", "newsroom", "beat")


def main() -> int:
    """Start everything, subscribe, publish, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--publications", type=int, default=200)
    parser.add_argument("--feeds", type=int, default=20)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    from digest.kit.supervise import free_port

    port = free_port(18_000)
    valkey = servers.prepare(
        DIGEST_BASE_URL=f"http://127.0.0.1:{port}", DIGEST_ALLOW_PRIVATE_FETCH="1"
    )
    from digest.kit import wake
    from digest.kit.clock import now
    from digest.models import Feed
    from tests.fakes.hub import Hub
    from tests.scenes.processes import Crew

    topics = [f"https://outlet{number}.example/feed" for number in range(given.feeds)]
    log = Path(os.environ["DIGEST_HOME"]) / "workers.log"
    later = now() + timedelta(days=1)
    with Hub(topics=set(topics)) as hub, web(port, log):
        Feed.objects.bulk_create(
            Feed(url=topic, hub_url=hub.url, hub_topic=topic, next_check_at=later)
            for topic in topics
        )
        with Crew(["pushes", "feeds", "newsroom", "beat"], log=log) as crew:
            wake.call("websub")
            until(lambda: len(hub.held) == len(topics), crew.check)
            # Each feed's first document is all new, and the first find cold processes: in a fresh
            # checkout the clusterer is compiled now.
            cold = [publish(hub, topic, ITEMS, patience=300) for topic in topics]
            used = cpu_seconds()
            took = [
                publish(hub, topics[n % len(topics)], ITEMS + 1 + n // len(topics))
                for n in range(given.publications)
            ]
            used = {name: cpu - used[name] for name, cpu in cpu_seconds().items()}
            crew.check()
    ranked = sorted(total for _, total in took)
    taken = sorted(answered for answered, _ in took)
    found = {
        "publications": len(ranked),
        "p50_ms": round(ranked[len(ranked) // 2] * 1000, 1),
        "p99_ms": round(ranked[int(len(ranked) * 0.99)] * 1000, 1),
        "max_ms": round(ranked[-1] * 1000, 1),
        "answered_p50_ms": round(taken[len(taken) // 2] * 1000, 1),
        "cold_ms": round(max(total for _, total in cold) * 1000, 1),
        "cpu_ms": {name: round(cpu / len(took) * 1000, 1) for name, cpu in used.items()},
    }
    valkey.stop()
    print(json.dumps(found) if given.json else found)
    return 0


def publish(hub: object, topic: str, number: int, *, patience: float = 60.0) -> tuple[float, float]:
    """Publish items up to ``number``; seconds until they are taken, and until stored."""
    from django.db import connection

    from digest.models import StoryArticle
    from tests.fakes import feeds

    host = topic.removesuffix("/feed")
    link = f"{host}/{number}"
    # No outlet's words are another's: those would be copies.
    place = zlib.crc32(host.encode()) % 10**6
    items = [
        feeds.item(n, link=f"{host}/{n}", extra=f"<description>{words(place + n)}</description>")
        for n in range(number, number - ITEMS, -1)
    ]
    document = feeds.rss(*items)
    began = time.perf_counter()
    answers = hub.publish(topic, document)  # type: ignore[attr-defined]
    assert answers == [202], answers
    answered = time.perf_counter() - began

    def stored() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM digest_article WHERE url = %s", [link])
            return cursor.fetchone() is not None

    def in_a_story() -> bool:
        return StoryArticle.objects.filter(article__url=link).exists()

    until(stored, lambda: None, seconds=patience)
    took = time.perf_counter() - began
    until(in_a_story, lambda: None, seconds=patience)
    return answered, took


def cpu_seconds() -> dict[str, float]:
    """What each of our children, with theirs, has used of the processor by now."""
    found: dict[str, float] = {}
    for child in psutil.Process().children():
        line = " ".join(child.cmdline())
        name = next((each for each in PROCESSES if each in line), "")
        if name:
            family = [child, *child.children(recursive=True)]
            found[name] = sum(sum(each.cpu_times()[:2]) for each in family)
    return found


def words(number: int) -> str:
    """A paragraph of its own for each item."""
    return " ".join(f"Pier {number * 31 + place} is clear again." for place in range(12))


@contextmanager
def web(port: int, log: Path) -> Iterator[None]:
    """The web service, as ``digest up`` starts it."""
    from digest.management.commands.up import web_command

    with log.open("ab") as out:
        process = subprocess.Popen(
            web_command("127.0.0.1", port), cwd=ROOT, stdout=out, stderr=out, env=os.environ.copy()
        )
    try:
        until(lambda: answers(f"http://127.0.0.1:{port}/health"), lambda: None)
        yield
    finally:
        process.terminate()
        process.wait(20)


def answers(url: str) -> bool:
    """Whether anything at all answers there."""
    try:
        urllib.request.urlopen(url, timeout=2).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def until(met: Callable[[], bool], check: Callable[[], None], seconds: float = 120.0) -> None:
    """Wait for a condition; raises TimeoutError, and whatever ``check`` raises."""
    deadline = time.monotonic() + seconds
    while not met():
        check()
        if time.monotonic() > deadline:
            raise TimeoutError("The service did not get that far.")
        time.sleep(0.005)


if __name__ == "__main__":
    sys.exit(main())
