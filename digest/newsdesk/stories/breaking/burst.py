"""Whether a story's reports come so fast that it may be breaking news, and why, in words.

For every span that begins at one of the last 45 minutes' reports and ends now, the different voices
in it are held against the number usual for a story at this hour, and the tail of the Poisson
distribution says how surprising that is: a scan statistic (J. Naus, 1965; M. Kulldorff, 1997) in
place of the states of Kleinberg's bursts ("Bursty and hierarchical structure in streams", 2002),
because it answers at each report and explains itself in one line. The score is -log10 of the tail.

What does not count: copies of one text and one wire's report beyond the first, reports that a
merge brought, a feed that shows many at once, and reports dated before the span.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from math import exp, inf, lgamma, log, log10

from digest.newsdesk.stories.breaking.reporting_rates import SPAN_MINUTES, ReportingRates

LOOKED_AT = timedelta(minutes=45)
SHORTEST = timedelta(minutes=5)
"""Shorter spans are weighed as this long: polling makes reports seem closer than they are."""

# A story gains sources a little more slowly than in proportion to time: they run out.
_GROWTH = 0.85
_LOUDEST = 2.0
RARELY = 0.02
"""Share of its titles that a source labels urgent, at most, for its word to be enough."""
# One voice is a report; the first look at a story's pace is when there are two.
_FIRST_LOOK = 2
_REPEATED, _REPEATED_MOST = 0.1, 0.5
_MOST_REPORTS = 400
_MOST_SCORE = 99.0


@dataclass(frozen=True, slots=True)
class BurstReport:
    """One article on the story.

    ``voice``: the source, or the wire or the original that it repeats. ``origin``: the story it
    was put into on arrival. ``together``: how many reports its feed showed in that quarter of an
    hour. ``weight``: what an editor gave the source, 1 usually. ``urgent``: the word by which its
    title is labelled urgent, or nothing.
    """

    source: str
    voice: str
    at: datetime
    origin: int = 0
    together: int = 1
    weight: float = 1.0
    urgent: str = ""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When a story is a candidate, level by level: ``scores`` and ``voices`` must both be met.

    Where one of the voices labels its report urgent and does so rarely, ``told`` voices are enough
    for the first level: it says what the others would in time. What is asked of them then are the
    ``told_scores``: of two voices, of three and so on, the last of more. They rise. Every further
    voice is another look at the same story, and who looks often enough is surprised in the end
    (P. Armitage, C. McPherson and B. Rowe, "Repeated significance tests on accumulating data",
    1969); of the false alarms that can be borne most are spent on the first looks (K. Lan and
    D. DeMets, "Discrete sequential boundaries for clinical trials", 1983), since minutes are won
    at these alone. Where two such voices say so, no more than ``both_score`` is asked of however
    many: one may cry wolf, two of them independently hardly ever do.
    ``dump``: a feed that shows more reports at once, and more than ``dump_times`` its usual, is
    showing its archive.
    """

    scores: tuple[float, ...] = (10.8, 13.5, 18.0)
    voices: tuple[int, ...] = (5, 8, 14)
    told: int = 2
    told_scores: tuple[float, ...] = (3.3, 3.6, 4.4, 6.5)
    both_score: float = 4.0
    dump: int = 25
    dump_times: float = 8.0

    def asked(self, voices: int, told: int) -> float:
        """The least score that makes a candidate of ``voices`` of which ``told`` rarely shout so.

        Infinite where they are too few.
        """
        asked = self.scores[0] if voices >= self.voices[0] else inf
        if told and voices >= self.told:
            look = min(max(voices - _FIRST_LOOK, 0), len(self.told_scores) - 1)
            asked = min(asked, self.told_scores[look])
            if told > 1:
                asked = min(asked, self.both_score)
        return asked


@dataclass(frozen=True, slots=True)
class Burst:
    """The most surprising span of a story. ``level`` 0 is no burst.

    ``reach`` is the score as a share of what its voices are asked for at the first level, 1 where
    it is just met; 0 where they are too few.
    ``voices`` independent sources came in ``minutes``, where ``usual`` are; ``urgent`` are the
    labels met, each once.
    """

    level: int
    score: float
    voices: int
    minutes: int
    usual: float
    urgent: tuple[str, ...]
    reason: str
    reach: float = 0.0


def burst(
    reports: Sequence[BurstReport],
    *,
    now: datetime,
    paces: ReportingRates,
    activity: float = 1.0,
    thresholds: Thresholds | None = None,
) -> Burst:
    """Weigh a story's reports of the last 45 minutes, and as many before as there are.

    ``activity`` is how busy the newsroom's sources are as a whole, 1 usually. Reports dated after
    ``now`` are left out: a wrong clock is not news. What was reported before the last 45 minutes
    gives the story a pace of its own, and that is what a burst must beat.
    """
    limits = thresholds or Thresholds()
    counted = _independent(_counted(reports, now, paces, limits))
    recent = [each for each in counted if each.at >= now - LOOKED_AT][-_MOST_REPORTS:]
    own = _own_pace(counted, now - LOOKED_AT)
    return _strongest(recent, now, paces, activity, own, limits)


def _counted(
    reports: Sequence[BurstReport], now: datetime, paces: ReportingRates, limits: Thresholds
) -> list[BurstReport]:
    """The reports that came by themselves, oldest first."""
    known = [each for each in reports if each.at <= now and not _is_dump(each, paces, limits)]
    sizes = Counter(each.origin for each in known)
    if len(sizes) > 1:
        # The label on arrival tells a merge: of two stories that grew apart the larger counts,
        # beside those who founded one of their own only because nobody had known better.
        main = max(sizes, key=lambda origin: (sizes[origin], -origin))
        alone = {origin for origin, size in sizes.items() if size == 1}
        known = [each for each in known if each.origin == main or each.origin in alone]
    return sorted(known, key=lambda each: each.at)


def _is_dump(report: BurstReport, paces: ReportingRates, limits: Thresholds) -> bool:
    usual = paces.of(report.source, report.at) / 4
    return report.together > max(limits.dump, limits.dump_times * usual)


def _independent(reports: Sequence[BurstReport]) -> list[BurstReport]:
    """The first report of each voice, which weighs a little more for each outlet that repeats it:
    to print a wire's report is no news of one's own, but it is a choice."""
    first: dict[str, BurstReport] = {}
    repeating: dict[str, set[str]] = {}
    for each in reports:
        known = first.setdefault(each.voice, each)
        if each.source != known.source:
            repeating.setdefault(each.voice, set()).add(each.source)
    return [
        replace(each, weight=each.weight * (1 + min(_REPEATED * len(others), _REPEATED_MOST)))
        if (others := repeating.get(voice))
        else each
        for voice, each in first.items()
    ]


def _own_pace(counted: Sequence[BurstReport], until: datetime) -> float:
    """Voices a minute in the story's life before ``until``; 0 for a story that is younger."""
    earlier = [each.at for each in counted if each.at < until]
    if not earlier:
        return 0.0
    minutes = (until - earlier[0]).total_seconds() / 60
    return len(earlier) / max(minutes, 60.0)


def _strongest(
    recent: Sequence[BurstReport],
    now: datetime,
    paces: ReportingRates,
    activity: float,
    own: float,
    limits: Thresholds,
) -> Burst:
    """The span with the highest level and score; of equals the longest.

    Spans grow from the latest report backwards, so that each report is weighed once.
    """
    weight = shouted = score = reach = 0.0
    level, began, expected, told = 0, -1, 0.0, 0
    calm, here = log10(activity), paces.usual(now)
    for first in range(len(recent) - 1, -1, -1):
        each = recent[first]
        weight += each.weight * _out_of_hours(each, paces)
        shouted += _shout(paces.shouts(each.source)) if each.urgent else 0.0
        minutes = max(now - each.at, SHORTEST).total_seconds() / 60
        usual = max(here * exp(_GROWTH * log(minutes / SPAN_MINUTES)), own * minutes, 0.25)
        found = min(max(surprise(weight, usual) + shouted - calm, 0.0), _MOST_SCORE)
        told += bool(each.urgent and paces.shouts(each.source) <= RARELY)
        met = _level(found, len(recent) - first, limits, told)
        reach = max(reach, _reach(found, len(recent) - first, limits, told))
        if found > 0 and (met, found) >= (level, score):
            level, score, began, expected = met, found, first, usual
    if began < 0:
        return Burst(0, 0.0, 0, 0, 0.0, (), "")
    span = recent[began:]
    shouting = [each for each in span if each.urgent]
    urgent = tuple(dict.fromkeys(each.urgent for each in shouting))
    shown = max(1, -(-int((now - span[0].at).total_seconds()) // 60))
    rarely = sum(paces.shouts(each.source) <= RARELY for each in shouting)
    reason = _reason(len(span), shown, expected, shouting, rarely)
    return Burst(level, score, len(span), shown, expected, urgent, reason, reach)


def _reach(score: float, voices: int, limits: Thresholds, told: int) -> float:
    """The score as a share of the least that is asked of so many voices."""
    return score / limits.asked(voices, told)


def _level(score: float, voices: int, limits: Thresholds, told: int) -> int:
    met = int(_reach(score, voices, limits, told) >= 1)
    for level, (least, sources) in enumerate(zip(limits.scores, limits.voices, strict=True), 1):
        if score >= least and voices >= sources:
            met = level
    return met


def _out_of_hours(report: BurstReport, paces: ReportingRates) -> float:
    """A source that reports when it usually sleeps counts for a little more, 1 to 1.5."""
    mean = paces.mean_of(report.source)
    if mean <= 0:
        return 1.0
    here = paces.of(report.source, report.at)
    return min(max(float((mean / max(here, mean / 10)) ** 0.25), 1.0), 1.5)


def _shout(usually: float) -> float:
    """What a label is worth: much from those who rarely use it, nothing from those who always do.

    Log-odds in powers of ten, a breaking event being labelled by about a third of outlets.
    """
    return min(max(log10(0.3 / max(usually, 0.005)), 0.0), _LOUDEST)


def _reason(
    voices: int, minutes: int, usual: float, shouting: Sequence[BurstReport], rarely: int
) -> str:
    said = (
        f"{voices} {'source' if voices == 1 else 'sources'} in "
        f"{minutes} {'minute' if minutes == 1 else 'minutes'}, usual pace {max(usual, 1):.2g}"
    )
    if shouting:
        words = list(dict.fromkeys(each.urgent for each in shouting))[:3]
        who = "1 says" if len(shouting) == 1 else f"{len(shouting)} say"
        said += f"; {who} “{'”, “'.join(words)}”"
        if rarely == len(shouting):
            said += f", which {'it rarely does' if rarely == 1 else 'they rarely do'}"
        elif rarely:
            said += f", which {rarely} of them rarely {'does' if rarely == 1 else 'do'}"
    return said


@lru_cache(maxsize=50_000)
def surprise(seen: float, expected: float) -> float:
    """-log10 of the chance that a Poisson variable of mean ``expected`` reaches ``seen``.

    ``seen`` may be a fraction: the tail is the regularised lower incomplete gamma function
    P(seen, expected), which it is for whole numbers; its series is Abramowitz and Stegun 6.5.29.
    """
    if seen <= 0 or expected <= 0:
        return 0.0
    if expected >= seen:
        # The tail is above a third there: nothing to be surprised about.
        return 0.0
    term = total = 1.0
    at = seen
    while term > total * 1e-12:
        at += 1
        term *= expected / at
        total += term
    ln = seen * log(expected) - expected - lgamma(seen + 1) + log(total)
    return max(0.0, -ln / log(10)) if ln < 0 else max(0.0, -log10(exp(ln)))
