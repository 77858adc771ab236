"""Webhooks seen again, made up, or about nothing that we sent: none of them shuts a reader out."""

import base64
import json
import time
import uuid
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from django.test import Client
from pytest_django import Settings

from digest.kit.clock import now
from digest.models import Address, Delivery, ProviderEvent, Send, Suppression, WebhookToken
from digest.outbound.channels.email.spec import SPEC as MAIL
from digest.outbound.channels.report import Kind, Report
from digest.outbound.returns.take import apply, take_events
from tests.scenes import scene
from tests.web.hooks.test_hooks_mail import amazon, of_mailgun, of_ses, post

State = Delivery.State
amazon = amazon
DAYS = 24 * 3600.0


@pytest.fixture
def copy(db: None, settings: Settings) -> Delivery:
    settings.DIGEST_MAILGUN_SIGNING_KEY = "key"
    send = scene.running_edition(1, now=now())
    Delivery.objects.filter(send_id=send.pk).update(state=State.SENT, sent_at=now())
    return Delivery.objects.get()


def bounce_of(message_id: str, number: int = 1) -> dict[str, Any]:
    return {
        "id": f"e{number}", "event": "failed", "severity": "permanent", "recipient": "x@y.example",
        "delivery-status": {"code": 550, "message": "5.1.1 no such user"},
        "message": {"headers": {"message-id": message_id}},
    }  # fmt: skip


def test_mailguns_token_serves_for_one_body(client: Client, copy: Delivery) -> None:
    once = of_mailgun({"id": "e1", "event": "opened"})
    assert post(client, "mailgun", once) == 200
    assert post(client, "mailgun", once) == 200, "Mailgun may repeat itself"
    assert post(client, "mailgun", once | {"event-data": {"id": "e2", "event": "opened"}}) == 403
    fresh = of_mailgun({"id": "e3", "event": "opened"}, token="another")
    assert post(client, "mailgun", fresh) == 200
    assert sorted(ProviderEvent.objects.values_list("event_id", flat=True)) == ["e1", "e3"]
    assert WebhookToken.objects.count() == 2
    WebhookToken.objects.update(seen_at=now() - timedelta(days=3))
    assert post(client, "mailgun", of_mailgun({"id": "e4"}, token="a third")) == 200
    assert WebhookToken.objects.count() == 1, "what nobody could use again is forgotten"


def test_a_mailgun_body_that_was_not_stored_may_come_again(client: Client, copy: Delivery) -> None:
    deep: Any = 7
    for _ in range(80):
        deep = [deep]
    assert post(client, "mailgun", of_mailgun({"id": "e", "note": deep})) == 400
    assert post(client, "mailgun", of_mailgun({"id": "e"})) == 200
    assert post(client, "mailgun", of_mailgun({"id": "e"}, token="")) == 403
    unreadable = of_mailgun({"id": "e"}, token="one more") | {"event-data": None}
    assert post(client, "mailgun", unreadable) == 200


@pytest.mark.parametrize(
    ("age", "status"),
    [(0, 200), (-600, 200), (20 * 3600, 200), (2 * DAYS, 403), (2190 * DAYS, 403), (-DAYS, 403)],
)
def test_sendgrids_timestamp_must_be_recent(
    client: Client, copy: Delivery, settings: Settings, age: float, status: int
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    settings.DIGEST_SENDGRID_PUBLIC_KEY = base64.b64encode(public).decode()
    body, stamp = json.dumps([{"sg_event_id": "a"}]).encode(), str(int(time.time() - age))
    sign = base64.b64encode(key.sign(stamp.encode() + body, ec.ECDSA(hashes.SHA256()))).decode()
    name = "X-Twilio-Email-Event-Webhook-"
    headers = {f"{name}Signature": sign, f"{name}Timestamp": stamp}
    assert post(client, "sendgrid", body, **headers) == status


@pytest.mark.parametrize("stamp", ["2020-11-23T08:00:00.000Z", "", "soon"])
def test_an_old_message_of_sns_is_turned_away(
    client: Client,
    copy: Delivery,
    settings: Settings,
    amazon: tuple[rsa.RSAPrivateKey, bytes],
    monkeypatch: pytest.MonkeyPatch,
    stamp: str,
) -> None:
    key, certificate = amazon
    settings.DIGEST_SES_TOPIC = "arn:aws:sns:eu-west-1:000000000000:mail"
    monkeypatch.setattr("digest.web.hooks.reported._fetch", lambda url: certificate)
    assert post(client, "ses", of_ses(key, {"eventType": "Open"}, Timestamp=stamp)) == 403
    assert post(client, "ses", of_ses(key, {"eventType": "Open"})) == 200


def test_an_old_event_of_postmark_is_turned_away(
    client: Client, copy: Delivery, settings: Settings
) -> None:
    settings.DIGEST_POSTMARK_CREDENTIALS = "postmark:a long word"
    known = "Basic " + base64.b64encode(b"postmark:a long word").decode()
    for at, status in [("2020-11-23T08:00:00Z", 403), ("", 403), (now().isoformat(), 200)]:
        body = {"RecordType": "Bounce", "ID": 7, "Type": "HardBounce", "BouncedAt": at}
        assert post(client, "postmark", body, Authorization=known) == status


def test_an_old_stop_by_whatsapp_is_no_stop_of_today(db: None) -> None:
    scene.readers(1, scene.newsletter(channels=["whatsapp"]), now=now(), channel="whatsapp")
    number = Address.objects.get().value[1:]
    for age in (30 * DAYS, 0.0):
        stamp = str(int(time.time() - age))
        message = {"from": number, "timestamp": stamp, "text": {"body": "STOP"}}
        ProviderEvent.objects.create(
            provider="whatsapp", event_id=stamp, received_at=now(),
            body={"kind": "message", "message": message},
        )  # fmt: skip
        take_events(now=now())
        assert Suppression.objects.exists() is (age == 0)


def made_up(copy: Delivery) -> list[str]:
    suffix = Send.objects.get(pk=copy.send_id).message_id_suffix
    return [
        f"{copy.send_id + 900}-{copy.address_id}.{suffix}@meridian.example",
        f"{copy.send_id}-{copy.address_id + 900}.{suffix}@meridian.example",
        f"{copy.send_id}-{copy.address_id}.{'0' * 15}@meridian.example",
        f"{copy.send_id}-{copy.address_id}@meridian.example",
    ]


@pytest.mark.parametrize("which", range(4))
def test_a_message_id_that_was_made_up_shuts_nobody(
    client: Client, copy: Delivery, which: int
) -> None:
    event = bounce_of(made_up(copy)[which])
    for kind in ("failed", "complained", "unsubscribed", "delivered"):
        body = of_mailgun(event | {"id": kind, "event": kind}, token=kind)
        assert post(client, "mailgun", body) == 200
    take_events(now=now())
    assert not Suppression.objects.exists()
    assert Delivery.objects.get().outcome is None


@pytest.mark.parametrize(
    ("fields", "counts"),
    [
        ({"state": State.PENDING, "sent_at": None}, False),
        ({"state": State.FAILED, "sent_at": None}, False),
        ({"state": State.SENDING, "sent_at": None, "leased_by": uuid.uuid4()}, True),
        ({"state": State.SENT}, True),
    ],
)
def test_an_outcome_counts_for_a_copy_that_may_have_left(
    client: Client, copy: Delivery, fields: dict[str, Any], counts: bool
) -> None:
    suffix = Send.objects.get(pk=copy.send_id).message_id_suffix
    Delivery.objects.update(**fields)
    event = bounce_of(f"{copy.send_id}-{copy.address_id}.{suffix}@meridian.example")
    assert post(client, "mailgun", of_mailgun(event)) == 200
    take_events(now=now())
    assert Suppression.objects.exists() is counts


@pytest.mark.parametrize("kind", [Kind.HARD_BOUNCE, Kind.COMPLAINT, Kind.LEFT, Kind.SOFT_BOUNCE])
@pytest.mark.parametrize(
    ("fields", "counts"),
    [
        ({}, True),
        ({"sent_at": now() - timedelta(days=29)}, True),
        ({"sent_at": now() - timedelta(days=31)}, False),
        ({"state": State.PENDING, "sent_at": None}, False),
        ({"state": State.UNKNOWN, "sent_at": None, "lost_answers": 2}, True),
    ],
)
def test_who_is_only_named_must_have_been_written_to_lately(
    copy: Delivery, kind: Kind, fields: dict[str, Any], counts: bool
) -> None:
    Delivery.objects.update(**fields)
    reader = Address.objects.get().value
    assert apply(Report(kind, recipient=reader), MAIL, now=now()) is counts


def test_a_bounce_of_long_ago_is_no_bounce_of_today(copy: Delivery) -> None:
    """A signed return path lasts; who once had a mail of ours could send it back years later."""
    key = f"{copy.send_id}-{copy.address_id}"
    Delivery.objects.update(sent_at=now() - timedelta(days=31))
    assert not apply(Report(Kind.HARD_BOUNCE, key), MAIL, now=now())
    assert not apply(Report(Kind.SOFT_BOUNCE, key), MAIL, now=now())
    assert apply(Report(Kind.COMPLAINT, key), MAIL, now=now()), (
        "a reader may complain of an old mail"
    )
