"""An hour of polling outlets of every manner, on a clock that is set: the short form of
tests/bench/live, which runs the same outlets through the service's processes."""

import asyncio
import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from digest.intake.articles.ingest import ingest, ingest_all
from digest.intake.feeds import poll as polling
from digest.intake.feeds.poll import poll_due
from digest.intake.feeds.polling.cadence import ObservedRhythm
from digest.intake.feeds.polling.fetch import Manners
from digest.intake.feeds.polling.health import lateness
from digest.models import Article, Feed
from tests.fakes import feeds
from tests.fakes.feeds import FeedServer, Request
from tests.scenes.outlets import ITEMS, Outlet, Watch, outlets

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
EPOCH = NOON.timestamp()
TICK, TICKS = 10, 360


class Hour:
    """The clock, and the outlets that it moves."""

    def __init__(self, server: FeedServer) -> None:
        self.at = 0.0
        self.watch = Watch(EPOCH, paced=False)
        self.outlets = outlets(40)
        self.urls = {server.url(each.path): each for each in self.outlets}
        server.pages = {each.path: self._reply(each) for each in self.outlets}

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.at)

    def _reply(self, outlet: Outlet) -> feeds.Reply:
        async def reply(request: Request, writer: asyncio.StreamWriter) -> None:
            code, told, document = self.watch.ask(outlet, request.headers, EPOCH + self.at)
            given = {name.replace("-", "_"): value for name, value in told.items()}
            await feeds.body(document, code, **given)(request, writer)

        return reply


@pytest.fixture
def hour(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hour]:
    here = Manners("test", allow_private=True, per_host=0)
    monkeypatch.setattr(polling, "manners", lambda: here)
    with FeedServer() as server:
        yield Hour(server)


def wait_of(outlet: Outlet) -> float:
    """The longest an item may wait: a third of the gap or what was asked, a tenth, a tick.

    The gap is the one that the feed has shown: where its last items came slowly by chance, nobody
    can know that the next ones will not.
    """
    manner = outlet.manner
    return max(60 if manner.is_swift else usual_gap(outlet) / 3, manner.soonest) * 1.1 + 2 * TICK


def usual_gap(outlet: Outlet) -> float:
    """The longest that was usual in the hour, for who sees each item as it comes."""
    first, last = (outlet.newest(EPOCH + after, EPOCH) for after in (0, TICKS * TICK))
    rhythm, usual = ObservedRhythm(), 0.0
    for newest in range(first, last + 1):
        shown = [outlet.published(newest - back, EPOCH) for back in range(ITEMS)]
        moments = [datetime.fromtimestamp(int(each), UTC) for each in shown]
        rhythm = rhythm.heard(moments, moments[0])
        assert rhythm.gap is not None
        usual = max(usual, rhythm.gap.total_seconds())
    return usual


@pytest.mark.slow
@pytest.mark.django_db
def test_an_hour_leaves_no_feed_late_no_server_vexed_and_no_item_waiting(hour: Hour) -> None:
    Feed.objects.bulk_create(
        Feed(
            url=url, next_check_at=NOON,
            broke_news_at=NOON if outlet.manner.is_swift else None,
        )
        for url, outlet in hour.urls.items()
    )  # fmt: skip
    for tick in range(TICKS):
        hour.at = tick * TICK
        poll_due(now_fn=hour.now, limit=500, worker="test", ingest=ingest, ingest_all=ingest_all)
        assert not [each.url for each in Feed.objects.all() if lateness(each, hour.now())]
    assert hour.watch.faults == []
    assert hour.watch.answers[429] and hour.watch.answers[503] and hour.watch.answers[304] > 100
    took = waits(hour)
    for outlet in hour.outlets:
        manner = outlet.manner
        if manner.gap <= 900 and not manner.refuses and not manner.has_hub:
            assert took[outlet] and max(took[outlet]) <= wait_of(outlet), outlet


def waits(hour: Hour) -> dict[Outlet, list[float]]:
    """By outlet, how long what was published in the hour took to become an article."""
    seen = dict(Article.objects.values_list("url", "first_seen_at"))
    sites = {each.site: each for each in hour.outlets}
    found: dict[Outlet, list[float]] = defaultdict(list)
    for url, at in seen.items():
        site, serial = re.fullmatch(r"(.*/)(-?\d+)", url).groups()  # type: ignore[union-attr]
        published = sites[site].published(int(serial), EPOCH)
        # What a feed shows at its first look is not news of the hour.
        if published > EPOCH:
            found[sites[site]].append(at.timestamp() - published)
    return found
