"""A reader's history: what was sent, why, what became of it; and what did not come, and why."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from digest.audience.leaving import suppress
from digest.kit.clock import now
from digest.models import Address, Attempt, Delivery, Edition, Send, Subscription, Suppression
from digest.newsdesk.alerts.issue import issue
from digest.newsdesk.alerts.raise_alert import raise_alert
from digest.newsdesk.editions.publish import publish
from digest.outbound.delivery.core.told import Standing, Tone, became, why_not
from digest.outbound.delivery.figures.history import not_sent_to, sent_to
from digest.outbound.delivery.planning.fanout import fan_out
from digest.outbound.delivery.planning.plan import plan_alert, plan_edition
from tests.web import desk_day

NOON = now().replace(hour=12, minute=0)
HOUR = timedelta(hours=1)
WELL = Standing(NOON - HOUR, NOON - HOUR, NOON - HOUR, None, False, None, None)


def test_every_state_and_outcome_of_the_ledger_has_words() -> None:
    for state in Delivery.State:
        assert became(state.name).words.endswith((".", "now."))
    for outcome in Delivery.Outcome:
        assert became("SENT", outcome.name).words != became("SENT").words
    assert became("SENT").tone is Tone.GOOD
    assert became("SENT", "HARD_BOUNCE", "550  5.1.1\n no such").answer == "550 5.1.1 no such"


@pytest.mark.parametrize(
    ("stands", "said"),
    [
        (replace(WELL, created_at=NOON + HOUR), None),
        (replace(WELL, ended_at=NOON - HOUR), None),
        (replace(WELL, suppressed_at=NOON - HOUR), "barred"),
        (replace(WELL, verified_at=None), "address was not confirmed"),
        (replace(WELL, verified_at=NOON + HOUR), "address was not confirmed"),
        (replace(WELL, confirmed_at=None), "subscription was not confirmed"),
        (replace(WELL, paused=True, paused_until=NOON + HOUR), "paused"),
        (replace(WELL, ended_at=NOON + HOUR), "No reason is recorded"),
    ],
)
def test_why_an_edition_did_not_come(stands: Standing, said: str | None) -> None:
    found = why_not(stands, NOON)
    assert found is said is None or (found is not None and said is not None and said in found)


@given(some.lists(some.none() | some.integers(-100, 100), min_size=6, max_size=6))
def test_what_was_not_the_readers_is_never_missed(hours: list[int | None]) -> None:
    moments = [None if each is None else NOON + HOUR * each for each in hours]
    stands = Standing(moments[0] or NOON, *moments[1:4], bool(hours[5]), *moments[4:6])
    ours = stands.created_at <= NOON and (stands.ended_at is None or stands.ended_at > NOON)
    assert (why_not(stands, NOON) is not None) == ours


@pytest.mark.django_db
def test_the_whole_history_of_one_reader_and_of_nobody_else() -> None:
    moment = now()
    chief = desk_day.member("Vera Lind", "chief")
    stories = desk_day.stories(moment)
    edition = desk_day.edition(moment)
    for name in ("noor@example.org", "else@example.org"):
        desk_day.reader(name, moment, on=edition.newsletter, alerts=True)
    publish(edition.pk, now=moment, by=chief)
    alert = raise_alert(
        next(iter(stories.values())).pk, "Ferry on fire", "", member=chief, now=moment
    )
    issue(alert.alert_id, member=chief, now=moment)
    plans = (plan_edition(edition.pk, 1, now=moment), plan_alert(alert.alert_id, 1, now=moment))
    for plan in plans:
        for send in plan.send_ids:
            fan_out(send, now=moment)
    noor = Address.objects.get(value="noor@example.org")
    rows = Delivery.objects.filter(address=noor)
    rows.filter(send__kind="alert").update(
        state=Delivery.State.SENT, sent_at=moment, next_try_at=None,
        outcome=Delivery.Outcome.HARD_BOUNCE, reply="550 5.1.1 unknown user",
    )  # fmt: skip
    row = rows.get(send__kind="edition")
    Attempt.objects.create(
        send_id=row.send_id, address_id=noor.pk, number=1, at=moment, result="deferred", code=451,
        reply="greylisted",
    )  # fmt: skip
    found = {each.kind: each for each in sent_to(noor.subscriber_id, now=moment)}
    assert set(found) == {"alert", "edition"}
    assert found["alert"].title == "Alert: Ferry on fire"
    assert found["alert"].became.tone is Tone.BAD
    assert found["alert"].became.answer == "550 5.1.1 unknown user"
    assert "Breaking news" in found["alert"].why
    assert "Morning briefing" in found["edition"].why
    assert found["edition"].title == "Morning briefing"
    assert found["edition"].subject
    assert [each.answer for each in found["edition"].tried] == ["451 greylisted"]
    assert not_sent_to(noor.subscriber_id, now=moment) == ()


@pytest.mark.django_db
def test_an_edition_that_did_not_come_is_told_with_its_reason() -> None:
    moment = now()
    desk_day.stories(moment)
    edition = desk_day.edition(moment)
    for name in ("noor@example.org", "barred@example.org"):
        desk_day.reader(name, moment - timedelta(days=1), on=edition.newsletter)
    noor, barred = Address.objects.order_by("pk")
    Subscription.objects.filter(address=noor).update(state="pending", confirmed_at=None)
    publish(edition.pk, now=moment, by=desk_day.member("Vera Lind", "chief"))
    suppress.bar(barred, Suppression.Reason.COMPLAINT, now=moment - timedelta(hours=2))
    for send in plan_edition(edition.pk, 1, now=moment).send_ids:
        fan_out(send, now=moment)
    assert Send.objects.filter(fanned_out_at__isnull=False).exists()
    (missed,) = not_sent_to(noor.subscriber_id, now=moment)
    assert missed.reason == "The subscription was not confirmed yet."
    assert missed.public_id == str(Edition.objects.get().public_id)
    assert "barred" in not_sent_to(barred.subscriber_id, now=moment)[0].reason
