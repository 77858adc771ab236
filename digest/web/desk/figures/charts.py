"""Charts as numbers for an SVG: bars that are read without colour. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 720, 200
_FOOT, _HEAD = 22, 18
_GAP = 0.28


@dataclass(frozen=True, slots=True)
class Bar:
    """One column: the plain part from the base line, and the hatched part on it or under it.

    ``says`` is read out and shown on touch; ``label`` stands below, ``value`` above.
    """

    x: float
    width: float
    y: float
    height: float
    hatched_y: float
    hatched_height: float
    label: str
    value: str
    says: str

    @property
    def middle(self) -> float:
        """Where the words stand."""
        return self.x + self.width / 2


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars in a box of ``WIDTH`` by ``HEIGHT``; ``base`` is the line they stand on."""

    bars: tuple[Bar, ...]
    base: float
    width: int = WIDTH
    height: int = HEIGHT


def stacked(columns: Sequence[tuple[str, int, int, str]]) -> Chart:
    """Columns of label, plain and hatched part (on top of it), and words."""
    top = max((plain + hatched for _, plain, hatched, _ in columns), default=0) or 1
    base, room = HEIGHT - _FOOT, HEIGHT - _FOOT - _HEAD
    bars = []
    for place, (label, plain, hatched, says) in enumerate(columns):
        low, high = plain / top * room, hatched / top * room
        x, width = _column(place, len(columns))
        value = _short(plain + hatched)
        bars.append(Bar(x, width, base - low, low, base - low - high, high, label, value, says))
    return Chart(tuple(bars), base)


def up_and_down(columns: Sequence[tuple[str, int, int, str]]) -> Chart:
    """Columns of label, what came (upward, plain) and what went (downward, hatched), and words."""
    up = max((came for _, came, _, _ in columns), default=0)
    down = max((went for _, _, went, _ in columns), default=0)
    room = HEIGHT - _FOOT - 2 * _HEAD
    scale = room / ((up + down) or 1)
    base = _HEAD + up * scale
    bars = []
    for place, (label, came, went, says) in enumerate(columns):
        x, width = _column(place, len(columns))
        value = f"+{_short(came)} −{_short(went)}" if came or went else ""
        high, low = came * scale, went * scale
        bars.append(Bar(x, width, base - high, high, base, low, label, value, says))
    return Chart(tuple(bars), base)


def _column(place: int, of: int) -> tuple[float, float]:
    step = WIDTH / max(of, 1)
    width = min(step * (1 - _GAP), 64)
    return round(step * place + (step - width) / 2, 1), round(width, 1)


def _short(number: int) -> str:
    """``950``, ``12k``, ``1.2M``."""
    if number < 10_000:
        return f"{number:,}"
    if number < 1_000_000:
        return f"{number / 1000:.0f}k"
    return f"{number / 1_000_000:.1f}M"
