"""A loopback stand-in for WhatsApp's Cloud API, as strict as the real one.

``python -m digest.outbound.channels.whatsapp.stand_in.cloud_api --port 4011 --folder FOLDER``
records what it took as JSON lines in ``FOLDER/messages.jsonl``. Codes and limits as in Meta's
documentation of /messages (Graph v23); templates as in :mod:`~.account`.
"""

import argparse
import asyncio
import hashlib
import hmac
import json
import os
import secrets
import time
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from digest.outbound.channels.stand_in_server import serve, until_stopped
from digest.outbound.channels.whatsapp.stand_in.account import (
    ACCOUNT_ID,
    StoredTemplate,
    TemplateStore,
)
from digest.outbound.channels.whatsapp.stand_in.answering import (
    envelope,
    error_of,
    keep,
    object_of,
    status_of,
)
from digest.outbound.channels.whatsapp.stand_in.reading import as_read, freely, unusable
from digest.outbound.channels.whatsapp.stand_in.shapes import Fault, check
from digest.outbound.channels.whatsapp.stand_in.uploads import Uploads

TOKEN = "local"  # noqa: S105 - of a stand-in on loopback
PHONE_ID = "100000000000001"
_NO_ANSWER = -1


@dataclass
class CloudApi:
    """One number's endpoint. ``script`` holds what comes next, one entry per request.

    An entry is an error code to answer with, 0 for "behave", or :data:`_NO_ANSWER` to take the
    message and close the connection without a word. ``open_windows`` holds the numbers that free
    text may be sent to; None lets it go to anybody. ``marketing`` holds the
    templates that must come by /marketing_messages, and no others may; None takes any by either
    way. Statuses are sent, signed with ``secret``, to
    ``statuses_to``; as Meta's own they carry no ``contacts``. ``templates`` are those of the
    account, all of ours to begin with; what is handed in is approved ``review_after`` seconds, and
    waits for :meth:`decide` without. ``media`` says of links why they cannot be fetched: what is
    sent with such a picture is taken, and told by a status to have failed (131053).
    """

    folder: Path | None = None
    token: str = TOKEN
    phone_id: str = PHONE_ID
    delay: float = 0.0
    open_windows: set[str] | None = None
    marketing: set[str] | None = None
    statuses_to: str = ""
    secret: str = "demo-secret"  # noqa: S105 - of a fake on loopback
    account_id: str = ACCOUNT_ID
    templates: TemplateStore = field(default_factory=TemplateStore.of_ours)
    uploads: Uploads = field(default_factory=Uploads)
    media: dict[str, str] = field(default_factory=dict)
    review_after: float | None = None
    script: deque[int] = field(default_factory=deque)
    taken: list[dict[str, Any]] = field(default_factory=list)
    port: int = 0
    requests: int = 0
    _sending: set[asyncio.Task[None]] = field(default_factory=set)

    NO_ANSWER = _NO_ANSWER

    @property
    def url(self) -> str:
        """For ``DIGEST_WHATSAPP_URL``."""
        return f"http://127.0.0.1:{self.port}/v23.0"

    def application(self) -> web.Application:
        """The web application."""
        made = web.Application(client_max_size=1024 * 1024)
        for way in ("messages", "marketing_messages"):
            made.router.add_post(f"/{{version}}/{{phone_id}}/{{way:{way}}}", self._messages)
        made.router.add_get("/{version}/{account}/message_templates", self._listing)
        made.router.add_post("/{version}/{account}/message_templates", self._handed_in)
        made.router.add_post("/{version}/{app}/uploads", self._begun)
        made.router.add_post("/{version}/{session:upload:.+}", self._uploaded)
        made.router.add_post("/{version}/{template}", self._edited)
        made.router.add_post("/write", self._written)
        return made

    async def _written(self, request: web.Request) -> web.Response:
        """A reader writes: ``curl -d said=START -d chat=+12025550167 http://127.0.0.1:4011/write``.

        https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/reference/messages
        """
        form = await request.post()
        number, said = str(form.get("chat", "")).strip().removeprefix("+"), str(form.get("said"))
        if not number.isdecimal() or not form.get("said") or not self.statuses_to:
            words = "Give chat a number, said some words, and start me with --statuses-to.\n"
            return web.Response(status=400, text=words)
        value = {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "6560000000", "phone_number_id": self.phone_id},
            "contacts": [{"wa_id": number, "profile": {"name": "Noor"}}],
            "messages": [
                {
                    "id": f"wamid.{secrets.token_urlsafe(24)}",
                    "from": number,
                    "timestamp": str(int(time.time())),
                    "type": "text",
                    "text": {"body": said},
                }
            ],
        }
        async with aiohttp.ClientSession() as session:
            heard = await self._tell(session, envelope("messages", value))
        if heard:
            return web.Response(text="Sent.\n")
        return web.Response(status=502, text="The newsroom does not answer.\n")

    async def _listing(self, request: web.Request) -> web.Response:
        return await self._of_account(request, self._page)

    async def _page(self, request: web.Request) -> dict[str, Any]:
        limit = request.query.get("limit", "25")
        return self.templates.page(
            min(int(limit), 250) if limit.isdecimal() else 25, request.query.get("after", "")
        )

    async def _handed_in(self, request: web.Request) -> web.Response:
        return await self._of_account(request, self._create)

    async def _create(self, request: web.Request) -> dict[str, Any]:
        made = self.templates.create(await object_of(request))
        self._review(self.templates.by_id(made["id"]))
        return made

    async def _begun(self, request: web.Request) -> web.Response:
        self.requests += 1
        try:
            self._know(request)
            return web.json_response(self.uploads.begin(request.match_info["app"], request.query))
        except Fault as fault:
            return web.json_response(error_of(fault), status=fault.status)

    async def _uploaded(self, request: web.Request) -> web.Response:
        self.requests += 1
        session, data = request.match_info["session"], await request.read()
        try:
            handle, kind = self.uploads.take(session, request.headers, data, self.token)
        except Fault as fault:
            return web.json_response(error_of(fault), status=fault.status)
        self.templates.handles[handle] = kind
        return web.json_response({"h": handle})

    async def _edited(self, request: web.Request) -> web.Response:
        return await self._of_account(request, self._edit)

    async def _edit(self, request: web.Request) -> dict[str, Any]:
        done = self.templates.edit(request.match_info["template"], await object_of(request))
        self._review(self.templates.by_id(request.match_info["template"]))
        return done

    async def _of_account(
        self, request: web.Request, answer: Callable[[web.Request], Awaitable[dict[str, Any]]]
    ) -> web.Response:
        self.requests += 1
        scripted = self.script.popleft() if self.script else 0
        try:
            if scripted > 0:
                raise Fault(scripted, "as scripted", status_of(scripted))
            self._know(request)
            if request.match_info.get("account", self.account_id) != self.account_id:
                raise Fault(100, "Unsupported request: no such account", 400, subcode=33)
            return web.json_response(await answer(request))
        except Fault as fault:
            return web.json_response(error_of(fault), status=fault.status)

    def _review(self, template: StoredTemplate) -> None:
        if self.review_after is not None:
            self._later(self._approve(template, self.review_after))

    async def _approve(self, template: StoredTemplate, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self.decide(template.name, template.language, "APPROVED")

    async def decide(self, name: str, language: str, status: str, reason: str = "NONE") -> None:
        """Meta has judged a template; its webhook tells of it."""
        template = self.templates.kept[name, language]
        template.status, template.reason = status, reason
        if not self.statuses_to:
            return
        value = {
            "event": status,
            "message_template_id": int(template.id) if template.id.isdecimal() else template.id,
            "message_template_name": name,
            "message_template_language": language,
            "message_template_category": template.category,
            "reason": reason,
        }
        async with aiohttp.ClientSession() as session:
            await self._tell(session, envelope("message_template_status_update", value))

    async def _messages(self, request: web.Request) -> web.StreamResponse:
        self.requests += 1
        scripted = self.script.popleft() if self.script else 0
        if self.delay:
            await asyncio.sleep(self.delay)
        try:
            if scripted > 0:
                raise Fault(scripted, "as scripted", status_of(scripted))
            self._authorise(request)
            body = await object_of(request)
            check(request.match_info["way"], body)
            self._check_way(request.match_info["way"], body)
            record = self._take(body)
        except Fault as fault:
            return web.json_response(error_of(fault), status=fault.status)
        if scripted == _NO_ANSWER and request.transport is not None:
            request.transport.abort()
        if self.statuses_to:
            self._later(self._send_statuses(record))
        return web.json_response(
            {
                "messaging_product": "whatsapp",
                "contacts": [{"input": record["to"], "wa_id": record["to"]}],
                "messages": [{"id": record["id"], "message_status": "accepted"}],
            }
        )

    def _later(self, what: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(what)
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    def _know(self, request: web.Request) -> None:
        given = request.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {self.token}".encode()):
            raise Fault(190, "Invalid OAuth access token", 401)

    def _authorise(self, request: web.Request) -> None:
        self._know(request)
        if request.match_info["phone_id"] != self.phone_id:
            raise Fault(100, "Unsupported post request: no such phone number", 400)

    def _check_way(self, way: str, body: dict[str, Any]) -> None:
        """Marketing by its own endpoint."""
        name = body["template"]["name"] if body.get("type") == "template" else None
        if self.marketing is None:
            return
        if way == "messages" and name in self.marketing:
            raise Fault(131063, "Marketing templates go through /marketing_messages")
        if way == "marketing_messages" and name not in self.marketing:
            raise Fault(131009, "Only marketing templates go through /marketing_messages")

    def _take(self, body: dict[str, Any]) -> dict[str, Any]:
        """Check the message as Meta does, record it, and return the record."""
        to = str(body.get("to") or body.get("recipient"))
        if body.get("type") == "template":
            read = as_read(body["template"], self.templates)
        else:
            read = freely(body)
            if self.open_windows is not None and to.removeprefix("+") not in self.open_windows:
                raise Fault(131047, "More than 24 hours have passed since the last reply")
        record: dict[str, Any] = {
            "at": time.time(),
            "id": f"wamid.{secrets.token_urlsafe(24)}",
            "to": to,
            "type": body.get("type", "text"),
            "preview": read.words,
            "buttons": read.buttons,
            "request": body,
        }
        if read.picture:
            record["picture"] = read.picture
            record["failed"] = self.media.get(read.picture) or unusable(read.picture)
        self.taken.append(record)
        keep(self.folder, record)
        return record

    async def _send_statuses(self, record: dict[str, Any]) -> None:
        async with aiohttp.ClientSession() as session:
            for status in ("failed",) if record.get("failed") else ("sent", "delivered"):
                await self._tell(session, self._status(record, status))

    async def _tell(self, session: aiohttp.ClientSession, told: dict[str, Any]) -> bool:
        """Post a webhook as Meta does; whether it was taken."""
        raw = json.dumps(told).encode()
        signature = hmac.new(self.secret.encode(), raw, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "X-Hub-Signature-256": f"sha256={signature}",
        }
        try:
            async with session.post(self.statuses_to, data=raw, headers=headers) as answer:
                return answer.status == 200
        except (aiohttp.ClientError, OSError) as error:
            print(f"A status could not be delivered: {error}", flush=True)
            return False

    def _status(self, record: dict[str, Any], status: str) -> dict[str, Any]:
        told: dict[str, Any] = {
            "id": record["id"],
            "status": status,
            "timestamp": str(int(time.time())),
            "recipient_id": record["to"],
            "biz_opaque_callback_data": record["request"].get("biz_opaque_callback_data"),
        }
        if status == "failed":
            told["errors"] = [
                {
                    "code": 131053,
                    "title": "Media upload error",
                    "message": "Media upload error",
                    "error_data": {"details": record["failed"]},
                }
            ]
        value = {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "6560000000", "phone_number_id": self.phone_id},
            "statuses": [told],
        }
        return envelope("messages", value)


async def _run(given: argparse.Namespace) -> None:
    api = CloudApi(
        folder=given.folder,
        token=given.token,
        phone_id=given.phone_id,
        delay=given.delay_ms / 1000,
        statuses_to=given.statuses_to,
        secret=given.secret,
        account_id=given.account_id,
        templates=TemplateStore.of_ours(given.site),
        review_after=5.0,
    )
    running = await serve(api, given.port, host=given.host)
    words = f"WhatsApp's stand-in on {api.url}, messages in {given.folder}"
    await until_stopped(running, words, folder=given.folder, at=f"http://127.0.0.1:{api.port}")


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=4011)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--token", default=os.environ.get("DIGEST_WHATSAPP_TOKEN", TOKEN))
    parser.add_argument("--phone-id", default=os.environ.get("DIGEST_WHATSAPP_PHONE_ID", PHONE_ID))
    parser.add_argument("--account-id", default=ACCOUNT_ID)
    parser.add_argument("--site", default=os.environ.get("DIGEST_WHATSAPP_SITE", ""))
    parser.add_argument("--delay-ms", type=float, default=0.0)
    parser.add_argument("--statuses-to", default="", help="URL that signed statuses go to")
    parser.add_argument("--secret", default="demo-secret", help="signs the statuses")
    try:
        asyncio.run(_run(parser.parse_args()))
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
