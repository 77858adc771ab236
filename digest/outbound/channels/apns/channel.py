"""The channel ``apns``: Apple's push service by HTTP/2, one notification per app and device."""

import asyncio
import json
import ssl
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol
from urllib.parse import urlsplit

from digest.kit import background
from digest.outbound.channels.apns import answers
from digest.outbound.channels.apns.address import NAME, PRODUCTION, SANDBOX
from digest.outbound.channels.apns.answers import ApnsAnswer, ApnsRemedy
from digest.outbound.channels.apns.line import ApnsLine, Headers, LineLost, NotTaken, connect
from digest.outbound.channels.apns.provider_token import ProviderToken
from digest.outbound.channels.base import (
    AnswerLost,
    Channel,
    Intend,
    Receipt,
    Rejected,
    Unreachable,
)
from digest.outbound.messages.links import web_link
from digest.outbound.messages.message import Copy

URLS = {
    PRODUCTION: "https://api.push.apple.com",
    SANDBOX: "https://api.sandbox.push.apple.com",
}
PATIENCE = 20.0
MOST_BYTES = 4_096
# A token of another app or environment than ours refuses everybody so.
_MISPLACED_IN_A_ROW = 5
_LINES_TRIED = 3
_IDS = uuid.UUID("6f1f4f0e-4f4e-5c57-9a5e-2f3d1f0f6f10")


class ApnsSettings(Protocol):
    """What the channel reads of the settings."""

    DIGEST_APNS_KEY: str
    DIGEST_APNS_KEY_ID: str
    DIGEST_APNS_TEAM: str
    DIGEST_APNS_TOPICS: list[str]
    DIGEST_APNS_SANDBOX_KEY: str
    DIGEST_APNS_SANDBOX_KEY_ID: str
    DIGEST_APNS_URL: str
    DIGEST_APNS_SANDBOX_URL: str
    DIGEST_APNS_CA: str


@dataclass(frozen=True, slots=True)
class ApnsPlace:
    """One environment of Apple's: where it is, and the token that it takes."""

    host: str
    port: int
    token: ProviderToken


@dataclass(frozen=True, slots=True)
class ApnsConfig:
    """``places`` by environment; without any nothing is sent. ``topics``: bundle ids, ours."""

    places: dict[str, ApnsPlace]
    topics: tuple[str, ...]
    authority: str = ""
    """A certificate in PEM that is believed instead of those of this machine."""


class Apns:
    """The channel ``apns``; a line to each environment that is needed, shared by all copies."""

    name = NAME

    def __init__(self, config: ApnsConfig) -> None:
        self._config = config
        self._context = _trusting(config.authority)
        self._lines: dict[str, asyncio.Task[ApnsLine]] = {}
        self._misplaced = 0

    async def open(self) -> None:
        """Begin the first environment's line, so that the handshake is over when the first copy
        comes. Waits for nothing: a line that cannot be made is made anew for whoever needs it.
        """
        for environment in self._config.places:
            self._begin(environment)
            break

    async def send(self, copy: Copy, intend: Intend) -> Receipt:
        """Push one notification. Raises :class:`~.base.ChannelError`.

        What is tried again here was refused for certain, or never looked at.
        """
        if not (self._config.places and self._config.topics):
            raise Rejected(
                "APNs is not set up: set DIGEST_APNS_KEY, its id, the team and DIGEST_APNS_TOPICS.",
                permanent=False,
                scope="channel",
            )
        device = copy.to.data or {}
        environment = device.get("environment", PRODUCTION)
        if environment not in self._config.places:
            environment = next(iter(self._config.places))
        topic = device.get("topic", self._config.topics[0])
        if topic not in self._config.topics:
            raise Rejected(f"{topic} is no app of ours any more.", permanent=True, recipient=True)
        began = False

        def before() -> None:
            nonlocal began
            if not began:
                intend()
                began = True

        try:
            async with asyncio.timeout(PATIENCE):
                answer = await self._ask(environment, copy, topic, before)
                others = [each for each in self._config.places if each != environment]
                if answer.reason == "BadDeviceToken" and others:
                    elsewhere = await self._ask(others[0], copy, topic, before)
                    answer = elsewhere if elsewhere.status == 200 else answer
        except TimeoutError as error:
            words = f"No answer from APNs within {PATIENCE:g} seconds."
            raise (AnswerLost(words, overdue=True) if began else Unreachable(words)) from error
        if answer.status != 200:
            raise self._refusal(answer, int(device.get("told", 0)))
        self._misplaced = 0
        return Receipt(200, "", answer.apns_id)

    async def close(self) -> None:
        """Hang up: whoever sent has waited for its answers.

        A line that is made at the last moment, although it is called off, is hung up as well.
        """
        made, self._lines = self._lines, {}
        await background.end(made.values(), patience=0, limit=PATIENCE / 2)
        for each in made.values():
            if each.done() and not each.cancelled() and each.exception() is None:
                each.result().retire()
        # A turn of the loop, in which transports say goodbye.
        await asyncio.sleep(0)

    def _refusal(self, answer: ApnsAnswer, told_at: int) -> Rejected:
        refused = answers.refusal(answer, told_at=told_at)
        if answer.remedy is ApnsRemedy.OTHER_PLACE:
            self._misplaced += 1
            if self._misplaced >= _MISPLACED_IN_A_ROW:
                words = (
                    f"Many tokens in a row belong elsewhere: {refused.reply}. Check"
                    " DIGEST_APNS_TOPICS, and which environment the app was built for."
                )
                return Rejected(words, answer.status, permanent=False, scope="channel")
        return refused

    async def _ask(
        self, environment: str, copy: Copy, topic: str, before: Callable[[], None]
    ) -> ApnsAnswer:
        """One notification by one environment, with what its reasons ask for done once."""
        token = self._config.places[environment].token
        for is_last in (False, True):
            used = token.value()
            answer = await self._request(environment, copy, topic, used, before)
            if answer.remedy is ApnsRemedy.NEW_LINE:
                self._retire(environment)
            elif answer.remedy is not ApnsRemedy.NEW_TOKEN or not token.renew(used):
                break
            if is_last:
                break
        return answer

    async def _request(
        self,
        environment: str,
        copy: Copy,
        topic: str,
        token: bytes,
        before: Callable[[], None],
    ) -> ApnsAnswer:
        """By a line that takes it. Raises AnswerLost and Unreachable."""
        host = self._config.places[environment].host
        headers, body = headers_of(copy, topic, host, token), payload(copy)
        for _ in range(_LINES_TRIED):
            line = await self._line(environment)
            try:
                return answers.read(*await line.request(headers, body, before))
            except NotTaken as error:
                reason = str(error)
                self._retire(environment, line)
            except LineLost as error:
                raise AnswerLost(f"no answer from APNs: {error}") from error
        raise Unreachable(f"APNs closes one line after the other: {reason}")

    async def _line(self, environment: str) -> ApnsLine:
        """The line to an environment; all who ask while it is made wait for the same one."""
        made = self._lines.get(environment)
        if made is None or (made.done() and not _takes(made)):
            made = self._begin(environment)
        try:
            return await asyncio.shield(made)
        except (OSError, TimeoutError) as error:
            raise Unreachable(f"APNs cannot be reached: {error or type(error).__name__}") from error

    def _begin(self, environment: str) -> "asyncio.Task[ApnsLine]":
        place = self._config.places[environment]
        made = asyncio.create_task(connect(place.host, place.port, self._context, PATIENCE / 2))
        self._lines[environment] = made
        return made

    def _retire(self, environment: str, line: ApnsLine | None = None) -> None:
        """Another line from now on, if it is still this one."""
        made = self._lines.get(environment)
        if made is not None and _takes(made) and line in (None, made.result()):
            made.result().retire()


@lru_cache(maxsize=4)
def _trusting(authority: str) -> ssl.SSLContext:
    """Believes ``authority``, or this machine's certificates, which take long to read: once in a
    process and those forked from it.
    """
    context = ssl.create_default_context(cadata=authority or None)
    context.set_alpn_protocols(["h2"])
    return context


def _takes(made: "asyncio.Task[ApnsLine]") -> bool:
    if not made.done() or made.cancelled() or made.exception() is not None:
        return False
    return made.result().takes


def headers_of(copy: Copy, topic: str, host: str, token: bytes) -> Headers:
    """https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns

    ``apns-id`` comes of the ledger's key: a repeat has the same. The collapse id is that of the
    alert, so that a correction takes its place.
    """
    fields = copy.words.fields
    is_alert = copy.words.template == "alert"
    return (
        (b":method", b"POST"),
        (b":scheme", b"https"),
        (b":path", b"/3/device/" + copy.to.value.encode()),
        (b":authority", host.encode()),
        (b"authorization", token),
        (b"apns-topic", topic.encode()),
        (b"apns-push-type", b"alert"),
        (b"apns-priority", b"10" if is_alert else b"5"),
        (b"apns-expiration", str(int(time.time()) + int(fields["ttl"])).encode()),
        (b"apns-collapse-id", fields["tag"].encode()),
        (b"apns-id", str(uuid.uuid5(_IDS, copy.key)).encode()),
    )


def payload(copy: Copy) -> bytes:
    """The JSON: shown by the system, with the link and the way to the reader's own page beside.

    A picture is fetched by the app's own service extension, which ``mutable-content`` wakes; one
    that does not fit beside the words is left out.
    """
    # Words that were stored before there were pictures know of none.
    image = copy.words.fields.get("image", "")
    made = _payload(copy, image)
    return made if not image or len(made) <= MOST_BYTES else _payload(copy, "")


def _payload(copy: Copy, image: str) -> bytes:
    fields = copy.words.fields
    aps: dict[str, Any] = {
        "alert": {"title": fields["title"], "body": fields["body"]},
        "thread-id": fields["tag"],
    }
    if copy.words.template == "alert":
        aps["sound"] = "default"
    told = {
        "aps": aps,
        "url": fields["url"],
        "kind": fields["kind"],
        "revision": fields["revision"],
        "tag": fields["tag"],
        "own": web_link(copy.links.preferences),
    }
    if image:
        aps["mutable-content"] = 1
        told["image"] = image
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def apns(settings: ApnsSettings) -> Channel:
    """The channel as the settings describe it. Raises :class:`~.provider_token.BadApnsKey`."""
    return Apns(config_of(settings))


def config_of(settings: ApnsSettings) -> ApnsConfig:
    """As :func:`apns`. A key of its own serves the sandbox; without one, it is left alone."""
    team, places = settings.DIGEST_APNS_TEAM, {}
    for environment, pem, key_id, url in (
        (
            PRODUCTION,
            settings.DIGEST_APNS_KEY,
            settings.DIGEST_APNS_KEY_ID,
            settings.DIGEST_APNS_URL,
        ),
        (
            SANDBOX,
            settings.DIGEST_APNS_SANDBOX_KEY,
            settings.DIGEST_APNS_SANDBOX_KEY_ID,
            settings.DIGEST_APNS_SANDBOX_URL,
        ),
    ):
        if pem:
            found = urlsplit(url or URLS[environment])
            token = ProviderToken(pem, key_id, team)
            places[environment] = ApnsPlace(found.hostname or "", found.port or 443, token)
    return ApnsConfig(places, tuple(settings.DIGEST_APNS_TOPICS), settings.DIGEST_APNS_CA)
