"""A loopback stand-in for Google's token server and for FCM's HTTP v1 API, as strict as they are.

``python -m digest.outbound.channels.fcm.stand_in.server --port 4013 --folder FOLDER`` keeps what it
took as JSON lines in ``FOLDER/messages.jsonl``. Rules as in
https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages, errors as in
https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode.
"""

import argparse
import asyncio
import json
import re
import secrets
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from digest.kit.errors import ServiceError
from digest.outbound.channels.jwt import unpacked
from digest.outbound.channels.stand_in import RECORD
from digest.outbound.channels.stand_in_server import serve, until_stopped

PROJECT = "meridian-news"
SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
MOST_BYTES, MOST_TTL = 4_096, 2_419_200
_FCM = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
_BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"
_TOKEN = re.compile(r"[A-Za-z0-9_:.-]{60,1000}|[A-Za-z0-9_-]{22}")
_TTL = re.compile(r"(\d+)(\.\d{1,9})?s")
_LABEL = re.compile(r"[a-zA-Z0-9\-_.~%]{1,50}")
_FIELDS = {
    "fid", "token", "topic", "condition", "name", "notification", "data", "android", "apns",
    "webpush", "fcm_options",
}  # fmt: skip
_ANDROID = {
    "collapse_key", "priority", "ttl", "restricted_package_name", "data", "notification",
    "fcm_options", "direct_boot_ok",
}  # fmt: skip
_STATUS = {
    400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED", 500: "INTERNAL", 503: "UNAVAILABLE",
}  # fmt: skip


class FcmRefused(ServiceError):
    """An error that FCM answers with: ``code`` its own, ``violation`` the field at fault."""

    def __init__(self, status: int, words: str, code: str = "", violation: str = "") -> None:
        super().__init__(words)
        self.status, self.words, self.code, self.violation = status, words, code, violation


def _invalid(violation: str, words: str) -> FcmRefused:
    return FcmRefused(400, words, "INVALID_ARGUMENT", violation)


@dataclass
class FcmServer:
    """One project. ``script`` holds what comes next, one entry per message.

    An entry is (status, FCM's code) to answer with, or None for "behave". ``gone`` are
    registrations of removed apps, ``strangers`` those of another project. ``quota`` is how many
    messages are taken in a minute, None for any.
    """

    folder: Path | None = None
    public_key: str = ""
    clock: Callable[[], float] = time.time
    script: deque[tuple[int, str] | None] = field(default_factory=deque)
    retry_after: str = ""
    gone: set[str] = field(default_factory=set)
    strangers: set[str] = field(default_factory=set)
    quota: int | None = None
    delay: float = 0.0
    taken: list[dict[str, Any]] = field(default_factory=list)
    access_tokens: dict[str, float] = field(default_factory=dict)
    exchanges: int = 0
    requests: int = 0
    port: int = 0
    _minute: deque[float] = field(default_factory=deque)

    @property
    def url(self) -> str:
        """For ``DIGEST_FCM_URL``."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def token_url(self) -> str:
        """The account's ``token_uri``."""
        return f"{self.url}/token"

    def application(self) -> web.Application:
        """The web application."""
        made = web.Application(client_max_size=1024 * 1024)
        made.router.add_post("/token", self._exchange)
        made.router.add_post("/v1/projects/{project}/messages:send", self._send)
        return made

    async def _exchange(self, request: web.Request) -> web.Response:
        """RFC 7523: an assertion for an access token."""
        self.exchanges += 1
        form = await request.post()
        if form.get("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer":
            return web.json_response({"error": "unsupported_grant_type"}, status=400)
        try:
            self._check(str(form.get("assertion", "")))
        except (ValueError, KeyError, InvalidSignature) as error:
            told = {"error": "invalid_grant", "error_description": str(error)}
            return web.json_response(told, status=400)
        token = f"ya29.{secrets.token_urlsafe(24)}"
        self.access_tokens[token] = self.clock() + 3600
        return web.json_response(
            {"access_token": token, "expires_in": 3599, "token_type": "Bearer"}
        )

    def _check(self, assertion: str) -> None:
        head, claims, signature = assertion.split(".")
        key = load_pem_public_key(self.public_key.encode())
        assert isinstance(key, rsa.RSAPublicKey)
        told = f"{head}.{claims}".encode()
        key.verify(unpacked(signature), told, padding.PKCS1v15(), SHA256())
        if json.loads(unpacked(head)).get("alg") != "RS256":
            raise ValueError("the algorithm is not RS256")
        found = json.loads(unpacked(claims))
        now = self.clock()
        if found["aud"] != self.token_url or SCOPE not in found["scope"].split():
            raise ValueError("the audience or the scope is another one")
        if (
            not now - 300 < found["iat"] <= found["exp"] <= found["iat"] + 3600
            or found["exp"] < now
        ):
            raise ValueError("the token must be short-lived and its times within reason")

    async def _send(self, request: web.Request) -> web.Response:
        self.requests += 1
        scripted = self.script.popleft() if self.script else None
        await asyncio.sleep(self.delay)
        try:
            if scripted is not None:
                raise FcmRefused(scripted[0], "as scripted", scripted[1])
            self._authorise(request)
            record = self._take(await request.read())
        except FcmRefused as refused:
            headers = {"Retry-After": self.retry_after} if self.retry_after else {}
            return web.json_response(_error(refused), status=refused.status, headers=headers)
        return web.json_response({"name": record["id"]})

    def _authorise(self, request: web.Request) -> None:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if self.access_tokens.get(given, 0.0) < self.clock():
            raise FcmRefused(401, "Request had invalid authentication credentials.")
        if request.match_info["project"] != PROJECT:
            raise FcmRefused(403, "Permission denied on resource project.")

    def _take(self, raw: bytes) -> dict[str, Any]:
        try:
            told = json.loads(raw)
        except ValueError:
            raise FcmRefused(400, "Invalid JSON payload received.") from None
        if not isinstance(told, dict) or not isinstance(told.get("message"), dict):
            raise _invalid("message", "message must be set")
        if set(told) - {"message", "validate_only"}:
            raise _invalid("", f"Unknown name {min(set(told) - {'message', 'validate_only'})}")
        message = told["message"]
        to = check(message)
        if to in self.gone:
            raise FcmRefused(404, "Requested entity was not found.", "UNREGISTERED")
        if to in self.strangers:
            raise FcmRefused(403, "SenderId mismatch", "SENDER_ID_MISMATCH")
        self._count()
        record = {
            "at": self.clock(), "id": f"projects/{PROJECT}/messages/0:{secrets.token_hex(8)}",
            "to": to, "message": message,
        }  # fmt: skip
        self.taken.append(record)
        if self.folder is not None:
            self.folder.mkdir(parents=True, exist_ok=True)
            with (self.folder / RECORD).open("a", encoding="utf-8") as file:
                file.write(json.dumps(record, ensure_ascii=False) + "\n")
        return record

    def _count(self) -> None:
        """A minute that moves with the clock; what is refused with 429 does not count."""
        now = self.clock()
        while self._minute and self._minute[0] <= now - 60:
            self._minute.popleft()
        if self.quota is not None and len(self._minute) >= self.quota:
            raise FcmRefused(429, "Quota exceeded for quota metric.", "QUOTA_EXCEEDED")
        self._minute.append(now)


def check(message: dict[str, Any]) -> str:
    """Whom the message is to. Raises :class:`FcmRefused` as FCM refuses."""
    unknown = set(message) - _FIELDS
    if unknown:
        raise _invalid("message", f"Unknown name \"{min(unknown)}\" at 'message'")
    targets = [name for name in ("fid", "token", "topic", "condition") if name in message]
    if len(targets) != 1:
        raise _invalid("message", "Exactly one of token, fid, topic or condition is required")
    target = targets[0]
    to = message[target]
    if target in {"topic", "condition"}:
        raise _invalid(f"message.{target}", "no topics here: send by device")
    if not isinstance(to, str) or not _TOKEN.fullmatch(to):
        words = "The registration token is not a valid FCM registration token"
        raise _invalid(f"message.{target}", words)
    _notification(message.get("notification", {}))
    _data(message.get("data", {}))
    _android(message.get("android", {}))
    _apns(message.get("apns", {}))
    label = message.get("fcm_options", {}).get("analytics_label")
    if label is not None and not _LABEL.fullmatch(str(label)):
        raise _invalid("message.fcm_options.analytics_label", "Invalid analytics label")
    carried = [message.get("notification", {}), message.get("data", {})]
    if len(json.dumps(carried, ensure_ascii=False).encode()) > MOST_BYTES:
        raise _invalid("message", "Android message is too big")
    return to


def _object(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _invalid(where, f"Invalid value at '{where}'")
    return value


def _notification(value: Any) -> None:
    for name, each in _object(value, "message.notification").items():
        if name not in {"title", "body", "image"} or not isinstance(each, str):
            raise _invalid(f"message.notification.{name}", "Invalid value in the notification")


def _data(value: Any) -> None:
    for name, each in _object(value, "message.data").items():
        if not isinstance(each, str):
            raise _invalid(f"message.data[{name}]", "data holds text alone")
        if name in {"from", "message_type"} or name.startswith(("google", "gcm")):
            raise _invalid(f"message.data[{name}]", f"Invalid data payload key: {name}")


def _android(value: Any) -> None:
    given = _object(value, "message.android")
    unknown = set(given) - _ANDROID
    if unknown:
        raise _invalid("message.android", f'Unknown name "{min(unknown)}"')
    if given.get("priority", "NORMAL") not in {"NORMAL", "HIGH"}:
        raise _invalid("message.android.priority", "Invalid value for the priority")
    if "ttl" in given:
        found = _TTL.fullmatch(str(given["ttl"]))
        if not found or int(found[1]) > MOST_TTL:
            raise _invalid("message.android.ttl", "Invalid duration, or more than four weeks")
    if not isinstance(given.get("collapse_key", ""), str):
        raise _invalid("message.android.collapse_key", "Invalid value")
    _object(given.get("notification", {}), "message.android.notification")


def _apns(value: Any) -> None:
    given = _object(value, "message.apns")
    headers = _object(given.get("headers", {}), "message.apns.headers")
    if not all(isinstance(each, str) for each in headers.values()):
        raise _invalid("message.apns.headers", "headers hold text alone")
    if headers.get("apns-priority", "10") not in {"1", "5", "10"}:
        raise _invalid("message.apns.headers", "BadPriority")
    if len(headers.get("apns-collapse-id", "").encode()) > 64:
        raise _invalid("message.apns.headers", "BadCollapseId")
    if not headers.get("apns-expiration", "0").isdecimal():
        raise _invalid("message.apns.headers", "BadExpirationDate")
    payload = _object(given.get("payload", {}), "message.apns.payload")
    aps = _object(payload.get("aps", {}), "message.apns.payload.aps")
    if aps.get("mutable-content", 1) not in (0, 1):
        raise _invalid("message.apns.payload.aps.mutable-content", "Invalid value: 0 or 1")
    options = _object(given.get("fcm_options", {}), "message.apns.fcm_options")
    if any(name not in {"analytics_label", "image"} for name in options):
        raise _invalid("message.apns.fcm_options", "Unknown name in the options")


def _error(refused: FcmRefused) -> dict[str, Any]:
    details: list[dict[str, Any]] = []
    if refused.code:
        details.append({"@type": _FCM, "errorCode": refused.code})
    if refused.violation:
        violation = {"field": refused.violation, "description": refused.words}
        details.append({"@type": _BAD_REQUEST, "fieldViolations": [violation]})
    error: dict[str, Any] = {
        "code": refused.status,
        "message": refused.words,
        "status": _STATUS.get(refused.status, "UNKNOWN"),
    }
    return {"error": error | ({"details": details} if details else {})}


async def _until_stopped(given: argparse.Namespace) -> None:
    server = FcmServer(folder=given.folder, public_key=given.public_key.read_text())
    await until_stopped(await serve(server, given.port), f"FCM on {server.url}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=4013)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--public-key", type=Path, required=True)
    asyncio.run(_until_stopped(parser.parse_args()))
