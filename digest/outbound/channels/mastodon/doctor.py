"""Mastodon's settings, and whether the server knows the token."""

from typing import Any

from digest.kit.doctor.dns import Ask
from digest.kit.doctor.finding import ERROR, Finding
from digest.outbound.channels.places import examined

_LABEL = "Mastodon"
_NAMES = ("DIGEST_MASTODON_URL", "DIGEST_MASTODON_TOKEN")


def check(settings: Any, ask: Ask) -> list[Finding]:
    """The settings, and https://docs.joinmastodon.org/methods/accounts/#verify_credentials"""
    found = check_settings(settings)
    if any(each.state == ERROR for each in found) or not all(
        getattr(settings, name) for name in _NAMES
    ):
        return found
    headers = {"Authorization": f"Bearer {settings.DIGEST_MASTODON_TOKEN}"}
    url = f"{settings.DIGEST_MASTODON_URL.rstrip('/')}/api/v1/accounts/verify_credentials"
    status, told = examined.asked(url, headers)
    who = f"@{told.get('acct')}"
    knows = status == 200 and "acct" in told
    return found + examined.judged(_LABEL, status, knows=knows, setting=_NAMES[1], who=who)


def check_settings(settings: Any) -> list[Finding]:
    """Whether there are a server and a token, and it is kept from the clear."""
    remedy = "Make an app in the account's preferences, Development (docs/operations.md)."
    return [
        *examined.set_up(_LABEL, settings, remedy, *_NAMES),
        *examined.secure(_LABEL, _NAMES[0], settings.DIGEST_MASTODON_URL, settings),
    ]
