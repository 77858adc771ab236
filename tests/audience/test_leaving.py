"""Leaving, pausing, changing one's mind: at once, once, and provable."""

from datetime import datetime, time, timedelta

import pytest
from django.conf import settings

from digest.audience.core import tokens
from digest.audience.core.tokens import BadToken
from digest.audience.joining.subscribe import SignUp, subscribe
from digest.audience.leaving.lapse import lapse
from digest.audience.leaving.suppress import suppress
from digest.audience.leaving.unsubscribe import leaving, unsubscribe
from digest.audience.preferring.prefer import NotVerified, Preferences, prefer
from digest.models import Address, Consent, Schedule, Slot, Subscriber, Subscription, Suppression
from tests.audience.conftest import NOW

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def token_of(**wanted) -> str:
    subscription = Subscription.objects.exclude(state="ended").get(**wanted)
    return tokens.unsubscribe_token(settings.SECRET_KEY, subscription.pk)


def test_leaving_alerts_leaves_everything_else(newsroom) -> None:
    newsroom.reader(topics=("korea",), newsletters=("morning",), alerts=True)
    left = unsubscribe(token_of(alerts=True), now=NOW)
    assert left.names == ("Breaking news",)
    assert left.left == ("Korean peninsula relations", "Morning briefing")
    assert unsubscribe(tokens.unsubscribe_token(settings.SECRET_KEY, 10**9), now=NOW).names == ()
    with pytest.raises(BadToken):
        unsubscribe("s1.forged", now=NOW)


def test_leaving_twice_is_recorded_once(newsroom) -> None:
    newsroom.reader(topics=("korea",))
    token = token_of(topic__slug="korea")
    assert unsubscribe(token, now=NOW + HOUR).names
    ended = Subscription.objects.get().ended_at
    assert unsubscribe(token, now=NOW + 2 * HOUR).names == ()
    assert Subscription.objects.get().ended_at == ended == NOW + HOUR
    assert Consent.objects.filter(act="withdrawn").count() == 1
    assert leaving(token).names == ()


def test_leaving_reaches_what_is_paused_or_pending_too(newsroom) -> None:
    address = newsroom.reader(topics=("korea",))
    token = token_of(topic__slug="korea")
    prefer(
        address.pk, Preferences(topics=("korea",), paused_until=NOW + timedelta(days=3)), now=NOW
    )
    unsubscribe(token, now=NOW)
    assert Subscription.objects.get().state == "ended"


def test_the_last_topic_takes_the_schedule_along(newsroom) -> None:
    newsroom.reader(topics=("korea", "trade"))
    unsubscribe(token_of(topic__slug="korea"), now=NOW)
    assert Schedule.objects.get().is_active
    unsubscribe(token_of(topic__slug="trade"), now=NOW)
    schedule = Schedule.objects.get()
    assert not schedule.is_active and schedule.next_due_at is None


def test_a_new_hour_later_today_brings_no_second_digest_today(newsroom) -> None:
    address = newsroom.reader(topics=("korea",), local_time=time(7), time_zone="UTC")
    schedule = Schedule.objects.get()
    from digest.audience.schedules.opening import open_slots

    assert len(open_slots(now=schedule.next_due_at)) == 1
    morning = schedule.next_due_at + HOUR
    done = prefer(address.pk, Preferences(topics=("korea",), local_time=time(18)), now=morning)
    assert done.next_due_at == datetime.fromisoformat("2026-11-25T18:00:00+00:00")
    assert Slot.objects.get().local_date.isoformat() == "2026-11-24"


def test_preferring_the_same_again_changes_nothing(newsroom) -> None:
    address = newsroom.reader(topics=("korea",), time_zone="Asia/Seoul")
    before = Schedule.objects.values().get(), Consent.objects.count()
    wish = Preferences(topics=("korea",), time_zone="Asia/Seoul")
    done = prefer(address.pk, wish, now=NOW + HOUR)
    assert done.began == done.ended == ()
    assert (Schedule.objects.values().get(), Consent.objects.count()) == before


def test_a_topic_closed_to_others_stays_while_it_is_still_ticked(newsroom) -> None:
    address = newsroom.reader(topics=("korea",))
    newsroom.korea.is_open = False
    newsroom.korea.save()
    prefer(address.pk, Preferences(topics=("korea", "trade")), now=NOW)
    assert Subscription.objects.filter(state="active").count() == 2
    prefer(address.pk, Preferences(topics=("trade",)), now=NOW)
    assert prefer(address.pk, Preferences(topics=("korea", "trade")), now=NOW).began == ()


def test_nobody_prefers_for_an_address_that_nobody_confirmed(newsroom) -> None:
    signed = subscribe(SignUp("email", "ann@example.org", topics=("korea",)), now=NOW)
    with pytest.raises(NotVerified):
        prefer(signed.address_id, Preferences(topics=("korea",)), now=NOW)


def test_a_pause_ends_by_itself_and_what_happened_meanwhile_is_old_news(newsroom) -> None:
    address = newsroom.reader(topics=("korea",), time_zone="UTC")
    Schedule.objects.update(last_window_end=NOW)
    back = NOW + timedelta(days=10)
    prefer(address.pk, Preferences(topics=("korea",), paused_until=back), now=NOW)
    assert lapse(now=back - HOUR).resumed == 0
    assert lapse(now=back).resumed == 1
    schedule = Schedule.objects.get()
    assert schedule.is_active and schedule.next_due_at > back
    assert schedule.last_window_end > NOW + timedelta(days=8)


def test_what_nobody_confirmed_goes_after_two_weeks(newsroom) -> None:
    newsroom.reader("known@example.org", topics=("korea",))
    for address in ("known@example.org", "typo@example.org"):
        subscribe(SignUp("email", address, topics=("trade",)), now=NOW)
    assert lapse(now=NOW + timedelta(days=13)).expired == 0
    assert lapse(now=NOW + timedelta(days=15)).expired == 2
    assert Address.objects.get().value == "known@example.org"
    assert Subscriber.objects.count() == 1
    assert Subscription.objects.get(topic__slug="korea").state == "active"


def test_a_complaint_ends_everything_and_twice_is_once(newsroom) -> None:
    address = newsroom.reader(topics=("korea",), newsletters=("morning",))
    first = suppress(address.pk, Suppression.Reason.COMPLAINT, now=NOW)
    assert len(first.names) == 2
    assert suppress(address.pk, Suppression.Reason.COMPLAINT, now=NOW).names == ()
    assert suppress(10**9, Suppression.Reason.BOUNCE, now=NOW).names == ()
    assert not Schedule.objects.get().is_active
