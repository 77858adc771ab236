"""WhatsApp's settings. Nothing is asked of Meta: a check must not cost a message."""

from typing import Any
from urllib.parse import urlsplit

from digest.kit.doctor.dns import Ask
from digest.kit.doctor.finding import Finding, error, ok, warning

_SUBJECT = "WhatsApp"


def check(settings: Any, ask: Ask) -> list[Finding]:
    """As :func:`check_settings`: DNS knows nothing of it."""
    return check_settings(settings)


def check_settings(settings: Any) -> list[Finding]:
    """Whether the channel has what it needs to send, and the hook to believe what it is told."""
    missing = _missing(settings, "DIGEST_WHATSAPP_PHONE_ID", "DIGEST_WHATSAPP_TOKEN")
    if missing:
        judge = error if settings.DIGEST_PRODUCTION else warning
        return [
            judge(
                _SUBJECT,
                f"Offered to readers, but {missing} is not set: nothing can be sent.",
                "Copy it from Meta's app dashboard, or take whatsapp out of DIGEST_CHANNELS.",
            )
        ]
    found = [ok(_SUBJECT, "The sender's id and token are set.")]
    unheard = _missing(settings, "DIGEST_WHATSAPP_APP_SECRET", "DIGEST_WHATSAPP_VERIFY_TOKEN")
    if unheard:
        found.append(
            warning(
                _SUBJECT,
                f"{unheard} is not set: whether messages arrived stays unknown.",
                "Set it, and point Meta's webhook at DIGEST_BASE_URL/hooks/whatsapp.",
            )
        )
    url = urlsplit(settings.DIGEST_WHATSAPP_URL)
    if settings.DIGEST_PRODUCTION and settings.DIGEST_WHATSAPP_URL and url.scheme != "https":
        found.append(
            error(
                _SUBJECT,
                "DIGEST_WHATSAPP_URL is not https: the token would travel in the clear.",
                "Leave it unset to use Meta's own address.",
            )
        )
    return found


def _missing(settings: Any, *names: str) -> str:
    return " and ".join(name for name in names if not getattr(settings, name))
