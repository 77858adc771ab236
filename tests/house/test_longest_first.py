"""Files of tests that take minutes are begun first."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tests.longest_first import LONG, pytest_collection_modifyitems

ROOT = Path(__file__).resolve().parents[2]


def test_the_longest_come_first_and_all_others_stay_in_their_order() -> None:
    first, second = sorted(LONG, key=lambda each: -LONG[each])[:2]
    names = ["tests/a.py::one", f"{second}::two", "tests/b.py::three", f"{first}::four"]
    items: list[Any] = [SimpleNamespace(nodeid=each) for each in names]
    pytest_collection_modifyitems(items)
    assert [each.nodeid for each in items] == [names[3], names[1], names[0], names[2]]


def test_each_of_them_is_there() -> None:
    assert [each for each in LONG if not (ROOT / each).is_file()] == []
