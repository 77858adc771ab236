"""What APNs' reasons mean for a send (pure).

https://developer.apple.com/documentation/usernotifications/handling-notification-responses-from-apns
"""

import json
from dataclasses import dataclass
from enum import Enum
from typing import Any

from digest.outbound.channels.base import Rejected

# Apple: wait a quarter of an hour after a fault of theirs, then longer and longer.
FAULT_AFTER = 900.0
DEVICE_AFTER, UPDATES_AFTER = 60.0, 60.0


class ApnsRemedy(Enum):
    """What a reason asks for besides what becomes of the copy."""

    NONE = "none"
    OTHER_PLACE = "other place"
    """The token may be one of the other environment's, or another app's."""
    NEW_LINE = "new line"
    NEW_TOKEN = "new token"  # noqa: S105 - no secret


_REMEDIES = {
    "BadDeviceToken": ApnsRemedy.OTHER_PLACE,
    "DeviceTokenNotForTopic": ApnsRemedy.OTHER_PLACE,
    "IdleTimeout": ApnsRemedy.NEW_LINE,
    "UnrelatedKeyIdInToken": ApnsRemedy.NEW_LINE,
    "ExpiredProviderToken": ApnsRemedy.NEW_TOKEN,
}
_OURS = {
    "InvalidProviderToken", "MissingProviderToken", "Forbidden", "BadCertificate",
    "BadCertificateEnvironment", "BadEnvironmentKeyIdInToken", "BadEnvironmentKeyInToken",
    "ExpiredProviderToken", "UnrelatedKeyIdInToken",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ApnsAnswer:
    """One answer: ``reason`` is Apple's word, ``since`` the time in ms at which a token ended."""

    status: int
    reason: str = ""
    since: int = 0
    apns_id: str = ""
    retry_after: str = ""

    @property
    def remedy(self) -> ApnsRemedy:
        """What to do besides."""
        return _REMEDIES.get(self.reason, ApnsRemedy.NONE)


def read(status: int, headers: dict[str, str], body: bytes) -> ApnsAnswer:
    """The answer in a response; what is not as Apple writes it has no reason."""
    try:
        told: Any = json.loads(body) if body else {}
    except ValueError:
        told = {}
    told = told if isinstance(told, dict) else {}
    reason, since = told.get("reason"), told.get("timestamp")
    return ApnsAnswer(
        status,
        reason[:80] if isinstance(reason, str) else "",
        since if isinstance(since, int) else 0,
        headers.get("apns-id", "")[:80],
        headers.get("retry-after", ""),
    )


def refusal(answer: ApnsAnswer, *, told_at: int = 0) -> Rejected:
    """The refusal that an answer other than 200 stands for.

    ``told_at``: Unix time at which the app last told the token; what ended before that is back.
    """
    status, reason = answer.status, answer.reason
    reply = f"{status} {reason or 'no reason given'}"
    if answer.remedy is ApnsRemedy.OTHER_PLACE:
        return Rejected(reply, status, permanent=True, recipient=True)
    if status == 410:
        is_over = answer.since // 1000 >= told_at
        return Rejected(reply, status, permanent=True, recipient=is_over)
    wait = float(answer.retry_after) if answer.retry_after.isdecimal() else None
    if reason == "TooManyProviderTokenUpdates":
        return Rejected(reply, status, permanent=False, retry_after=wait or UPDATES_AFTER)
    if status == 429:
        return Rejected(reply, status, permanent=False, retry_after=wait or DEVICE_AFTER)
    if status >= 500:
        return Rejected(reply, status, permanent=False, retry_after=wait or FAULT_AFTER)
    if reason == "IdleTimeout":
        return Rejected(reply, status, permanent=False)
    why = (
        "Apple does not take our key: check DIGEST_APNS_KEY, its id, the team and this machine’s"
        " clock."
        if reason in _OURS or status == 403
        else "APNs does not take our message."
    )
    return Rejected(f"{why} {reply}", status, permanent=False, scope="channel")
