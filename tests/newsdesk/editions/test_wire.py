"""The wire: the stories of the day, the strongest first."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from digest.models import Story
from digest.newsdesk.editions.day import Day, order
from digest.newsdesk.editions.wire import STEPS, lines, series
from tests.newsdesk.desk import NOW, hours, report, story, topic

pytestmark = pytest.mark.django_db


def test_the_wire_shows_the_day_by_breadth_and_freshness() -> None:
    story("Broad", ["A", "B", "C", "D", "E"], topics=["Korea", "Trade"])
    story("Small")
    story("Broad but old", ["A", "B", "C", "D", "E"], at=NOW - hours(23))
    story("Yesterday", at=NOW - hours(25))
    first, *rest = lines(order(now=NOW), now=NOW)
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


def test_thirty_outlets_of_last_night_stand_above_one_of_now() -> None:
    story("Just now", at=NOW - timedelta(minutes=5))
    story("Last night", [f"Outlet {n}" for n in range(30)], at=NOW - hours(23))
    shown = lines(order(now=NOW), now=NOW)
    assert [each.headline for each in shown] == ["Last night", "Just now"]


def test_the_wire_can_be_narrowed_by_topic_and_by_words() -> None:
    korea = story("Border talks", topics=["Korea"])
    ports = story("Ports a day behind 100%", ["Reuters", "Lloyd's List"], topics=["Trade"])
    report(korea, "Yonhap", NOW, title="Generals meet")

    day = Day()

    def found(q: str) -> list[int]:
        return list(day.matching(q, now=NOW, stamp="1"))

    assert day.order(now=NOW, stamp="1", topic_id=topic("Trade").pk) == (ports.pk,)
    assert day.matching("day", now=NOW, stamp="1", topic_id=topic("Trade").pk) == (ports.pk,)
    assert day.matching("day", now=NOW, stamp="1", topic_id=topic("Korea").pk) == ()
    assert found("generals") == [korea.pk]
    assert found("GENERALS border") == [korea.pk]
    assert found('"talks border"') == []
    assert found('"border talks"') == [korea.pk]
    assert found(" lloyd's ") == [ports.pk]
    assert found("100%") == [ports.pk]
    assert found("%") == [ports.pk]
    assert found("_") == []
    assert found("\\") == []


def test_the_order_is_kept_until_something_comes_in_and_words_are_read_as_they_stand() -> None:
    day = Day()
    old = story("Border talks")
    assert day.order(now=NOW, stamp="1") == (old.pk,)
    assert day.matching("generals", now=NOW, stamp="1") == ()
    report(old, "Yonhap", NOW, title="Generals meet")
    new = story("Ports a day behind", ["A", "B", "C", "D", "E"])
    assert day.order(now=NOW, stamp="1") == (old.pk,)
    assert day.order(now=NOW, stamp="2") == (new.pk, old.pk)
    assert day.matching("generals", now=NOW, stamp="2") == (old.pk,)
    Story.objects.filter(pk=old.pk).update(headline="Words of an editor")
    assert [each.headline for each in lines(day.order(now=NOW, stamp="2"), now=NOW)] == [
        "Ports a day behind",
        "Words of an editor",
    ]
    Story.objects.filter(pk=old.pk).update(merged_into=new)
    assert len(lines(day.order(now=NOW, stamp="2"), now=NOW)) == 1
    day.forget()
    assert day.order(now=NOW, stamp="2") == (new.pk,)
    assert day.matching("generals", now=NOW, stamp="2") == ()


@given(some.lists(some.integers(-100, 3000), max_size=50))
def test_a_sparkline_counts_each_article_of_the_day_once(minutes: list[int]) -> None:
    counts = series([NOW - timedelta(minutes=m) for m in minutes], NOW)
    assert len(counts) == STEPS
    assert sum(counts) == sum(0 <= m < 24 * 60 for m in minutes)
