"""What FCM's errors mean for a send (pure), by Google's own error codes.

https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode; a malformed field comes as
``google.rpc.BadRequest`` beside it or instead.
"""

from typing import Any

from digest.outbound.channels.base import Rejected
from digest.outbound.channels.report import items, mapping, text

_FCM, _BAD_REQUEST = "google.firebase.fcm.v1.FcmError", "google.rpc.BadRequest"
_OF_THE_DEVICE = {"message.token", "message.fid"}
# Google asks for a minute where it names no time, and never for less than ten seconds.
QUOTA_AFTER, LEAST_AFTER = 60.0, 10.0
OUR_TOKEN = {401, 403}


def code_of(body: Any) -> str:
    """FCM's own error code, or empty."""
    for each in items(mapping(mapping(body).get("error")).get("details")):
        if text(each.get("@type")).endswith(_FCM):
            return text(each.get("errorCode"))
    return ""


def is_about_our_token(status: int, body: Any) -> bool:
    """401 or 403 without a code of FCM's: our access token, which can be renewed."""
    return status in OUR_TOKEN and not code_of(body)


def refusal(status: int, body: Any, retry_after: str) -> Rejected:
    """The refusal that an answer other than 200 stands for."""
    error = mapping(mapping(body).get("error"))
    code, said = code_of(body), text(error.get("message"))[:300]
    reply = f"{status} {code or text(error.get('status'))} {said}".strip()
    wait = float(retry_after) if retry_after.isascii() and retry_after.isdecimal() else None
    if wait is not None:
        wait = max(wait, LEAST_AFTER)
    if code in {"UNREGISTERED", "SENDER_ID_MISMATCH"} or (
        code in {"INVALID_ARGUMENT", ""} and status == 400 and _names_the_device(error)
    ):
        return Rejected(reply, status, permanent=True, recipient=True)
    if code == "QUOTA_EXCEEDED" or status == 429:
        return Rejected(reply, status, permanent=False, retry_after=wait or QUOTA_AFTER)
    if status >= 500:
        return Rejected(reply, status, permanent=False, retry_after=wait or LEAST_AFTER)
    why = {
        "THIRD_PARTY_AUTH_ERROR": "FCM cannot reach Apple: check the APNs key in Firebase.",
        "INVALID_ARGUMENT": "FCM does not take our message.",
    }.get(code, "FCM does not let us send.")
    return Rejected(f"{why} {reply}", status, permanent=False, scope="channel")


def _names_the_device(error: dict[str, Any]) -> bool:
    """Whether it is the token that is malformed, and nothing of ours."""
    if "not a valid fcm registration token" in text(error.get("message")).lower():
        return True
    violations = [
        text(violation.get("field"))
        for each in items(error.get("details"))
        if text(each.get("@type")).endswith(_BAD_REQUEST)
        for violation in items(each.get("fieldViolations"))
    ]
    return bool(violations) and set(violations) <= _OF_THE_DEVICE
