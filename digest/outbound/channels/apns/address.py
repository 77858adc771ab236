"""Where an app is reached by Apple: a device token, and for which app and environment (pure)."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from digest.audience.kinds import AddressKind, BadAddress

NAME = "apns"
PRODUCTION, SANDBOX = "production", "sandbox"
# Apple says that the length may change; today it is 64 digits.
_TOKEN = re.compile(r"(?:[0-9a-f]{2}){32,100}")


def device_token(value: str) -> str:
    """A device token in lower-case hexadecimal. Raises BadAddress."""
    value = value.strip().lower()
    if not _TOKEN.fullmatch(value):
        raise BadAddress("That is no device token: write its bytes as hexadecimal digits.")
    return value


def device(told: Mapping[str, Any], config: Any, now: datetime) -> dict[str, Any]:
    """What is kept beside a token: its app, its environment, and when it was told.

    Without ``app`` the first of ``DIGEST_APNS_TOPICS`` is meant. Raises BadAddress.
    """
    topics = list(config.DIGEST_APNS_TOPICS)
    topic = told.get("app") or (topics[0] if topics else "")
    if topic not in topics:
        raise BadAddress("“app” is none of the bundle ids in DIGEST_APNS_TOPICS.")
    environment = told.get("environment") or PRODUCTION
    if environment not in (PRODUCTION, SANDBOX):
        raise BadAddress("Write “environment” as production or sandbox.")
    return {"topic": topic, "environment": environment, "told": int(now.timestamp())}


DEVICE = AddressKind(
    field="device",
    label="The app’s device token",
    example="740f4707bebcf74f…",
    normalise=device_token,
    mask=lambda value: f"an iPhone app (…{value[-4:]})",
    input="hidden",
    longest=200,
)
