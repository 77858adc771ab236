"""How the stand-in for the Cloud API reads a request and words its answers and webhooks."""

import json
import secrets
from pathlib import Path
from typing import Any

from aiohttp import web

from digest.outbound.channels.stand_in import RECORD
from digest.outbound.channels.whatsapp.stand_in.shapes import Fault


async def object_of(request: web.Request) -> dict[str, Any]:
    """A request's JSON object. Raises :class:`~.shapes.Fault`."""
    try:
        body = await request.json()
    except ValueError:
        raise Fault(100, "(#100) The body is not JSON") from None
    if not isinstance(body, dict):
        raise Fault(100, "(#100) The body is not an object")
    return body


def envelope(field_name: str, value: dict[str, Any]) -> dict[str, Any]:
    """A change as Meta's webhook tells it."""
    changes = [{"field": field_name, "value": value}]
    return {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": changes}]}


def status_of(code: int) -> int:
    """The HTTP status that goes with one of Meta's codes."""
    return {190: 401, 130429: 429, 131000: 500, 131016: 503, 4: 429, 80007: 429}.get(code, 400)


def error_of(fault: Fault) -> dict[str, Any]:
    """The body of a refusal."""
    more = {"error_subcode": fault.subcode, "error_user_msg": fault.details}
    return {
        "error": (more if fault.subcode else {})
        | {
            "message": f"(#{fault.code}) {fault.details}",
            "type": "OAuthException",
            "code": fault.code,
            "error_data": {"messaging_product": "whatsapp", "details": fault.details},
            "fbtrace_id": secrets.token_hex(8),
        }
    }


def keep(folder: Path | None, record: dict[str, Any]) -> None:
    """A line more in the folder's record, if there is a folder."""
    if folder is None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / RECORD).open("a", encoding="utf-8") as file:
        file.write(json.dumps(record, ensure_ascii=False) + "\n")
