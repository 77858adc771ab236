"""A reader's own pages: confirm, unsubscribe, preferences. No GET changes anything."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client

from digest.audience.core import tokens
from digest.kit.clock import now
from digest.models import Consent, Letter, Schedule, Subscription, Topic
from tests.fakes import page_form
from tests.web import newsroom

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def on_offer():
    newsroom.offer()


@pytest.fixture
def client() -> Client:
    return Client(enforce_csrf_checks=True)


def states() -> dict[str, str]:
    return {each.name: each.state for each in Subscription.objects.all()}


def unsubscribe_path(**wanted) -> str:
    subscription = Subscription.objects.exclude(state="ended").get(**wanted)
    return "/unsubscribe/" + tokens.unsubscribe_token(settings.SECRET_KEY, subscription.pk)


def preferences_path(address_id: int) -> str:
    return "/preferences/" + tokens.preferences_token(settings.SECRET_KEY, address_id)


def save(client: Client, path: str, **changes: object) -> HttpResponse:
    """Open the reader's page, change these fields, and press Save."""
    return client.post(
        path, page_form.fields(client.get(path).content.decode()) | changes | {"do": "save"}
    )


def test_confirming_takes_a_button(client) -> None:
    path = f"/confirm/{newsroom.confirm_token(newsroom.pending())}"
    for _ in range(2):
        page = client.get(path).content.decode()
        assert "Is this what you want?" in page and "a…@example.org" in page
        client.head(path)
    assert set(states().values()) == {"pending"}
    assert client.post(path).status_code == 302
    assert set(states().values()) == {"active"}
    assert "You are in" in client.get(path).content.decode()
    assert client.post(path).status_code == 302
    assert Consent.objects.filter(act="confirmed").count() == 1


def test_a_wrong_link_says_what_to_do_and_so_does_an_old_one(client) -> None:
    old = newsroom.confirm_token(newsroom.pending())
    Letter.objects.update(due_at=now() - timedelta(days=8))
    answer = client.get(f"/confirm/{old}")
    assert answer.status_code == 410 and "counts for seven days" in answer.content.decode()
    for kind in ("confirm", "unsubscribe", "preferences", "export", "erase"):
        answer = client.get(f"/{kind}/made.up")
        assert answer.status_code == 404 and "copy it whole" in answer.content.decode()


def test_a_mail_scanner_that_opens_every_link_unsubscribes_nobody(client) -> None:
    newsroom.reader()
    path = unsubscribe_path(newsletter__slug="morning")
    for _ in range(3):
        assert "Leave Morning briefing?" in client.get(path).content.decode()
        client.head(path)
    assert set(states().values()) == {"active"}


def test_one_click_works_without_cookies_or_a_token_against_forgery(client) -> None:
    newsroom.reader()
    path = unsubscribe_path(newsletter__slug="morning")
    for _ in range(2):
        answer = Client(enforce_csrf_checks=True).post(
            path,
            "List-Unsubscribe=One-Click",
            content_type="application/x-www-form-urlencoded",
        )
        assert answer.status_code == 200 and not answer.cookies
    assert states() == {"Morning briefing": "ended", "Korean peninsula relations": "active"}
    ended = Subscription.objects.get(newsletter__slug="morning")
    assert ended.ended_reason == "reader" and ended.ended_at
    assert Consent.objects.filter(act="withdrawn").count() == 1


def test_one_click_also_comes_as_multipart(client) -> None:
    newsroom.reader()
    path = unsubscribe_path(newsletter__slug="morning")
    assert client.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert states()["Morning briefing"] == "ended"


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded; charset=ISO-8859-1", b"List-Unsubscribe=One-Click"),
        ("application/x-www-form-urlencoded; charset=nonsense", b"List-Unsubscribe=One-Click"),
        ("application/x-www-form-urlencoded", b"&".join(b"%d=" % n for n in range(1_100))),
        ("application/x-www-form-urlencoded", b"x" * (2 * 1024 * 1024 + 1)),
        ("application/x-www-form-urlencoded", b"\xff\x00%zz"),
        ("multipart/form-data", b"List-Unsubscribe=One-Click"),
        ("multipart/form-data; boundary=xx", b"--yy\r\nbad"),
        ("multipart/form-data; boundary=\xe9", b"--yy\r\nbad"),
        ("text/plain", b"List-Unsubscribe=One-Click"),
        ("application/json", b"{"),
        ("", b""),
    ],
)
def test_every_post_unsubscribes_whatever_its_body_and_is_not_redirected(
    client, kind: str, body: bytes
) -> None:
    newsroom.reader()
    path = unsubscribe_path(newsletter__slug="morning")
    answer = client.generic("POST", path, body, content_type=kind)
    assert (answer.status_code, answer.content) == (200, b"Unsubscribed.\n")
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert states() == {"Morning briefing": "ended", "Korean peninsula relations": "active"}


def test_the_button_ends_one_thing_or_everything(client) -> None:
    newsroom.reader()
    path = unsubscribe_path(newsletter__slug="morning")
    answer = client.post(path, {"what": "this"})
    assert (answer.status_code, answer.headers["Location"]) == (302, path)
    page = client.get(path).content.decode()
    assert "You have left" in page and "You still get Korean peninsula relations" in page
    client.post(path, {"what": "everything"})
    assert set(states().values()) == {"ended"}
    assert not Schedule.objects.get().is_active


def test_leaving_a_personal_digest_ends_its_topics_and_no_newsletter(client) -> None:
    newsroom.reader(topics=("korea", "trade"), newsletters=("morning",))
    token = tokens.unsubscribe_token(settings.SECRET_KEY, schedule_id=Schedule.objects.get().pk)
    assert "Leave these topics?" in client.get(f"/unsubscribe/{token}").content.decode()
    client.post(f"/unsubscribe/{token}", {"List-Unsubscribe": "One-Click"})
    assert states() == {
        "Korean peninsula relations": "ended",
        "Trade and shipping": "ended",
        "Morning briefing": "active",
    }


def test_an_old_mail_still_unsubscribes_who_left_and_came_back(client) -> None:
    newsroom.reader(topics=("korea",))
    path = unsubscribe_path(topic__slug="korea")
    client.post(path, {"what": "this"})
    newsroom.reader(topics=("korea",))
    assert Subscription.objects.filter(state="active").count() == 1
    client.post(path, {"what": "this"})
    assert not Subscription.objects.exclude(state="ended").exists()


def test_the_reader_changes_topics_and_hour(client) -> None:
    path = preferences_path(newsroom.reader())
    page = client.get(path).content.decode()
    assert 'value="korea" checked' in page and 'value="trade" checked' not in page
    answer = save(
        client, path, newsletters=[], topics=["trade"], alerts="on", rhythm="weekdays",
        hour="18:00", zone="Asia/Seoul",
    )  # fmt: skip
    assert answer.status_code == 302
    assert "Saved." in client.get(answer.url).content.decode()
    assert states() == {
        "Korean peninsula relations": "ended",
        "Morning briefing": "ended",
        "Trade and shipping": "active",
        "Breaking news": "active",
    }
    schedule = Schedule.objects.get()
    assert (schedule.frequency, schedule.local_time.hour) == ("weekdays", 18)
    assert schedule.time_zone == "Asia/Seoul" and schedule.is_active
    assert {c.act for c in Consent.objects.all()} == {
        "asked", "confirmed", "changed", "withdrawn",
    }  # fmt: skip


def test_a_pause_stops_and_beginning_again_resumes(client) -> None:
    path = preferences_path(newsroom.reader(topics=("korea",)))
    save(client, path, pause="14")
    assert Subscription.objects.get().state == "paused"
    assert not Schedule.objects.get().is_active
    assert "Stay paused until" in client.get(path).content.decode()
    save(client, path, pause="now")
    assert Subscription.objects.get().state == "active"
    assert Schedule.objects.get().next_due_at is not None


@pytest.mark.parametrize(
    "change", [{"hour": "18:00"}, {"topics": ["korea", "trade"]}, {"alerts": "on"}, {}]
)
def test_saving_something_else_leaves_a_pause_as_it_is(client, change: dict[str, object]) -> None:
    path = preferences_path(newsroom.reader(topics=("korea",)))
    save(client, path, pause="14")
    until = Subscription.objects.get().paused_until
    save(client, path, **change)
    rows = Subscription.objects.all()
    assert {(row.state, row.paused_until) for row in rows} == {("paused", until)}


def test_what_is_not_paused_beside_what_is_stays_so_when_something_else_is_saved(client) -> None:
    path = preferences_path(newsroom.reader(topics=("korea", "trade")))
    until = now() + timedelta(days=9)
    Subscription.objects.filter(topic__slug="korea").update(state="paused", paused_until=until)
    save(client, path, hour="18:00")
    rows = Subscription.objects.values_list("topic__slug", "state", "paused_until")
    assert set(rows) == {("korea", "paused", until), ("trade", "active", None)}


def test_one_newsletter_is_paused_alone_and_its_end_is_shown(client) -> None:
    path = preferences_path(
        newsroom.reader(newsletters=("morning", "week"), topics=("korea",), alerts=True)
    )
    page = save(client, path, **{"rest:newsletters:week": "14", "rest:topics:korea": "7"})
    assert page.status_code == 302
    assert states() == {
        "Morning briefing": "active",
        "The week": "paused",
        "Korean peninsula relations": "paused",
        "Breaking news": "active",
    }
    assert not Schedule.objects.get().is_active
    rows = {each.name: each.paused_until for each in Subscription.objects.all()}
    end = rows["The week"]
    assert end is not None and timedelta(days=13) < end - now() <= timedelta(days=14)
    shown = client.get(path).content.decode()
    assert shown.count("Paused until") == 4  # beside each of the two, and at its control
    save(client, path, hour="18:00")
    assert Subscription.objects.get(newsletter__slug="week").paused_until == end
    save(client, path, **{"rest:alerts:on": "30", "rest:topics:korea": "now"})
    assert states() == {
        "Morning briefing": "active",
        "The week": "paused",
        "Korean peninsula relations": "active",
        "Breaking news": "paused",
    }
    assert Schedule.objects.get().next_due_at is not None


def test_a_rest_of_what_is_none_or_for_no_time_of_ours_changes_nothing(client) -> None:
    path = preferences_path(newsroom.reader(topics=("korea",)))
    odd = {"rest:topics:korea": "9999", "rest:topics:trade": "7", "rest:x:y": "7", "rest:": "7"}
    assert save(client, path, **odd).status_code == 302
    assert states() == {"Korean peninsula relations": "active"}


@pytest.mark.parametrize(
    "sent", [{}, {"topics": ["trade"]}, {"do": "anything"}, {"pause": "7"}, {"do": "save"}]
)
def test_a_post_that_no_page_of_ours_made_ends_nothing(client, sent: dict[str, object]) -> None:
    path = preferences_path(newsroom.reader())
    before, hour = states(), Schedule.objects.values().get()
    answer = client.post(path, sent)
    assert answer.status_code == (302 if sent.get("do") == "save" else 400)
    assert states() == before
    assert Schedule.objects.values().get() == hour


def test_what_was_followed_from_elsewhere_meanwhile_outlives_an_older_page(client) -> None:
    path = preferences_path(newsroom.reader(topics=("korea",)))
    older = page_form.fields(client.get(path).content.decode())
    save(client, path, topics=["korea", "trade"], hour="18:00")
    client.post(path, older | {"alerts": "on", "do": "save"})
    assert states() == {
        "Korean peninsula relations": "active",
        "Trade and shipping": "active",
        "Breaking news": "active",
    }
    assert Schedule.objects.get().local_time.hour == 18


def test_days_that_the_page_has_no_words_for_are_kept(client) -> None:
    path = preferences_path(newsroom.reader(topics=("korea",)))
    Schedule.objects.update(frequency="weekly", days="135")
    save(client, path, alerts="on")
    schedule = Schedule.objects.get()
    assert (schedule.frequency, schedule.days) == ("weekly", "135")


def test_a_mistake_on_the_readers_page_changes_nothing(client) -> None:
    path = preferences_path(newsroom.reader())
    answer = client.post(path, {"topics": ["<b>"], "zone": "x", "do": "save"})
    assert answer.status_code == 422 and "Choose a place" in answer.content.decode()
    assert set(states().values()) == {"active"}


def test_an_unconfirmed_address_cannot_be_managed(client) -> None:
    path = preferences_path(newsroom.pending())
    assert "not confirmed yet" in client.get(path).content.decode()
    client.post(path, {"topics": ["korea"], "do": "save"})
    assert set(states().values()) == {"pending"}


def test_readers_own_pages_are_kept_by_nobody_and_told_to_nobody(client) -> None:
    address_id = newsroom.reader()
    for path in (
        preferences_path(address_id),
        unsubscribe_path(newsletter__slug="morning"),
        f"/confirm/{newsroom.confirm_token(address_id)}",
    ):
        headers = client.get(path).headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Robots-Tag"] == "noindex"


def test_the_readers_page_asks_the_database_once_and_shows_new_offers_at_once(
    client, django_assert_max_num_queries, django_capture_on_commit_callbacks
) -> None:
    path = preferences_path(newsroom.reader())
    assert "Science" not in client.get(path).content.decode()
    with django_assert_max_num_queries(1):
        assert client.get(path).status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        Topic.objects.create(slug="science", name="Science", query="science")
    assert "Science" in client.get(path).content.decode()


def test_a_topic_that_closed_a_moment_ago_cannot_be_chosen(client) -> None:
    path = preferences_path(newsroom.reader())
    fields = page_form.fields(client.get(path).content.decode())
    Topic.objects.filter(slug="climate").update(is_open=False)
    answer = client.post(path, fields | {"topics": ["climate"], "do": "save"})
    assert answer.status_code == 422
    assert "no longer offered" in answer.content.decode()
