"""The channel ``webpush``: one encrypted request per browser to the push service it chose."""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import aiohttp

from digest.audience.kinds import BadAddress
from digest.kit import http
from digest.kit.fetching.http_errors import BlockedAddress, BlockedConnection
from digest.outbound.channels.answered import whole
from digest.outbound.channels.base import (
    AnswerLost,
    Channel,
    Intend,
    Receipt,
    Rejected,
    Unreachable,
)
from digest.outbound.channels.webpush import answers, vapid
from digest.outbound.channels.webpush.address import (
    LOOPBACK,
    NAME,
    BrowserKeys,
    is_served_by,
    origin_of,
)
from digest.outbound.channels.webpush.encryption import MOST_PLAIN, encrypt
from digest.outbound.messages.links import web_link
from digest.outbound.messages.message import PREFERENCES, Copy

_LARGEST_ANSWER = 16 * 1024
# Made once: json.dumps makes another for each message.
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
PATIENCE = 20.0


class WebPushSettings(Protocol):
    """What the channel reads of the settings."""

    DIGEST_HOME: Path
    DIGEST_WEBPUSH_KEYS: list[str]
    DIGEST_WEBPUSH_CONTACT: str
    DIGEST_WEBPUSH_SERVICES: list[str]
    DIGEST_WEBPUSH_CONNECTIONS: int
    DIGEST_FROM_EMAIL: str
    DIGEST_USER_AGENT: str
    DIGEST_ALLOW_PRIVATE_FETCH: bool


def contact_of(settings: WebPushSettings) -> str:
    """Whom a push service may write to (RFC 8292, 2.1); Apple refuses one with spaces."""
    return settings.DIGEST_WEBPUSH_CONTACT or f"mailto:{settings.DIGEST_FROM_EMAIL}"


def vapid_keys(settings: WebPushSettings) -> tuple[vapid.VapidKey, ...]:
    """Our keys, the newest first. Raises :class:`~.vapid.BadVapidKey`."""
    keys = vapid.kept(settings.DIGEST_WEBPUSH_KEYS, settings.DIGEST_HOME)
    return tuple(vapid.VapidKey(each) for each in keys)


@dataclass(frozen=True, slots=True)
class WebPushConfig:
    """What the channel needs of the settings."""

    signers: tuple[vapid.VapidKey, ...]
    contact: str
    services: Sequence[str]
    user_agent: str
    allow_private: bool = False
    connections: int = 50


class WebPush:
    """The channel ``webpush``."""

    name = NAME

    def __init__(self, config: WebPushConfig) -> None:
        self._config = config
        self._signers = {each.public: each for each in config.signers}
        self._session: http.Session | None = None

    async def open(self) -> None:
        """Make the pool; a name that leads inside is refused at the moment of connecting."""
        config = self._config
        self._session = http.session(
            user_agent=config.user_agent,
            allow_private=config.allow_private,
            connections=config.connections,
        )

    async def send(self, copy: Copy, intend: Intend) -> Receipt:
        """Encrypt and post one message. Raises :class:`~.base.ChannelError`.

        What a push service finds too large goes once more with its headline alone: the refusal
        says for certain that nothing was shown.
        """
        try:
            browser = BrowserKeys.of(copy.to.data or {})
        except BadAddress as error:
            raise Rejected(str(error), permanent=True, recipient=True) from None
        url = copy.to.value
        if not is_served_by(url, self._config.services):
            words = f"{origin_of(url)} is no push service that DIGEST_WEBPUSH_SERVICES names."
            raise Rejected(words, permanent=True)
        headers = self._headers(copy, browser)
        body = encrypt(payload(copy), browser)
        intend()
        status, words, wait = await self._post(url, body, headers)
        if status == answers.TOO_LARGE:
            short = encrypt(payload(copy, short=True), browser)
            status, words, wait = await self._post(url, short, headers)
        if status not in {200, 201, 202}:
            raise answers.refusal(status, words, wait, now=time.time())
        # What a later revision replaces is found by the notification's tag.
        return Receipt(status, "", str(copy.words.fields["tag"]))

    async def close(self) -> None:
        """Close the pool."""
        session, self._session = self._session, None
        if session is not None:
            await session.client.close()

    def _headers(self, copy: Copy, browser: BrowserKeys) -> dict[str, str]:
        """RFC 8030, 5.2 to 5.4, and RFC 8292."""
        signer = self._signers.get(browser.ours)
        if signer is None:
            raise Rejected(
                f"A browser subscribed with the key {browser.ours[:12]}…, which is not among ours:"
                " put the private key it belongs to back into DIGEST_WEBPUSH_KEYS.",
                permanent=False,
                scope="channel",
            )
        fields = copy.words.fields
        return {
            "Authorization": signer.authorization(origin_of(copy.to.value), self._config.contact),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(fields["ttl"]),
            "Urgency": fields["urgency"],
            "Topic": fields["topic"],
        }

    async def _post(self, url: str, body: bytes, headers: dict[str, str]) -> tuple[int, str, str]:
        """Status, words and Retry-After."""
        if self._session is None:
            raise RuntimeError("WebPush.send needs WebPush.open first")
        try:
            async with (
                asyncio.timeout(PATIENCE),
                self._session.client.post(
                    url, data=body, headers=headers, allow_redirects=False
                ) as answer,
            ):
                words = "" if answer.status == 201 else await _said(answer)
                return answer.status, words, answer.headers.get("Retry-After", "")
        except BlockedAddress as error:
            raise Rejected(str(error), permanent=True) from error
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            if isinstance(error, aiohttp.ClientConnectorError) and isinstance(
                error.os_error, BlockedConnection
            ):
                raise Rejected(f"{origin_of(url)} lies inside.", permanent=True) from error
            raise Unreachable(f"{origin_of(url)} cannot be reached: {error}") from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            words = f"no answer from {origin_of(url)}: {type(error).__name__}"
            raise AnswerLost(words, overdue=isinstance(error, TimeoutError)) from error


async def _said(answer: aiohttp.ClientResponse) -> str:
    return (await whole(answer.content, _LARGEST_ANSWER)).decode("utf-8", "replace")


def payload(copy: Copy, *, short: bool = False) -> bytes:
    """A declarative push message, which serves browsers that know them and our worker alike.

    https://w3c.github.io/push-api/#declarative-push-message. ``mutable`` wakes the worker, which
    puts an update in the place of what it updates. A picture that leaves no room for the words is
    left out. ``short``: the headline and the link alone.
    """
    fields = copy.words.fields
    own = web_link(copy.links.preferences)
    # A rehearsal's copy and one from a bench have no page of their own.
    actions = [{"action": "own", "title": fields["own"], "navigate": own}] if own else []
    said: dict[str, Any] = {
        "title": fields["title"],
        "navigate": fields["navigate"].replace(PREFERENCES, own),
        "lang": copy.words.language,
        "dir": fields["dir"],
        "tag": fields["tag"],
        "data": {"kind": fields["kind"], "revision": fields["revision"]},
    }
    if short:
        return _declared(said)
    said |= {"body": fields["body"], "actions": actions}
    # Words that were stored before there were pictures know of none.
    if fields.get("image"):
        made = _declared(said | {"image": fields["image"]})
        if len(made) <= MOST_PLAIN:
            return made
    made = _declared(said)
    return made if len(made) <= MOST_PLAIN else payload(copy, short=True)


def _declared(notification: dict[str, Any]) -> bytes:
    whole = {"web_push": 8030, "notification": notification, "mutable": True}
    return _JSON.encode(whole).encode()


def webpush(settings: WebPushSettings) -> Channel:
    """The channel as the settings describe it. Raises :class:`~.vapid.BadVapidKey`."""
    return WebPush(
        WebPushConfig(
            signers=vapid_keys(settings),
            contact=contact_of(settings),
            services=settings.DIGEST_WEBPUSH_SERVICES,
            user_agent=settings.DIGEST_USER_AGENT,
            # Whoever names this very machine as a push service means it.
            allow_private=settings.DIGEST_ALLOW_PRIVATE_FETCH
            or not LOOPBACK.isdisjoint(settings.DIGEST_WEBPUSH_SERVICES),
            connections=settings.DIGEST_WEBPUSH_CONNECTIONS,
        )
    )
