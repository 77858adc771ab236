"""What an operator allows: messages a second and connections, written in one line."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from math import floor

from digest.outbound.delivery.core.rate import Rate

_FORM = (
    "write it like email=200/s, @gmail.com=20/s;10, newsletter:morning=600/m:50 or"
    " relay:smtp.example=100/s;40"
    " (messages a second, after a colon how many of them at once, then connections)"
)


@dataclass(frozen=True, slots=True)
class Limit:
    """``rate`` of messages and ``places`` in flight at once; None: no limit."""

    rate: Rate | None = None
    places: int | None = None


@dataclass(frozen=True, slots=True)
class WarmUp:
    """A new sending address earns its reputation: so many a day, growing from day to day."""

    begins: date
    first: int
    growth: float
    days: int = 30


@dataclass(frozen=True, slots=True)
class Limits:
    """All limits, by what they apply to: ``channel``, ``@domain``, ``@*``, ``newsletter:slug``,
    ``relay:host``, ``relay:host:port``, ``relay:*``.
    """

    by_scope: Mapping[str, Limit] = field(default_factory=dict)

    def domain(self, name: str) -> Limit:
        """That of a receiving domain, or the one for every domain."""
        return self.by_scope.get(f"@{name}") or self.by_scope.get("@*") or Limit()

    def relay(self, name: str) -> Limit:
        """That of a relay, ``host:port``; or of its host, or the one for every relay."""
        host = name.rpartition(":")[0]
        names = (f"relay:{name}", f"relay:{host}", "relay:*")
        return next((self.by_scope[each] for each in names if each in self.by_scope), Limit())

    def of(self, scope: str) -> Limit:
        """That of a channel or newsletter."""
        return self.by_scope.get(scope) or Limit()


def read(words: Iterable[str]) -> Limits:
    """Limits as ``DIGEST_PACE`` writes them. Raises ValueError that says what to write."""
    found: dict[str, Limit] = {}
    for word in words:
        scope, equals, value = word.partition("=")
        rate, _, places = value.partition(";")
        if not equals or not scope.strip() or not (rate.strip() or places.strip()):
            raise ValueError(f"DIGEST_PACE says {word!r}; {_FORM}.")
        found[scope.strip().lower()] = Limit(_rate(rate, word), _places(places, word))
    return Limits(found)


def _rate(text: str, word: str) -> Rate | None:
    text, colon, at_once = text.strip().partition(":")
    if not text:
        return None
    number, _, per = text.partition("/")
    seconds = {"s": 1, "m": 60, "h": 3600, "d": 86400}.get(per.strip(), 0)
    try:
        value = float(number)
    except ValueError:
        value = 0.0
    if not seconds or not 0 < value < 1e9:
        raise ValueError(f"DIGEST_PACE says {word!r}; {_FORM}, a rate per s, m, h or d.")
    if not colon:
        return Rate.written(value, seconds)
    burst = int(at_once) if at_once.isascii() and at_once.isdigit() else 0
    if not 0 < burst <= max(value, 1):
        raise ValueError(
            f"DIGEST_PACE says {word!r}; {_FORM}, at once from 1 to the rate's number."
        )
    return Rate.written(value, seconds, burst)


def _places(text: str, word: str) -> int | None:
    text = text.strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise ValueError(f"DIGEST_PACE says {word!r}; {_FORM}, connections from 1.")
    return int(text)


def read_warm_up(text: str) -> WarmUp | None:
    """``2026-11-23:500:1.5:30``: from when, how many the first day, growth, for how many days.

    Raises ValueError that says what to write.
    """
    if not text:
        return None
    try:
        begins, first, growth, *days = text.split(":")
        plan = WarmUp(
            date.fromisoformat(begins), int(first), float(growth), int(days[0]) if days else 30
        )
    except (ValueError, IndexError):
        plan = None
    if plan is None or plan.first < 1 or not 1 <= plan.growth <= 10 or not 1 <= plan.days <= 365:
        raise ValueError(
            f"DIGEST_WARM_UP is {text!r}; write begin:first:growth:days, as 2026-11-23:500:1.5:30."
        )
    return plan


def allowance(plan: WarmUp, day: date) -> int | None:
    """How many may go out on ``day``; None before and after the plan."""
    number = (day - plan.begins).days
    if not 0 <= number < plan.days:
        return None
    # Nobody sends more than this a day, and a float ends somewhere.
    return floor(min(plan.first * plan.growth ** min(number, 250), 1e12))
