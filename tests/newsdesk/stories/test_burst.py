"""Whether a story's reports come so fast that it may be breaking news."""

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as some

from digest.models import (
    Article,
    AuditEntry,
    BurstLevel,
    Candidate,
    Feed,
    Sighting,
    Story,
    StoryArticle,
)
from digest.newsdesk.alerts.candidates import dismiss, may_be_breaking, raise_on
from digest.newsdesk.alerts.watch import thresholds, watch
from digest.newsdesk.stories.breaking.burst import BurstReport, Thresholds, burst, surprise
from digest.newsdesk.stories.breaking.reporting_rates import (
    HOURS,
    ReportingRates,
    hour_of_week,
    learn,
)
from digest.newsdesk.stories.text.urgent import urgent_word, without_label
from tests.newsdesk.desk import NOW, article, editor, hours, report, story
from tests.newsdesk.stories.breaking.reports import ELEVEN, MINUTE, habits, reports


def test_eleven_sources_in_fourteen_minutes_are_a_burst_and_say_why() -> None:
    found = burst(reports(*ELEVEN), now=NOW, paces=ReportingRates())
    assert found.level >= 1
    assert found.reason == "11 sources in 14 minutes, usual pace 1"


def test_a_few_sources_are_none() -> None:
    assert burst(reports(14, 5, 1), now=NOW, paces=ReportingRates()).level == 0
    assert burst([], now=NOW, paces=ReportingRates()).level == 0


def test_the_reach_says_how_near_a_story_is_to_the_first_level() -> None:
    def reach(*found: BurstReport) -> float:
        return burst(found, now=NOW, paces=ReportingRates()).reach

    few, five, eleven = reports(5, 1), reports(12, 9, 6, 3, 1), reports(*ELEVEN)
    assert reach(*few) == 0.0
    assert 0 < reach(*five) < 1 <= reach(*eleven)
    assert burst(five, now=NOW, paces=ReportingRates()).level == 0


def test_what_reprints_a_wire_counts_a_little() -> None:
    alone = burst(reports(9, 7, 5, 3, 1), now=NOW, paces=ReportingRates())
    first = reports(9, voice="Wire")
    reprinted = burst(
        [*first, *reports(8, 8, 8, voice="Wire"), *reports(7, 5, 3, 1)],
        now=NOW,
        paces=ReportingRates(),
    )
    one_more = burst(reports(9, 8, 7, 5, 3, 1), now=NOW, paces=ReportingRates())
    assert reprinted.voices == alone.voices == 5
    assert alone.score < reprinted.score < one_more.score


def test_one_source_writing_nine_times_is_no_burst() -> None:
    same = reports(*ELEVEN, source="Live blog", voice="Live blog")
    assert burst(same, now=NOW, paces=ReportingRates()).voices == 1


def test_twenty_outlets_with_one_wires_text_are_one_source() -> None:
    found = burst(reports(*range(20), voice="Wire"), now=NOW, paces=ReportingRates())
    assert (found.level, found.voices) == (0, 1)


def test_a_feed_that_shows_its_archive_is_no_burst() -> None:
    at_once = reports(*[0.5] * 15, together=120)
    assert burst(at_once, now=NOW, paces=ReportingRates()).level == 0
    old = reports(*[60 * 24 * n for n in range(1, 16)])
    assert burst(old, now=NOW, paces=ReportingRates()).level == 0


def test_two_stories_that_become_one_are_no_burst() -> None:
    one, other = reports(9, 7, 5, 3, 1, origin=1), reports(8, 6, 5, 2, 1, origin=2)
    alone = burst(one, now=NOW, paces=ReportingRates())
    assert burst([*one, *other], now=NOW, paces=ReportingRates()).score == pytest.approx(
        alone.score
    )


def test_a_report_that_was_first_put_elsewhere_counts_all_the_same() -> None:
    one = reports(9, 7, 5, 3, 1, origin=1)
    strays = [*reports(6, origin=2), *reports(4, origin=3)]
    assert burst([*one, *strays], now=NOW, paces=ReportingRates()).voices == 7


def test_a_story_that_has_run_fast_for_hours_must_beat_its_own_pace() -> None:
    steady = reports(*range(0, 300, 4))
    assert burst(steady, now=NOW, paces=ReportingRates()).level == 0


def test_a_busy_hour_asks_for_more() -> None:
    busy = ReportingRates(gains=(4.0,) * HOURS)
    assert burst(reports(*ELEVEN), now=NOW, paces=busy).level == 0


def test_reports_from_the_future_do_not_count() -> None:
    assert burst(reports(*range(-9, 0)), now=NOW, paces=ReportingRates()).voices == 0


def test_levels_ask_for_both_the_score_and_the_sources() -> None:
    strict = Thresholds(scores=(1.0, 2.0, 3.0), voices=(3, 12, 20))
    assert burst(reports(*ELEVEN), now=NOW, paces=ReportingRates(), thresholds=strict).level == 1


@pytest.mark.parametrize(
    ("seen", "expected", "tail"),
    [(1, 1.0, 0.6321206), (5, 1.0, 0.00365985), (9, 2.0, 0.000237447), (20, 5.0, 3.45214e-7)],
)
def test_the_surprise_is_the_poisson_tail(seen: int, expected: float, tail: float) -> None:
    if expected < seen:
        assert 10 ** -surprise(seen, expected) == pytest.approx(tail, rel=1e-4)


@given(some.lists(some.tuples(some.integers(0, 9), some.integers(-60, 600)), max_size=60))
def test_a_burst_never_counts_more_than_the_sources_of_its_span(
    told: list[tuple[int, int]],
) -> None:
    made = [BurstReport(f"S{s}", f"S{s}", NOW - m * MINUTE) for s, m in told]
    found = burst(made, now=NOW, paces=ReportingRates())
    assert found.voices <= len({s for s, m in told if 0 <= m <= 45})
    assert found.level == 0 or found.voices >= Thresholds().voices[0]


def test_hundreds_of_reports_are_each_weighed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    of = ReportingRates.of
    monkeypatch.setattr(ReportingRates, "of", lambda *given: asked.append(given) or of(*given))
    found = burst(
        reports(*(n / 10 for n in range(400)), urgent="속보"), now=NOW, paces=ReportingRates()
    )
    assert (found.level, found.voices) == (3, 400)
    assert len(asked) <= 2 * 400


@pytest.mark.parametrize(
    ("title", "word"),
    [
        ("BREAKING: Ferry sinks", "BREAKING"),
        ("Breaking news – Ferry sinks", "Breaking news"),
        ("[속보] 여객선 침몰", "속보"),
        ("속보: 여객선 침몰", "속보"),
        ("【快讯】渡轮沉没", "快讯"),
        ("快訊／渡輪沉沒", "快訊"),
        ("СРОЧНО: паром затонул", "СРОЧНО"),
        ("عاجل | غرق عبارة", "عاجل"),
        ("ด่วน! เรือล่ม", "ด่วน"),
        ("Eilmeldung: Fähre gesunken", "Eilmeldung"),
        ("Última hora | Se hunde un ferry", "Última hora"),
        ("Breaking bad habits takes time", ""),
        ("Flash floods kill nine", ""),
        ("Urgent care clinics close", ""),
        ("", ""),
    ],
)
def test_a_label_is_told_from_a_word(title: str, word: str) -> None:
    assert urgent_word(title) == word
    assert without_label(title) == (title if not word else without_label(title))
    assert not word or word not in without_label(title)


@given(some.text(max_size=90))
def test_any_title_can_be_asked_for_its_label(title: str) -> None:
    assert urgent_word(title) in title
    assert title.endswith(without_label(title))


def test_little_history_leans_on_the_mean_and_much_on_the_hour() -> None:
    hour = hour_of_week(NOW)
    little = learn({"A": {hour: 3}}, [], {}, weeks=0.2)
    much = learn({"A": {hour: 120}}, [], {}, weeks=20)
    assert little.of("A", NOW) < 3
    assert much.of("A", NOW) == pytest.approx(6, rel=0.1)
    assert much.of("never seen", NOW) == pytest.approx(much.of("A", NOW))
    assert learn({}, [], {}, weeks=0) == ReportingRates()


@pytest.mark.django_db
def test_a_candidate_is_raised_once_per_story_and_level() -> None:
    story("Broad but slow", [f"S{n}" for n in range(11)], at=NOW - hours(3))
    fire = story("Ferry fire", [f"S{n}" for n in range(11)], at=NOW)
    (made,) = watch(now=NOW).candidate_ids
    candidate = Candidate.objects.get(pk=made)
    assert (candidate.story, candidate.reason) == (fire, "11 sources in 10 minutes, usual pace 1")
    assert watch(now=NOW).candidate_ids == ()
    for n in range(20, 34):
        report(fire, f"S{n}", NOW + MINUTE)
    (grown,) = watch(now=NOW + MINUTE).candidate_ids
    assert Candidate.objects.get(pk=grown).level > candidate.level


@pytest.mark.django_db
def test_feeds_that_were_first_with_a_candidate_are_known_for_it() -> None:
    story("Broad but slow", [f"Slow {n}" for n in range(11)], at=NOW - hours(3))
    fire = story("Ferry fire", [f"S{n}" for n in range(11)], at=NOW)
    first = Article.objects.filter(story_article__story=fire).order_by("published_at", "pk")[:3]
    wanted = set(Sighting.objects.filter(article__in=list(first)).values_list("feed_id", flat=True))
    watch(now=NOW)
    credited = Feed.objects.filter(broke_news_at=NOW)
    assert set(credited.values_list("pk", flat=True)) == wanted and len(wanted) == 3
    assert Feed.objects.filter(broke_news_at=None).count() > 3


@pytest.mark.django_db
def test_a_story_of_two_who_rarely_shout_and_do_is_watched() -> None:
    flash = story("BREAKING: Ferry fire", ["Wire A"], at=NOW)
    assert watch(now=NOW).candidate_ids == ()
    report(flash, "Wire B", NOW, title="URGENT: Ferry burns off Crete")
    (made,) = watch(now=NOW).candidate_ids
    assert "2 say" in Candidate.objects.get(pk=made).reason


@pytest.mark.django_db
def test_a_story_of_two_is_watched_once_one_of_them_is_known_to_shout_rarely(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    flash = story("BREAKING: Ferry fire", ["Wire"], at=NOW)
    report(flash, "Other", NOW, title="Ferry burns off Crete")
    # Of whom nothing is known it is not known that it rarely does.
    assert watch(now=NOW).candidate_ids == ()
    monkeypatch.setattr("digest.newsdesk.alerts.watch.baseline", lambda **_: habits())
    (made,) = watch(now=NOW).candidate_ids
    reason = Candidate.objects.get(pk=made).reason
    assert reason.startswith("2 sources in 1 minute")
    assert reason.endswith("1 says “BREAKING”, which it rarely does")


@pytest.mark.django_db
def test_who_shows_a_first_report_later_is_not_known_for_it() -> None:
    fire = story("Ferry fire", [f"S{n}" for n in range(11)], at=NOW)
    aggregator = Feed.objects.create(url="https://many.example/feed", next_check_at=NOW)
    for n, each in enumerate(Article.objects.filter(story_article__story=fire)):
        Sighting.objects.create(
            article=each, feed=aggregator, entry_key=bytes([n]) * 32, entry_hash=b"0" * 32,
            seen_at=each.first_seen_at + MINUTE,
        )  # fmt: skip
    watch(now=NOW)
    assert Feed.objects.filter(broke_news_at=NOW).count() == 3
    aggregator.refresh_from_db()
    assert aggregator.broke_news_at is None


@pytest.mark.django_db
def test_an_archive_is_known_by_the_feed_that_showed_it_first() -> None:
    other = Feed.objects.create(url="https://other.example/feed", next_check_at=NOW)
    old = story("Long ago", ["A"], at=NOW - hours(1))
    shown = [report(old, f"S{n}", NOW - MINUTE, seen=NOW) for n in range(30)]
    aggregator = Feed.objects.create(url="https://many.example/feed", next_check_at=NOW)
    Sighting.objects.filter(article__in=shown).update(feed=aggregator)
    for n, each in enumerate(shown):
        Sighting.objects.create(
            article=each, feed=[other, *Feed.objects.exclude(pk=aggregator.pk)][n % 12],
            entry_key=bytes([n]) * 32, entry_hash=b"0" * 32, seen_at=NOW + MINUTE,
        )  # fmt: skip
    assert watch(now=NOW).candidate_ids == ()


@pytest.mark.django_db
def test_what_an_aggregator_dumps_raises_none() -> None:
    old = story("Long ago", ["A"], at=NOW - hours(1))
    shown = [report(old, f"S{n}", NOW - MINUTE, seen=NOW) for n in range(30)]
    aggregator = Feed.objects.create(url="https://many.example/feed", next_check_at=NOW)
    Sighting.objects.filter(article__in=shown).update(feed=aggregator)
    assert watch(now=NOW).candidate_ids == ()


@pytest.mark.django_db
def test_what_one_poll_of_many_feeds_brings_at_one_moment_is_no_dump() -> None:
    fire = story("Ferry fire", ["A"], at=NOW - MINUTE)
    for n in range(30):
        report(fire, f"S{n}", NOW - MINUTE, seen=NOW)
    assert len(watch(now=NOW).candidate_ids) == 1


@pytest.mark.django_db
def test_undated_reports_are_fresh_only_in_feeds_that_were_read_before() -> None:
    fire = story("Ferry fire", [f"S{n}" for n in range(11)], at=NOW)
    Article.objects.filter(story_article__story=fire).update(published_repaired=True)
    assert watch(now=NOW).candidate_ids == ()
    for n in range(11):
        article("Something else", f"S{n}", NOW - hours(30))
    assert len(watch(now=NOW).candidate_ids) == 1


@pytest.mark.django_db
def test_one_outlet_under_several_names_is_one_voice() -> None:
    names = ["The Post", "Post.com", "Post - World", "post", "Post | News", "THE POST"]
    story("Ferry fire", [*names, "S1", "S2"], at=NOW)
    assert watch(now=NOW).candidate_ids == ()
    story("Dam breaks", [f"S{n}" for n in range(11)] + names, at=NOW)
    (made,) = watch(now=NOW).candidate_ids
    assert Candidate.objects.get(pk=made).sources == 12


@pytest.mark.django_db
def test_a_story_merged_with_one_that_had_a_candidate_raises_no_second() -> None:
    fire = story("Ferry fire", [f"S{n}" for n in range(11)], at=NOW)
    assert len(watch(now=NOW).candidate_ids) == 1
    other = story("Fire on a ferry", ["T1", "T2"], at=NOW)
    StoryArticle.objects.filter(story=fire).update(story=other)
    Story.objects.filter(pk=fire.pk).update(merged_into=other)
    Story.objects.filter(pk=other.pk).update(source_count=11)
    assert watch(now=NOW).candidate_ids == ()
    (shown,) = may_be_breaking(now=NOW)
    assert shown.story_id == other.pk


@pytest.mark.django_db
def test_the_newsrooms_own_threshold_holds() -> None:
    BurstLevel.objects.create(level=1, score=90, sources=30)
    fire = story("Ferry fire", [f"S{n}" for n in range(6)], at=NOW)
    Article.objects.filter(story_article__story=fire).update(title="BREAKING: Ferry fire")
    assert watch(now=NOW).candidate_ids == ()


@pytest.mark.django_db
def test_who_asks_for_more_asks_for_more_of_those_who_say_so() -> None:
    usual = Thresholds()
    assert thresholds() == usual
    level = BurstLevel.objects.create(level=1, score=usual.scores[0] * 2, sources=usual.voices[0])
    wary = thresholds()
    assert all(wary.asked(n, 1) == pytest.approx(2 * usual.asked(n, 1)) for n in range(2, 9))
    level.sources = usual.voices[0] + 1
    level.save()
    assert thresholds().told == usual.told + 1
    assert thresholds().asked(usual.told, told=1) == inf
    level.sources = 2
    level.save()
    assert thresholds().told == usual.told


@pytest.mark.django_db
def test_what_is_usual_is_counted_from_rows() -> None:
    for n in range(40):
        article(f"Report {n}", "Wire A", NOW - hours(n + 0.5))
    story("Ferry fire", [f"S{n}" for n in range(11)], at=NOW)
    assert len(watch(now=NOW).candidate_ids) == 1
    from digest.models import NewsPace

    (row,) = NewsPace.objects.all()
    assert sum(row.counts["Wire A"].values()) == 37
    assert row.shouted["Wire A"] == [0, 37]
    assert row.gained == []
    watch(now=NOW + hours(25))
    assert NewsPace.objects.count() == 1


@pytest.mark.django_db
def test_an_editor_dismisses_a_candidate_or_raises_an_alert_on_it() -> None:
    ann = editor()
    one = story("Ferry fire", [f"S{n}" for n in range(11)], at=NOW)
    two = story("Dam breaks", [f"S{n}" for n in range(11)], at=NOW)
    watch(now=NOW)
    by_story = dict(Candidate.objects.values_list("story_id", "pk"))
    assert dismiss(by_story[one.pk], member=ann, now=NOW)
    assert not dismiss(by_story[one.pk], member=ann, now=NOW)
    raised = raise_on(by_story[two.pk], member=ann, now=NOW)
    assert raised.first
    (left,) = may_be_breaking(now=NOW)
    assert (left.story_id, left.alert is not None) == (two.pk, True)
    assert set(AuditEntry.objects.values_list("verb", flat=True)) == {"dismissed", "raised"}
