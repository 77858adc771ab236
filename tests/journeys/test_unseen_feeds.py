"""Feeds it has never seen: real documents, served on loopback, added and polled by the commands."""

import io
import json
import logging
import os
from collections.abc import Iterator
from pathlib import Path

import feedparser
import pytest
from django.core.management import call_command

from digest.intake.feeds.formats.parse import MAX_ENTRIES
from digest.models import Article, Feed, FeedCheck, Sighting
from tests.fakes import feeds
from tests.fakes.feeds import FeedServer

DATA = os.environ.get("DIGEST_DATA", "")
# All of them, by hand: DIGEST_UNSEEN=2000.
HOW_MANY = int(os.environ.get("DIGEST_UNSEEN", "30"))

pytestmark = [
    pytest.mark.data,
    pytest.mark.django_db,
    pytest.mark.skipif(not DATA, reason="DIGEST_DATA is not set"),
]


@pytest.fixture
def documents() -> dict[str, bytes]:
    """By path on the server: four fifths real feeds, the rest whatever else there is."""
    folder = Path(DATA) / "feeds"
    listed = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    real = sorted(each["path"] for each in listed if each["real"])
    odd = sorted(each["path"] for each in listed if not each["real"])
    wanted = max(1, HOW_MANY * 4 // 5)
    chosen = real[:: max(1, len(real) // wanted)][:wanted]
    left = HOW_MANY - len(chosen)
    chosen += odd[:: max(1, len(odd) // left)][:left]
    return {f"/{place}": (folder / path).read_bytes() for place, path in enumerate(chosen)}


@pytest.fixture
def server(documents: dict[str, bytes]) -> Iterator[FeedServer]:
    with FeedServer({path: feeds.body(content) for path, content in documents.items()}) as running:
        yield running


@pytest.fixture
def loopback_is_open(settings: object) -> None:
    settings.DIGEST_ALLOW_PRIVATE_FETCH = True  # type: ignore[attr-defined]


@pytest.mark.timeout(900)
@pytest.mark.usefixtures("loopback_is_open")
def test_what_feedparser_reads_is_taken_in_and_the_rest_has_a_reason(
    documents: dict[str, bytes],
    server: FeedServer,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    call_command("feeds", "add", *(server.url(path) for path in documents))
    call_command("poll", "--once", "--json")
    out, err = capsys.readouterr()
    report = json.loads(out.strip().splitlines()[-1])

    checks = {check.feed.url: check for check in FeedCheck.objects.select_related("feed")}
    failures = {each["url"]: each["reason"] for each in report["failures"]}
    assert report["due"] == len(checks) == Feed.objects.count()
    readable = 0
    for path, content in documents.items():
        url = server.url(path)
        plain = feedparser.parse(io.BytesIO(content))
        if plain.version or plain.entries:
            readable += 1
            assert checks[url].outcome == "ok", (path, checks[url].reason)
            assert checks[url].entries == min(len(plain.entries), MAX_ENTRIES), path
        else:
            assert failures.get(url) or url in err, path
    assert readable == report["ok"]
    assert report["new_articles"] == Article.objects.count() > 0
    assert Sighting.objects.count() >= report["new_articles"]
    logged = f"{caplog.text}\n{out}\n{err}"
    assert "Traceback" not in logged, logged[-3000:]
    print(
        f"{len(documents)} documents: {report['ok']} read, {report['failed']} failed with a reason,"
        f" {report['entries']} entries, {report['new_articles']} articles"
    )


@pytest.mark.usefixtures("loopback_is_open")
def test_a_second_round_over_the_same_documents_changes_nothing(
    documents: dict[str, bytes], server: FeedServer, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("feeds", "add", *(server.url(path) for path in documents))
    call_command("poll", "--once")
    Feed.objects.update(next_check_at="2020-01-01T00:00:00Z", body_hash=None)
    before = list(Article.objects.order_by("id").values_list("id", "content_hash", "revision"))
    call_command("poll", "--once", "--json")
    report = json.loads(capsys.readouterr().out.strip().splitlines()[-1])
    assert (report["new_articles"], report["due"]) == (0, Feed.objects.count())
    assert before == list(
        Article.objects.order_by("id").values_list("id", "content_hash", "revision")
    )
