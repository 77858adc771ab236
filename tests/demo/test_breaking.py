"""What burns in the sample newsroom is seen by the desk, from its feeds and by the usual levels."""

from datetime import UTC, datetime, timedelta

import pytest

from digest.demo import feeds, newsroom
from digest.intake.articles.ingest import ingest
from digest.intake.feeds.formats.parse import NotAFeed, parse
from digest.models import Candidate, Feed
from digest.newsdesk.alerts.watch import watch
from digest.newsdesk.stories import memory
from digest.newsdesk.stories.assign import assign

START = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
BASE = "http://127.0.0.1:8010"


@pytest.mark.django_db
@pytest.mark.timeout(400)
@pytest.mark.parametrize("minutes", [1, 12])
def test_the_ferry_fire_is_a_candidate_however_slowly_the_sample_starts(minutes: int) -> None:
    memory.forget()
    # One poll takes all feeds at one moment: together they are no outlet that shows its archive.
    documents = feeds.build_feeds(START, BASE)
    at = START + timedelta(minutes=minutes)
    for outlet in newsroom.outlets():
        for spec in outlet.feeds:
            kind, body = documents[spec.path]
            feed = Feed.objects.create(url=BASE + spec.path, source=outlet.name, next_check_at=at)
            parsed = parse(body, {"content-type": kind}, feed.url)
            assert not isinstance(parsed, NotAFeed)
            ingest(feed.pk, parsed, now=at)
    while assign(now=at, limit=500).article_ids:
        pass
    watched = watch(now=at)
    candidates = Candidate.objects.filter(pk__in=watched.candidate_ids)
    assert len(candidates) == 1
    assert "ferry" in candidates[0].story.headline.lower()
    assert candidates[0].sources >= 5
