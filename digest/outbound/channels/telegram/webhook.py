"""Telegram's webhook, declared: whom we believe, and our own word about who is gone (pure)."""

import hmac
from typing import Any

from digest.outbound.channels.hook import HookRequest, HookTools, Webhook
from digest.outbound.channels.report import Event, Kind, Report, text
from digest.outbound.channels.telegram import bot
from digest.outbound.channels.telegram.address import NAME

OWN_WORD = "telegram_own"


def _verified(request: HookRequest, document: Any, tools: HookTools) -> bool:
    """The secret that we gave to setWebhook: https://core.telegram.org/bots/api#setwebhook"""
    secret = tools.config.DIGEST_TELEGRAM_SECRET
    given = request.headers.get("x-telegram-bot-api-secret-token", "")
    return bool(secret) and hmac.compare_digest(secret.encode(), given.encode())


def _nobody(request: HookRequest, document: Any, tools: HookTools) -> bool:
    return False


def _none(document: Any) -> tuple[Event, ...]:
    return ()


def _gone(body: dict[str, Any], tools: HookTools) -> tuple[Report, ...]:
    """A reader who blocked the bot has left; who comes back presses Start."""
    return (Report(Kind.LEFT, text(body.get("key")), words=text(body.get("reply"))),)


WEBHOOKS = (
    Webhook(NAME, _verified, bot.events, bot.reports, reply=bot.reply),
    Webhook(OWN_WORD, _nobody, _none, _gone),
)
