"""A loopback stand-in for Telegram's Bot API, as strict as the real one in what we use of it.

``python -m digest.outbound.channels.telegram.stand_in.bot_api --port 4012 --folder FOLDER`` keeps
what it took as JSON lines in ``FOLDER/messages.jsonl``. Rules as in https://core.telegram.org/bots/api:
sendMessage, editMessageText, deleteMessage, setWebhook, HTML style; words as the server says them.
"""

import argparse
import asyncio
import json
import re
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from digest.kit.errors import ServiceError
from digest.outbound.channels.report import mapping
from digest.outbound.channels.stand_in import RECORD, records
from digest.outbound.channels.stand_in_server import serve, until_stopped
from digest.outbound.channels.telegram import html
from digest.outbound.messages.fit import units

BOT = "meridian_bot"
TOKEN = "100200300:local-stand-in"  # noqa: S105 - of a stand-in on loopback
_CHAT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>@{bot}</title>
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<style>body {{ font: 16px/1.5 sans-serif; max-width: 26em; margin: 3em auto; padding: 0 1em }}
input, button {{ font: inherit; padding: .4em .7em; margin: .2em 0 1em; max-width: 100% }}</style>
<h1>@{bot}</h1><p>A chat with the stand-in of Telegram. Nothing leaves this machine.</p>
<form method="post" action="/write"><label>Your chat’s number<br>
<input name="chat" value="7001" pattern="[0-9]+" required></label><br>
<label>Say<br><input name="said" value="{said}" required></label><br><button>Send</button></form>
</html>"""
_EDITABLE_FOR_DELETION = 48 * 3600
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")


class BotRefused(ServiceError):
    """An error that the Bot API answers with."""

    def __init__(self, code: int, words: str, **parameters: int) -> None:
        super().__init__(words)
        self.code, self.words, self.parameters = code, words, parameters


@dataclass
class BotApi:
    """One bot. ``script`` holds what comes next, one entry per request.

    An entry is a status to answer with, 0 for "behave". ``blocked`` are chats whose reader blocked
    the bot, ``strangers`` those who never pressed Start, ``closed`` places where it may not write.
    With a ``folder`` what stands in the chats, and its numbers, outlive it.
    """

    folder: Path | None = None
    token: str = TOKEN
    bot: str = BOT
    clock: Callable[[], float] = time.time
    script: deque[int] = field(default_factory=deque)
    retry_after: int = 7
    delay: float = 0.0
    blocked: set[str] = field(default_factory=set)
    strangers: set[str] = field(default_factory=set)
    closed: set[str] = field(default_factory=set)
    taken: list[dict[str, Any]] = field(default_factory=list)
    standing: dict[tuple[str, int], dict[str, Any]] = field(default_factory=dict)
    webhook: str = ""
    secret: str = ""
    hooks: str = ""
    port: int = 0
    requests: int = 0
    _number: int = 0
    _update: int = 0

    def __post_init__(self) -> None:
        if self.folder is None:
            return
        # Numbers of updates grow for ever (https://core.telegram.org/bots/api#update): the newsroom
        # knows one that comes again for a repetition.
        self._update = int(self.clock() * 1000)
        for each in records(self.folder):
            chat, _, number = str(each.get("id", "")).rpartition("-")
            if not number.isdecimal():
                continue
            self._number = max(self._number, int(number))
            key = chat, int(number)
            if each.get("act") == "deleted":
                self.standing.pop(key, None)
            else:
                first = self.standing.get(key, {"at": each.get("at", 0.0)})
                self.standing[key] = first | _shown(mapping(each.get("request")))

    @property
    def url(self) -> str:
        """For ``DIGEST_TELEGRAM_URL``."""
        return f"http://127.0.0.1:{self.port}"

    def application(self) -> web.Application:
        """The web application."""
        made = web.Application(client_max_size=1024 * 1024)
        made.router.add_route("*", "/bot{token}/{method}", self._called)
        made.router.add_post("/write", self._written)
        made.router.add_get(f"/{self.bot}", self._chat_page)
        return made

    async def _called(self, request: web.Request) -> web.Response:
        self.requests += 1
        scripted = self.script.popleft() if self.script else 0
        await asyncio.sleep(self.delay)
        try:
            if scripted:
                wait = {"retry_after": self.retry_after} if scripted == 429 else {}
                raise BotRefused(scripted, "Too Many Requests: retry later", **wait)
            if request.match_info["token"] != self.token:
                raise BotRefused(401, "Unauthorized")
            told = await _json(request)
            methods: dict[str, Callable[[dict[str, Any]], Any]] = {
                "sendMessage": self._send,
                "editMessageText": self._edit,
                "deleteMessage": self._delete,
                "setWebhook": self._set_webhook,
                "getWebhookInfo": lambda told: {"url": self.webhook},
                "getMe": lambda told: {"id": 1, "is_bot": True, "username": self.bot},
            }
            method = methods.get(request.match_info["method"])
            if method is None:
                raise BotRefused(404, "Not Found: method not found")
            result = method(told)
        except BotRefused as refused:
            answer: dict[str, Any] = {
                "ok": False, "error_code": refused.code, "description": refused.words,
            }  # fmt: skip
            if refused.parameters:
                answer["parameters"] = refused.parameters
            return web.json_response(answer, status=refused.code)
        return web.json_response({"ok": True, "result": result})

    # Methods

    def _send(self, told: dict[str, Any]) -> dict[str, Any]:
        chat = self._chat(told)
        said = _text(told)
        self._number += 1
        message = {"message_id": self._number, "chat": {"id": told["chat_id"]}, "text": said}
        self.standing[chat, self._number] = {"at": self.clock()} | _shown(told)
        self._keep("sent", chat, self._number, told, said)
        return message | {"date": int(self.clock())}

    def _edit(self, told: dict[str, Any]) -> dict[str, Any]:
        chat = self._chat(told)
        number = _number(told)
        said = _text(told)
        stands = self.standing.get((chat, number))
        if stands is None:
            raise BotRefused(400, "Bad Request: message to edit not found")
        if all(stands.get(name) == each for name, each in _shown(told).items()):
            raise BotRefused(
                400,
                "Bad Request: message is not modified: specified new message content and reply"
                " markup are exactly the same as a current content and reply markup of the message",
            )
        stands |= _shown(told)
        self._keep("edited", chat, number, told, said)
        return {"message_id": number, "chat": {"id": told["chat_id"]}, "text": said}

    def _delete(self, told: dict[str, Any]) -> bool:
        chat = self._chat(told)
        number = _number(told)
        stands = self.standing.get((chat, number))
        if stands is None:
            raise BotRefused(400, "Bad Request: message to delete not found")
        if self.clock() - stands["at"] > _EDITABLE_FOR_DELETION:
            raise BotRefused(400, "Bad Request: message can't be deleted for everyone")
        del self.standing[chat, number]
        self._keep("deleted", chat, number, told, "")
        return True

    def _set_webhook(self, told: dict[str, Any]) -> bool:
        url, secret = told.get("url", ""), told.get("secret_token", "")
        if not isinstance(url, str) or not url.startswith("https://"):
            raise BotRefused(400, "Bad Request: bad webhook: An HTTPS URL must be provided")
        if secret and not _SECRET.fullmatch(str(secret)):
            raise BotRefused(400, "Bad Request: secret token contains unallowed characters")
        self.webhook, self.secret = url, str(secret)
        return True

    def _chat(self, told: dict[str, Any]) -> str:
        given = told.get("chat_id")
        if given is None or given == "":
            raise BotRefused(400, "Bad Request: chat_id is empty")
        chat = str(given)
        if not re.fullmatch(r"-?\d{1,16}|@\w{4,32}", chat) or chat in self.strangers:
            raise BotRefused(400, "Bad Request: chat not found")
        if chat in self.blocked:
            raise BotRefused(403, "Forbidden: bot was blocked by the user")
        if chat in self.closed:
            raise BotRefused(403, "Forbidden: bot is not a member of the channel chat")
        return chat

    def _keep(self, act: str, chat: str, number: int, told: dict[str, Any], said: str) -> None:
        record = {
            "at": self.clock(), "act": act, "id": f"{chat}-{number}", "to": chat,
            "text": told.get("text", ""), "preview": said, "request": told,
        }  # fmt: skip
        self.taken.append(record)
        if self.folder is not None:
            self.folder.mkdir(parents=True, exist_ok=True)
            with (self.folder / RECORD).open("a", encoding="utf-8") as file:
                file.write(json.dumps(record, ensure_ascii=False) + "\n")

    # A reader writes

    def update(self, chat: int, said: str, language: str = "en") -> dict[str, Any]:
        """An update as Telegram posts it, for a message in a reader's own chat."""
        self._update += 1
        person = {"id": chat, "is_bot": False, "first_name": "Noor", "language_code": language}
        return {
            "update_id": self._update,
            "message": {
                "message_id": 10_000 + self._update,
                "from": person,
                "chat": {"id": chat, "first_name": "Noor", "type": "private"},
                "date": int(self.clock()),
                "text": said,
            },
        }

    def blocking(self, chat: int) -> dict[str, Any]:
        """The update that says a reader blocked the bot."""
        self._update += 1
        member = {"user": {"id": 1, "is_bot": True}, "status": "kicked", "until_date": 0}
        return {
            "update_id": self._update,
            "my_chat_member": {
                "chat": {"id": chat, "type": "private"},
                "date": int(self.clock()),
                "old_chat_member": member | {"status": "member"},
                "new_chat_member": member,
            },
        }

    async def _written(self, request: web.Request) -> web.Response:
        """By hand: ``curl -d said=/start -d chat=1001 http://127.0.0.1:4012/write``.

        With ``blocks=1`` instead of words the reader blocks the bot, until they press Start again.
        """
        form = await request.post()
        chat, language = str(form.get("chat", "1001")), str(form.get("language", "en"))
        if not chat.isdecimal() or not self.hooks:
            return web.Response(status=400, text="Give chat a number, and start me with --hooks.\n")
        if form.get("blocks"):
            self.blocked.add(chat)
            update = self.blocking(int(chat))
        else:
            self.blocked.discard(chat)
            update = self.update(int(chat), str(form.get("said", "")), language)
        try:
            answer = await self.tell(self.hooks, update)
        except aiohttp.ClientError as error:
            return web.Response(status=502, text=f"The newsroom does not answer: {error}\n")
        return web.Response(text=(answer["text"] if answer else "(no answer)") + "\n")

    async def _chat_page(self, request: web.Request) -> web.Response:
        """What https://t.me/BOT?start=WORD opens: a chat in which Start says ``/start WORD``."""
        said = f"/start {request.query.get('start', '')}".strip()
        page = _CHAT.format(bot=escape(self.bot), said=escape(said, quote=True))
        return web.Response(text=page, content_type="text/html")

    async def tell(self, hooks: str, update: dict[str, Any]) -> dict[str, Any] | None:
        """Post an update to the newsroom, and do what its answer asks, as Telegram does."""
        headers = {"X-Telegram-Bot-Api-Secret-Token": self.secret}
        async with (
            aiohttp.ClientSession() as session,
            session.post(hooks, json=update, headers=headers) as answer,
        ):
            return self.obey(await answer.text()) if answer.status == 200 else None

    def obey(self, answered: str) -> dict[str, Any] | None:
        """The method that an answer to an update names, done; None where it names none."""
        try:
            told = json.loads(answered)
        except ValueError:
            return None
        return self._send(told) if told.get("method") == "sendMessage" else None


def _text(told: dict[str, Any]) -> str:
    """The text as it is read. Raises :class:`BotRefused`."""
    text, mode = told.get("text"), told.get("parse_mode")
    if not isinstance(text, str) or not text.strip():
        raise BotRefused(400, "Bad Request: message text is empty")
    if mode not in {None, "HTML", "MarkdownV2", "Markdown"}:
        raise BotRefused(400, "Bad Request: unsupported parse_mode")
    _preview(told.get("link_preview_options", {}))
    try:
        said = html.parsed(text) if mode == "HTML" else text.strip()
    except html.CannotParse as error:
        raise BotRefused(400, f"Bad Request: can't parse entities: {error}") from error
    if not said:
        raise BotRefused(400, "Bad Request: message text is empty")
    if units(said) > html.MOST:
        raise BotRefused(400, "Bad Request: message is too long")
    return said


def _shown(told: dict[str, Any]) -> dict[str, Any]:
    """What of a message an edit can change."""
    return {"text": told.get("text", ""), "card": told.get("link_preview_options", {})}


def _preview(given: Any) -> None:
    """https://core.telegram.org/bots/api#linkpreviewoptions. Raises :class:`BotRefused`."""
    if not isinstance(given, dict):
        raise BotRefused(400, "Bad Request: link preview options must be an object")
    for name in ("is_disabled", "prefer_small_media", "prefer_large_media", "show_above_text"):
        if not isinstance(given.get(name, False), bool):
            raise BotRefused(400, f'Bad Request: field "{name}" must be of type Boolean')
    if not isinstance(given.get("url", ""), str):
        raise BotRefused(400, 'Bad Request: field "url" must be of type String')


def _number(told: dict[str, Any]) -> int:
    number = told.get("message_id")
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise BotRefused(400, "Bad Request: message identifier is not specified")
    return number


async def _json(request: web.Request) -> dict[str, Any]:
    if request.method == "GET":
        return dict(request.query)
    try:
        body = await request.json()
    except ValueError:
        raise BotRefused(400, "Bad Request: can't parse the request: not JSON") from None
    if not isinstance(body, dict):
        raise BotRefused(400, "Bad Request: object expected as the request")
    return body


async def _until_stopped(given: argparse.Namespace) -> None:
    api = BotApi(folder=given.folder, token=given.token, hooks=given.hooks, secret=given.secret)
    running = await serve(api, given.port)
    await until_stopped(running, f"Bot API on {api.url}", folder=given.folder, at=api.url)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=4012)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--token", default=TOKEN)
    parser.add_argument("--hooks", default="", help="where updates of readers are posted to")
    parser.add_argument("--secret", default="", help="what is repeated there")
    asyncio.run(_until_stopped(parser.parse_args()))
