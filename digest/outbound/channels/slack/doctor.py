"""Slack's settings, and whether it knows the token."""

from typing import Any

from digest.kit.doctor.dns import Ask
from digest.kit.doctor.finding import ERROR, Finding
from digest.outbound.channels.places import examined
from digest.outbound.channels.slack.channel import WEB_API

_LABEL = "Slack"


def check(settings: Any, ask: Ask) -> list[Finding]:
    """The settings, and auth.test: https://docs.slack.dev/reference/methods/auth.test"""
    found = check_settings(settings)
    if any(each.state == ERROR for each in found) or not settings.DIGEST_SLACK_TOKEN:
        return found
    headers = {"Authorization": f"Bearer {settings.DIGEST_SLACK_TOKEN}"}
    url = f"{(settings.DIGEST_SLACK_URL or WEB_API).rstrip('/')}/auth.test"
    status, told = examined.asked(url, headers, method="POST", told={})
    who = f"{told.get('user')} in {told.get('team')}"
    knows = told.get("ok") is True
    return found + examined.judged(
        _LABEL, status, knows=knows, setting="DIGEST_SLACK_TOKEN", who=who
    )


def check_settings(settings: Any) -> list[Finding]:
    """Whether there is a token, and it is kept from the clear."""
    remedy = "Make an app with the scope chat:write, and copy its bot token (docs/operations.md)."
    return [
        *examined.set_up(_LABEL, settings, remedy, "DIGEST_SLACK_TOKEN"),
        *examined.secure(_LABEL, "DIGEST_SLACK_URL", settings.DIGEST_SLACK_URL, settings),
    ]
