"""A made-up wire whose events are known: who reports on what, in words that events share or own."""

from dataclasses import dataclass
from random import Random

from digest.newsdesk.stories.clustering.features import Arrival

_ONSETS = ("b", "ch", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "sh", "t", "v", "z")
_CODAS = ("", "l", "n", "r", "s")
DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Planted:
    """An arrival with the event it reports."""

    arrival: Arrival
    event: int


def planted(count: int, *, days: float, seed: int = 1) -> list[Planted]:
    """``count`` reports over ``days``, in order of time.

    Events have 1 to 40 reports that come over hours; each shares a third of its words with the
    other reports of its event, and a theme with one event in thirty.
    """
    random = Random(seed)
    common = [_word(random, 2) for _ in range(4_000)]
    themes = [[_word(random, 3) for _ in range(12)] for _ in range(30)]
    found: list[tuple[float, int, str, str]] = []
    event = 0
    while len(found) < count:
        event += 1
        own = [_word(random, 3) for _ in range(9)]
        theme = random.choice(themes)
        at = random.random() * days * DAY
        for _ in range(min(40, int(random.paretovariate(1.1)))):
            title = _mixed(random, 9, common, theme, own)
            text = _mixed(random, 45, common, theme, own)
            found.append((min(at, days * DAY), event, title.capitalize(), text))
            at += random.expovariate(1 / (0.05 * DAY))
    found = sorted(found[:count])
    return [
        Planted(Arrival(number, at, title, text), event)
        for number, (at, event, title, text) in enumerate(found, 1)
    ]


def _word(random: Random, syllables: int) -> str:
    return "".join(
        random.choice(_ONSETS) + random.choice("aeiou") + random.choice(_CODAS)
        for _ in range(syllables)
    )


def _mixed(random: Random, length: int, common: list[str], theme: list[str], own: list[str]) -> str:
    pools = random.choices((common, theme, own), (0.57, 0.08, 0.35), k=length)
    return " ".join(random.choice(pool) for pool in pools)
