"""Amazon SES by SNS (pure but for the certificate, which the caller fetches).

https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
"""

import base64
import binascii
import json
import re
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.x509 import load_pem_x509_certificate

from digest.outbound.channels.email.reports.classify import judge
from digest.outbound.channels.email.verp import key_of
from digest.outbound.channels.report import (
    Event,
    Kind,
    Report,
    is_fresh,
    items,
    key_of_message_id,
    mapping,
    moment,
    suffix_of_message_id,
    text,
)

_HOST = re.compile(r"sns\.[a-z0-9-]{3,30}\.amazonaws\.com(\.cn)?")
_CERTIFICATE = re.compile(r"/SimpleNotificationService-[0-9a-f]+\.pem")
_NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
CONFIRMATIONS = {"SubscriptionConfirmation", "UnsubscribeConfirmation"}


def is_amazons(url: object) -> bool:
    """Whether a certificate or confirmation URL lies on SNS itself, by https."""
    try:
        parts = urlsplit(text(url))
    except ValueError:
        return False
    own = parts.scheme == "https" and parts.netloc == parts.hostname
    return own and bool(_HOST.fullmatch(parts.hostname or ""))


def is_certificates(url: object) -> bool:
    """Whether ``url`` is where SNS keeps a signing certificate: its path has but one form."""
    if not is_amazons(url):
        return False
    parts = urlsplit(text(url))
    return bool(_CERTIFICATE.fullmatch(parts.path)) and not (parts.query or parts.fragment)


def is_recent(document: Any, now: datetime) -> bool:
    """Whether an SNS message was written lately; its time is among what is signed."""
    return is_fresh(moment(mapping(document).get("Timestamp")), now)


def is_signed(document: Any, certificate: bytes) -> bool:
    """Whether an SNS message carries the signature of ``certificate`` (PEM), version 1 or 2."""
    body = mapping(document)
    names = _CONFIRMATION if body.get("Type") in CONFIRMATIONS else _NOTIFICATION
    told = [(name, body[name]) for name in names if isinstance(body.get(name), str)]
    canonical = "".join(f"{name}\n{value}\n" for name, value in told)
    hashed = {"1": SHA1, "2": SHA256}.get(text(body.get("SignatureVersion")))
    try:
        key = load_pem_x509_certificate(certificate).public_key()
        if hashed is None or not isinstance(key, RSAPublicKey):
            return False
        sign = base64.b64decode(str(body.get("Signature") or ""), validate=True)
        key.verify(sign, canonical.encode(), PKCS1v15(), hashed())
    except (InvalidSignature, ValueError, binascii.Error):
        return False
    return True


def events(document: Any) -> tuple[Event, ...]:
    """The SES event inside an SNS notification; nothing for anything else."""
    body = mapping(document)
    try:
        inner = mapping(json.loads(str(body.get("Message") or "")))
    except (ValueError, RecursionError):
        return ()
    if body.get("Type") != "Notification" or not inner:
        return ()
    return (Event(text(body.get("MessageId"))[:200], inner),)


def reports(body: dict[str, Any], list_domain: str, secret: str) -> tuple[Report, ...]:
    """What an event says, one report for each of its recipients; none for opens and clicks."""
    mail = mapping(body.get("mail"))
    named = mapping(mail.get("commonHeaders")).get("messageId")
    signed = key_of(text(mail.get("source")), secret)
    key = signed or key_of_message_id(named, list_domain)
    suffix = None if signed or not key else suffix_of_message_id(named)
    found = _told(body, key)
    return tuple(replace(each, suffix=suffix) for each in found)


def _told(body: dict[str, Any], key: str) -> tuple[Report, ...]:
    match text(body.get("eventType")) or text(body.get("notificationType")):
        case "Delivery":
            told = mapping(body.get("delivery"))
            people = told.get("recipients")
            names = people if isinstance(people, list) else []
            return tuple(
                Report(Kind.DELIVERED, key, text(each), "", text(told.get("smtpResponse")),
                       moment(told.get("timestamp")))
                for each in names[:100]
            )  # fmt: skip
        case "Complaint":
            told = mapping(body.get("complaint"))
            if text(told.get("complaintFeedbackType")) == "not-spam":
                return ()
            return tuple(
                Report(Kind.COMPLAINT, key, text(each.get("emailAddress")), "",
                       text(told.get("complaintFeedbackType")), moment(told.get("timestamp")))
                for each in items(told.get("complainedRecipients"))
            )  # fmt: skip
        case "Bounce":
            return _bounced(mapping(body.get("bounce")), key)
    return ()


def _bounced(told: dict[str, Any], key: str) -> tuple[Report, ...]:
    lasting = text(told.get("bounceType")) == "Permanent"
    found = []
    for each in items(told.get("bouncedRecipients")):
        status, words = text(each.get("status")), text(each.get("diagnosticCode"))
        verdict = judge(status, words, permanent=True)
        kind = verdict.kind if lasting else Kind.SOFT_BOUNCE
        at, who = moment(told.get("timestamp")), text(each.get("emailAddress"))
        report = Report(kind, key, who, status, words, at, verdict.why)
        found.append(replace(report, is_about_us=verdict.is_about_us))
    return tuple(found)
