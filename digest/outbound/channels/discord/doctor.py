"""Discord's settings, and whether it knows the token."""

from typing import Any

from digest.kit.doctor.dns import Ask
from digest.kit.doctor.finding import ERROR, Finding
from digest.outbound.channels.discord.channel import DISCORD_API
from digest.outbound.channels.places import examined

_LABEL = "Discord"
_SETTING = "DIGEST_DISCORD_TOKEN"


def check(settings: Any, ask: Ask) -> list[Finding]:
    """The settings, and the bot's own user: https://discord.com/developers/docs/resources/user"""
    found = check_settings(settings)
    if any(each.state == ERROR for each in found) or not settings.DIGEST_DISCORD_TOKEN:
        return found
    headers = {"Authorization": f"Bot {settings.DIGEST_DISCORD_TOKEN}"}
    url = f"{(settings.DIGEST_DISCORD_URL or DISCORD_API).rstrip('/')}/users/@me"
    status, told = examined.asked(url, headers)
    knows = status == 200 and told.get("bot") is True
    who = str(told.get("username"))
    return found + examined.judged(_LABEL, status, knows=knows, setting=_SETTING, who=who)


def check_settings(settings: Any) -> list[Finding]:
    """Whether there is a token, and it is kept from the clear."""
    remedy = "Make an application with a bot, and copy its token (docs/operations.md)."
    return [
        *examined.set_up(_LABEL, settings, remedy, _SETTING),
        *examined.secure(_LABEL, "DIGEST_DISCORD_URL", settings.DIGEST_DISCORD_URL, settings),
    ]
