"""Documents made to hurt, in the way of a real worker: others are read, they are set aside."""

from datetime import timedelta
from pathlib import Path

import pytest

from digest.kit.clock import now
from digest.models import Article, Feed, FeedCheck
from tests.fakes import feeds
from tests.fakes.feeds import FeedServer, item, rss
from tests.workers.processes import beat_once, process, until, worker_words

GOOD = 20
POISON = {
    "/namespaces": lambda: rss(item(1, extra="".join(
        f"<x{n}:a xmlns:x{n}='u{n}'/>" for n in range(30_000)
    ))),
    "/objects": lambda: b'{"version":"https://jsonfeed.org/version/1","items":['
    + b"{}," * 3_000_000 + b"{}]}",
}  # fmt: skip


@pytest.mark.slow
def test_a_worker_reads_the_others_in_time_and_sets_the_poison_aside(
    environment: dict[str, str], tmp_path: Path
) -> None:
    with FeedServer() as server:
        server.pages = {path: feeds.body(made()) for path, made in POISON.items()}
        server.pages |= {f"/{n}": feeds.body(rss(item(10 + n))) for n in range(GOOD)}
        # The poison first.
        for place, path in enumerate(server.pages):
            at = now() - timedelta(minutes=5) + timedelta(seconds=place)
            Feed.objects.create(url=server.url(path), next_check_at=at)
        environment |= {"DIGEST_ALLOW_PRIVATE_FETCH": "1"}
        with process(*worker_words(), environment=environment, log=tmp_path / "log"):
            beat_once(environment)
            until(lambda: Article.objects.count() == GOOD, "the others are read")
            read_at = now()
            until(
                lambda: Feed.objects.filter(error_kind="set-aside").count() == len(POISON),
                "the poison is set aside", 90,
            )  # fmt: skip
    for path in POISON:
        feed = Feed.objects.get(url=server.url(path))
        assert "set aside until the feed sends another" in feed.error_reason
        assert FeedCheck.objects.get(feed=feed).reason == feed.error_reason
    checks = FeedCheck.objects.filter(outcome="ok")
    assert checks.count() == GOOD and checks.latest("at").at <= read_at
    assert not Feed.objects.exclude(claimed_by="").exists()
