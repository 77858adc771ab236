"""Pytest plugin: files that take minutes are begun first, so that no worker is left alone with one.

With ``--dist loadfile --no-loadscope-reorder`` workers take whole files in the order of collection.
xdist's own order, by how many tests a file has, would begin last what is one long test.
"""

import pytest

# Seconds beside others on two cores, of those over half a minute; the order is what matters.
LONG = {
    "tests/chaos/test_faults.py": 300,
    "tests/browser/test_desk_pages.py": 180,
    "tests/browser/desk/test_cut_off.py": 160,
    "tests/browser/test_public_pages.py": 110,
    "tests/journeys/test_stranger.py": 100,
    "tests/journeys/test_demo.py": 100,
    "tests/intake/feeds/formats/test_feeds_in_the_wild.py": 90,
    "tests/workers/test_ticks.py": 80,
    "tests/browser/test_desk_axe.py": 70,
    "tests/browser/test_editor.py": 70,
    "tests/management/test_starting.py": 60,
    "tests/plugins/test_pigeon_at_work.py": 60,
    "tests/browser/reader/test_from_an_article.py": 50,
    "tests/browser/test_reader_journey.py": 50,
    "tests/browser/desk/test_faults.py": 40,
    "tests/browser/test_push.py": 40,
    "tests/chaos/test_overtaking.py": 40,
}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: -LONG.get(item.nodeid.partition("::")[0], 0))
