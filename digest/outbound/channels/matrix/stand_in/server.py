"""A loopback stand-in for a Matrix homeserver, as strict as the real one in what we use of it.

https://spec.matrix.org/latest/client-server-api: standard error response, sending events to a room
(a transaction's id answers a repeat), event replacements, redactions, size limits, rate limiting.
"""

import html
import json
import re
import secrets
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from digest.outbound.channels.places.stand_in import (
    DELETED,
    EDITED,
    SENT,
    PlaceRefused,
    PlaceServer,
    json_of,
    run,
)

TOKEN = "local-matrix"  # noqa: S105 - of a stand-in on loopback
_LARGEST = 65_536
_KINDS = {"m.text", "m.notice", "m.emote"}
_BASE = "/_matrix/client/v3"


def _no(status: int, errcode: str, words: str, **more: Any) -> PlaceRefused:
    return PlaceRefused(status, {"errcode": errcode, "error": words} | more, words=words)


@dataclass
class MatrixServer(PlaceServer):
    """One account. ``closed`` are rooms that it is not in; others are there once named so."""

    token: str = TOKEN
    closed: set[str] = field(default_factory=set)
    transactions: dict[str, str] = field(default_factory=dict)

    def paths(self) -> list[web.RouteDef]:
        """The methods."""
        room = _BASE + "/rooms/{room}"
        return [
            web.put(room + "/send/{kind}/{transaction}", self._send),
            web.put(room + "/redact/{event}/{transaction}", self._redact),
            web.get(_BASE + "/account/whoami", self._who),
        ]

    def scripted(self, status: int) -> PlaceRefused:
        """429 with the time to wait."""
        if status != 429:
            return _no(status, "M_UNKNOWN", "Internal server error")
        wait = self.retry_after * 1000
        return _no(429, "M_LIMIT_EXCEEDED", "Too Many Requests", retry_after_ms=wait)

    def _know(self, request: web.Request) -> None:
        given = request.headers.get("Authorization", "")
        if not given.startswith("Bearer "):
            raise _no(401, "M_MISSING_TOKEN", "Missing access token")
        if given != f"Bearer {self.token}":
            raise _no(401, "M_UNKNOWN_TOKEN", "Invalid access token passed.", soft_logout=False)

    def _room(self, request: web.Request) -> str:
        self._know(request)
        room = request.match_info["room"]
        if not re.fullmatch(r"!\S{1,254}", room):
            raise _no(400, "M_INVALID_PARAM", f"{room} was not legal room ID")
        if room in self.closed:
            raise _no(403, "M_FORBIDDEN", "User not in room")
        return room

    async def _send(self, request: web.Request) -> web.Response:
        room = self._room(request)
        told = await json_of(request, _no(400, "M_NOT_JSON", "Content not JSON."))
        key = f"{room} {request.match_info['transaction']}"
        if key in self.transactions:
            return web.json_response({"event_id": self.transactions[key]})
        if request.match_info["kind"] != "m.room.message":
            raise _no(403, "M_FORBIDDEN", "You don't have permission to post that to the room")
        check(told)
        event = f"${secrets.token_urlsafe(32)}"
        self.transactions[key] = event
        relates = told.get("m.relates_to", {})
        if relates.get("rel_type") == "m.replace":
            first = str(relates["event_id"])
            content = told["m.new_content"]
            if first in self.standing:
                self.standing[first] = {"room": room, "content": content}
            self.keep(EDITED, room, first, str(content["body"]), told, _marks(content))
        else:
            self.standing[event] = {"room": room, "content": told}
            self.keep(SENT, room, event, str(told["body"]), told, _marks(told))
        return web.json_response({"event_id": event})

    async def _redact(self, request: web.Request) -> web.Response:
        room = self._room(request)
        told = await json_of(request, _no(400, "M_NOT_JSON", "Content not JSON."))
        event = request.match_info["event"]
        if self.standing.get(event, {}).get("room") != room:
            raise _no(404, "M_NOT_FOUND", "Could not find event")
        del self.standing[event]
        self.keep(DELETED, room, event, "", told)
        return web.json_response({"event_id": f"${secrets.token_urlsafe(32)}"})

    async def _who(self, request: web.Request) -> web.Response:
        self._know(request)
        return web.json_response({"user_id": "@meridian:matrix.example", "is_guest": False})


def check(told: dict[str, Any]) -> None:
    """The content of an m.room.message. Raises :class:`PlaceRefused`."""
    if len(json.dumps(told, ensure_ascii=False).encode()) > _LARGEST:
        raise _no(413, "M_TOO_LARGE", "event too large")
    _message(told)
    relates = told.get("m.relates_to")
    if relates is None:
        return
    if not isinstance(relates, dict):
        raise _no(400, "M_BAD_JSON", "m.relates_to must be an object")
    if relates.get("rel_type") == "m.replace":
        if not str(relates.get("event_id", "")).startswith("$"):
            raise _no(400, "M_BAD_JSON", "m.relates_to needs an event_id")
        if not isinstance(told.get("m.new_content"), dict):
            raise _no(400, "M_BAD_JSON", "m.new_content is missing")
        _message(told["m.new_content"])


def _message(content: dict[str, Any]) -> None:
    if content.get("msgtype") not in _KINDS:
        raise _no(400, "M_BAD_JSON", "'msgtype' not in content or unknown")
    if not isinstance(content.get("body"), str) or not content["body"].strip():
        raise _no(400, "M_BAD_JSON", "'body' not in content")
    if "formatted_body" in content:
        if content.get("format") != "org.matrix.custom.html":
            raise _no(400, "M_BAD_JSON", "'format' must be org.matrix.custom.html")
        if not isinstance(content["formatted_body"], str):
            raise _no(400, "M_BAD_JSON", "'formatted_body' must be a string")
    if not isinstance(content.get("m.mentions", {}), dict):
        raise _no(400, "M_BAD_JSON", "'m.mentions' must be an object")


def _marks(content: dict[str, Any]) -> list[list[str]]:
    """Pieces for the viewer."""
    said = str(content.get("formatted_body") or html.escape(content["body"]))
    said = said.replace("<br>", "\n")
    found: list[list[str]] = []
    end = 0
    for match in re.finditer(
        r"<strong>(.*?)</strong>|<a href=\"[^\"]*\">(.*?)</a>", said, re.DOTALL
    ):
        found.append(["plain", html.unescape(said[end : match.start()])])
        kind = "bold" if match[1] is not None else "url"
        found.append([kind, html.unescape(match[1] if match[1] is not None else match[2])])
        end = match.end()
    found.append(["plain", html.unescape(said[end:])])
    return [each for each in found if each[1]]


if __name__ == "__main__":
    run(MatrixServer(), "Matrix")
