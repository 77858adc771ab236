"""The channel ``telegram``: a message per chat by the Bot API; corrections edit it."""

import json
from collections.abc import Mapping
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
from digest.outbound.channels.telegram import answers
from digest.outbound.channels.telegram.address import NAME, is_place
from digest.outbound.messages.links import web_link
from digest.outbound.messages.message import OWN_DATA, PREFERENCES, Act, Copy

BOT_API = "https://api.telegram.org"
PATIENCE = 20.0
_LARGEST_ANSWER = 64 * 1024


class TelegramSettings(Protocol):
    """What the channel reads of the settings."""

    DIGEST_TELEGRAM_URL: str
    DIGEST_TELEGRAM_TOKEN: str
    DIGEST_TELEGRAM_CONNECTIONS: int


@dataclass(frozen=True, slots=True)
class TelegramConfig:
    """What the channel needs of the settings."""

    url: str
    token: str
    connections: int = 10


class Telegram:
    """The channel ``telegram``."""

    name = NAME

    def __init__(self, config: TelegramConfig) -> None:
        self._config = config
        self._session: aiohttp.ClientSession | None = None
        self._pause = AskedToWait("Telegram")

    async def open(self) -> None:
        """Make the pool of connections; none is opened yet."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._config.connections),
            timeout=aiohttp.ClientTimeout(total=PATIENCE, connect=PATIENCE / 2),
        )

    async def send(self, copy: Copy, intend: Intend) -> Receipt:
        """Send, edit or delete one message. Raises :class:`~.base.ChannelError`.

        What can be edited or deleted no more is followed by a message of its own, or by an edit:
        the refusal says for certain that nothing was changed.
        """
        if not self._config.token:
            raise Rejected(
                "Telegram is not set up: set DIGEST_TELEGRAM_TOKEN.",
                permanent=False,
                scope="channel",
            )
        message = _message(copy)
        await self._pause.over()
        intend()
        earlier = int(copy.earlier) if copy.earlier.isdecimal() else 0
        if earlier and copy.act is not Act.SEND:
            return await self._change(copy.act, message, earlier)
        return _receipt(await self._call("sendMessage", message))

    async def close(self) -> None:
        """Close the pool."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def _change(self, act: Act, message: dict[str, Any], earlier: int) -> Receipt:
        """Delete if that is asked for and can be, else edit, else say it anew."""
        if act is Act.WITHDRAW:
            try:
                # For 48 hours: https://core.telegram.org/bots/api#deletemessage
                await self._call(
                    "deleteMessage", {"chat_id": message["chat_id"], "message_id": earlier}
                )
            except Rejected as refused:
                if not answers.has_no_earlier(refused):
                    raise
            else:
                return Receipt(200, "deleted", str(earlier))
        try:
            await self._call("editMessageText", message | {"message_id": earlier})
        except Rejected as refused:
            if answers.is_done_already(refused):
                return Receipt(200, "edited before", str(earlier))
            if not answers.has_no_earlier(refused):
                raise
            return _receipt(await self._call("sendMessage", message))
        return Receipt(200, "edited", str(earlier))

    async def _call(self, method: str, told: dict[str, Any]) -> Any:
        """The result of one method of the Bot API. The token stands in its address: say none."""
        if self._session is None:
            raise RuntimeError("Telegram.send needs Telegram.open first")
        url = f"{self._config.url}/bot{self._config.token}/{method}"
        try:
            async with self._session.post(url, json=told, allow_redirects=False) as answer:
                status = answer.status
                body = _json(await whole(answer.content, _LARGEST_ANSWER))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise Unreachable(f"Telegram cannot be reached: {type(error).__name__}") from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            words = f"no answer from Telegram: {type(error).__name__}"
            raise AnswerLost(words, overdue=isinstance(error, TimeoutError)) from None
        if status >= 500:
            raise AnswerLost(f"{status} from Telegram: it may have arrived", status)
        if isinstance(body, dict) and body.get("ok") is True:
            return body.get("result")
        if not isinstance(body, dict) or not isinstance(body.get("ok"), bool):
            raise _not_theirs(status)
        refused = answers.refusal(status, body)
        self._pause.heard(refused)
        raise refused


def _not_theirs(status: int) -> Rejected | AnswerLost:
    """What has no ``ok`` a portal or a proxy between has written: it is no verdict on a chat."""
    words = f"{status}, but Telegram did not write it: something on the way answers for it"
    if status < 300:
        return AnswerLost(words, status)
    if status == 429:
        return Rejected(words, status, permanent=False, retry_after=30.0)
    return Rejected(words, status, permanent=False, scope="channel")


def _message(copy: Copy) -> dict[str, Any]:
    """The message as ``sendMessage`` and ``editMessageText`` take it.

    Where many read, no foot: a reader's own link in a channel would let anybody use it.
    """
    fields, chat = copy.words.fields, copy.to.value
    text = fields["text"]
    if not is_place(chat):
        own = web_link(copy.links.preferences or copy.links.own_data)
        foot = fields["foot"]
        for placeholder in (PREFERENCES, OWN_DATA):
            foot = foot.replace(placeholder, own.replace("&", "&amp;"))
        text = f"{text}\n\n{foot}" if own else text
    return {
        "chat_id": chat if chat.startswith("@") else int(chat) if _is_number(chat) else chat,
        "text": text,
        "parse_mode": "HTML",
        "link_preview_options": _preview(fields),
    }


def _preview(fields: Mapping[str, Any]) -> dict[str, Any]:
    """https://core.telegram.org/bots/api#linkpreviewoptions: a link's card, or a large picture
    above the words, which Telegram fetches from its own address.
    """
    card = fields["card"]
    if not card:
        return {"is_disabled": True}
    # Words that were stored before there were pictures know of none.
    if fields.get("picture"):
        return {"url": card, "prefer_large_media": True, "show_above_text": True}
    return {"url": card}


def _is_number(chat: str) -> bool:
    return chat.removeprefix("-").isdecimal()


def _receipt(result: Any) -> Receipt:
    number = result.get("message_id") if isinstance(result, dict) else None
    if not isinstance(number, int):
        raise AnswerLost("Telegram answered without a message's number")
    return Receipt(200, "", str(number))


def _json(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return None


def telegram(settings: TelegramSettings) -> Channel:
    """The channel as the settings describe it."""
    return Telegram(
        TelegramConfig(
            (settings.DIGEST_TELEGRAM_URL or BOT_API).rstrip("/"),
            settings.DIGEST_TELEGRAM_TOKEN,
            settings.DIGEST_TELEGRAM_CONNECTIONS,
        )
    )
