"""A newsletter's plan, read from a form; and stored, by one editor at a time."""

from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from digest.kit.clock import now
from digest.models import AuditEntry, Newsletter
from digest.newsdesk.newsletters.core.plan import NewsletterPlan, read_plan
from digest.newsdesk.newsletters.define import (
    StaleNewsletter,
    define_newsletter,
    mark_of,
    plan_of,
)
from tests.web import desk_day

TEXTS = {
    "name": "Evening  post", "description": "The day, in five minutes.", "language": "en",
    "time_zone": "Asia/Seoul", "local_time": "18:30", "lead": "30", "grace": "45", "spread": "0",
    "size": "5", "sender_name": "Kim at the post", "reply_to": "post@example.org",
    "approval": "rule", "cut_off": "5", "two_eyes": "", "breaks": "2026-12-25 Christmas",
    "is_open": "on",
}  # fmt: skip
LISTS = {"days": ["1", "5", "9"], "topics": ["3", "7", "x"], "channels": ["email", "pigeon"]}


def read(**changed: Any) -> tuple[NewsletterPlan | None, dict[str, str]]:
    texts = TEXTS | {key: value for key, value in changed.items() if key in TEXTS}
    lists = LISTS | {key: value for key, value in changed.items() if key in LISTS}
    return read_plan(texts, lists, topics={3, 4}, channels=["email", "whatsapp"])


def test_a_form_becomes_a_plan_and_what_there_is_not_is_left_out() -> None:
    plan, wrong = read()
    assert wrong == {}
    assert plan is not None
    assert (plan.name, plan.days, plan.local_time) == ("Evening post", "15", time(18, 30))
    assert (plan.grace, plan.topic_ids) == (timedelta(minutes=45), (3,))
    assert plan.channels == ("email",)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " "), ("name", "x" * 121), ("description", "x" * 301), ("language", "English"),
        ("days", []), ("days", ["8"]), ("local_time", "24:00"), ("local_time", "seven"),
        ("time_zone", "Mars/North"), ("time_zone", ""), ("lead", "-1"), ("grace", "1e3"),
        ("grace", "9" * 30), ("spread", "٣"), ("size", "0"), ("size", "31"), ("channels", []),
        ("channels", ["pigeon"]), ("sender_name", "x" * 121), ("reply_to", "post@"),
        ("approval", "nobody"), ("breaks", "Christmas"), ("breaks", "2026-02-30"),
        ("breaks", "2026-12-25 to 2026-12-24"), ("breaks", "2026-01-01 to 2027-06-01"),
        ("breaks", "9999-12-31 to 9999-12-30"), ("breaks", "٢٠٢٦-12-25"),
        ("breaks", "\n".join(["2026-12-25"] * 51)),
        ("reply_to", "a@b.example\nBcc: c@d.example"), ("reply_to", "pöst@example.org"),
    ],
)  # fmt: skip
def test_each_mistake_is_told_beside_its_field(field: str, value: object) -> None:
    plan, wrong = read(**{field: value})
    assert plan is None
    assert list(wrong) == [field]
    assert wrong[field].endswith(".")


def test_a_cut_off_asks_for_its_minutes_and_counts_for_it_alone() -> None:
    plan, _ = read(approval="cut-off", two_eyes="on")
    assert plan is not None
    assert (plan.publishes_by_rule, plan.cut_off) == (True, timedelta(minutes=5))
    assert plan.pairs_of_eyes == 2
    assert list(read(approval="cut-off", cut_off="0")[1]) == ["cut_off"]
    plan, _ = read(approval="editor", cut_off="soon")
    assert plan is not None
    assert (plan.publishes_by_rule, plan.cut_off, plan.pairs_of_eyes) == (False, None, 1)


def test_breaks_are_read_a_line_each_and_leave_the_rhythm() -> None:
    plan, _ = read(breaks="2026-12-28 to 2027-01-02 \n\n2026-12-25 – 2026-12-25 Christmas")
    assert plan is not None
    assert [str(each) for each in plan.breaks] == [
        "2026-12-25 Christmas",
        "2026-12-28 to 2027-01-02",
    ]
    assert plan.cadence.on(date(2026, 12, 25)) is None
    assert plan.cadence.on(date(2026, 12, 28)) is None
    assert plan.cadence.on(date(2027, 1, 4)) == time(18, 30)


@given(some.dictionaries(some.sampled_from(sorted(TEXTS)), some.text(max_size=40)))
def test_whatever_is_typed_is_a_plan_or_a_remedy(typed: dict[str, str]) -> None:
    plan, wrong = read(**typed)
    assert (plan is None) == bool(wrong)
    if plan is not None:
        assert plan.cadence.days == plan.days
        assert "\n" not in plan.name + plan.sender_name + plan.reply_to


@pytest.mark.django_db
def test_a_plan_is_stored_and_a_stale_one_refused() -> None:
    plan, _ = read(topics=[])
    assert plan is not None
    chief = desk_day.member("Vera Lind", "chief")
    by: dict[str, Any] = {"now": now(), "member": chief}
    define_newsletter("evening-post", plan, base=mark_of(None), **by)
    made = Newsletter.objects.get()
    assert plan_of(made) == plan
    later = replace(plan, local_time=time(19), size=6)
    with pytest.raises(StaleNewsletter):
        define_newsletter("evening-post", later, base=mark_of(None), **by)
    done = define_newsletter("evening-post", later, base=mark_of(plan), **by)
    assert set(done.changed) == {"local_time", "size"}
    assert AuditEntry.objects.get(verb="changed").detail["changes"]["size"] == ["5", "6"]
    with pytest.raises(StaleNewsletter):
        define_newsletter("evening-post", plan, base=mark_of(plan), **by)
    assert plan_of(Newsletter.objects.get()) == later
