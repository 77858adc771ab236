"""What APNs refuses of a request, by Apple's table of reasons (pure).

https://developer.apple.com/documentation/usernotifications/handling-notification-responses-from-apns
and the page on sending requests. Where they are silent the milder thing stands, except that a
payload must be JSON with ``aps`` in it: nothing of ours has another.
"""

import json
import re
from collections.abc import Collection, Sequence
from typing import Any

from digest.kit.errors import ServiceError

MOST_BYTES = 4096
_TYPES = {
    "alert", "background", "location", "voip", "complication", "fileprovider", "mdm",
    "liveactivity", "pushtotalk", "widgets", "controls",
}  # fmt: skip
_PATH = re.compile(r"/3/device/([^/?#]*)")
_TOKEN = re.compile(r"[0-9a-f]{64,200}")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TOPIC = re.compile(r"[A-Za-z0-9.-]{1,255}")


class ApnsRefused(ServiceError):
    """What Apple answers with: a status and its one word."""

    def __init__(self, status: int, reason: str, since: int = 0) -> None:
        super().__init__(reason)
        self.status, self.reason, self.since = status, reason, since


def check(
    headers: Sequence[tuple[str, str]], body: bytes, topics: Collection[str]
) -> tuple[str, str]:
    """Token and topic of a sound request. Raises :class:`ApnsRefused`.

    ``topics`` are the apps of the team whose key signed the request.
    """
    told = dict(headers)
    if len(told) < len(headers):
        raise ApnsRefused(400, "DuplicateHeaders")
    if told.get(":method") != "POST":
        raise ApnsRefused(405, "MethodNotAllowed")
    found = _PATH.fullmatch(told.get(":path", ""))
    if found is None:
        raise ApnsRefused(404, "BadPath")
    if not found[1]:
        raise ApnsRefused(400, "MissingDeviceToken")
    if not _TOKEN.fullmatch(found[1]):
        raise ApnsRefused(400, "BadDeviceToken")
    topic = _topic(told, topics)
    _options(told)
    _payload(body)
    return found[1], topic


def _topic(told: dict[str, str], topics: Collection[str]) -> str:
    topic = told.get("apns-topic", "")
    if not topic:
        raise ApnsRefused(400, "MissingTopic")
    if not _TOPIC.fullmatch(topic):
        raise ApnsRefused(400, "BadTopic")
    if topic not in topics:
        raise ApnsRefused(400, "TopicDisallowed")
    return topic


def _options(told: dict[str, str]) -> None:
    kind = told.get("apns-push-type", "alert")
    if kind not in _TYPES:
        raise ApnsRefused(400, "InvalidPushType")
    priority = told.get("apns-priority", "10")
    if priority not in {"1", "5", "10"} or (kind == "background" and priority == "10"):
        raise ApnsRefused(400, "BadPriority")
    if not re.fullmatch(r"\d{1,10}", told.get("apns-expiration", "0"), re.ASCII):
        raise ApnsRefused(400, "BadExpirationDate")
    if len(told.get("apns-collapse-id", "").encode()) > 64:
        raise ApnsRefused(400, "BadCollapseId")
    if "apns-id" in told and not _UUID.fullmatch(told["apns-id"]):
        raise ApnsRefused(400, "BadMessageId")


def _payload(body: bytes) -> None:
    if not body:
        raise ApnsRefused(400, "PayloadEmpty")
    if len(body) > MOST_BYTES:
        raise ApnsRefused(413, "PayloadTooLarge")
    try:
        told: Any = json.loads(body)
    except ValueError:
        told = None
    if not isinstance(told, dict) or not isinstance(told.get("aps"), dict):
        raise ApnsRefused(400, "PayloadEmpty")
