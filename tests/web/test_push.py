"""Notifications in a browser, as our pages and their worker ask for them."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from digest.audience.leaving.suppress import suppress
from digest.kit import valkey
from digest.kit.clock import now
from digest.models import (
    Address,
    Alert,
    Consent,
    Delivery,
    Newsletter,
    Send,
    Subscription,
    Suppression,
)
from digest.outbound.channels.webpush import vapid
from digest.outbound.delivery.planning.fanout import fan_out
from digest.outbound.delivery.planning.plan import plan_alert
from digest.outbound.delivery.sending.send import send_some
from digest.outbound.returns.take import take_events
from tests.fakes.push_service import Browser, Line, PushService, running
from tests.scenes import scene
from tests.web import newsroom

pytestmark = [pytest.mark.django_db(transaction=True)]
ORIGIN = "https://news.meridian.example"
KEY = vapid.made()
Post = Callable[..., Any]


@pytest.fixture
def pushes(settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[PushService]:
    """An installation that offers notifications, and the push service of all its browsers."""
    for key in valkey.client().scan_iter("digest:forms:*"):
        valkey.client().delete(key)
    settings.DIGEST_BASE_URL = ORIGIN
    settings.DIGEST_CHANNELS = ["email", "webpush"]
    settings.DIGEST_ALLOWED_RECIPIENTS = ["*"]
    settings.DIGEST_HOME = tmp_path
    monkeypatch.setenv("DIGEST_WEBPUSH_KEYS", KEY)
    monkeypatch.setenv("DIGEST_WEBPUSH_SERVICES", "127.0.0.1")
    newsroom.offer()
    Newsletter.objects.update(channels=[])
    with running(PushService()) as service:
        yield service


@pytest.fixture
def ours(pushes: PushService, client: Client) -> str:
    key: str = client.get("/push/key").json()["key"]
    return key


@pytest.fixture
def post(client: Client) -> Post:
    def posted(path: str, told: Any, **headers: str) -> Any:
        given = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"} | headers
        return client.post(path, told, content_type="application/json", headers=given)

    return posted


def wish(service: PushService, line: Line, browser: Browser, **changes: Any) -> dict[str, Any]:
    data = browser.data(line.key)
    told = {
        "endpoint": service.endpoint(line),
        "keys": {"p256dh": data["p256dh"], "auth": data["auth"]},
        "ours": line.key,
        "alerts": True,
        "newsletters": ["morning"],
        "language": "fr",
        "zone": "Asia/Seoul",
    }
    return told | changes


def fly() -> None:
    for send in Send.objects.filter(channel="webpush", state="pending"):
        fan_out(send.pk, now=now())
        send_some(send.pk)
    take_events(now=now())


def test_a_browser_joins_and_the_first_push_proves_it(
    pushes: PushService, ours: str, post: Post
) -> None:
    line, browser = pushes.subscribe(ours), Browser()
    answer = post("/push/subscribe", wish(pushes, line, browser))
    assert answer.status_code == 200, answer.content
    assert answer["Cache-Control"] == "no-store"
    (pushed,) = pushes.taken
    shown = browser.shown(pushed.body)
    assert "Les notifications sont activées" in shown["title"]
    assert "Morning briefing" in shown["body"] and shown["navigate"] == f"{ORIGIN}/push"
    address = Address.objects.get(channel="webpush")
    assert (address.value, address.verified_by) == (pushes.endpoint(line), "browser")
    assert address.channel_data == browser.data(ours)
    assert (address.subscriber.locale, address.subscriber.time_zone) == ("fr", "Asia/Seoul")
    states = Subscription.objects.values_list("state", "alerts")
    assert sorted(states) == [("active", False), ("active", True)]
    consent = Consent.objects.get()
    assert consent.act == "confirmed" and "in this browser" in consent.text
    assert (consent.place, consent.text_version) == (f"{ORIGIN}/push", "push-2026-11")
    # Once more does it once.
    assert post("/push/subscribe", wish(pushes, line, browser)).status_code == 200
    assert (Address.objects.count(), Subscription.objects.count()) == (1, 2)
    assert Consent.objects.count() == 1


def test_an_alert_its_correction_and_its_withdrawal_arrive(
    pushes: PushService, ours: str, post: Post
) -> None:
    line, browser = pushes.subscribe(ours), Browser()
    post("/push/subscribe", wish(pushes, line, browser))
    pushes.taken.clear()
    alert: Alert = scene.alert(now=now()).alert
    plan_alert(alert.pk, 1, now=now())
    fly()
    for revision, kind in ((2, "correction"), (3, "withdrawal")):
        scene.alert_revision(alert, revision, kind, now=now())
        plan_alert(alert.pk, revision, now=now())
        fly()
    shown = [browser.shown(each.body) for each in pushes.taken]
    assert [each["title"].partition(":")[0] for each in shown] == [
        "Breaking", "Correction", "Withdrawn",
    ]  # fmt: skip
    assert len({each["tag"] for each in shown}) == 1
    assert shown[0]["actions"][0]["navigate"].startswith(f"{ORIGIN}/preferences/")
    assert Delivery.objects.filter(state=3).count() == 3


def test_a_browser_that_is_gone_leaves_and_no_other_waits(
    pushes: PushService, ours: str, post: Post
) -> None:
    gone, stays = pushes.subscribe(ours), pushes.subscribe(ours)
    for line in (gone, stays):
        post("/push/subscribe", wish(pushes, line, Browser()))
    gone.is_gone = True
    pushes.taken.clear()
    plan_alert(scene.alert(now=now()).alert_id, 1, now=now())
    fly()
    assert [each.token for each in pushes.taken] == [stays.token]
    address = Address.objects.get(value=pushes.endpoint(gone))
    ended = Subscription.objects.filter(address=address)
    assert set(ended.values_list("state", "ended_reason")) == {("ended", "reader")}
    assert Suppression.objects.get().fingerprint == address.fingerprint
    assert Send.objects.get(channel="webpush").state == "done"


def test_a_wrong_key_pauses_the_send_and_costs_nobody(
    pushes: PushService, ours: str, post: Post
) -> None:
    line = pushes.subscribe(ours)
    post("/push/subscribe", wish(pushes, line, Browser()))
    line.key = "another"
    plan_alert(scene.alert(now=now()).alert_id, 1, now=now())
    fly()
    send = Send.objects.get(channel="webpush")
    assert send.state == "paused" and "signature" in send.state_reason
    assert Subscription.objects.filter(state="active").count() == 2
    assert Delivery.objects.get(send=send).state == Delivery.State.DEFERRED


def test_whoever_brings_a_subscription_of_another_key_is_not_let_in(
    pushes: PushService, ours: str, post: Post
) -> None:
    line = pushes.subscribe(vapid.VapidKey(vapid.made()).public)
    told = wish(pushes, line, Browser(), ours=ours)
    answer = post("/push/subscribe", told)
    assert answer.status_code == 422 and "does not let us in" in answer.json()["error"]
    assert Address.objects.count() == 0


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"endpoint": "https://push.evil.example/x"}, "not one that we know"),
        ({"endpoint": "http://10.0.0.1/x"}, "no address of a push service"),
        ({"endpoint": 7}, "no address of a push service"),
        ({"keys": {}}, "no keys"),
        ({"keys": "x"}, "no keys"),
        ({"ours": "x"}, "reload the page"),
        ({"alerts": False, "newsletters": []}, "at least one"),
        ({"alerts": "yes", "newsletters": ["nonsense", 7, {}]}, "at least one"),
    ],
)
def test_what_cannot_be_used_is_refused_with_words(
    pushes: PushService, ours: str, post: Post, changes: dict[str, Any], words: str
) -> None:
    answer = post("/push/subscribe", wish(pushes, pushes.subscribe(ours), Browser(), **changes))
    assert answer.status_code == 422 and words in answer.json()["error"]
    assert (Address.objects.count(), pushes.requests) == (0, 0)


def test_a_push_service_that_is_down_asks_for_patience(
    pushes: PushService, ours: str, post: Post
) -> None:
    pushes.script.append(410)
    line = pushes.subscribe(ours)
    assert post("/push/subscribe", wish(pushes, line, Browser())).status_code == 422
    told = wish(pushes, line, Browser(), endpoint="http://127.0.0.1:9/push/x")
    assert post("/push/subscribe", told).status_code == 503
    assert Address.objects.count() == 0


@pytest.mark.parametrize("path", ["subscribe", "own", "moved", "leave"])
def test_no_other_site_can_ask(
    pushes: PushService, ours: str, client: Client, post: Post, path: str
) -> None:
    told = wish(pushes, pushes.subscribe(ours), Browser())
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        assert post(f"/push/{path}", told, **headers).status_code == 403
    form = client.post(f"/push/{path}", told, headers={"Origin": ORIGIN})
    assert form.status_code == 403
    assert client.get(f"/push/{path}").status_code == 405
    assert post(f"/push/{path}", [told]).status_code == 400
    assert post(f"/push/{path}", {"x": "y" * 20_000}).status_code == 413
    raw = client.post(
        f"/push/{path}", "{", content_type="application/json", headers={"Origin": ORIGIN}
    )
    assert raw.status_code == 400
    assert Address.objects.count() == 0


def test_a_reader_with_push_alone_has_a_page_of_their_own(
    pushes: PushService, ours: str, post: Post, client: Client
) -> None:
    line, browser = pushes.subscribe(ours), Browser()
    told = wish(pushes, line, browser)
    own = post("/push/subscribe", told).json()["own"]
    mine = {"endpoint": told["endpoint"], "auth": told["keys"]["auth"]}
    assert post("/push/own", mine).json() == {"own": own, "gets": True, "paused": False}
    page = client.get(own).content.decode()
    assert "a browser (127.0.0.1)" in page and told["endpoint"] not in page
    exported = client.post(client.post(own, {"do": "export"})["Location"]).json()
    assert exported["addresses"][0]["channel"] == "webpush"
    client.post(own, {"do": "save", "alerts": "on", "was": ["alerts:on"], "pause": "7"})
    assert post("/push/own", mine).json()["paused"] is True
    assert post("/push/own", mine | {"auth": "guess"}).status_code == 404
    assert post("/push/own", {"endpoint": told["endpoint"]}).status_code == 404
    assert post("/push/leave", mine | {"auth": "guess"}).status_code == 200
    assert Subscription.objects.exclude(state="ended").exists(), "guessing ends nothing"
    assert post("/push/leave", mine).status_code == 200
    assert not Subscription.objects.exclude(state="ended").exists()
    assert post("/push/own", mine).json()["gets"] is False


def test_a_browser_that_renews_its_subscription_goes_on(
    pushes: PushService, ours: str, post: Post
) -> None:
    line, browser = pushes.subscribe(ours), Browser()
    post("/push/subscribe", wish(pushes, line, browser))
    renewed = pushes.subscribe(ours)
    told = wish(pushes, renewed, Browser(secret=b"another sixteen!"))
    old = pushes.endpoint(line)
    assert post("/push/moved", told | {"old": "https://push.example/guess"}).status_code == 404
    assert post("/push/moved", told | {"old": old}).status_code == 200
    address = Address.objects.get()
    assert address.value == pushes.endpoint(renewed)
    assert Consent.objects.filter(fingerprint=address.fingerprint, act="changed").exists()
    pushes.taken.clear()
    plan_alert(scene.alert(now=now()).alert_id, 1, now=now())
    fly()
    assert [each.token for each in pushes.taken] == [renewed.token]
    assert post("/push/moved", told | {"old": old}).status_code == 404


def test_who_complained_is_not_let_in_and_who_left_is(
    pushes: PushService, ours: str, post: Post
) -> None:
    line = pushes.subscribe(ours)
    told = wish(pushes, line, Browser())
    post("/push/subscribe", told)
    address = Address.objects.get()
    suppress(address.pk, Suppression.Reason.READER, now=now())
    assert post("/push/subscribe", told).status_code == 200
    assert Subscription.objects.filter(state="active").count() == 2
    suppress(address.pk, Suppression.Reason.COMPLAINT, now=now())
    assert post("/push/subscribe", told).status_code == 422


def test_a_visitor_cannot_sign_up_for_ever(pushes: PushService, ours: str, post: Post) -> None:
    told = wish(pushes, pushes.subscribe(ours), Browser(), ours="x")
    answers = [post("/push/subscribe", told).status_code for _ in range(12)]
    assert answers[:10] == [422] * 10 and answers[10:] == [429] * 2


def test_outside_production_nobody_is_contacted_by_signing_up(
    pushes: PushService, ours: str, post: Post, settings: Any
) -> None:
    settings.DIGEST_ALLOWED_RECIPIENTS = []
    line = pushes.subscribe(ours)
    assert post("/push/subscribe", wish(pushes, line, Browser())).status_code == 200
    assert pushes.requests == 0


def test_the_form_offers_it_beside_the_addresses(pushes: PushService, client: Client) -> None:
    page = client.get("/subscribe").content.decode()
    assert "Your email" in page and "This browser" not in page
    assert '<a href="/push">Notifications</a>' in page
    framed = client.get("/embed").content.decode()
    assert 'href="/push" target="_blank" rel="noopener">Notifications</a>' in framed
    answer = client.post("/subscribe", {"channel": "webpush", "endpoint": "x", "alerts": "on"})
    assert answer.status_code == 422


def test_a_newsroom_of_notifications_alone_still_has_its_pages(
    pushes: PushService, client: Client, settings: Any
) -> None:
    settings.DIGEST_CHANNELS = ["webpush"]
    for path in ("/", "/subscribe", "/embed", "/subscribe/sent"):
        assert client.get(path).status_code == 200
    assert "Without an address" in " ".join(client.get("/subscribe").content.decode().split())
    assert client.post("/subscribe", {"alerts": "on"}).status_code == 422


def test_an_installation_without_it_has_no_such_pages(
    pushes: PushService, client: Client, post: Post, settings: Any
) -> None:
    settings.DIGEST_CHANNELS = ["email"]
    for path in ("/push", "/push/key", "/push-worker.js"):
        assert client.get(path).status_code == 404
    assert post("/push/subscribe", {}).status_code == 404
    assert "/push" not in client.get("/subscribe").content.decode()


def test_the_pages_are_an_app_with_a_worker_at_the_root(
    pushes: PushService, ours: str, client: Client
) -> None:
    page = client.get("/push")
    assert f'data-key="{ours}"' in page.content.decode()
    assert 'rel="manifest"' in page.content.decode()
    told = json.loads(client.get("/manifest.webmanifest").content)
    assert {each["sizes"] for each in told["icons"]} == {"192x192", "512x512"}
    assert {each["purpose"] for each in told["icons"]} == {"any", "maskable"}
    assert (told["display"], told["scope"], told["id"]) == ("standalone", "/", "/")
    assert len(told["short_name"]) <= 12
    worker = client.get("/push-worker.js")
    assert worker["Content-Type"].startswith("text/javascript")
    assert worker["Cache-Control"] == "no-cache"
    policy = page["Content-Security-Policy"]
    assert "worker-src 'self'" in policy and "manifest-src 'self'" in policy


@pytest.mark.parametrize("word", ["half \ud800", "\udfff", "a NUL \0"])
@pytest.mark.parametrize("field", ["endpoint", "auth", "old", "zone", "language", "newsletters"])
@pytest.mark.parametrize("path", ["subscribe", "own", "moved", "leave"])
def test_what_is_no_text_is_said_so(
    pushes: PushService, ours: str, post: Post, path: str, field: str, word: str
) -> None:
    line, browser = pushes.subscribe(ours), Browser()
    told = wish(pushes, line, browser, auth="x", old="https://old.example/1")
    told[field] = [word] if field == "newsletters" else f"{told.get(field, '')}{word}"
    assert post(f"/push/{path}", json.dumps(told)).status_code == 400
    assert not Address.objects.exists()
