"""The channel ``fcm``: Firebase Cloud Messaging, HTTP v1, one message per app and device."""

import json
import time
from dataclasses import dataclass
from typing import Any, Protocol

import aiohttp

from digest.outbound.channels.answered import whole
from digest.outbound.channels.asked_to_wait import AskedToWait
from digest.outbound.channels.base import (
    AnswerLost,
    Channel,
    Intend,
    Receipt,
    Rejected,
    Unreachable,
)
from digest.outbound.channels.fcm import answers
from digest.outbound.channels.fcm.account import ServiceAccount
from digest.outbound.channels.fcm.address import NAME, is_fid
from digest.outbound.messages.links import web_link
from digest.outbound.messages.message import Copy

GOOGLE = "https://fcm.googleapis.com"
# Google asks for ten seconds at least.
PATIENCE = 20.0
MOST_BYTES = 4_096
# A project that is another one than the apps' refuses everybody so.
_MISMATCHES_IN_A_ROW = 5
_LARGEST_ANSWER = 64 * 1024
# Of each account, for the life of the process.
_TOKENS: dict[str, tuple[str, float]] = {}


class FcmSettings(Protocol):
    """What the channel reads of the settings."""

    DIGEST_FCM_ACCOUNT: str
    DIGEST_FCM_URL: str
    DIGEST_FCM_CHANNEL_ID: str
    DIGEST_FCM_CONNECTIONS: int


@dataclass(frozen=True, slots=True)
class FcmConfig:
    """What the channel needs of the settings; without an account nothing is sent."""

    account: ServiceAccount | None
    url: str = GOOGLE
    channel_id: str = ""
    connections: int = 50


class Fcm:
    """The channel ``fcm``."""

    name = NAME

    def __init__(self, config: FcmConfig) -> None:
        self._config = config
        self._session: aiohttp.ClientSession | None = None
        self._pause = AskedToWait("FCM")
        self._mismatches = 0

    async def open(self) -> None:
        """Make the pool of connections; none is opened yet."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._config.connections),
            timeout=aiohttp.ClientTimeout(total=PATIENCE, connect=PATIENCE / 2),
        )

    async def send(self, copy: Copy, intend: Intend) -> Receipt:
        """Post one message. Raises :class:`~.base.ChannelError`.

        A refused access token is renewed once; the refusal says for certain that nothing was sent.
        """
        account, session = self._config.account, self._session
        if account is None:
            raise Rejected(
                "FCM is not set up: set DIGEST_FCM_ACCOUNT.", permanent=False, scope="channel"
            )
        if session is None:
            raise RuntimeError("Fcm.send needs Fcm.open first")
        await self._pause.over()
        request = {"message": message(copy, self._config.channel_id)}
        token = await account.token(session)
        intend()
        status, body, wait = await self._post(session, account, token, request)
        if answers.is_about_our_token(status, body):
            account.forget(token)
            token = await account.token(session)
            status, body, wait = await self._post(session, account, token, request)
        if status != 200:
            raise self._refusal(status, body, wait)
        name = body.get("name")
        if not isinstance(name, str) or not name:
            raise AnswerLost("200 without a message's name: FCM did not write it", 200)
        self._mismatches = 0
        return Receipt(200, "", name[-200:])

    async def close(self) -> None:
        """Close the pool; a request for a token that is under way ends with it."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()
        if self._config.account is not None:
            await self._config.account.close()

    def _refusal(self, status: int, body: dict[str, Any], wait: str) -> Rejected:
        refused = answers.refusal(status, body, wait)
        if refused.code == 429:
            self._pause.heard(refused)
        if answers.code_of(body) == "SENDER_ID_MISMATCH":
            self._mismatches += 1
            if self._mismatches >= _MISMATCHES_IN_A_ROW:
                words = f"The apps belong to another Firebase project than ours: {refused.reply}"
                return Rejected(words, status, permanent=False, scope="channel")
        return refused

    async def _post(
        self,
        session: aiohttp.ClientSession,
        account: ServiceAccount,
        token: str,
        request: dict[str, Any],
    ) -> tuple[int, dict[str, Any], str]:
        """Status, body and Retry-After."""
        url = f"{self._config.url}/v1/projects/{account.project}/messages:send"
        headers = {"Authorization": f"Bearer {token}"}
        try:
            async with session.post(
                url, json=request, headers=headers, allow_redirects=False
            ) as answer:
                raw = await whole(answer.content, _LARGEST_ANSWER)
                return answer.status, _json(raw), answer.headers.get("Retry-After", "")
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise Unreachable(f"FCM cannot be reached: {error}") from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            words = f"no answer from FCM: {type(error).__name__}"
            raise AnswerLost(words, overdue=isinstance(error, TimeoutError)) from error


def message(copy: Copy, channel_id: str = "") -> dict[str, Any]:
    """https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages

    Shown by the system; the app gets the link and the way to its reader's own page as ``data``,
    which holds text alone. A picture that does not fit beside the words is left out.
    """
    fields, to = copy.words.fields, copy.to.value
    # Words that were stored before there were pictures know of none.
    image = fields.get("image", "")
    if image and _carried(said := _message(copy, channel_id, to, image)) <= MOST_BYTES:
        return said
    return _message(copy, channel_id, to, "")


def _carried(said: dict[str, Any]) -> int:
    """Bytes of what counts: https://firebase.google.com/docs/cloud-messaging/concept-options"""
    counted = [said["notification"], said["data"], said["apns"]["payload"]]
    return len(json.dumps(counted, ensure_ascii=False).encode())


def _message(copy: Copy, channel_id: str, to: str, image: str) -> dict[str, Any]:
    fields = copy.words.fields
    ttl = int(fields["ttl"])
    is_alert = copy.words.template == "alert"
    shown = {"tag": fields["tag"]} | ({"channel_id": channel_id} if channel_id else {})
    aps: dict[str, Any] = {"sound": "default"} if is_alert else {}
    if image:
        # Wakes the app's service extension, which fetches it.
        aps["mutable-content"] = 1
    return {
        "fid" if is_fid(to) else "token": to,
        "notification": {"title": fields["title"], "body": fields["body"]}
        | ({"image": image} if image else {}),
        "data": {
            "url": fields["url"],
            "kind": fields["kind"],
            "revision": str(fields["revision"]),
            "tag": fields["tag"],
            "own": web_link(copy.links.preferences),
        },
        "android": {
            "priority": "HIGH" if is_alert else "NORMAL",
            "ttl": f"{ttl}s",
            "collapse_key": fields["tag"],
            "notification": shown,
        },
        "apns": {
            "headers": {
                "apns-priority": "10" if is_alert else "5",
                "apns-expiration": str(int(time.time()) + ttl),
                "apns-collapse-id": fields["tag"],
            },
            "payload": {"aps": aps},
        },
    }


def _json(raw: bytes) -> dict[str, Any]:
    try:
        told = json.loads(raw)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def fcm(settings: FcmSettings) -> Channel:
    """The channel as the settings describe it. Raises :class:`~.account.BadAccount`."""
    given = settings.DIGEST_FCM_ACCOUNT
    return Fcm(
        FcmConfig(
            ServiceAccount(given, kept=_TOKENS) if given else None,
            (settings.DIGEST_FCM_URL or GOOGLE).rstrip("/"),
            settings.DIGEST_FCM_CHANNEL_ID,
            settings.DIGEST_FCM_CONNECTIONS,
        )
    )
