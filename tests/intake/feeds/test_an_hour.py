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
from digest.intake.feeds.polling.fetch import Manners
from digest.intake.feeds.polling.health import lateness
from digest.models import Article, Feed
from tests.fakes import feeds
from tests.fakes.feeds import FeedServer, Request
from tests.scenes.outlets import Manner, Outlet, Watch, outlets

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


def wait_of(manner: Manner) -> float:
    """The longest an item may wait: a third of the gap or what was asked, a tenth, a tick."""
    return max(manner.gap / 3 if not manner.is_swift else 60, manner.soonest) * 1.1 + 2 * TICK


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
    for manner in {each.manner for each in hour.outlets if each.manner.gap <= 900}:
        if not manner.refuses and not manner.has_hub:
            assert took[manner] and max(took[manner]) <= wait_of(manner), manner.name


def waits(hour: Hour) -> dict[Manner, list[float]]:
    """By class, how long what was published in the hour took to become an article."""
    seen = dict(Article.objects.values_list("url", "first_seen_at"))
    sites = {each.site: each for each in hour.outlets}
    found: dict[Manner, list[float]] = defaultdict(list)
    for url, at in seen.items():
        site, serial = re.fullmatch(r"(.*/)(-?\d+)", url).groups()  # type: ignore[union-attr]
        published = sites[site].published(int(serial), EPOCH)
        # What a feed shows at its first look is not news of the hour.
        if published > EPOCH:
            found[sites[site].manner].append(at.timestamp() - published)
    return found
