"""From an alert with a picture to its reader, where Meta cannot fetch the picture: nobody is lost.

Meta fetches it after it has accepted the message, and tells by a signed status that it failed.
"""

import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from digest.kit.clock import now
from digest.models import Address, AlertRevision, Delivery, Message, ProviderEvent, Send
from digest.newsdesk.picture import Picture
from digest.outbound.channels import registry
from digest.outbound.channels.whatsapp.stand_in.account import TemplateStore
from digest.outbound.delivery.control.controls import cancel
from digest.outbound.delivery.planning.fanout import fan_out
from digest.outbound.delivery.planning.plan import plan_alert
from digest.outbound.delivery.sending.send import send_some
from digest.outbound.delivery.templates import watch
from digest.outbound.returns.take import take_events
from tests.fakes.in_thread import in_thread
from tests.fakes.whatsapp import TOKEN, CloudApi, serve
from tests.scenes import scene

pytestmark = pytest.mark.django_db(transaction=True)
State = Delivery.State
SITE, URL, SECRET = "https://meridian.example/", "https://wire.example/ferry.jpg", "a-secret"
WHY = "Downloading media from weblink failed with http code 404, status message Not Found"


@pytest.fixture
def meta(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[CloudApi]:
    """An account that has all of ours, and cannot fetch the picture."""
    settings.DIGEST_CHANNELS = ["whatsapp"]
    settings.DIGEST_ALLOWED_RECIPIENTS = ["*"]
    store = TemplateStore.of_ours(SITE)
    with in_thread(CloudApi(templates=store, media={URL: WHY}), serve) as api:
        for name, value in (
            ("URL", api.url), ("TOKEN", TOKEN), ("ACCOUNT_ID", api.account_id), ("SITE", SITE),
            ("PHONE_ID", api.phone_id), ("APP_ID", api.uploads.app_id), ("APP_SECRET", SECRET),
        ):  # fmt: skip
            monkeypatch.setenv(f"DIGEST_WHATSAPP_{name}", value)
        assert watch.look(registry.spec("whatsapp"), now=now())
        yield api


def planned(readers: int = 1) -> int:
    """A send of an alert with a picture."""
    scene.readers(readers, None, now=now(), channel="whatsapp")
    frozen = scene.alert(now=now(), picture=Picture(URL, "A ferry", "Lina Sato"))
    (send_id,) = plan_alert(frozen.alert_id, 1, now=now()).send_ids
    fan_out(send_id, now=now())
    return send_id


def went_as(api: CloudApi) -> list[str]:
    return [each["request"]["template"]["name"] for each in api.taken]


def tell(client: Client, api: CloudApi, *records: dict[str, Any], status: str = "failed") -> None:
    """What Meta's webhook says of these messages."""
    for record in records:
        raw = json.dumps(api._status(record, status)).encode()
        signed = hmac.new(SECRET.encode(), raw, hashlib.sha256).hexdigest()
        headers = {"X-Hub-Signature-256": f"sha256={signed}"}
        answer = client.post(
            "/hooks/whatsapp", raw, content_type="application/json", headers=headers
        )
        assert answer.status_code == 200
    take_events(now=now())


def rows(send_id: int) -> list[Delivery]:
    return list(Delivery.objects.filter(send=send_id).order_by("address_id"))


def test_a_picture_that_cannot_be_fetched_costs_nobody_the_alert(
    meta: CloudApi, client: Client
) -> None:
    send_id = planned(2)
    assert send_some(send_id).ended == "drained"
    assert went_as(meta) == ["alert_picture"] * 2
    assert Send.objects.get(pk=send_id).state == Send.State.DONE
    tell(client, meta, *meta.taken)
    assert {(each.state, each.lost_answers) for each in rows(send_id)} == {(State.DEFERRED, 0)}
    assert all(WHY in str(each.reply) for each in rows(send_id))
    assert send_some(send_id).ended == "drained"
    assert went_as(meta)[2:] == ["alert_button"] * 2
    tell(client, meta, *meta.taken[2:], status="delivered")
    found = {(each.state, each.outcome) for each in rows(send_id)}
    assert found == {(State.SENT, Delivery.Outcome.DELIVERED)}
    # The ledger names the words that arrived.
    messages = {each.message for each in rows(send_id)}
    assert {(each.variant, each.words["picture"]) for each in messages} == {("plain", "")}


def test_a_status_that_comes_twice_or_late_repeats_nothing(meta: CloudApi, client: Client) -> None:
    send_id = planned()
    send_some(send_id)
    tell(client, meta, meta.taken[0])
    ProviderEvent.objects.all().delete()
    tell(client, meta, meta.taken[0])
    send_some(send_id)
    tell(client, meta, meta.taken[1], status="delivered")
    ProviderEvent.objects.all().delete()
    tell(client, meta, meta.taken[0])
    send_some(send_id)
    assert went_as(meta) == ["alert_picture", "alert_button"]
    (row,) = rows(send_id)
    assert (row.state, row.outcome) == (State.SENT, Delivery.Outcome.DELIVERED)


def test_who_still_waits_is_spared_the_detour(meta: CloudApi, client: Client) -> None:
    send_id = planned(2)
    waiting = rows(send_id)[1]
    later = Delivery.objects.filter(send=send_id, address=waiting.address_id)
    later.update(next_try_at=now().replace(year=2100))
    send_some(send_id)
    tell(client, meta, meta.taken[0])
    later.update(next_try_at=now())
    send_some(send_id)
    assert went_as(meta) == ["alert_picture", "alert_button", "alert_button"]


def test_a_report_that_is_quicker_than_our_own_note_waits_for_it(
    meta: CloudApi, client: Client
) -> None:
    send_id = planned()
    send_some(send_id)
    row = Delivery.objects.filter(send=send_id)
    row.update(state=State.SENDING, leased_by=uuid4())
    tell(client, meta, meta.taken[0])
    assert ProviderEvent.objects.filter(processed_at=None).count() == 1
    row.update(state=State.SENT, leased_by=None)
    take_events(now=now())
    assert not ProviderEvent.objects.filter(processed_at=None).exists()
    send_some(send_id)
    assert went_as(meta) == ["alert_picture", "alert_button"]


def test_a_lost_answer_is_repeated_without_it_once_a_status_says_that_it_failed(
    meta: CloudApi, client: Client
) -> None:
    send_id = planned()
    meta.script.append(CloudApi.NO_ANSWER)
    send_some(send_id)
    (row,) = rows(send_id)
    assert (row.state, row.lost_answers) == (State.DEFERRED, 1)
    tell(client, meta, meta.taken[0])
    (row,) = rows(send_id)
    assert (row.state, row.lost_answers) == (State.DEFERRED, 0)
    send_some(send_id)
    assert went_as(meta) == ["alert_picture", "alert_button"]


def test_a_send_that_was_called_off_goes_on_for_nobody(meta: CloudApi, client: Client) -> None:
    send_id = planned()
    send_some(send_id)
    Send.objects.filter(pk=send_id).update(state=Send.State.RUNNING)
    cancel(send_id, now=now())
    tell(client, meta, meta.taken[0])
    (row,) = rows(send_id)
    assert (row.state, row.outcome) == (State.SENT, Delivery.Outcome.SOFT_BOUNCE)


def test_another_failure_of_such_a_message_is_no_reason_to_repeat_it(
    meta: CloudApi, client: Client
) -> None:
    send_id = planned()
    send_some(send_id)
    record = meta.taken[0]
    told = meta._status(record, "failed")
    status = told["entry"][0]["changes"][0]["value"]["statuses"][0]
    status["errors"][0]["code"] = 131049
    raw = json.dumps(told).encode()
    signed = hmac.new(SECRET.encode(), raw, hashlib.sha256).hexdigest()
    headers = {"X-Hub-Signature-256": f"sha256={signed}"}
    client.post("/hooks/whatsapp", raw, content_type="application/json", headers=headers)
    take_events(now=now())
    (row,) = rows(send_id)
    assert (row.state, row.outcome) == (State.SENT, Delivery.Outcome.SOFT_BOUNCE)
    assert Message.objects.get().variant == ""


def test_a_picture_above_free_text_that_cannot_be_fetched_costs_nobody_the_alert(
    meta: CloudApi, client: Client
) -> None:
    send_id = planned()
    Address.objects.update(window_ends_at=now() + timedelta(hours=1))
    send_some(send_id)
    tell(client, meta, meta.taken[0])
    assert rows(send_id)[0].state == State.DEFERRED
    send_some(send_id)
    assert [each["type"] for each in meta.taken] == ["image", "text"]
    assert meta.taken[0]["preview"] == meta.taken[1]["preview"]
    tell(client, meta, meta.taken[1], status="delivered")
    assert rows(send_id)[0].outcome == Delivery.Outcome.DELIVERED


def test_a_picture_that_can_be_fetched_arrives(meta: CloudApi, client: Client) -> None:
    meta.media.clear()
    send_id = planned()
    send_some(send_id)
    tell(client, meta, meta.taken[0], status="delivered")
    assert went_as(meta) == ["alert_picture"]
    frozen = AlertRevision.objects.get()
    assert Picture(**frozen.content["picture"]).url == meta.taken[0]["picture"]
    assert watch.look(registry.spec("whatsapp"), now=now())
