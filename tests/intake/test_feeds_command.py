"""``digest feeds`` by hand."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from digest.intake.feeds import opml
from digest.models import Feed
from tests.fakes import feeds
from tests.fakes.feeds import FeedServer, item, rss

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def loopback_is_open(settings: object) -> None:
    settings.DIGEST_ALLOW_PRIVATE_FETCH = True  # type: ignore[attr-defined]


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer({"/rss": feeds.body(rss(item(1)))}) as running:
        yield running


def urls() -> set[str]:
    return set(Feed.objects.values_list("url", flat=True))


def test_adding_twice_is_no_error(server: FeedServer, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("feeds", "add", server.url("/rss"), server.url("/rss"))
    call_command("feeds", "add", server.url("/rss"))
    assert urls() == {server.url("/rss")}
    out = capsys.readouterr().out
    assert f"Added: {server.url('/rss')} (Harbour Post)" in out
    assert f"Known already: {server.url('/rss')}" in out


def test_the_feeds_of_a_page_are_found(server: FeedServer) -> None:
    server.pages["/"] = feeds.body(
        b"<!doctype html><link rel=alternate type=application/rss+xml title=Post href=/rss>"
        b"<link rel=alternate type=application/rss+xml title=Sport href=/sport>",
        Content_Type="text/html",
    )
    call_command("feeds", "add", server.url("/"))
    assert urls() == {server.url("/rss"), server.url("/sport")}


def test_a_moved_feed_is_stored_where_it_is_now(server: FeedServer) -> None:
    server.pages["/old"] = feeds.redirect("/rss", 301)
    call_command("feeds", "add", server.url("/old"))
    assert urls() == {server.url("/rss")}


def test_a_feed_that_does_not_answer_is_stored_and_said(
    server: FeedServer, capsys: pytest.CaptureFixture[str]
) -> None:
    server.pages["/down"] = feeds.status(503)
    call_command("feeds", "add", server.url("/down"))
    assert urls() == {server.url("/down")}
    assert "overloaded" in capsys.readouterr().out


@pytest.mark.parametrize("url", ["ftp://x.example/", "harbour", "{page}"])
def test_what_can_never_be_a_feed_is_refused(
    server: FeedServer, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    server.pages["/page"] = feeds.body(b"<html><body>Nothing here")
    with pytest.raises(CommandError, match="No feed was added"):
        call_command("feeds", "add", url.format(page=server.url("/page")))
    assert "Not added" in capsys.readouterr().err
    assert urls() == set()


def test_one_refusal_does_not_fail_the_others(server: FeedServer) -> None:
    call_command("feeds", "add", "ftp://x.example/", server.url("/rss"))
    assert urls() == {server.url("/rss")}


def test_a_list_goes_in_and_comes_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "list.opml"
    outlines = [
        opml.Outline("https://a.example/rss", "A & B", "https://a.example/", "en", "World/Asia"),
        opml.Outline("https://b.example/rss", "B"),
    ]
    path.write_text(
        opml.write([*outlines, opml.Outline("javascript:alert(1)")], title="x"), encoding="utf-8"
    )
    call_command("feeds", "import", str(path))
    call_command("feeds", "import", str(path), "--json")
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == {"read": 3, "added": 0}
    call_command("feeds", "export")
    assert set(opml.read(capsys.readouterr().out.encode())) == set(outlines)


def test_a_file_that_is_no_list_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "list.opml"
    path.write_bytes(b"hello")
    with pytest.raises(CommandError, match="not OPML"):
        call_command("feeds", "import", str(path))
    with pytest.raises(CommandError, match="cannot be imported"):
        call_command("feeds", "import", str(tmp_path / "none.opml"))


def test_status_tells_the_failing_first(
    server: FeedServer, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("feeds", "add", server.url("/rss"), server.url("/gone"))
    call_command("poll", "--once")
    call_command("feeds", "status", "--json")
    lines = capsys.readouterr().out.splitlines()
    listed = json.loads(lines[-1])["feeds"]
    assert [each["url"] for each in listed] == [server.url("/gone"), server.url("/rss")]
    assert (listed[0]["failures"], listed[0]["kind"]) == (1, "http-status")
    call_command("feeds", "status")
    out = capsys.readouterr().out
    assert "failing, 1 in a row" in out and "2 feeds, 1 failing." in out
