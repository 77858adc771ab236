"""Webhooks of mail providers, declared: whom we believe, and what a report means (pure)."""

from collections.abc import Sequence
from typing import Any

import structlog

from digest.outbound.channels.email.reports import bounce, mailgun, postmark, relay, sendgrid, ses
from digest.outbound.channels.hook import HookAnswer, HookRequest, HookTools, Webhook
from digest.outbound.channels.report import Event, Report, mapping, text

log = structlog.get_logger()

# Where mail that came back, and refusals of our own relay, are stored beside providers' events.
MAIL, RELAY = "mail", "relay"


def _nobody(request: HookRequest, document: Any, tools: HookTools) -> bool:
    """Not a door of the web: these are stored by ourselves."""
    return False


def _none(document: Any) -> tuple[Event, ...]:
    return ()


def _one(report: Report | None) -> Sequence[Report]:
    return (report,) if report else ()


def _returned(body: dict[str, Any], tools: HookTools) -> Sequence[Report]:
    read = bounce.read(
        str(body.get("mail", "")).encode("latin-1", "replace"),
        [str(each) for each in body.get("recipients", [])],
        secret=tools.config.SECRET_KEY,
        null_sender=bool(body.get("null_sender", True)),
    )
    if read.why_not:
        log.info("returned mail not used", reason=read.why_not)
    return read.reports


def _of_mailgun(request: HookRequest, document: Any, tools: HookTools) -> bool:
    return mailgun.is_signed(document, tools.config.DIGEST_MAILGUN_SIGNING_KEY, tools.now)


def _of_postmark(request: HookRequest, document: Any, tools: HookTools) -> bool:
    given = request.headers.get("authorization", "")
    known = postmark.is_known(given, tools.config.DIGEST_POSTMARK_CREDENTIALS)
    return known and postmark.is_recent(document, tools.now)


def _of_sendgrid(request: HookRequest, document: Any, tools: HookTools) -> bool:
    return sendgrid.is_signed(
        request.body,
        request.headers.get("x-twilio-email-event-webhook-signature", ""),
        request.headers.get("x-twilio-email-event-webhook-timestamp", ""),
        tools.config.DIGEST_SENDGRID_PUBLIC_KEY,
        tools.now,
    )


def _of_ses(request: HookRequest, document: Any, tools: HookTools) -> bool:
    body = mapping(document)
    topic, url = tools.config.DIGEST_SES_TOPIC, text(body.get("SigningCertURL"))
    if not topic or body.get("TopicArn") != topic or not ses.is_certificates(url):
        return False
    return ses.is_recent(body, tools.now) and ses.is_signed(body, tools.fetch(url))


def _greeted_by_sns(document: Any, tools: HookTools) -> HookAnswer | None:
    """SNS asks once whether the topic may call us; we open the address it names."""
    body = mapping(document)
    if body.get("Type") not in ses.CONFIRMATIONS:
        return None
    url = text(body.get("SubscribeURL"))
    if body.get("Type") == "SubscriptionConfirmation" and ses.is_amazons(url):
        tools.fetch(url)
    return HookAnswer(200, "Received.\n")


WEBHOOKS = (
    Webhook(
        "ses",
        _of_ses,
        ses.events,
        lambda body, tools: ses.reports(
            body, tools.config.DIGEST_LIST_DOMAIN, tools.config.SECRET_KEY
        ),
        greeting=_greeted_by_sns,
    ),
    Webhook(
        "postmark",
        _of_postmark,
        postmark.events,
        lambda body, tools: _one(postmark.report(body, tools.config.DIGEST_LIST_DOMAIN)),
    ),
    Webhook(
        "mailgun",
        _of_mailgun,
        mailgun.events,
        lambda body, tools: _one(mailgun.report(body, tools.config.DIGEST_LIST_DOMAIN)),
        token=lambda document: (mailgun.token(document), mapping(document).get("event-data")),
    ),
    Webhook(
        "sendgrid",
        _of_sendgrid,
        sendgrid.events,
        lambda body, tools: _one(sendgrid.report(body, tools.config.DIGEST_LIST_DOMAIN)),
    ),
    Webhook(MAIL, _nobody, _none, _returned),
    Webhook(RELAY, _nobody, _none, lambda body, tools: _one(relay.report(body))),
)
