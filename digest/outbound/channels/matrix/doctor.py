"""Matrix's settings, and whether the homeserver knows the token."""

from typing import Any

from digest.kit.doctor.dns import Ask
from digest.kit.doctor.finding import ERROR, Finding
from digest.outbound.channels.matrix.channel import BASE
from digest.outbound.channels.places import examined

_LABEL = "Matrix"
_NAMES = ("DIGEST_MATRIX_URL", "DIGEST_MATRIX_TOKEN")


def check(settings: Any, ask: Ask) -> list[Finding]:
    """The settings, and whoami."""
    found = check_settings(settings)
    if any(each.state == ERROR for each in found) or not all(
        getattr(settings, name) for name in _NAMES
    ):
        return found
    headers = {"Authorization": f"Bearer {settings.DIGEST_MATRIX_TOKEN}"}
    url = f"{settings.DIGEST_MATRIX_URL.rstrip('/')}{BASE}/account/whoami"
    status, told = examined.asked(url, headers)
    knows = status == 200 and "user_id" in told
    who = str(told.get("user_id"))
    return found + examined.judged(_LABEL, status, knows=knows, setting=_NAMES[1], who=who)


def check_settings(settings: Any) -> list[Finding]:
    """Whether there are a homeserver and a token, and it is kept from the clear."""
    remedy = "Make an account for the newsroom, and copy its access token (docs/operations.md)."
    return [
        *examined.set_up(_LABEL, settings, remedy, *_NAMES),
        *examined.secure(_LABEL, _NAMES[0], settings.DIGEST_MATRIX_URL, settings),
    ]
