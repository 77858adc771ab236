"""Stories are put in order before editions are made of them."""

from datetime import time, timedelta

import pytest

from digest.newsdesk.editions.near import slot_is_near
from tests.newsdesk.desk import SLOT, newsletter

pytestmark = pytest.mark.django_db


def test_a_slot_is_near_minutes_before_it_and_not_hours() -> None:
    odd = SLOT + timedelta(minutes=7)
    newsletter(local_time=time(7, 7))
    assert slot_is_near(now=odd - timedelta(minutes=3))
    assert not slot_is_near(now=odd - timedelta(minutes=6))
    assert not slot_is_near(now=odd + timedelta(minutes=1))


def test_readers_digests_may_be_due_at_every_quarter_of_an_hour() -> None:
    assert slot_is_near(now=SLOT - timedelta(minutes=2))
    assert slot_is_near(now=SLOT + timedelta(minutes=13))
    assert not slot_is_near(now=SLOT)


def test_a_newsletter_with_a_broken_rhythm_stands_in_nobodys_way() -> None:
    newsletter(time_zone="Nowhere/Never")
    assert not slot_is_near(now=SLOT)
