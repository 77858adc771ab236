"""A small line of how many reports came when."""

from collections.abc import Sequence

WIDTH, HEIGHT = 60, 16


def points(series: Sequence[float]) -> str:
    """``series`` as the points of an SVG polyline, 60 by 16, the highest value at the top.

    Flat along the bottom when nothing happened; empty for fewer than two values.
    """
    if len(series) < 2:
        return ""
    top = max(max(series), 1)
    step = WIDTH / (len(series) - 1)
    return " ".join(
        f"{index * step:.1f},{HEIGHT - 2 - max(value, 0) / top * (HEIGHT - 4):.1f}"
        for index, value in enumerate(series)
    )
