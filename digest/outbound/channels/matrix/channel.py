"""The channel ``matrix``: a message in a room; corrections replace it, withdrawals redact it.

https://spec.matrix.org/latest/client-server-api (sending events, event replacements, redactions).
"""

from typing import Any
from urllib.parse import quote

from digest.outbound.channels.base import Receipt, Rejected
from digest.outbound.channels.matrix.address import NAME
from digest.outbound.channels.places.line import PlaceAnswer, PlaceLine, refusal, written_by
from digest.outbound.channels.places.place import PlaceChannel, missing
from digest.outbound.messages.message import Copy

BASE = "/_matrix/client/v3"
_SETTING = "DIGEST_MATRIX_TOKEN"
_OF_TOKEN = {"M_UNKNOWN_TOKEN", "M_MISSING_TOKEN", "M_USER_DEACTIVATED", "M_USER_LOCKED"}
_OF_PLACE = {"M_FORBIDDEN", "M_NOT_FOUND", "M_INVALID_PARAM", "M_GUEST_ACCESS_FORBIDDEN"}


def judge(answer: PlaceAnswer) -> Rejected | None:
    """By ``errcode``: https://spec.matrix.org/latest/client-server-api/#standard-error-response"""
    if answer.status == 200:
        return None
    told = answer.told
    code = str(told.get("errcode") or "no reason given")[:60]
    said = f"{code} {str(told.get('error') or '')[:300]}".strip()
    after = told.get("retry_after_ms")
    wait = after / 1000 if isinstance(after, int | float) else None
    token = _SETTING if code in _OF_TOKEN else ""
    place = code in _OF_PLACE
    return refusal(answer, said, place=place, wait=wait, label="Matrix", token=token)


class Matrix(PlaceChannel):
    """The channel ``matrix``. A transaction's id makes every repeat harmless."""

    name = NAME

    def __init__(self, url: str, token: str) -> None:
        why = missing("Matrix", DIGEST_MATRIX_URL=url, DIGEST_MATRIX_TOKEN=token)
        super().__init__(PlaceLine("Matrix", url, judge), why)
        self._headers = {"Authorization": f"Bearer {token}"}

    async def say(self, copy: Copy) -> Receipt:
        """A message."""
        return Receipt(200, "sent", await self._send(copy, _content(copy)))

    async def replace(self, copy: Copy) -> Receipt:
        """An edit, always of the first: what it says stands in its place."""
        content = _content(copy)
        edit = content | {
            "body": f"* {content['body']}",
            "m.new_content": content,
            "m.relates_to": {"rel_type": "m.replace", "event_id": copy.earlier},
        }
        await self._send(copy, edit)
        return Receipt(200, "edited", copy.earlier)

    async def withdraw(self, copy: Copy) -> Receipt:
        """A redaction: the room's servers forget the words."""
        event = quote(copy.earlier, safe="")
        path = f"{_room(copy)}/redact/{event}/{quote(copy.key, safe='')}"
        told = {"reason": "withdrawn"}
        answer = await self.line.ask("PUT", path, told, headers=self._headers)
        written_by(answer, "Matrix", "event_id")
        return Receipt(200, "deleted", copy.earlier)

    def has_no_earlier(self, refused: Rejected) -> bool:
        """Gone, or not in that room."""
        return "M_NOT_FOUND" in refused.reply

    async def _send(self, copy: Copy, content: dict[str, Any]) -> str:
        transaction = quote(f"{copy.key}-{copy.act.value}", safe="")
        path = f"{_room(copy)}/send/m.room.message/{transaction}"
        answer = await self.line.ask("PUT", path, content, headers=self._headers)
        written_by(answer, "Matrix", "event_id")
        return str(answer.told["event_id"])


def _room(copy: Copy) -> str:
    return f"{BASE}/rooms/{quote(copy.to.value, safe='')}"


def _content(copy: Copy) -> dict[str, Any]:
    """Nobody is mentioned by somebody else's words."""
    fields = copy.words.fields
    return {
        "msgtype": "m.text",
        "body": fields["text"],
        "format": "org.matrix.custom.html",
        "formatted_body": fields["html"],
        "m.mentions": {},
    }


def matrix(settings: Any) -> Matrix:
    """The channel as the settings describe it."""
    return Matrix(settings.DIGEST_MATRIX_URL, settings.DIGEST_MATRIX_TOKEN)
