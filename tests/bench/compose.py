"""What the busiest hour of personal digests costs: opened, composed, rendered, given to the ledger.

``python -m tests.bench.compose --json`` makes ``--readers`` readers who are all due in the same
minute, of ``--combinations`` sets of topics and languages, ``--history`` of whom had digests of
other wishes within the month and ``--mutes`` of whom muted a story, and a day of ``--stories``
stories. ``--alike`` of them follow one and the same set. It prints ``seconds`` from the first slot
to the last delivery in the ledger, the same by stage, ``cpu_seconds`` of the ``--workers``
processes that do it as the service's workers do, ``database_seconds`` of CPU that their connections
took, ``editions`` composed, ``messages`` rendered, ``readers_per_message``, ``empty`` slots, how
many signatures each of the processes composed for (``shares``), and ``memory_mb`` of the largest of
them, of each stage after a tenth of its work, at its most and at its end. The busiest hour of a
million readers has a tenth of them.
"""

import argparse
import json
import multiprocessing
import os
import random
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import psutil

from tests.scenes import servers

TOPICS = 40
LANGUAGES = (("en",), ("en",), ("en",), ("ko", "en"), ("fr",), ("es", "en"), ("zh",), ("ms", "en"))
_LONGEST = 1_800.0
# The hour that has just begun: tasks ask the clock, and an hour long past would be overtaken.
DUE = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)


def main() -> int:
    """Furnish, serve one hour, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readers", type=int, default=100_000)
    parser.add_argument("--combinations", type=int, default=10_000)
    parser.add_argument("--stories", type=int, default=2_000)
    parser.add_argument("--history", type=float, default=0.2)
    parser.add_argument("--mutes", type=float, default=0.05)
    parser.add_argument("--alike", type=float, default=0.0, help="share of one and the same set")
    parser.add_argument("--workers", type=int, default=2, help="processes; one for each core")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    valkey = servers.prepare(DIGEST_WAKER="", DIGEST_ALLOWED_RECIPIENTS="*")
    try:
        furnish(given)
        found = serve(given.workers)
    finally:
        valkey.stop()
    found |= {"readers": given.readers, "combinations": given.combinations}
    found["load"] = round(os.getloadavg()[0], 1)
    print(json.dumps(found) if given.json else found)
    return 0


def furnish(given: argparse.Namespace) -> None:
    """Stories of a day, readers with their topics and hours, and what some of them had before."""
    from digest.models import Topic

    chance = random.Random(11)
    topics = Topic.objects.bulk_create(
        Topic(slug=f"topic-{n}", name=f"Topic number {n}", query=f"word{n}") for n in range(TOPICS)
    )
    ids = [each.pk for each in topics]
    _fill(given.stories, ids)
    combinations = [
        (sorted(chance.sample(ids, chance.randint(1, 6))), chance.choice(LANGUAGES))
        for _ in range(given.combinations)
    ]
    _readers(given, combinations, chance)


def _fill(stories: int, topics: list[int]) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT setseed(0.5)")
        cursor.execute(
            """INSERT INTO digest_story (public_id, headline, summary, summary_source, language,
                   first_at, last_at, article_count, source_count, shard)
               SELECT gen_random_uuid(), 'Council number ' || n || ' decides on harbour and budget',
                   'A summary of some words that says what was decided, by whom and why.', '', 'en',
                   at - interval '1 hour', at, 3, 1 + (random() * 12)::int, 0
               FROM (SELECT n, %s - random() * interval '24 hours' AS at
                     FROM generate_series(1, %s) AS n) AS made""",
            [DUE, stories],
        )
        cursor.execute(
            """INSERT INTO digest_article (public_id, url, url_hash, title, summary, text, author,
                   source, agency, language, image_url, image_alt, image_credit, categories,
                   published_at, published_repaired, first_seen_at, updated_at, content_hash,
                   revision, fingerprints)
               SELECT gen_random_uuid(), 'https://outlet.example/' || story.id || '/' || k,
                   sha256(('u' || story.id || '/' || k)::bytea), story.headline, story.summary,
                   'Report ' || k || ' of number ' || story.id || '. '
                   || repeat('Words of an article. ', 60),
                   '', 'Outlet ' || (story.id + k) % 300, '',
                   (ARRAY['en', 'ko', 'fr', 'es', 'zh', 'ms'])[1 + (story.id * k) % 6],
                   '', '', '', '[]', story.last_at - k * interval '5 minutes', false,
                   story.last_at - k * interval '5 minutes', story.last_at, sha256('x'::bytea), 1,
                   '{}'
               FROM digest_story AS story, generate_series(0, 2) AS k"""
        )
        cursor.execute(
            """INSERT INTO digest_story_article (story_id, article_id, assigned_at, sequence,
                   first_story_id, shard, assigned_by, tagged_at, score)
               SELECT split_part(url, '/', 4)::bigint, id, %s, id,
                   split_part(url, '/', 4)::bigint, 0, 'rule', %s, 1
               FROM digest_article""",
            [DUE, DUE],
        )
        cursor.execute(
            """INSERT INTO digest_story_topic (story_id, topic_id, by, share)
               SELECT story.id, (%s::bigint[])[1 + (story.id * 7 + k * 13) %% %s], 'rule', 1
               FROM digest_story AS story, generate_series(0, 1) AS k
               ON CONFLICT DO NOTHING""",
            [topics, len(topics)],
        )
        cursor.execute("ANALYZE")


def _readers(
    given: argparse.Namespace, combinations: list[tuple[list[int], Any]], chance: random.Random
) -> None:
    from digest.models import Address, Mute, Schedule, Story, Subscriber, Subscription

    stories = list(Story.objects.values_list("pk", flat=True)[:500])
    before = DUE - timedelta(days=40)
    for start in range(0, given.readers, 5_000):
        numbers = range(start, min(start + 5_000, given.readers))
        wishes = [
            combinations[0] if chance.random() < given.alike else chance.choice(combinations)
            for _ in numbers
        ]
        people = Subscriber.objects.bulk_create(
            Subscriber(languages=list(languages), locale=languages[0], created_at=before)
            for _, languages in wishes
        )
        addresses = Address.objects.bulk_create(
            Address(
                subscriber=person, channel="email", value=f"reader{n}@example.org",
                fingerprint=n.to_bytes(32, "big"), verified_at=before, created_at=before,
            )
            for n, person in zip(numbers, people, strict=True)
        )  # fmt: skip
        Subscription.objects.bulk_create(
            Subscription(
                subscriber=person, address=address, topic_id=topic, state="active",
                created_at=before, confirmed_at=before,
            )
            for person, address, (topics, _) in zip(people, addresses, wishes, strict=True)
            for topic in topics
        )  # fmt: skip
        schedules = Schedule.objects.bulk_create(
            Schedule(
                subscriber=person, address=address, channel="email", local_time=DUE.time(),
                time_zone="UTC", next_due_at=DUE, last_window_end=DUE - timedelta(days=1),
            )
            for person, address in zip(people, addresses, strict=True)
        )  # fmt: skip
        _history(schedules, given.history, chance)
        Mute.objects.bulk_create(
            Mute(subscriber=person, story_id=chance.choice(stories), at=before)
            for person in people
            if chance.random() < given.mutes
        )


def _history(schedules: list[Any], share: float, chance: random.Random) -> None:
    """Some had a digest of other wishes: one of thirty that many shared, of twelve stories."""
    from digest.models import Edition, Item, Signature, Slot, Story

    day = DUE - timedelta(days=3)
    known = [
        Signature(key=f"{n:064x}", base=f"{n:064x}", topics=[], language="en") for n in range(30)
    ]
    Signature.objects.bulk_create(known, ignore_conflicts=True)
    if not Edition.objects.exists():
        stories = list(Story.objects.values_list("pk", flat=True))
        made = Edition.objects.bulk_create(
            Edition(
                signature_key=each.key, local_date=day.date(), slot_at=day, state="published",
                window_start=day - timedelta(days=1), window_end=day, title="Other topics",
            )
            for each in known
        )  # fmt: skip
        Item.objects.bulk_create(
            Item(edition=each, story_id=story, position=position)
            for each in made
            for position, story in enumerate(chance.sample(stories, 12), 1)
        )
    Slot.objects.bulk_create(
        Slot(
            schedule=each, local_date=day.date(), due_at=day, window_start=day - timedelta(days=1),
            window_end=day, signature=chance.choice(known), state="batched",
        )
        for each in schedules
        if chance.random() < share
    )  # fmt: skip


STAGES = ("open", "compose", "plan", "hand_over")


def serve(workers: int) -> dict[str, Any]:
    """One hour, stage by stage, by so many processes at once."""
    from django.db import connection

    from digest.models import Delivery, Edition, Message, Slot

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    fresh = multiprocessing.get_context("spawn")
    together, told = fresh.Barrier(workers + 1), fresh.Queue()
    crew = [
        fresh.Process(target=_work, args=(number, workers, DUE, together, told), daemon=True)
        for number in range(workers)
    ]
    for each in crew:
        each.start()
    stages = dict[str, float]()
    for name in STAGES:
        together.wait(_LONGEST)
        began = time.perf_counter()
        together.wait(_LONGEST)
        stages[name] = round(time.perf_counter() - began, 2)
    spent = [told.get(timeout=_LONGEST) for _ in crew]
    for each in crew:
        each.join()
    deliveries, messages = Delivery.objects.count(), Message.objects.count()
    return {
        "seconds": round(sum(stages.values()), 1),
        "cpu_seconds": round(sum(each["cpu"] for each in spent), 1),
        "database_seconds": round(sum(each["database"] for each in spent), 1),
        "stages": stages,
        "workers": workers,
        "editions": Edition.objects.filter(same_as=None).count(),
        "messages": messages,
        "deliveries": deliveries,
        "readers_per_message": round(deliveries / max(messages, 1), 2),
        "empty": Slot.objects.filter(state="empty").count(),
        "memory_mb": {
            name: [max(each["memory"][name][at] for each in spent) for at in range(3)]
            for name in ("compose", "hand_over")
        },
        "shares": [each["composed"] for each in spent],
    }


def _work(number: int, workers: int, due: datetime, together: Any, told: Any) -> None:
    """One worker: each stage together with the others, then what it took."""
    import django

    django.setup()
    from django.db import connection

    from workers import personal

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = psutil.Process(cursor.fetchone()[0])
    process, memory = psutil.Process(), defaultdict[str, list[int]](list)
    cpu, its_cpu = process.cpu_times(), backend.cpu_times()
    composed = 0
    compose = personal._compose

    def counted(*given: Any) -> int:
        nonlocal composed
        done = compose(*given)
        composed += done
        _look(process, memory["compose"])
        return done

    personal._compose = counted
    for name in STAGES:
        together.wait(_LONGEST)
        _stage(name, number, workers, due, partial(_look, process, memory[name]))
        together.wait(_LONGEST)
    told.put(
        {
            "cpu": sum(process.cpu_times()[:2]) - sum(cpu[:2]),
            "database": sum(backend.cpu_times()[:2]) - sum(its_cpu[:2]),
            "memory": {name: _flat(memory[name]) for name in STAGES},
            "composed": composed,
        }
    )


def _look(process: psutil.Process, looks: list[int]) -> None:
    looks.append(process.memory_info().rss)


def _flat(looks: list[int]) -> list[int]:
    """MiB after a tenth of the looks, at the most, and at the last."""
    if not looks:
        return [0, 0, 0]
    return [each // 2**20 for each in (looks[len(looks) // 10], max(looks), looks[-1])]


def _stage(
    name: str, number: int, workers: int, due: datetime, looked: Callable[[], object]
) -> None:
    from digest.audience.schedules.batches import batch_ready
    from digest.audience.schedules.opening import open_slots
    from digest.models import Send, Slot
    from digest.outbound.delivery.planning.fanout import fan_out
    from digest.outbound.delivery.planning.plan import plan_missing
    from workers import personal
    from workers.outbound import _hand_over_slots

    if name == "open":
        while open_slots(now=due):
            pass
    elif name == "compose":
        while Slot.objects.filter(state="open").exists():
            personal.compose_waiting(_hand_over_slots)
            # The last lanes may be the others'.
            time.sleep(0.05)
    elif name == "plan" and number == 0:
        while batch_ready(now=due):
            pass
        plan_missing(now=due, kinds={Send.Kind.SLOTS})
    elif name == "hand_over":
        sends = list(Send.objects.filter(kind="slots").order_by("pk").values_list("pk", flat=True))
        # From places apart: what another has in hand, or did, costs nothing.
        begin = number * len(sends) // workers
        for send_id in sends[begin:] + sends[:begin]:
            fan_out(send_id, now=due + timedelta(minutes=1))
            looked()


if __name__ == "__main__":
    raise SystemExit(main())
