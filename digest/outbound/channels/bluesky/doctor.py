"""Bluesky's settings, and whether its server knows the password."""

from typing import Any

from digest.kit.doctor.dns import Ask
from digest.kit.doctor.finding import ERROR, Finding
from digest.outbound.channels.bluesky.channel import PDS
from digest.outbound.channels.places import examined

_LABEL = "Bluesky"
_NAMES = ("DIGEST_BLUESKY_HANDLE", "DIGEST_BLUESKY_PASSWORD")


def check(settings: Any, ask: Ask) -> list[Finding]:
    """The settings, and a session. A server takes 30 of them in five minutes."""
    found = check_settings(settings)
    if any(each.state == ERROR for each in found) or not all(
        getattr(settings, name) for name in _NAMES
    ):
        return found
    url = (settings.DIGEST_BLUESKY_URL or PDS).rstrip("/")
    told = {
        "identifier": settings.DIGEST_BLUESKY_HANDLE,
        "password": settings.DIGEST_BLUESKY_PASSWORD,
    }
    path = f"{url}/xrpc/com.atproto.server.createSession"
    status, said = examined.asked(path, {}, method="POST", told=told)
    knows = status == 200 and "accessJwt" in said
    who = str(said.get("handle"))
    return found + examined.judged(_LABEL, status, knows=knows, setting=_NAMES[1], who=who)


def check_settings(settings: Any) -> list[Finding]:
    """Whether there are a handle and a password, and it is kept from the clear."""
    remedy = "Make an app password in Bluesky's settings, Privacy and security."
    return [
        *examined.set_up(_LABEL, settings, remedy, *_NAMES),
        *examined.secure(_LABEL, "DIGEST_BLUESKY_URL", settings.DIGEST_BLUESKY_URL, settings),
    ]
