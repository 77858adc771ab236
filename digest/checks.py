"""System checks: mistakes in the configuration, each with a remedy. See ``digest doctor``."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register


@register()
def secret_key_is_set(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Production needs a secret of its own: links and tokens are signed with it."""
    if settings.DIGEST_PRODUCTION and not settings.DIGEST_SECRET_GIVEN:
        return [
            Error(
                "DIGEST_SECRET_KEY is not set.",
                hint="Set it to 50 random characters and keep it: links in sent mail depend on it.",
                id="digest.E001",
            )
        ]
    return []


@register()
def base_url_is_https(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """RFC 8058 asks for an https unsubscribe link, and mailbox providers check."""
    if settings.DIGEST_PRODUCTION and not settings.DIGEST_BASE_URL.startswith("https://"):
        return [
            Warning(
                "DIGEST_BASE_URL does not start with https://.",
                hint="One-click unsubscribe (RFC 8058) needs https; give the public address.",
                id="digest.W001",
            )
        ]
    return []
