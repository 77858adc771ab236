"""Telegram's settings, and whether it knows the token and reports to us."""

import re
from typing import Any

from digest.kit.doctor.dns import Ask
from digest.kit.doctor.finding import ERROR, Finding, error, ok, warning
from digest.outbound.channels.answered import asked
from digest.outbound.channels.telegram.channel import BOT_API

_SUBJECT = "Telegram"
# https://core.telegram.org/bots/api#setwebhook
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")


def check(settings: Any, ask: Ask) -> list[Finding]:
    """The settings, and what Telegram says of the token and the webhook. DNS knows nothing."""
    found = check_settings(settings)
    if any(each.state == ERROR for each in found) or not settings.DIGEST_TELEGRAM_TOKEN:
        return found
    return [*found, *_asked(settings)]


def check_settings(settings: Any) -> list[Finding]:
    """Whether the channel has what it needs to send, and the hook to believe what it is told."""
    judge = error if settings.DIGEST_PRODUCTION else warning
    if not settings.DIGEST_TELEGRAM_TOKEN:
        return [
            judge(
                _SUBJECT,
                "Offered to readers, but DIGEST_TELEGRAM_TOKEN is not set: nothing can be sent.",
                "Make a bot with @BotFather, or take telegram out of DIGEST_CHANNELS.",
            )
        ]
    found = [ok(_SUBJECT, "The bot's token is set.")]
    if not settings.DIGEST_TELEGRAM_BOT:
        found.append(
            warning(
                _SUBJECT,
                "DIGEST_TELEGRAM_BOT is not set: no page links to the bot.",
                "Set it to the bot's name, without @.",
            )
        )
    if not _SECRET.fullmatch(settings.DIGEST_TELEGRAM_SECRET):
        found.append(
            judge(
                _SUBJECT,
                "DIGEST_TELEGRAM_SECRET is not set, or has other signs than letters, digits, _ and"
                " -: nobody can join, and /stop is not heard.",
                "Set it, and give it to Telegram by setWebhook (docs/operations.md).",
            )
        )
    return found


def _asked(settings: Any) -> list[Finding]:
    """No answer says nothing of the token."""
    base = (settings.DIGEST_TELEGRAM_URL or BOT_API).rstrip("/")
    wanted = f"{settings.DIGEST_BASE_URL}/hooks/telegram"
    # The token stands in the address; it is never shown.
    url = f"{base}/bot{settings.DIGEST_TELEGRAM_TOKEN}/getWebhookInfo"
    status, answer = asked(url, {})
    if status in {401, 404} and answer:
        return [
            error(
                _SUBJECT,
                f"Telegram does not know the token ({status}): nothing can be sent.",
                "Copy it from @BotFather into DIGEST_TELEGRAM_TOKEN.",
            )
        ]
    told = answer.get("result")
    if status != 200 or not isinstance(told, dict):
        return []
    if told.get("url") == wanted:
        return [ok(_SUBJECT, "Telegram knows the token and reports to us.")]
    return [
        warning(
            _SUBJECT,
            f"Telegram reports to {told.get('url') or 'nobody'}, not to {wanted}.",
            "Call setWebhook once (docs/operations.md).",
        )
    ]
