"""Webhooks of mail providers: only the provider is believed, and each event counts once."""

import base64
import hashlib
import hmac
import json
import math
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from django.test import Client
from pytest_django import Settings

from digest.kit.clock import now
from digest.models import Delivery, ProviderEvent, Send, Suppression
from digest.outbound.channels.email.reports import ses
from digest.outbound.channels.email.verp import envelope_sender
from digest.outbound.returns.take import take_events
from digest.web.hooks import reported
from tests.scenes import scene

Outcome = Delivery.Outcome
TOPIC = "arn:aws:sns:eu-west-1:000000000000:mail"
CERTIFICATE_URL = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0a1b.pem"


@pytest.fixture
def copy(db: None) -> Delivery:
    send = scene.running_edition(1, now=now())
    Delivery.objects.filter(send_id=send.pk).update(state=Delivery.State.SENT, sent_at=now())
    return Delivery.objects.get()


@pytest.fixture
def message_id(copy: Delivery, settings: Settings) -> str:
    suffix = Send.objects.get(pk=copy.send_id).message_id_suffix
    return f"{copy.send_id}-{copy.address_id}.{suffix}@{settings.DIGEST_LIST_DOMAIN}"


def post(client: Client, provider: str, body: Any, **headers: str) -> int:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = client.post(
        f"/hooks/mail/{provider}", raw, content_type="application/json", headers=headers
    )
    return answer.status_code


def outcome() -> int | None:
    take_events(now=now())
    return Delivery.objects.get().outcome


def of_mailgun(
    event: dict[str, Any], key: str = "key", at: float | None = None, token: str = "a token"
) -> dict[str, Any]:
    stamp = str(int(at or time.time()))
    sign = hmac.new(key.encode(), (stamp + token).encode(), hashlib.sha256).hexdigest()
    given = {"timestamp": stamp, "token": token, "signature": sign}
    return {"signature": given, "event-data": event}


def test_mailgun_reports_a_lost_mailbox(
    client: Client, message_id: str, settings: Settings
) -> None:
    settings.DIGEST_MAILGUN_SIGNING_KEY = "key"
    event = {
        "id": "e1", "event": "failed", "severity": "permanent", "recipient": "x@y.example",
        "delivery-status": {"code": 550, "message": "5.1.1 no such user"},
        "message": {"headers": {"message-id": message_id}},
    }  # fmt: skip
    assert post(client, "mailgun", of_mailgun(event)) == 200
    assert post(client, "mailgun", of_mailgun(event)) == 200
    assert ProviderEvent.objects.count() == 1
    assert outcome() == Outcome.HARD_BOUNCE


@pytest.mark.parametrize(
    "body",
    [
        of_mailgun({"id": "e"}, key="another"),
        of_mailgun({"id": "e"}, at=time.time() - 3600),
        {"event-data": {"id": "e"}},
        [],
        {"signature": {"timestamp": "x" * 9, "token": 1, "signature": None}},
    ],
)
def test_mailguns_signature_must_be_right_and_fresh(
    client: Client, db: None, settings: Settings, body: Any
) -> None:
    settings.DIGEST_MAILGUN_SIGNING_KEY = "key"
    assert post(client, "mailgun", body) == 403
    assert not ProviderEvent.objects.exists()


def test_sendgrid_reports_in_batches(client: Client, message_id: str, settings: Settings) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    settings.DIGEST_SENDGRID_PUBLIC_KEY = base64.b64encode(public).decode()
    events = [
        {"sg_event_id": "a", "event": "delivered", "smtp-id": f"<{message_id}>", "email": "x@y.z"},
        {"sg_event_id": "b", "event": "spamreport", "smtp-id": f"<{message_id}>", "email": "x@y.z"},
        {"sg_event_id": "b", "event": "spamreport", "smtp-id": f"<{message_id}>", "email": "x@y.z"},
        {"sg_event_id": "c", "event": "open", "smtp-id": f"<{message_id}>"},
    ]
    body, stamp = json.dumps(events).encode(), str(int(time.time()))
    sign = base64.b64encode(key.sign(stamp.encode() + body, ec.ECDSA(hashes.SHA256()))).decode()
    name = "X-Twilio-Email-Event-Webhook-"
    headers = {f"{name}Signature": sign, f"{name}Timestamp": stamp}
    assert post(client, "sendgrid", body, **headers) == 200
    assert ProviderEvent.objects.count() == 3
    assert outcome() == Outcome.COMPLAINT
    later = headers | {f"{name}Timestamp": str(int(stamp) + 1)}
    assert post(client, "sendgrid", body, **later) == 403
    assert post(client, "sendgrid", body) == 403


def test_postmark_is_known_by_its_password(
    client: Client, copy: Delivery, settings: Settings
) -> None:
    settings.DIGEST_POSTMARK_CREDENTIALS = "postmark:a long word"
    reader = scene.Address.objects.get().value
    body = {"RecordType": "Bounce", "ID": 7, "Type": "HardBounce", "Email": reader,
            "BouncedAt": now().isoformat(), "Details": "no such user"}  # fmt: skip
    known = "Basic " + base64.b64encode(b"postmark:a long word").decode()
    assert post(client, "postmark", body, Authorization="Basic eA==") == 403
    assert post(client, "postmark", body) == 403
    assert post(client, "postmark", body, Authorization=known) == 200
    take_events(now=now())
    assert Suppression.objects.get().reason == "bounce"


@pytest.mark.parametrize("word", ["the characters \\u0000", "half \ud800", "a NUL \0", math.inf])
def test_no_value_of_an_event_loses_its_batch(
    client: Client, message_id: str, settings: Settings, word: object
) -> None:
    settings.DIGEST_MAILGUN_SIGNING_KEY = "key"
    event = {
        "id": f"e {word}", "event": "complained", "note": [{str(word): word}],
        "message": {"headers": {"message-id": message_id}},
    }  # fmt: skip
    assert post(client, "mailgun", of_mailgun(event)) == 200
    assert outcome() == Outcome.COMPLAINT


def test_an_event_of_many_levels_is_refused(client: Client, db: None, settings: Settings) -> None:
    settings.DIGEST_MAILGUN_SIGNING_KEY = "key"
    for levels in (100, 900):
        raw = json.dumps(of_mailgun({"id": "e", "note": 7}))
        raw = raw.replace("7}", "[" * levels + "]" * levels + "}")
        assert post(client, "mailgun", raw.encode()) == 400
    assert not ProviderEvent.objects.exists()


@pytest.fixture(scope="module")
def amazon() -> tuple[rsa.RSAPrivateKey, bytes]:
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sns.amazonaws.com")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    return key, made.public_bytes(serialization.Encoding.PEM)


def of_ses(
    key: rsa.RSAPrivateKey, event: dict[str, Any], version: str = "2", **fields: str
) -> dict[str, Any]:
    body = {
        "Type": "Notification", "MessageId": "m-1", "TopicArn": TOPIC,
        "Message": json.dumps(event), "Timestamp": now().isoformat(),
        "SignatureVersion": version, "SigningCertURL": CERTIFICATE_URL,
    } | fields  # fmt: skip
    told = ("Message", "MessageId", "Timestamp", "TopicArn", "Type")
    canonical = "".join(f"{name}\n{body[name]}\n" for name in told)
    hashed = hashes.SHA1() if version == "1" else hashes.SHA256()
    sign = key.sign(canonical.encode(), padding.PKCS1v15(), hashed)
    return body | {"Signature": base64.b64encode(sign).decode()}


@pytest.mark.parametrize("version", ["1", "2"])
def test_ses_is_believed_by_its_certificate(
    client: Client,
    copy: Delivery,
    settings: Settings,
    amazon: tuple[rsa.RSAPrivateKey, bytes],
    monkeypatch: pytest.MonkeyPatch,
    version: str,
) -> None:
    key, certificate = amazon
    settings.DIGEST_SES_TOPIC = TOPIC
    fetched: list[str] = []
    # Amazon's certificate server is beyond reach; everything but the fetch is real.
    monkeypatch.setattr(reported, "_fetch", lambda url: fetched.append(url) or certificate)
    source = envelope_sender(
        f"{copy.send_id}-{copy.address_id}", "meridian.example", settings.SECRET_KEY
    )
    event = {
        "eventType": "Bounce", "mail": {"source": source},
        "bounce": {"bounceType": "Permanent", "timestamp": now().isoformat(),
                   "bouncedRecipients": [{"emailAddress": "x@y.example", "status": "5.1.1"}]},
    }  # fmt: skip
    signed = of_ses(key, event, version)
    assert post(client, "ses", signed | {"Message": "{}"}) == 403
    assert post(client, "ses", signed | {"TopicArn": TOPIC + "x"}) == 403
    assert post(client, "ses", signed | {"SigningCertURL": "https://evil.example/k.pem"}) == 403
    assert not ProviderEvent.objects.exists()
    assert post(client, "ses", signed) == 200
    assert set(fetched) == {CERTIFICATE_URL}
    assert outcome() == Outcome.HARD_BOUNCE


@pytest.mark.parametrize(
    ("url", "is_amazons"),
    [
        ("https://sns.eu-west-1.amazonaws.com/key.pem", True),
        ("https://sns.cn-north-1.amazonaws.com.cn/key.pem", True),
        ("http://sns.eu-west-1.amazonaws.com/key.pem", False),
        ("https://sns.eu-west-1.amazonaws.com.evil.example/key.pem", False),
        ("https://sns.eu-west-1.amazonaws.com:444/key.pem", False),
        ("https://a@sns.eu-west-1.amazonaws.com/key.pem", False),
        ("https://bucket.s3.amazonaws.com/key.pem", False),
        ("", False),
    ],
)
def test_certificates_come_from_amazon_alone(url: str, is_amazons: bool) -> None:
    assert ses.is_amazons(url) is is_amazons


@pytest.mark.parametrize(
    ("path", "is_one"),
    [
        ("SimpleNotificationService-0123456789abcdef.pem", True),
        ("key.pem", False),
        ("SimpleNotificationService-0a.pem?Action=Publish", False),
        ("SimpleNotificationService-0a.pem#x", False),
        ("x/SimpleNotificationService-0a.pem", False),
        ("SimpleNotificationService-.pem", False),
    ],
)
def test_certificates_have_one_form_of_path(path: str, is_one: bool) -> None:
    assert ses.is_certificates(f"https://sns.eu-west-1.amazonaws.com/{path}") is is_one
    assert not ses.is_certificates(f"https://elsewhere.example/{path}")
    assert not ses.is_certificates("https://[x")


def test_a_certificate_that_cannot_be_fetched_is_asked_for_again(
    client: Client, db: None, settings: Settings, amazon: tuple[rsa.RSAPrivateKey, bytes]
) -> None:
    settings.DIGEST_SES_TOPIC = TOPIC
    # Tests have no network, so the fetch fails by itself.
    assert post(client, "ses", of_ses(amazon[0], {"eventType": "Open"})) == 503
    assert not ProviderEvent.objects.exists()


def test_a_certificate_that_lies_elsewhere_counts_for_nothing(
    client: Client,
    db: None,
    settings: Settings,
    amazon: tuple[rsa.RSAPrivateKey, bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    key, certificate = amazon
    settings.DIGEST_SES_TOPIC = TOPIC
    there = (certificate, "https://elsewhere.example/k.pem")
    monkeypatch.setattr(reported, "_get", lambda url: there)
    reported._fetch.cache_clear()
    try:
        assert post(client, "ses", of_ses(key, {"eventType": "Open"})) == 403
    finally:
        reported._fetch.cache_clear()


@pytest.mark.parametrize("provider", ["ses", "postmark", "mailgun", "sendgrid"])
def test_without_a_secret_nobody_is_believed(client: Client, db: None, provider: str) -> None:
    assert post(client, provider, {"Type": "Notification", "TopicArn": ""}) == 403


def test_other_bodies_are_turned_away(client: Client, db: None) -> None:
    assert post(client, "mailgun", b"not json") == 400
    assert post(client, "pigeon", {}) == 404
    assert post(client, "mailgun", b" " * (1024 * 1024 + 1)) == 413
    assert client.get("/hooks/mail/mailgun").status_code == 405
