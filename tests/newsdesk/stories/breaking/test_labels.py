"""What a label of urgency is worth, by who gives it and how many tell the story."""

from dataclasses import replace
from math import inf

from digest.newsdesk.stories.breaking.burst import BurstReport, Thresholds, burst
from digest.newsdesk.stories.breaking.reporting_rates import HOURS, ReportingRates, learn
from tests.newsdesk.desk import NOW
from tests.newsdesk.stories.breaking.reports import ELEVEN, habits, reports


def told(source: str = "Wire", **fields: object) -> list[BurstReport]:
    """Three voices in five minutes, the first of which labels its report urgent."""
    first = reports(5, source=source, voice=source, urgent="BREAKING")
    return [*first, *reports(4, **fields), *reports(1)]


def test_three_voices_are_enough_where_one_that_rarely_shouts_says_so() -> None:
    assert burst(told(), now=NOW, paces=habits()).level == 1
    assert burst(told("Loud"), now=NOW, paces=habits()).level == 0
    assert burst(reports(5, 4, 1), now=NOW, paces=habits()).level == 0


def test_two_voices_are_enough_where_one_rarely_shouts_and_the_pace_is_far_from_chance() -> None:
    flash = reports(3, source="Wire", voice="Wire", urgent="BREAKING")
    found = burst([*flash, *reports(1)], now=NOW, paces=habits())
    assert (found.level, found.voices) == (1, 2)
    assert found.reason == (
        "2 sources in 3 minutes, usual pace 1; 1 says “BREAKING”, which it rarely does"
    )
    # At another's leisure, or where stories usually grow so fast, it may be chance.
    early = reports(20, source="Wire", voice="Wire", urgent="BREAKING")
    slow = burst([*early, *reports(1)], now=NOW, paces=habits())
    assert slow.level == 0 and 0 < slow.reach < 1
    fast = replace(habits(), gains=(4.0,) * HOURS)
    assert burst([*flash, *reports(1)], now=NOW, paces=fast).level == 0
    assert burst([*flash, *reports(1)], now=NOW, paces=habits(), activity=2.0).level == 0
    # Those who shout every day are not believed, nor is one who has the other's report.
    loud, shrill = (
        reports(3, source=name, voice=name, urgent="BREAKING") for name in ("Loud", "Shrill")
    )
    assert burst([*loud, *reports(1)], now=NOW, paces=habits()).level == 0
    assert burst([*loud, *shrill], now=NOW, paces=habits()).level == 0
    assert burst([*flash, *reports(1, voice="Wire")], now=NOW, paces=habits()).level == 0
    assert burst(reports(3, 1), now=NOW, paces=habits()).level == 0


def test_two_voices_are_enough_where_both_rarely_shout_and_say_so() -> None:
    first = told()[:1]
    other = reports(2, urgent="ALERT")
    found = burst([*first, *other], now=NOW, paces=habits())
    assert (found.level, found.voices, found.urgent) == (1, 2, ("BREAKING", "ALERT"))
    assert found.reach >= 1
    assert found.reason.endswith("2 say “BREAKING”, “ALERT”, which they rarely do")
    # One who repeats the other says nothing.
    repeated = reports(2, voice="Wire", urgent="ALERT")
    assert burst([*first, *repeated], now=NOW, paces=habits()).level == 0
    # An hour apart they are two reports, and no burst.
    late = reports(60, source="Wire", voice="Wire", urgent="BREAKING")
    assert burst([*late, *other], now=NOW, paces=habits()).level == 0


def test_every_further_voice_of_a_story_that_one_calls_urgent_is_asked_for_more() -> None:
    limits = Thresholds()
    asked = [limits.asked(voices, told=1) for voices in range(2, 9)]
    assert asked == sorted(asked) and len(set(asked[:4])) == 4
    assert set(asked[3:]) == {asked[3]}
    assert max(asked) < limits.scores[0]
    # One voice is no pace, and without such a label two to four are none.
    assert limits.asked(1, told=1) == inf
    assert {limits.asked(voices, told=0) for voices in range(2, limits.voices[0])} == {inf}
    assert limits.asked(limits.voices[0], told=0) == limits.scores[0]
    # Two who rarely shout are believed more than one, of however many.
    assert all(limits.asked(n, told=2) <= limits.asked(n, told=1) for n in range(2, 20))
    assert limits.asked(6, told=2) < limits.asked(6, told=1)


def test_what_is_enough_of_two_voices_is_not_of_five() -> None:
    flash = reports(40, source="Wire", voice="Wire", urgent="BREAKING")
    trickling = [*flash, *reports(30, 20, 10, 1)]
    found = burst(trickling, now=NOW, paces=habits())
    assert found.voices == 5 and found.score > Thresholds().told_scores[0]
    assert found.level == 0


def test_labels_of_urgency_count_from_those_who_rarely_use_them() -> None:
    urgent = reports(*ELEVEN[:6], urgent="속보")
    plain = burst(reports(*ELEVEN[:6]), now=NOW, paces=ReportingRates())
    rare = burst(urgent, now=NOW, paces=ReportingRates())
    habit = {each.source: (300, 400) for each in urgent}
    always = learn({name: dict.fromkeys(range(HOURS), 4) for name in habit}, [], habit, weeks=4)
    assert rare.score > plain.score + 3
    assert burst(urgent, now=NOW, paces=always).score < plain.score + 2
    assert rare.reason.endswith("; 6 say “속보”, which they rarely do")
    habitual = burst(urgent, now=NOW, paces=always)
    assert habitual.reason.endswith("; 6 say “속보”")
    mixed = burst([*urgent[:5], *reports(1, urgent="속보")], now=NOW, paces=always)
    assert mixed.reason.endswith("; 6 say “속보”, which 1 of them rarely does")
