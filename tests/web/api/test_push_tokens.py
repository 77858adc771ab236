"""The newsroom's app registers devices, and they get what they asked for."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from digest.kit.clock import now
from digest.models import Address, Consent, Newsletter, Send, Subscription
from digest.outbound.delivery.planning.fanout import fan_out
from digest.outbound.delivery.planning.plan import plan_alert
from digest.outbound.delivery.sending.send import send_some
from digest.outbound.returns.take import take_events
from tests.fakes.apns import TOPIC, ApnsServer, apns_server, settings_for
from tests.fakes.apns import running as apns_running
from tests.fakes.fcm import FcmServer, account_for, fcm_server, running
from tests.scenes import scene
from tests.web import newsroom

pytestmark = [pytest.mark.django_db(transaction=True)]
KEY = "let-the-app-in"
DEVICE, OTHER = "dQ4:" + "A" * 136, "dQ4:" + "B" * 136
WISH = {
    "registration": DEVICE,
    "alerts": True,
    "newsletters": ["morning"],
    "language": "ko",
    "zone": "Asia/Seoul",
    "consent": "The Meridian may notify me of breaking news.",
}
Ask = Callable[..., Any]


@pytest.fixture
def google(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[FcmServer]:
    settings.DIGEST_CHANNELS = ["email", "fcm"]
    settings.DIGEST_ALLOWED_RECIPIENTS = ["*"]
    settings.DIGEST_BASE_URL = "https://news.meridian.example"
    newsroom.offer()
    Newsletter.objects.update(channels=[])
    with running(fcm_server()) as server:
        monkeypatch.setenv("DIGEST_FCM_URL", server.url)
        monkeypatch.setenv("DIGEST_FCM_ACCOUNT", account_for(server))
        monkeypatch.setenv("DIGEST_FCM_APP_KEY", KEY)
        yield server


@pytest.fixture
def ask(client: Client) -> Ask:
    def asked(told: Any, method: str = "post", key: str = KEY) -> Any:
        return getattr(client, method)(
            "/api/v1/push-tokens",
            told,
            content_type="application/json",
            headers={"Authorization": f"Bearer {key}"},
        )

    return asked


@pytest.fixture
def apple(
    google: FcmServer, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ApnsServer]:
    settings.DIGEST_CHANNELS = ["email", "fcm", "apns"]
    with apns_running(apns_server()) as server:
        for name, value in settings_for(server).items():
            monkeypatch.setenv(name, value)
        yield server


def following(device: str = DEVICE) -> set[str]:
    rows = Subscription.objects.filter(state="active", address__value=device)
    return {each.name for each in rows.select_related("newsletter", "topic")}


def fly(channel: str = "fcm") -> None:
    for send in Send.objects.filter(channel=channel, state="pending"):
        fan_out(send.pk, now=now())
        send_some(send.pk)
    take_events(now=now())


def test_a_device_registers_once_however_often_it_asks(google: FcmServer, ask: Ask) -> None:
    first = ask(WISH)
    assert first.status_code == 201, first.content
    assert first.json()["follows"] == ["alerts:on", "newsletters:morning"]
    assert first.json()["own"].startswith("https://news.meridian.example/preferences/")
    again = ask(WISH)
    assert (again.status_code, again.json()) == (200, first.json())
    address = Address.objects.get()
    assert (address.channel, address.value, address.verified_by) == ("fcm", DEVICE, "app")
    assert (address.subscriber.locale, address.subscriber.time_zone) == ("ko", "Asia/Seoul")
    consent = Consent.objects.get()
    assert (consent.act, consent.text) == ("confirmed", WISH["consent"])


def test_what_is_asked_for_is_all_that_comes(google: FcmServer, ask: Ask) -> None:
    ask(WISH)
    changed = ask(
        WISH | {"alerts": False, "newsletters": [], "topics": ["korea"], "language": "fr"}
    )
    assert changed.json()["follows"] == ["topics:korea"]
    assert following() == {"Korean peninsula relations"}
    assert Address.objects.get().subscriber.locale == "fr"
    assert ask({"registration": DEVICE}, "delete").status_code == 204
    assert ask({"registration": DEVICE}, "delete").status_code == 204
    assert following() == set()
    assert ask(WISH).status_code == 201


def test_a_new_registration_takes_the_place_of_the_old(google: FcmServer, ask: Ask) -> None:
    ask(WISH)
    moved = ask(WISH | {"registration": OTHER, "replaces": DEVICE})
    assert moved.status_code == 200
    assert Address.objects.get().value == OTHER
    assert following(OTHER) == {"Breaking news", "Morning briefing"}


def test_an_alert_reaches_the_apps_and_a_removed_one_leaves(google: FcmServer, ask: Ask) -> None:
    ask(WISH)
    ask(WISH | {"registration": OTHER})
    google.gone.add(OTHER)
    plan_alert(scene.alert(now=now()).alert_id, 1, now=now())
    fly()
    (taken,) = google.taken
    assert taken["to"] == DEVICE
    assert taken["message"]["data"]["own"].startswith("https://news.meridian.example/preferences/")
    assert following(OTHER) == set() and following() == {"Breaking news", "Morning briefing"}
    assert Send.objects.get(channel="fcm").state == "done"


@pytest.mark.parametrize(
    ("changes", "title"),
    [
        ({"registration": "short"}, "Unusable “registration”"),
        ({"registration": 7}, "Unusable “registration”"),
        ({"registration": "a" * 140 + "\0"}, "Unusable “registration”"),
        ({"replaces": "short"}, "Unusable “replaces”"),
        ({"newsletters": "morning"}, "Unusable “newsletters”"),
        ({"topics": [1]}, "Unusable “topics”"),
        ({"topics": ["nonsense"]}, "Not on offer"),
        ({"alerts": "yes", "newsletters": []}, "Nothing chosen"),
        ({"language": "klingon!"}, "Unknown language"),
        ({"zone": "Mars/Base"}, "Unknown zone"),
        ({"consent": ""}, "No consent"),
        ({"consent": "x" * 5_001}, "Unusable “consent”"),
        ({"token": "x"}, "Unknown field"),
    ],
)
def test_what_cannot_be_used_is_a_problem_with_its_remedy(
    google: FcmServer, ask: Ask, changes: dict[str, Any], title: str
) -> None:
    answer = ask(WISH | changes)
    assert answer["Content-Type"] == "application/problem+json"
    told = answer.json()
    assert (answer.status_code, told["status"], told["title"]) == (422, 422, title)
    assert told["detail"]
    assert Address.objects.count() == 0


def test_only_who_has_the_key_may_ask(
    google: FcmServer, ask: Ask, client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = ask(WISH, key="guess")
    assert (refused.status_code, refused["WWW-Authenticate"]) == (401, "Bearer")
    assert client.post("/api/v1/push-tokens", WISH, "application/json").status_code == 401
    assert client.get("/api/v1/push-tokens").status_code == 405
    assert ask([WISH]).status_code == 400
    assert ask(WISH | {"consent": "x" * 70_000}).status_code == 413
    monkeypatch.setenv("DIGEST_FCM_APP_KEY", "")
    assert ask(WISH, key="").status_code == 401, "no key is no open door"
    settings.DIGEST_CHANNELS = ["email"]
    assert ask(WISH).status_code == 404
    assert Address.objects.count() == 0


IPHONE, NEXT = "ab" * 32, "cd" * 32
OF_APPLE = WISH | {"platform": "apns", "registration": IPHONE}


def test_an_iphone_registers_with_its_app_and_gets_alerts(apple: ApnsServer, ask: Ask) -> None:
    assert ask(OF_APPLE).status_code == 201
    assert ask(OF_APPLE | {"registration": NEXT.upper()}).status_code == 201
    assert ask(WISH).status_code == 201
    address = Address.objects.get(channel="apns", value=IPHONE)
    assert address.channel_data is not None
    assert address.channel_data["environment"] == "production"
    apple.gone[NEXT] = int((now().timestamp() + 60) * 1000)
    plan_alert(scene.alert(now=now()).alert_id, 1, now=now())
    fly("apns")
    (taken,) = apple.taken
    assert taken["to"] == IPHONE and taken["headers"]["apns-topic"] == TOPIC
    assert taken["payload"]["own"].startswith("https://news.meridian.example/preferences/")
    assert following(NEXT) == set(), "the app was removed"
    assert following(IPHONE) == following(DEVICE) != set()


@pytest.mark.parametrize(
    ("changes", "title"),
    [
        ({"platform": "pigeon"}, "Unknown platform"),
        ({"platform": 7}, "Unknown platform"),
        ({"registration": DEVICE}, "Unusable “registration”"),
        ({"app": "example.other"}, "Unusable device"),
        ({"environment": "testing"}, "Unusable device"),
        ({"platform": "fcm", "registration": DEVICE, "app": "x"}, "Unknown field"),
    ],
)
def test_an_iphone_that_cannot_be_used_is_a_problem(
    apple: ApnsServer, ask: Ask, changes: dict[str, Any], title: str
) -> None:
    answer = ask(OF_APPLE | changes)
    assert (answer.status_code, answer.json()["title"]) == (422, title)


def test_each_platform_has_a_key_of_its_own(
    apple: ApnsServer, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGEST_APNS_APP_KEY", "another")
    assert ask(OF_APPLE).json()["title"] == "Unknown platform"
    assert ask(OF_APPLE, key="another").status_code == 201
    told = {"platform": "apns", "registration": IPHONE}
    assert ask(told, "delete", key="another").status_code == 204
    assert following(IPHONE) == set()


def test_apps_stand_on_no_form(google: FcmServer, client: Client) -> None:
    page = client.get("/subscribe").content.decode()
    assert "registration" not in page and "without an address" not in page


def test_a_device_gets_the_link_that_counts_after_its_reader_renewed_it(
    google: FcmServer, ask: Ask, client: Client
) -> None:
    ask(WISH)
    Address.objects.update(link_generation=3)
    own = ask(WISH).json()["own"]
    page = client.get(own.removeprefix("https://news.meridian.example"))
    assert page.status_code == 200
    assert "renewed" not in page.content.decode()


@pytest.mark.parametrize("word", ["half \ud800", "\udfff", "a NUL \0"])
@pytest.mark.parametrize("field", ["registration", "replaces", "language", "zone", "consent"])
def test_what_is_no_text_is_said_so(google: FcmServer, ask: Ask, field: str, word: str) -> None:
    answer = ask(json.dumps(WISH | {field: f"{WISH.get(field, DEVICE)}{word}"}))
    assert answer.status_code == 422 and field in answer.json()["title"]
    assert not Address.objects.exists()
