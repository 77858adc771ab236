"""``digest feeds`` by hand."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from digest.intake.feeds.formats import opml
from digest.kit.clock import now
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
    (failing,) = [line for line in out.splitlines() if server.url("/gone") in line]
    assert "failing" in failing and "has no feed at this address" in failing
    assert "It has never answered." in failing and "2 feeds, 1 failing, 0 late." in out


def test_status_counts_the_late_and_says_how_late(
    server: FeedServer, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("feeds", "add", server.url("/rss"))
    call_command("poll", "--once")
    waiting = now() - timedelta(hours=2)
    Feed.objects.update(next_check_at=waiting, interval=timedelta(hours=1))
    Feed.objects.create(url="https://paused.example/", state="paused", next_check_at=waiting)
    capsys.readouterr()
    call_command("feeds", "status", "--json")
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["late"] == 1
    assert sorted(each["late_seconds"] >= 7200 for each in told["feeds"]) == [False, True]
    call_command("feeds", "status")
    out = capsys.readouterr().out
    assert "Its look is 2 hours late." in out and "2 feeds, 0 failing, 1 late." in out


def test_status_in_a_pipe_is_a_line_a_feed_what_asks_for_something_first(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """An address stood on a line without its health, and a late feed was called good."""
    call_command("feeds", "status")
    assert "No feeds yet" in capsys.readouterr().out
    soon, ago = now() + timedelta(minutes=5), now() - timedelta(hours=2)
    looked = {"checked_at": ago, "succeeded_at": ago, "newest_at": ago}
    known("a", **looked)
    known("b", **looked)
    known("c", failures=3, error_reason="It answered 503.", checked_at=ago)
    Feed.objects.exclude(title="B").update(next_check_at=soon)
    Feed.objects.filter(title="B").update(next_check_at=ago)
    call_command("feeds", "status")
    _, *lines, count = capsys.readouterr().out.splitlines()
    assert count == "3 feeds, 1 failing, 1 late."
    assert [re.split(r"\s{2,}", line)[:4] for line in lines] == [
        ["C", "https://c.example/rss", "failing", "2 hours ago"],
        ["B", "https://b.example/rss", "late", "2 hours ago"],
        ["A", "https://a.example/rss", "good", "2 hours ago"],
    ]
    assert not any(line != line.rstrip() for line in lines)
    Feed.objects.exclude(title="A").delete()
    call_command("feeds", "status")
    assert "1 feed, 0 failing, 0 late." in capsys.readouterr().out


def known(name: str, **fields: object) -> Feed:
    return Feed.objects.create(
        url=f"https://{name}.example/rss", title=name.title(), next_check_at=now(), **fields
    )


def test_feeds_are_paused_resumed_checked_and_removed(capsys: pytest.CaptureFixture[str]) -> None:
    one, two = known("a"), known("b")
    call_command("feeds", "pause", one.url, two.url)
    assert "2 of 2 feeds paused." in capsys.readouterr().out
    call_command("feeds", "check", one.url, "--json")
    assert json.loads(capsys.readouterr().out) == {"feeds": 1, "changed": 0}
    call_command("feeds", "resume", one.url)
    call_command("feeds", "remove", two.url)
    states = dict(Feed.objects.values_list("title", "state"))
    assert states == {"A": "active", "B": "retired"}
    call_command("feeds", "export")
    assert "b.example" not in capsys.readouterr().out


@pytest.mark.parametrize("verb", ["remove", "check", "pause"])
def test_a_feed_that_is_not_known_is_told_and_stops_no_other(
    verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    known("a")
    known("b")
    first, last = Feed.objects.order_by("url").values_list("url", flat=True)
    call_command("feeds", verb, first, "https://x.example/", last)
    out, err = capsys.readouterr()
    assert "2 of 3 feeds" in out and "No such feed: https://x.example/" in err


def test_a_command_that_knows_none_of_its_feeds_fails() -> None:
    with pytest.raises(CommandError, match=r"No such feed: https://x\.example/"):
        call_command("feeds", "remove", "https://x.example/")


def test_a_feed_that_was_removed_can_be_added_again(server: FeedServer) -> None:
    call_command("feeds", "add", server.url("/rss"))
    call_command("feeds", "remove", server.url("/rss"))
    call_command("feeds", "add", server.url("/rss"))
    feed = Feed.objects.get()
    assert (feed.state, feed.state_reason) == ("active", "")


def test_full_text_is_switched_on_and_off_or_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = known("a", check_every=timedelta(minutes=9))
    call_command("feeds", "full-text", one.url)
    one.refresh_from_db()
    assert (one.full_text, one.check_every) == (True, timedelta(minutes=9))
    call_command("feeds", "full-text", one.url, "--off")
    assert not Feed.objects.get().full_text
    monkeypatch.setattr("digest.management.commands.feeds.available", lambda: False)
    with pytest.raises(CommandError, match="digest-newsroom\\[fulltext\\]"):
        call_command("feeds", "full-text", one.url)


def test_a_list_is_written_to_a_file(tmp_path: Path) -> None:
    known("a", folder="World/Asia")
    path = tmp_path / "out.opml"
    call_command("feeds", "export", "--to", str(path))
    (outline,) = opml.read(path.read_bytes())
    assert (outline.url, outline.folder) == ("https://a.example/rss", "World/Asia")
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("feeds", "export", "--to", str(tmp_path / "none" / "out.opml"))


def test_nothing_in_a_feed_colours_the_status(capsys: pytest.CaptureFixture[str]) -> None:
    known("a", folder="x").__class__.objects.update(title="[red]Loud[/red] \x1b[31m")
    call_command("feeds", "status")
    out = capsys.readouterr().out
    assert "[red]Loud[/red]" in out and "\x1b" not in out
