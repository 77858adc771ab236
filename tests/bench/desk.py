"""How long an editor waits, with 20,000 stories in the window and thirty editors at work.

``python -m tests.bench.desk --json`` makes a newsroom of ``--stories`` stories of the last day and
as many before it on a database of its own, serves it, and lets ``--editors`` editors look at the
wire and at top reads by turns, one request every ``--every`` seconds each, while each of their
pages asks for news every three seconds. It prints per page ``p50_ms`` and ``p95_ms``; ``others``:
every other page, asked for ``--times`` times alone; ``turned_away``: requests for which the gate
had no place; ``live_percent``: CPU of the web process, in percent of a core, while all those pages
are open and only ask. Meanwhile an edition is changed and a report comes in every ``--change``
seconds, so that nothing is kept for long.
"""

import argparse
import asyncio
import json
import os
import random
import statistics
import subprocess
import sys
import time
from typing import Any

from tests.scenes import servers

Times = dict[str, list[float]]


def main() -> int:
    """Furnish, serve, look, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stories", type=int, default=20_000)
    parser.add_argument("--editors", type=int, default=30)
    parser.add_argument("--every", type=float, default=3.0)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--change", type=float, default=5.0)
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    valkey = servers.prepare(DIGEST_WAKER="")
    from digest.kit.supervise import free_port
    from digest.management.commands.up import web_command
    from digest.models import Edition, Story

    cookies = furnish(given.stories, given.editors)
    edition, story = Edition.objects.all()[0], Story.objects.all()[0]
    port = free_port(18_960)
    web = subprocess.Popen(web_command("127.0.0.1", port), stdout=subprocess.DEVNULL)
    base = f"http://127.0.0.1:{port}"
    try:
        found = asyncio.run(measure(base, cookies, edition, story, given, web.pid))
    finally:
        web.terminate()
        try:
            web.wait(20)
        except subprocess.TimeoutExpired:
            web.kill()
        valkey.stop()
    found |= {"stories": given.stories, "editors": given.editors}
    found["load"] = round(os.getloadavg()[0], 1)
    print(json.dumps(found) if given.json else found)
    return 0


def furnish(stories: int, editors: int) -> list[str]:
    """The newsroom, and a session for each of its editors."""
    from django.conf import settings
    from django.test import Client

    from digest.kit.clock import now
    from digest.models import Member
    from tests.web import desk_day

    chance, moment = random.Random(7), now()
    desk_day.stories(moment)
    _fill(stories, chance)
    desk_day.edition(moment)
    found = []
    for number in range(editors):
        member = Member.objects.create(email=f"e{number}@desk.example", role="chief")
        client = Client()
        client.force_login(member)
        found.append(client.cookies[settings.SESSION_COOKIE_NAME].OutputString())
    return [each.split(";")[0] for each in found]


def _fill(stories: int, chance: random.Random) -> None:
    """Twice so many stories, half of them of the last day, of three articles and one topic each."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT setseed(0.5)")
        cursor.execute(
            """INSERT INTO digest_story (public_id, headline, summary, summary_source, language,
                   first_at, last_at, article_count, source_count, shard)
               SELECT gen_random_uuid(), 'Council number ' || n || ' decides on harbour and budget',
                   'A summary of some words.', '', 'en',
                   now() - at - interval '1 hour', now() - at, 3, 1 + (random() * 12)::int, 0
               FROM (SELECT n, random() * interval '48 hours' AS at
                     FROM generate_series(1, %s) AS n) AS made""",
            [stories * 2],
        )
        cursor.execute(
            """INSERT INTO digest_article (public_id, url, url_hash, title, summary, text, author,
                   source, agency, language, image_url, image_alt, image_credit, categories,
                   published_at, published_repaired, first_seen_at, updated_at, content_hash,
                   revision, fingerprints)
               SELECT gen_random_uuid(), 'https://outlet.example/' || story.id || '/' || k,
                   sha256(('u' || story.id || '/' || k)::bytea), story.headline, story.summary,
                   repeat('Words of an article. ', 60), '', 'Outlet ' || (story.id + k) % 300, '',
                   'en', '', '', '', '[]', story.last_at - k * interval '5 minutes', false,
                   story.last_at, story.last_at, sha256('x'::bytea), 1, '{}'
               FROM digest_story story, generate_series(0, 2) AS k
               WHERE story.lead_article_id IS NULL"""
        )
        cursor.execute(
            """INSERT INTO digest_story_article (story_id, article_id, assigned_by, assigned_at,
                   sequence, shard, first_story_id, score, tagged_at)
               SELECT split_part(url, '/', 4)::bigint, id, 'rule', now(), id + 10000000, 0,
                   split_part(url, '/', 4)::bigint, 0, now()
               FROM digest_article WHERE url LIKE 'https://outlet.example/%'"""
        )
        cursor.execute(
            """INSERT INTO digest_article_topic (article_id, topic_id, query_version)
               SELECT article.id, topic.id, 1 FROM digest_article article
               JOIN (SELECT id, row_number() OVER () - 1 AS place, count(*) OVER () AS topics
                     FROM digest_topic) AS topic ON article.id % (topics * 2) = place
               ON CONFLICT DO NOTHING"""
        )
        cursor.execute(
            """INSERT INTO digest_story_topic (story_id, topic_id, by, share)
               SELECT story.id, topic.id, 'rule', 1 FROM digest_story story
               JOIN (SELECT id, row_number() OVER () - 1 AS place, count(*) OVER () AS topics
                     FROM digest_topic) AS topic ON story.id % (topics * 2) = place
               ON CONFLICT DO NOTHING"""
        )
        cursor.execute("ANALYZE")


async def measure(
    base: str, cookies: list[str], edition: Any, story: Any, given: Any, pid: int
) -> dict[str, Any]:
    """All figures, one phase after the other."""
    import aiohttp

    wire, sheet = "/desk/", f"/desk/editions/{edition.public_id}/"
    others = {
        "editions": "/desk/editions/", "story": f"/desk/stories/{story.public_id}/",
        "alerts": "/desk/alerts/", "topics": "/desk/topics/", "sends": "/desk/sends/",
        "feeds": "/desk/feeds/", "search": "/desk/?q=harbour", "page 3": "/desk/?page=3",
        "topic": "/desk/?topic=sport", "raise": f"/desk/alerts/raise?story={story.public_id}",
    }  # fmt: skip
    times: Times = {}
    timeout = aiohttp.ClientTimeout(total=60)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(base, timeout=timeout, connector=connector) as web:
        await _up(web)
        for name, path in {**others, "wire": wire, "sheet": sheet}.items():
            await _get(web, path, cookies[0], {}, name)
        for name, path in others.items():
            for _ in range(given.times):
                await _get(web, path, cookies[0], times, name)
        alone = {name: _told(times[name]) for name in others if name in times}
        until = time.monotonic() + given.seconds
        await asyncio.gather(
            _changes(given.change, until),
            *(_editor(web, cookie, (wire, sheet), times, given.every, until) for cookie in cookies),
        )
        live = await _live_percent(web, cookies, pid, given.seconds / 2)
    return {
        "wire": _told(times["wire"]),
        "sheet": _told(times["sheet"]),
        "live": _told(times["live"]),
        "others": alone,
        "live_percent": live,
        "turned_away": len(times.get("turned away", ())),
    }


async def _up(web: Any) -> None:
    import aiohttp

    deadline = time.monotonic() + 60
    while True:
        try:
            async with web.get("/desk/sign-in") as answer:
                if answer.status == 200:
                    return
        except aiohttp.ClientError:
            pass
        if time.monotonic() > deadline:
            raise TimeoutError("The service did not come up within a minute.")
        await asyncio.sleep(0.2)


async def _get(web: Any, path: str, cookie: str, times: Times, name: str) -> None:
    began = time.perf_counter()
    async with web.get(path, headers={"Cookie": cookie}, allow_redirects=False) as answer:
        await answer.read()
        if answer.status == 503:
            # The gate had no place: the machine is busier than thirty editors make it.
            times.setdefault("turned away", []).append(0.0)
            return
        if answer.status not in (200, 304):
            raise RuntimeError(f"{path} answered {answer.status}")
    times.setdefault(name, []).append((time.perf_counter() - began) * 1000)


async def _editor(
    web: Any, cookie: str, paths: tuple[str, str], times: Times, every: float, until: float
) -> None:
    """One editor: a page every few seconds, and its question for news in between."""
    await asyncio.sleep(random.random() * every)
    turn = 0
    while time.monotonic() < until:
        began = time.monotonic()
        name = ("wire", "sheet")[turn % 2]
        await _get(web, paths[turn % 2], cookie, times, name)
        await asyncio.sleep(every / 2)
        await _get(web, "/desk/live?watch=stories+breaking+editions+tick", cookie, times, "live")
        turn += 1
        await asyncio.sleep(max(0.0, every - (time.monotonic() - began)))


async def _changes(every: float, until: float) -> None:
    """What others do meanwhile: each change is seen by the next who opens a page."""
    while time.monotonic() < until:
        await asyncio.sleep(every)
        await asyncio.to_thread(_change)


def _change() -> None:
    from django.db import connection
    from django.db.models import F

    from digest.models import Edition, Item

    Item.objects.filter(position=1).update(pinned=True)
    Edition.objects.update(lock_version=F("lock_version") + 1)
    with connection.cursor() as cursor:
        # The latest report comes in once more: the stamp of the stories is its number.
        cursor.execute(
            """UPDATE digest_story_article
               SET id = nextval(pg_get_serial_sequence('digest_story_article', 'id'))
               WHERE id = (SELECT max(id) FROM digest_story_article)"""
        )
    connection.close()


async def _live_percent(web: Any, cookies: list[str], pid: int, seconds: float) -> float:
    """CPU of the web process and its children while every page only asks for news."""
    import psutil

    def spent() -> float:
        parent = psutil.Process(pid)
        return sum(sum(each.cpu_times()[:2]) for each in [parent, *parent.children(recursive=True)])

    async def page(cookie: str, until: float) -> None:
        await asyncio.sleep(random.random() * 3)
        while time.monotonic() < until:
            await _get(web, "/desk/live?watch=stories+breaking+editions+tick", cookie, {}, "live")
            await asyncio.sleep(3)

    before, began = spent(), time.monotonic()
    await asyncio.gather(*(page(cookie, began + seconds) for cookie in cookies))
    return round((spent() - before) / (time.monotonic() - began) * 100, 1)


def _told(times: list[float]) -> dict[str, float]:
    ordered = sorted(times)
    return {
        "p50_ms": round(statistics.median(ordered)),
        "p95_ms": round(ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]),
        "n": len(ordered),
    }


if __name__ == "__main__":
    sys.exit(main())
