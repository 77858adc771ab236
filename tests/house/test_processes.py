"""The one table of processes is complete, and everything that starts processes follows it."""

import ast
import json
import subprocess
import sys
from collections import Counter
from importlib import import_module
from pathlib import Path

import pytest
from django.core.management import call_command

from digest.kit import heartbeats
from workers import processes, schedule
from workers.__main__ import celery_command
from workers.app import app
from workers.queues import ROUTES, Queue, modules

ROOT = Path(__file__).resolve().parents[2]
TASK_FILES = ("intake", "newsdesk", "outbound", "upkeep")
# Their caller names the queue: the lane of the send.
BY_LANE = {"outbound.fan_out", "outbound.send"}


@pytest.fixture(scope="module")
def tasks() -> set[str]:
    for module in modules(Queue):
        import_module(module)
    return {name for name in app.tasks if not name.startswith(("celery.", "fakes."))}


def test_each_queue_is_drained_by_exactly_one_process() -> None:
    drained = Counter(queue for each in processes.WORKERS for queue in each.queues)
    assert drained == dict.fromkeys(Queue, 1)


def test_the_names_of_processes_are_unique() -> None:
    names = [each.name for each in processes.WORKERS]
    assert len({*names, processes.BEAT}) == len(names) + 1


def test_breaking_alerts_share_their_process_with_nothing() -> None:
    (alerts,) = [each for each in processes.WORKERS if Queue.ALERTS in each.queues]
    assert alerts.queues == (Queue.ALERTS,)


@pytest.mark.parametrize(
    ("name", "lines"),
    [("digests", ["10", "cold"]), ("alerts", ["0", "warm"]), ("mine", ["0", "cold"])],
)
def test_before_it_forks_a_worker_gives_way_or_makes_ready_as_its_row_says(
    name: str, lines: list[str]
) -> None:
    told = f"""
import os, workers.app
from celery.signals import celeryd_init
from digest.outbound.messages.environment import environment
before = os.nice(0)
celeryd_init.send(sender="{name}-17@here", instance=None, conf=None, options={{}})
print(os.nice(0) - before)
print("warm" if environment.cache_info().currsize else "cold")
"""
    run = subprocess.run(
        [sys.executable, "-c", told],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        start_new_session=True,  # or the tests' own session would give way
    )
    assert run.stdout.split() == lines


def test_the_clusterer_is_compiled_before_a_task_s_time_runs() -> None:
    told = """
import workers.app, workers.readiness
from celery.signals import celeryd_init
workers.readiness.give_way = lambda niceness: None  # the tests' own session would give way
celeryd_init.send(sender="newsroom-17@here", instance=None, conf=None, options={})
from digest.newsdesk.stories.clustering.kernels import average_linkage, candidates
print(bool(average_linkage._group.signatures), bool(candidates.compare.signatures))
"""
    run = subprocess.run(
        [sys.executable, "-c", told], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == ["True", "True"]


def test_celery_is_told_the_queues_and_concurrency_of_the_table() -> None:
    for each in processes.WORKERS:
        words = celery_command(each.name)
        queues = words[words.index("--queues") + 1].split(",")
        assert queues == [queue.value for queue in each.queues]
        assert words[words.index("--concurrency") + 1] == str(each.concurrency)


def test_a_worker_loads_what_its_own_queues_need_and_no_more() -> None:
    words = celery_command("alerts")
    assert words[words.index("--include") + 1] == "workers.outbound"
    told = """
import sys, workers.app, workers.outbound
unasked = ("numba", "numpy", "feedparser", "granian", "sentry_sdk")
print([name for name in unasked if name in sys.modules])
"""
    run = subprocess.run(
        [sys.executable, "-c", told], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[]"


def test_an_unknown_process_is_answered_with_the_known_ones() -> None:
    with pytest.raises(KeyError, match=r"alerts.*upkeep.*beat"):
        processes.process("newsletters")


def test_the_list_prints_the_table() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "workers", "list"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert [row["name"] for row in json.loads(run.stdout)] == [
        each.name for each in processes.WORKERS
    ]


def test_all_starts_every_process_and_beat(monkeypatch: pytest.MonkeyPatch) -> None:
    from workers import __main__ as command

    started: list[str] = []

    def note(children: list[command.Child]) -> int:
        started.extend(child.name for child in children)
        assert [list(c.command) for c in children] == [command.celery_command(n) for n in started]
        return 0

    monkeypatch.setattr(command, "supervise", note)
    command.main(["all"])
    assert started == [*(each.name for each in processes.WORKERS), processes.BEAT]


def test_up_starts_all_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    from digest.management.commands import up

    started: list[list[str]] = []
    monkeypatch.setattr(
        up, "supervise", lambda children, **how: started.extend(list(c.command) for c in children)
    )
    call_command("up")
    assert [sys.executable, "-m", "workers", "all"] in started


def test_make_up_calls_digest_up() -> None:
    lines = (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
    assert "digest up" in lines[lines.index("up: venv") + 1]


def test_every_task_has_a_route_to_a_queue(tasks: set[str]) -> None:
    assert tasks - set(ROUTES) == set()
    assert set(ROUTES) - tasks == set()
    assert set(BY_LANE) <= tasks


def test_the_lanes_of_sends_are_queues() -> None:
    from digest.outbound.delivery.models import Send

    assert set(Send.Lane.values) <= {queue.value for queue in Queue}


def test_every_tick_names_a_task_and_no_two_are_alike(tasks: set[str]) -> None:
    assert {tick.task for tick in schedule.TICKS} <= tasks
    names = [tick.name for tick in schedule.TICKS]
    assert len(set(names)) == len(names)


def test_every_task_but_those_on_a_send_is_ticked(tasks: set[str]) -> None:
    """What a lost wake-up left behind is found by the next tick of its own stage."""
    assert tasks - {tick.task for tick in schedule.TICKS} == BY_LANE


def test_every_queue_is_ticked_often_enough_for_the_doctor() -> None:
    for queue in Queue:
        every = [tick.every for tick in schedule.TICKS if ROUTES[tick.task] is queue]
        assert min(every) <= 15, queue


def test_the_heartbeats_know_every_queue() -> None:
    assert tuple(queue.value for queue in Queue) == heartbeats.QUEUES


def _task_functions() -> list[tuple[str, ast.FunctionDef]]:
    return [
        (f"{name}.{node.name}", node)
        for name in TASK_FILES
        for node in ast.parse((ROOT / "workers" / f"{name}.py").read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.decorator_list
    ]


@pytest.mark.parametrize(
    ("name", "task"), _task_functions(), ids=lambda given: getattr(given, "name", given)
)
def test_a_task_only_calls_steps(name: str, task: ast.FunctionDef) -> None:
    assert ast.get_docstring(task), f"{name} has no docstring"
    statements = [node for node in ast.walk(task) if isinstance(node, ast.stmt)]
    assert len(statements) - 2 <= 8, f"{name}: {len(statements) - 2} statements"


def test_no_task_is_sent_for_later() -> None:
    """Due times are rows: an ETA beyond the visibility timeout would run again and again."""
    for path in (ROOT / "workers").glob("*.py"):
        words = {
            word.arg
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Call)
            for word in node.keywords
        }
        assert not words & {"eta", "countdown"}, path.name
    for entry in schedule.beat_schedule().values():
        assert not set(entry["options"]) & {"eta", "countdown", "expires"}
