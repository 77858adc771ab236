"""The wire: the stories of the day, the strongest first."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from digest.newsdesk.editions.wire import STEPS, series, wire
from tests.newsdesk.desk import NOW, hours, report, story, topic

pytestmark = pytest.mark.django_db


def test_the_wire_shows_the_day_by_breadth_and_freshness() -> None:
    story("Broad", ["A", "B", "C", "D", "E"], topics=["Korea", "Trade"])
    story("Small")
    story("Broad but old", ["A", "B", "C", "D", "E"], at=NOW - hours(23))
    story("Yesterday", at=NOW - hours(25))
    first, *rest = wire(now=NOW)
    assert [first.headline, *(each.headline for each in rest)] == [
        "Broad",
        "Small",
        "Broad but old",
    ]
    assert (first.source_count, first.sources, first.topics) == (
        5,
        ("A", "B", "C", "D", "E"),
        ("Korea", "Trade"),
    )
    assert sum(first.series) == 5


def test_the_wire_can_be_narrowed_by_topic_and_by_words() -> None:
    korea = story("Border talks", topics=["Korea"])
    ports = story("Ports a day behind 100%", ["Reuters", "Lloyd's List"], topics=["Trade"])
    report(korea, "Yonhap", NOW, title="Generals meet")

    def found(**narrowed: object) -> list[int]:
        return [each.story_id for each in wire(now=NOW, **narrowed)]  # type: ignore[arg-type]

    assert found(topic_id=topic("Trade").pk) == [ports.pk]
    assert found(q="generals") == [korea.pk]
    assert found(q=" lloyd's ") == [ports.pk]
    assert found(q="100%") == [ports.pk]
    assert found(q="%") == [ports.pk]
    assert found(q="_") == []
    assert found(q="\\") == []
    assert len(found(limit=1)) == 1
    assert found(limit=0) == []


@given(some.lists(some.integers(-100, 3000), max_size=50))
def test_a_sparkline_counts_each_article_of_the_day_once(minutes: list[int]) -> None:
    counts = series([NOW - timedelta(minutes=m) for m in minutes], NOW)
    assert len(counts) == STEPS
    assert sum(counts) == sum(0 <= m < 24 * 60 for m in minutes)
