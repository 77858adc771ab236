"""Steps on feeds open their own transaction: whoever calls them has none."""

from datetime import timedelta

import pytest

from digest.intake.feeds import steer
from digest.kit.clock import now
from digest.models import Feed


@pytest.mark.django_db(transaction=True)
def test_an_interval_is_saved_and_the_first_with_news_are_noted_without_a_callers_transaction() -> (
    None
):
    feed = Feed.objects.create(url="https://a.example/feed", next_check_at=now())
    every = timedelta(minutes=20)
    assert steer.override(feed.pk, every=every, full_text=True, now=now())
    assert steer.broke_news([feed.pk], now=now()) == 1
    feed.refresh_from_db()
    assert (feed.check_every, feed.full_text) == (every, True)
