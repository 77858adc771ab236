"""WhatsApp by the Cloud API: a template with slots, or free text while the window is open."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import aiohttp
import structlog

from digest.outbound.channels.answered import whole
from digest.outbound.channels.base import (
    AnswerLost,
    Channel,
    Intend,
    Receipt,
    Rejected,
    Unreachable,
)
from digest.outbound.channels.whatsapp.button import base_of
from digest.outbound.channels.whatsapp.errors import (
    ABOUT_THE_PICTURE,
    MARKETING_ELSEWHERE,
    MAYBE_THE_TEMPLATE,
    WINDOW_CLOSED,
    refusal,
)
from digest.outbound.channels.whatsapp.pictures.sendable import CAPTION_LIMIT, captioned, header
from digest.outbound.channels.whatsapp.slots import code
from digest.outbound.channels.whatsapp.templates import (
    MARKETING,
    ChosenTemplate,
    TemplateStanding,
    chosen,
    doubted,
    halted,
    standing,
)
from digest.outbound.messages.fit import units
from digest.outbound.messages.links import web_link
from digest.outbound.messages.message import (
    CONFIRM,
    OWN_DATA,
    PREFERENCES,
    UNSUBSCRIBE,
    Copy,
    ReaderLinks,
)

log = structlog.get_logger()

NAME = "whatsapp"
CLOUD_API = "https://graph.facebook.com/v23.0"
_LARGEST_ANSWER = 64 * 1024
_MESSAGES, _MARKETING = "messages", "marketing_messages"
_CALLBACK = "biz_opaque_callback_data"


class WhatsAppSettings(Protocol):
    """What WhatsApp reads from the installation's settings."""

    DIGEST_WHATSAPP_URL: str
    DIGEST_WHATSAPP_PHONE_ID: str
    DIGEST_WHATSAPP_TOKEN: str
    DIGEST_WHATSAPP_MARKETING_TERMS: bool
    DIGEST_WHATSAPP_SITE: str
    DIGEST_LANGUAGE: str


@dataclass(frozen=True, slots=True)
class WhatsAppConfig:
    """The number we send from and the token that lets us. ``patience``: seconds per request.

    ``has_marketing_terms``: the terms of /marketing_messages are accepted, so that templates of
    that category go there. ``language``: the newsroom's own, by Meta's code, whose templates go
    out where a reader's are not approved. ``site``: how addresses on the newsroom's site begin;
    with one, a link there may go out as a button.
    """

    url: str
    phone_id: str
    token: str
    connections: int = 20
    patience: float = 25.0
    has_marketing_terms: bool = False
    language: str = "en"
    site: str = ""

    @classmethod
    def of(cls, settings: WhatsAppSettings) -> "WhatsAppConfig":
        """Read the settings; an empty URL means Meta's own."""
        return cls(
            url=(settings.DIGEST_WHATSAPP_URL or CLOUD_API).rstrip("/"),
            phone_id=settings.DIGEST_WHATSAPP_PHONE_ID,
            token=settings.DIGEST_WHATSAPP_TOKEN,
            has_marketing_terms=settings.DIGEST_WHATSAPP_MARKETING_TERMS,
            language=code(settings.DIGEST_LANGUAGE or "en"),
            site=base_of(settings.DIGEST_WHATSAPP_SITE),
        )


class WhatsApp:
    """The channel ``whatsapp``."""

    name = NAME

    def __init__(self, config: WhatsAppConfig) -> None:
        self._config = config
        self._session: aiohttp.ClientSession | None = None
        self._facts: Mapping[str, Mapping[str, Any]] = {}
        # Pictures that Meta has refused to this run.
        self._shunned: set[str] = set()

    def learn(self, facts: Mapping[str, Mapping[str, Any]]) -> None:
        """What Meta has said of our templates (:mod:`~.templates`)."""
        self._facts = facts

    async def open(self) -> None:
        """Make the pool of connections; none is opened yet."""
        config = self._config
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=config.connections),
            timeout=aiohttp.ClientTimeout(total=config.patience, connect=config.patience / 2),
            headers={"Authorization": f"Bearer {config.token}"},
        )

    async def send(self, copy: Copy, intend: Intend) -> Receipt:
        """Post one message. Raises :class:`~.base.ChannelError`.

        When the window turns out to be closed, the template goes out instead; when Meta finds
        fault with a template that has a picture or a button, the one without: a refusal says for
        certain that nothing was sent.
        """
        if not (self._config.phone_id and self._config.token):
            raise Rejected(
                "WhatsApp is not set up: set DIGEST_WHATSAPP_PHONE_ID and DIGEST_WHATSAPP_TOKEN.",
                permanent=False,
                scope="channel",
            )
        if why := halted(self._facts, time.time()):
            raise Rejected(f"Meta lets nothing through: {why}", permanent=False, scope="channel")
        if copy.to.window_open:
            intend()
            try:
                return await self._freely(copy)
            except Rejected as refused:
                if refused.code != WINDOW_CLOSED:
                    raise
        choice = self._choose(copy)
        request = self._request(copy, choice)
        if not copy.to.window_open:
            intend()
        try:
            return await self._routed(request, choice)
        except Rejected as refused:
            if not choice.suffix or refused.code not in MAYBE_THE_TEMPLATE:
                raise
            return await self._plainer(copy, choice, refused)

    async def _freely(self, copy: Copy) -> Receipt:
        """Free text, below its picture where it has one that Meta takes."""
        picture = copy.words.fields.get("picture", "")
        if not picture or picture in self._shunned:
            return await self._post(payload(copy), _MESSAGES)
        try:
            return await self._post(payload(copy, picture=picture), _MESSAGES)
        except Rejected as refused:
            if refused.code not in ABOUT_THE_PICTURE:
                raise
        receipt = await self._post(payload(copy), _MESSAGES)
        self._shunned.add(picture)
        return receipt

    async def _plainer(self, copy: Copy, choice: ChosenTemplate, refused: Rejected) -> Receipt:
        """A plainer template in place of one that Meta does not have as we know it, or whose
        picture it does not take: the one without the picture, then the one without the button.
        """
        plain = self._choose(copy, button=bool(choice.picture), picture=False)
        try:
            receipt = await self._routed(self._request(copy, plain), plain)
        except Rejected as again:
            if not plain.suffix or again.code not in MAYBE_THE_TEMPLATE:
                raise
            receipt = await self._plainer(copy, plain, again)
        # It was the template, and not the reader: spare the others the detour.
        name = f"{choice.name}:{choice.language}"
        log.warning("a template was refused as it is", template=name, reason=str(refused))
        if refused.code in ABOUT_THE_PICTURE:
            self._shunned.add(choice.picture)
        else:
            self._facts = doubted(self._facts, choice)
        return receipt

    def _request(self, copy: Copy, choice: ChosenTemplate) -> dict[str, Any]:
        self._check(choice)
        return payload(copy, choice)

    async def _routed(self, request: dict[str, Any], choice: ChosenTemplate) -> Receipt:
        try:
            return await self._post(request, self._endpoint(choice))
        except Rejected as refused:
            if refused.code != MARKETING_ELSEWHERE or not self._config.has_marketing_terms:
                raise
        return await self._post(request, _MARKETING)

    def _choose(self, copy: Copy, *, button: bool = True, picture: bool = True) -> ChosenTemplate:
        fields, language = copy.words.fields, self._config.language
        # Words that were stored before there were buttons and pictures know of none.
        link = fields.get("link", "") if button and self._config.site else ""
        above = fields.get("picture", "") if picture else ""
        return chosen(
            self._facts,
            fields["template"],
            fields["language"],
            language,
            link=link,
            picture="" if above in self._shunned else above,
        )

    def _standing(self, choice: ChosenTemplate) -> TemplateStanding:
        return standing(self._facts, choice.name, choice.language)

    def _check(self, choice: ChosenTemplate) -> None:
        """Spare Meta, and our quality there, what it has told us it refuses."""
        stopped = self._standing(choice).stopped
        if stopped:
            words = (
                f"The template {choice.name} cannot be sent: Meta {stopped}. See WhatsApp Manager."
            )
            raise Rejected(words, permanent=False, scope="channel")

    def _endpoint(self, choice: ChosenTemplate) -> str:
        """By the category that holds, as Meta routes them; free text is never marketing."""
        if not self._config.has_marketing_terms:
            return _MESSAGES
        return _MARKETING if self._standing(choice).category == MARKETING else _MESSAGES

    async def close(self) -> None:
        """Close the pool."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def _post(self, request: dict[str, Any], endpoint: str) -> Receipt:
        if self._session is None:
            raise RuntimeError("WhatsApp.send needs WhatsApp.open first")
        url = f"{self._config.url}/{self._config.phone_id}/{endpoint}"
        if endpoint == _MARKETING:
            # Its schema knows no such field, and refuses what it does not know.
            request = {name: request[name] for name in request if name != _CALLBACK}
        try:
            async with self._session.post(url, json=request, allow_redirects=False) as answer:
                body = _json(await whole(answer.content, _LARGEST_ANSWER))
                status, wait = answer.status, answer.headers.get("Retry-After", "")
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise Unreachable(f"WhatsApp cannot be reached: {error}") from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            words = f"no answer from WhatsApp after the request: {type(error).__name__}"
            raise AnswerLost(words) from error
        if status != 200:
            raise refusal(status, body, float(wait) if wait.isdecimal() else None)
        return _receipt(body)


def payload(
    copy: Copy, choice: ChosenTemplate | None = None, *, picture: str = ""
) -> dict[str, Any]:
    """The request's body: free text, below a ``picture`` where it is short enough for that, or the
    template that was chosen, with its own picture, slots and button.

    ``biz_opaque_callback_data`` comes back with every status, so that it finds its delivery even
    when the answer to this request was lost.
    """
    fields, links = copy.words.fields, copy.links
    request: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": copy.to.value.removeprefix("+"),
        _CALLBACK: copy.key,
    }
    if choice is None:
        body = _spliced(fields["text"], links)
        if picture and units(body) <= CAPTION_LIMIT:
            return request | captioned(picture, body)
        return request | {"type": "text", "text": {"preview_url": False, "body": body}}
    said = fields["button_slots"] if choice.suffix else fields["slots"]
    slots = [{"type": "text", "text": _spliced(slot, links)} for slot in said]
    components: list[dict[str, Any]] = [{"type": "body", "parameters": slots}]
    if choice.picture:
        components.insert(0, header(choice.picture))
    if choice.suffix:
        components.append(_button(choice.suffix))
    template = {
        "name": choice.name,
        "language": {"code": choice.language},
        "components": components,
    }
    return request | {"type": "template", "template": template}


def _button(suffix: str) -> dict[str, Any]:
    """How the address of the only button ends: Meta's reference, Template components, buttons."""
    ends = {"type": "text", "text": suffix}
    return {"type": "button", "sub_type": "url", "index": "0", "parameters": [ends]}


def _spliced(text: str, links: ReaderLinks) -> str:
    own = {
        UNSUBSCRIBE: links.unsubscribe,
        PREFERENCES: links.preferences,
        CONFIRM: links.confirm,
        OWN_DATA: links.own_data,
    }
    for placeholder, url in own.items():
        if placeholder in text:
            checked = web_link(url)
            if not checked:
                name = placeholder.rpartition("/")[2]
                words = f"The copy has no usable {name} link; check DIGEST_BASE_URL."
                raise Rejected(words, permanent=False, scope="channel")
            text = text.replace(placeholder, checked)
    return text


def _receipt(body: Any) -> Receipt:
    try:
        message = body["messages"][0]
        return Receipt(200, str(message.get("message_status", "accepted")), str(message["id"]))
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise AnswerLost("WhatsApp answered 200 without a message id") from error


def _json(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return None


def whatsapp(settings: WhatsAppSettings) -> Channel:
    """The channel as the settings describe it."""
    return WhatsApp(WhatsAppConfig.of(settings))
