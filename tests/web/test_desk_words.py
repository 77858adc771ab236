"""Times, sparklines and marks as the desk writes them: pure, at every hour."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from digest.models import Edition, Newsletter
from digest.web.desk.editions.outlook import outlook
from digest.web.desk.shown.sparkline import HEIGHT, WIDTH, points
from digest.web.desk.times import ago, clock_time, day_and_time, span

NOW = datetime(2026, 10, 4, 22, 31, tzinfo=UTC)
SINGAPORE = "Asia/Singapore"


def test_a_time_is_the_editions_own() -> None:
    assert clock_time(NOW, SINGAPORE) == "06:31"
    assert day_and_time(NOW + timedelta(hours=20), SINGAPORE, NOW) == "tomorrow 02:31"
    assert day_and_time(NOW - timedelta(hours=7), SINGAPORE, NOW) == "yesterday 23:31"
    assert day_and_time(NOW + timedelta(days=3), SINGAPORE, NOW) == "Thu 8 Oct 06:31"
    assert clock_time(NOW, "No/Where") == "22:31"


def test_spans_say_no_more_than_needed() -> None:
    said = [span(timedelta(minutes=m)) for m in (0, 29, 60, 185, 60 * 24, 60 * 50)]
    assert said == ["0 min", "29 min", "1 h", "3 h 5 min", "24 h", "2 days"]
    assert ago(NOW - timedelta(seconds=20), NOW) == "just now"
    assert ago(NOW + timedelta(minutes=4), NOW) == "in 4 min"


@given(st.integers(0, 60 * 24 * 400), st.integers(0, 60 * 24 * 9))
def test_what_goes_tomorrow_does_not_go_in_two_days(start: int, minutes: int) -> None:
    moment = NOW + timedelta(minutes=start)
    at = moment + timedelta(minutes=minutes)
    said = day_and_time(at, SINGAPORE, moment)
    if said.startswith("tomorrow"):
        assert "day" not in span(at - moment)


@given(st.lists(st.floats(-5, 1e9, allow_nan=False), max_size=50))
def test_a_sparkline_stays_in_its_box(series: list[float]) -> None:
    drawn = points(series)
    assert bool(drawn) == (len(series) > 1)
    for pair in drawn.split():
        x, y = map(float, pair.split(","))
        assert 0 <= x <= WIDTH
        assert 0 <= y <= HEIGHT


def edition(**fields: object) -> Edition:
    newsletter = Newsletter(publishes_by_rule=True, grace=timedelta(minutes=30))
    values = {"newsletter": newsletter, "slot_at": NOW + timedelta(minutes=29), "state": "draft"}
    return Edition(time_zone=SINGAPORE, **(values | fields))


def test_an_untouched_draft_goes_by_rule_and_a_touched_one_by_an_editors_word() -> None:
    by_rule = outlook(edition(), NOW)
    assert by_rule.goes == "Goes 07:00, in 29 min"
    assert by_rule.whose_word == "by rule unless you change or skip it"
    assert "only with your approval" in outlook(edition(touched_at=NOW), NOW).whose_word


def test_a_planned_change_takes_an_edition_from_its_rule_where_that_has_no_cut_off() -> None:
    planned = {"planned": NOW + timedelta(minutes=9)}
    told = "only with your approval from 06:40 on, when a planned change is made"
    assert outlook(edition(), NOW, **planned).whose_word == told
    touched = outlook(edition(touched_at=NOW), NOW, **planned).whose_word
    assert touched == "only with your approval, since an editor changed it"
    at_a_cut_off = Newsletter(
        publishes_by_rule=True, grace=timedelta(minutes=30), cut_off=timedelta(minutes=5)
    )
    draft = edition(newsletter=at_a_cut_off)
    assert outlook(draft, NOW, **planned).whose_word == "by rule at 06:55 unless you stop it"


def test_hours_of_another_zone_are_named_by_their_place() -> None:
    here, there = (outlook(edition(), NOW, seen_from=zone) for zone in (SINGAPORE, "Europe/Rome"))
    assert here.goes == "Goes 07:00, in 29 min"
    assert there.goes == "Goes 07:00 Singapore time, in 29 min"


def test_a_late_draft_says_when_it_is_held() -> None:
    late = outlook(edition(slot_at=NOW - timedelta(minutes=5), touched_at=NOW), NOW)
    assert late.late
    assert "At 06:56 it is held" in late.whose_word
