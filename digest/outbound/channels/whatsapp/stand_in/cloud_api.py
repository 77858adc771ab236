"""A loopback stand-in for WhatsApp's Cloud API, as strict as the real one.

``python -m digest.outbound.channels.whatsapp.stand_in.cloud_api --port 4011 --folder FOLDER``
records what it took as JSON lines in ``FOLDER/messages.jsonl``. Codes and limits as in Meta's
documentation of /messages (Graph v23).
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
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from digest.outbound.channels.stand_in_server import serve, until_stopped
from digest.outbound.channels.whatsapp import slots
from digest.outbound.channels.whatsapp.stand_in.shapes import Fault, check

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
    ``statuses_to``; as Meta's own they carry no ``contacts``.
    """

    folder: Path | None = None
    token: str = TOKEN
    phone_id: str = PHONE_ID
    delay: float = 0.0
    open_windows: set[str] | None = None
    marketing: set[str] | None = None
    statuses_to: str = ""
    secret: str = "demo-secret"  # noqa: S105 - of a fake on loopback
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
        return made

    async def _messages(self, request: web.Request) -> web.StreamResponse:
        self.requests += 1
        scripted = self.script.popleft() if self.script else 0
        if self.delay:
            await asyncio.sleep(self.delay)
        try:
            if scripted > 0:
                raise Fault(scripted, "as scripted", _status_of(scripted))
            self._authorise(request)
            body = await _json(request)
            check(request.match_info["way"], body)
            self._check_way(request.match_info["way"], body)
            record = self._take(body)
        except Fault as fault:
            return web.json_response(_error(fault), status=fault.status)
        if scripted == _NO_ANSWER and request.transport is not None:
            request.transport.abort()
        if self.statuses_to:
            sending = asyncio.create_task(self._send_statuses(record))
            self._sending.add(sending)
            sending.add_done_callback(self._sending.discard)
        return web.json_response(
            {
                "messaging_product": "whatsapp",
                "contacts": [{"input": record["to"], "wa_id": record["to"]}],
                "messages": [{"id": record["id"], "message_status": "accepted"}],
            }
        )

    def _authorise(self, request: web.Request) -> None:
        given = request.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {self.token}".encode()):
            raise Fault(190, "Invalid OAuth access token", 401)
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
            said = template_as_read(body["template"])
        else:
            said = str(body["text"]["body"])
            if self.open_windows is not None and to.removeprefix("+") not in self.open_windows:
                raise Fault(131047, "More than 24 hours have passed since the last reply")
        record = {
            "at": time.time(),
            "id": f"wamid.{secrets.token_urlsafe(24)}",
            "to": to,
            "type": body.get("type", "text"),
            "preview": said,
            "request": body,
        }
        self.taken.append(record)
        if self.folder is not None:
            self.folder.mkdir(parents=True, exist_ok=True)
            with (self.folder / "messages.jsonl").open("a", encoding="utf-8") as file:
                file.write(json.dumps(record, ensure_ascii=False) + "\n")
        return record

    async def _send_statuses(self, record: dict[str, Any]) -> None:
        async with aiohttp.ClientSession() as session:
            for status in ("sent", "delivered"):
                raw = json.dumps(self._status(record, status)).encode()
                signature = hmac.new(self.secret.encode(), raw, hashlib.sha256).hexdigest()
                headers = {
                    "Content-Type": "application/json",
                    "X-Hub-Signature-256": f"sha256={signature}",
                }
                try:
                    async with session.post(self.statuses_to, data=raw, headers=headers):
                        pass
                except (aiohttp.ClientError, OSError) as error:
                    print(f"A status could not be delivered: {error}", flush=True)

    def _status(self, record: dict[str, Any], status: str) -> dict[str, Any]:
        value = {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "6560000000", "phone_number_id": self.phone_id},
            "statuses": [
                {
                    "id": record["id"],
                    "status": status,
                    "timestamp": str(int(time.time())),
                    "recipient_id": record["to"],
                    "biz_opaque_callback_data": record["request"].get("biz_opaque_callback_data"),
                }
            ],
        }
        changes = [{"field": "messages", "value": value}]
        return {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": changes}]}


def template_as_read(template: dict[str, Any]) -> str:
    """A template message of the right shape as its reader sees it. Raises :class:`Fault`."""
    name = template.get("name")
    if name not in slots.names() or template["language"].get("code") != "en":
        raise Fault(132001, f"Template name ({name}) does not exist in the translation", 404)
    components = template.get("components", [])
    if odd := [each["type"].lower() for each in components if each["type"].lower() != "body"]:
        raise Fault(132012, f"{odd[0]}: the template has none")
    given = [parameter for component in components for parameter in component["parameters"]]
    if any("parameter_name" in parameter for parameter in given):
        raise Fault(132000, "body: its parameters have no names")
    if len(given) != slots.count(name):
        details = f"body: number of localizable_params ({len(given)}) does not match"
        raise Fault(132000, details)
    values = []
    for parameter in given:
        value = parameter["text"]
        if fault := slots.fault_of(value):
            raise Fault(132018, f"Param text cannot be used: {fault}")
        values.append(value)
    said = slots.filled(name, values)
    if len(said) > slots.BODY_LIMIT:
        raise Fault(132005, "Translated text too long")
    return said


async def _json(request: web.Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except ValueError:
        raise Fault(100, "(#100) The body is not JSON") from None
    if not isinstance(body, dict):
        raise Fault(100, "(#100) The body is not an object")
    return body


def _status_of(code: int) -> int:
    return {190: 401, 130429: 429, 131000: 500, 131016: 503, 4: 429, 80007: 429}.get(code, 400)


def _error(fault: Fault) -> dict[str, Any]:
    return {
        "error": {
            "message": f"(#{fault.code}) {fault.details}",
            "type": "OAuthException",
            "code": fault.code,
            "error_data": {"messaging_product": "whatsapp", "details": fault.details},
            "fbtrace_id": secrets.token_hex(8),
        }
    }


async def _run(given: argparse.Namespace) -> None:
    api = CloudApi(
        folder=given.folder,
        token=given.token,
        phone_id=given.phone_id,
        delay=given.delay_ms / 1000,
        statuses_to=given.statuses_to,
        secret=given.secret,
    )
    running = await serve(api, given.port, host=given.host)
    await until_stopped(running, f"WhatsApp's stand-in on {api.url}, messages in {given.folder}")


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=4011)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--token", default=os.environ.get("DIGEST_WHATSAPP_TOKEN", TOKEN))
    parser.add_argument("--phone-id", default=os.environ.get("DIGEST_WHATSAPP_PHONE_ID", PHONE_ID))
    parser.add_argument("--delay-ms", type=float, default=0.0)
    parser.add_argument("--statuses-to", default="", help="URL that signed statuses go to")
    parser.add_argument("--secret", default="demo-secret", help="signs the statuses")
    try:
        asyncio.run(_run(parser.parse_args()))
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
