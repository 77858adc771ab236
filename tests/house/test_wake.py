"""Every stage that the code wakes is one that the workers know."""

import ast
from importlib import import_module
from pathlib import Path

import pytest

from workers import wake
from workers.app import app
from workers.queues import ROUTES, Queue, modules

ROOT = Path(__file__).resolve().parents[2]
CALLS = {"on_commit", "call"}


def woken() -> list[tuple[str, str]]:
    """(place, stage) for each call of kit.wake; the stage as far as it is written out."""
    found = []
    for wing in ("digest", "workers"):
        for path in sorted((ROOT / wing).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            for node in ast.walk(ast.parse(text if "wake." in text else "")):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and node.func.attr in CALLS
                    and isinstance(node.func.value, ast.Name)
                    and node.func.value.id == "wake"
                ):
                    place = f"{path.relative_to(ROOT)}:{node.lineno}"
                    found.append((place, _stage(node.args[0])))
    return found


def _stage(node: ast.expr) -> str:
    if isinstance(node, ast.JoinedStr):
        first = node.values[0]
        assert isinstance(first, ast.Constant), "a stage begins with its verb"
        return str(first.value)
    assert isinstance(node, ast.Constant), "a stage is written out, so that this test can read it"
    return str(node.value)


@pytest.mark.parametrize(("place", "stage"), woken(), ids=lambda given: str(given))
def test_a_woken_stage_is_known(place: str, stage: str) -> None:
    verb, _, lane = stage.partition(":")
    assert verb in {"fan_out", "send"} or stage in wake._TASKS, place
    if verb in {"fan_out", "send"} and lane:
        assert lane in {queue.value for queue in Queue}, place


def test_wake_ups_are_found_at_all() -> None:
    stages = {stage for _, stage in woken()}
    assert {"tag", "alerts", "service", "send:", "fan_out:"} <= stages


def test_every_stage_leads_to_a_task_with_a_route() -> None:
    for module in modules(Queue):
        import_module(module)
    for task in wake._TASKS.values():
        assert task in app.tasks
        assert task in ROUTES
