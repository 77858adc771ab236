"""The desk's feeds: what an editor sees of each, and what they may do to it."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from digest.intake.feeds import steer
from digest.intake.feeds.listing import WORDS, counts, worded
from digest.kit.clock import now
from digest.models import Article, AuditEntry, Feed, FeedCheck, Sighting
from digest.staff.access import Role
from tests.web import desk_day

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def quick_passwords(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def editor(client: Client) -> Client:
    client.force_login(desk_day.member())
    return client


def feed(name: str = "harbour", **fields: Any) -> Feed:
    given = {"url": f"https://{name}.example/feed", "title": name.title(), "next_check_at": now()}
    return Feed.objects.create(**(given | fields))


def looked(name: str, **fields: Any) -> Feed:
    return feed(name, **({"checked_at": now(), "succeeded_at": now()} | fields))


def every_kind() -> None:
    moment = now()
    feed("fresh")
    looked("well", newest_at=moment)
    looked("hiccup", failures=2, error_reason="It broke off.")
    looked("broken", failures=3, error_reason="It broke off.")
    looked("never", failures=1, succeeded_at=None, error_reason="Nobody answers.")
    looked("mute", newest_at=moment - 40 * DAY, usual_gap=DAY)
    looked("monthly", newest_at=moment - 40 * DAY, usual_gap=30 * DAY)
    looked("asleep", newest_at=moment - 181 * DAY, usual_gap=300 * DAY)
    looked("rare", newest_at=moment - 100 * DAY)
    looked("quick", newest_at=moment - 2 * DAY, usual_gap=timedelta(minutes=1))
    looked("late", latency_ms=5000)
    looked("held", state="paused", failures=9)
    looked("over", state="retired")


def text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_database_and_the_verdict_agree_on_every_kind_of_feed() -> None:
    every_kind()
    moment = now()
    found = {each.title: each.word for each in worded(moment)}
    assert found == {each.title: each.health(moment).word for each in Feed.objects.all()}
    assert set(found.values()) == set(WORDS)
    assert counts(moment)["failing"] == 2


def test_the_list_counts_filters_sorts_and_searches(editor: Client) -> None:
    every_kind()
    page = text(editor, "/desk/feeds/")
    assert "Failing 2" in page and "Silent 2" in page and ">Over<" not in page
    assert "12 feeds are read" in page
    failing = text(editor, "/desk/feeds/?show=failing")
    assert ">Broken<" in failing and ">Well<" not in failing and "It broke off." in failing
    assert ">Over<" in text(editor, "/desk/feeds/?show=retired")
    assert ">Over<" in text(editor, "/desk/feeds/?q=over.example")
    by_news = text(editor, "/desk/feeds/?by=news")
    assert by_news.index(">Well<") < by_news.index(">Mute<") < by_news.index(">Late<")
    for odd in ("?show=x&by=y&page=99", "?page=-1", "?q=%27", "?by=quiet&show=silent"):
        text(editor, f"/desk/feeds/{odd}")
    assert editor.get("/desk/feeds/?q=%00%27").status_code == 400


def test_many_feeds_are_shown_by_fifty(editor: Client) -> None:
    moment = now()
    Feed.objects.bulk_create(
        Feed(url=f"https://o{n}.example/", title=f"Outlet {n:05}", next_check_at=moment)
        for n in range(120)
    )
    page = text(editor, "/desk/feeds/?page=3")
    assert page.count('class="feed"') == 20 and "Page 3 of 3" in page


def test_a_feeds_page_tells_health_hub_looks_and_items(editor: Client) -> None:
    moment = now()
    shown = looked(
        "harbour", hub_url="https://hub.example/", hub_state="live",
        hub_lease_until=moment + 3 * DAY, newest_at=moment,
    )  # fmt: skip
    FeedCheck.objects.create(feed=shown, at=moment, outcome="pushed", new_articles=2, place=0)
    FeedCheck.objects.create(
        feed=shown, at=moment - DAY, outcome="timeout", reason="It took too long.", place=1
    )
    first = article(shown, 1, source="Wire")
    article(shown, 2, duplicate_of=first, withdrawn_at=moment)
    page = text(editor, f"/desk/feeds/{shown.pk}/")
    for words in (
        "It answers as it should.", "pushes news the moment it is out", "Pushed by its hub: 2 new",
        "It took too long.", "Headline 1", "same text as Wire", "withdrawn by its publisher",
    ):  # fmt: skip
        assert words in page
    assert editor.get("/desk/feeds/999999/").status_code == 404


def article(shown: Feed, number: int, **fields: Any) -> Article:
    moment, mark = now(), number.to_bytes(32, "big")
    made = Article.objects.create(
        url=f"https://harbour.example/{number}", url_hash=mark, title=f"Headline {number}",
        published_at=moment, first_seen_at=moment, updated_at=moment, content_hash=mark, **fields,
    )  # fmt: skip
    Sighting.objects.create(
        article=made, feed=shown, entry_key=mark, entry_hash=mark, seen_at=moment
    )
    return made


@pytest.mark.parametrize(
    ("reason", "lease", "state", "words"),
    [
        ("", None, "", "is being asked"),
        ("Its hub denied the subscription.", None, "denied", "denied the subscription"),
        ("", -1, "live", "has ended and is being renewed"),
    ],
)
def test_a_hub_that_does_not_push_is_said(
    editor: Client, reason: str, lease: int | None, state: str, words: str
) -> None:
    until = now() + lease * DAY if lease else None
    shown = looked("harbour", hub_url="https://hub.example/", hub_reason=reason,
                   hub_state=state, hub_lease_until=until)  # fmt: skip
    page = text(editor, f"/desk/feeds/{shown.pk}/")
    assert "It is polled" in page and words in page


def test_an_editor_pauses_resumes_and_looks_now(editor: Client) -> None:
    shown = looked("harbour", failures=4, next_check_at=now() + DAY)
    editor.post(f"/desk/feeds/{shown.pk}/check")
    shown.refresh_from_db()
    assert shown.next_check_at <= now()
    editor.post(f"/desk/feeds/{shown.pk}/pause")
    shown.refresh_from_db()
    assert (shown.state, shown.state_reason) == ("paused", "Paused by Ann Ito.")
    answer = editor.post(f"/desk/feeds/{shown.pk}/pause", follow=True)
    assert "Somebody was faster" in answer.content.decode()
    editor.post(f"/desk/feeds/{shown.pk}/resume")
    shown.refresh_from_db()
    assert (shown.state, shown.failures, shown.state_reason) == ("active", 0, "")
    verbs = AuditEntry.objects.order_by("pk").values_list("verb", "who")
    assert list(verbs) == [(verb, "Ann Ito") for verb in ("checked", "paused", "resumed")]


def test_an_editors_interval_and_full_text_are_kept(editor: Client) -> None:
    shown = looked("harbour", next_check_at=now() + DAY)
    path = f"/desk/feeds/{shown.pk}/settings"
    editor.post(path, {"every": "5", "full_text": "on"})
    shown.refresh_from_db()
    assert (shown.check_every, shown.full_text) == (timedelta(minutes=5), True)
    assert shown.next_check_at <= now() + timedelta(minutes=5)
    editor.post(path, {"every": "0"})
    shown.refresh_from_db()
    assert (shown.check_every, shown.full_text) == (timedelta(minutes=1), False)
    editor.post(path, {"every": "-5"})
    editor.post(path, {"every": "99999"})
    shown.refresh_from_db()
    assert shown.check_every == steer.LONGEST
    editor.post(path, {"every": ""})
    shown.refresh_from_db()
    assert shown.check_every is None


def test_who_may_only_look_only_looks(client: Client) -> None:
    client.force_login(desk_day.member("Rea Der", Role.READER))
    shown = looked("harbour")
    page = text(client, f"/desk/feeds/{shown.pk}/")
    assert "Look now" not in page and "Editor’s word" not in page
    for path in ("pause", "resume", "check", "settings"):
        assert client.post(f"/desk/feeds/{shown.pk}/{path}").status_code == 403
        assert client.get(f"/desk/feeds/{shown.pk}/{path}").status_code in (403, 405)
    shown.refresh_from_db()
    assert shown.state == "active"


def test_nothing_in_a_feed_breaks_its_page(editor: Client) -> None:
    nasty = "<script>alert(1)</script>\" onx='"
    shown = looked("x", title=nasty, folder=nasty, site_url="https://x.example/'\"<b>",
                   error_reason=nasty, failures=5)  # fmt: skip
    article(shown, 7, text="").__class__.objects.update(title=nasty, url="javascript:alert(1)")
    FeedCheck.objects.create(feed=shown, at=now(), outcome="dns", reason=nasty)
    for path in ("/desk/feeds/", f"/desk/feeds/{shown.pk}/"):
        page = text(editor, path)
        assert "<script>alert" not in page and "javascript:alert" not in page


def test_an_editor_mutes_a_feed_and_lets_it_be_heard_again(editor: Client) -> None:
    shown = looked("harbour", title="Harbour Post")
    path = f"/desk/feeds/{shown.pk}/"
    assert "Mute it" in text(editor, path)
    answer = editor.post(path + "mute", {"days": "7"}, follow=True).content.decode()
    shown.refresh_from_db()
    assert "Muted. It is read on" in answer and shown.is_muted
    assert shown.muted_until is not None
    assert abs(shown.muted_until - now() - 7 * DAY) < timedelta(minutes=1)
    assert (shown.state, shown.health(now()).word) == ("active", "good")
    for page in (text(editor, "/desk/feeds/"), text(editor, "/desk/feeds/?show=muted")):
        assert "Harbour Post" in page and "muted" in page and "Muted 1" in page
    editor.post(path + "mute", {"days": ""})
    assert "muted for good" in text(editor, path)
    wrong = editor.post(path + "mute", {"days": "-1"}, follow=True).content.decode()
    assert "Somebody was faster" in wrong
    editor.post(path + "unmute")
    shown.refresh_from_db()
    assert not shown.is_muted and shown.muted_until is None
    editor.force_login(desk_day.member("Rea Der", Role.READER))
    assert editor.post(path + "mute", {"days": "1"}).status_code == 403
