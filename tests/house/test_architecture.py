"""What docs/architecture.md and README say of rooms, verbs, tables and numbers is so."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

from digest import models
from digest.kit import connection_budget
from digest.outbound.delivery.core import retry
from digest.outbound.delivery.ledger import answers, journal
from digest.outbound.delivery.pacing import shared_pacer
from workers.queues import ROUTES, Queue
from workers.schedule import TICKS

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"][
    "contracts"
]


def rows(title: str) -> list[list[str]]:
    """The cells of the table whose heading row begins so."""
    found = PAGE.partition(f"| {title} |")[2].partition("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in found]


def functions(place: str) -> set[str]:
    """The names defined in a file, or in all files of a folder."""
    path = ROOT / place
    files = sorted(path.rglob("*.py")) if path.is_dir() else [path]
    return {
        node.name
        for file in files
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


RIVER = rows("Stage")


@pytest.mark.parametrize("row", RIVER, ids=[row[0] for row in RIVER])
def test_every_verb_of_the_river_stands_where_the_page_says(row: list[str]) -> None:
    verbs = set(re.findall(r"`(\w+)`", row[1]))
    places = re.findall(r"`([\w/.]+)`", row[2])
    assert all((ROOT / place).exists() for place in places), places
    there = {name for place in places for name in functions(place)}
    # A family is told by its stem: `plan` is plan_edition, plan_alert and the like.
    missing = {
        verb for verb in verbs if not any(n == verb or n.startswith(f"{verb}_") for n in there)
    }
    assert verbs and missing == set()


def test_every_table_of_the_river_is_in_the_index() -> None:
    told = {name for row in RIVER for name in re.findall(r"`([A-Z]\w+)`", row[3])}
    assert len(told) > 20
    assert told <= set(models.__all__)


def test_the_walls_inside_the_wings_are_those_of_the_contracts() -> None:
    rooms = PAGE.partition("## Rooms")[2].partition("```\n")[2].partition("```")[0]
    told = {}
    for line in rooms.splitlines():
        wing, inner = re.fullmatch(r"(\S.*?)(?:\s{3,}(.+))?", line.rstrip()).groups()  # type: ignore[union-attr]
        if inner:
            told[wing] = inner.split(" > ")
    assert told == {
        each["containers"][0]: each["layers"] for each in CONTRACTS if "containers" in each
    }


def test_the_pure_folders_are_those_of_the_contract() -> None:
    contract = next(each for each in CONTRACTS if each["name"].startswith("Pure rooms"))
    folders = {name for (name, *_) in rows("Pure")}
    singles = PAGE.partition("and single files: ")[2].partition(". Everything")[0]
    told = {re.findall(r"`([\w.]+)`", each)[0] for each in folders}
    told |= set(re.findall(r"`([\w.]+)`", singles))
    assert told == {name.replace("digest.**.core", "core") for name in contract["source_modules"]}


def test_every_folder_of_the_house_stands_in_the_readme() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Where things are")[2]
    told = set(re.findall(r"`((?:digest/)?\w+)/`", text.partition("\n## ")[0]))
    wings = {path.name for path in (ROOT / "digest").iterdir() if (path / "__init__.py").is_file()}
    assert {f"digest/{name}" for name in wings - {"migrations"}} <= told
    assert all((ROOT / name).is_dir() or (ROOT / "tests" / name).is_dir() for name in told), told


def test_every_tick_and_every_queue_has_a_task() -> None:
    assert {tick.task for tick in TICKS} <= set(ROUTES)
    assert set(ROUTES.values()) == set(Queue)


def test_the_numbers_of_the_ledger_are_those_of_the_code() -> None:
    assert f"{answers.BATCH_EVERY} seconds" in PAGE.replace("\n", " ")
    assert journal.SYNC_EVERY == 0.2 and "synced five times a second" in PAGE
    assert f"for {retry.HORIZON.total_seconds() / 3600:.0f} hours" in PAGE
    assert f"given up after {retry.URGENT_HORIZON.total_seconds() / 3600:.0f} hours" in PAGE
    assert shared_pacer.FALLBACK == 0.1 and "keeps to a tenth of each limit" in PAGE


def test_a_run_opens_the_connections_that_the_page_says() -> None:
    senders = [share for share in connection_budget.SHARES if share.direct]
    assert {share.process for share in senders} == {"alerts", "transactional", "digests"}
    assert "a run opens two more" in PAGE
    # Each task slot of a sending process may have a run, which opens one pair.
    assert {share.direct for share in senders} == {2}
