"""Charts as numbers: what is on the paper is in proportion, and never outside it."""

from hypothesis import given
from hypothesis import strategies as some

from digest.web.desk.figures.charts import HEIGHT, WIDTH, stacked, up_and_down

counts = some.integers(0, 10**9)
columns = some.lists(some.tuples(some.just("1 Mar"), counts, counts, some.just("")), max_size=24)


@given(columns)
def test_no_bar_leaves_the_paper(given_columns: list[tuple[str, int, int, str]]) -> None:
    for chart in (stacked(given_columns), up_and_down(given_columns)):
        assert len(chart.bars) == len(given_columns)
        for bar in chart.bars:
            assert 0 <= bar.x <= bar.x + bar.width <= WIDTH + 0.1
            for top, height in ((bar.y, bar.height), (bar.hatched_y, bar.hatched_height)):
                assert -0.01 <= top <= top + height <= HEIGHT + 0.01


def test_heights_are_in_proportion_and_the_hatched_part_stands_on_the_plain_one() -> None:
    small, large = stacked([("a", 10, 0, ""), ("b", 20, 20, "")]).bars
    assert large.height == 2 * small.height == large.hatched_height
    assert large.hatched_y + large.hatched_height == large.y
    assert (small.value, large.value) == ("10", "40")
    up = up_and_down([("a", 30, 10, "")])
    assert up.bars[0].height == 3 * up.bars[0].hatched_height
    assert up.bars[0].hatched_y == up.base
