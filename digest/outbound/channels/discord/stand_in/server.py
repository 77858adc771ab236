"""A loopback stand-in for Discord's API, as strict as the real one in what we use of it.

https://discord.com/developers/docs/resources/message (create, edit, delete), /topics/rate-limits,
/topics/opcodes-and-status-codes#json, and /reference#error-messages for the shape of errors.
"""

import re
import secrets
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from digest.outbound.channels.discord.words import LIMIT
from digest.outbound.channels.places.stand_in import (
    DELETED,
    EDITED,
    SENT,
    PlaceRefused,
    PlaceServer,
    json_of,
    run,
)
from digest.outbound.messages.fit import units

TOKEN = "local-discord"  # noqa: S105 - of a stand-in on loopback
_PARSE = {"roles", "users", "everyone"}


def _no(status: int, code: int, words: str, **more: Any) -> PlaceRefused:
    return PlaceRefused(status, {"message": words, "code": code} | more, words=words)


def _form(field_name: str, code: str, words: str) -> PlaceRefused:
    errors = {field_name: {"_errors": [{"code": code, "message": words}]}}
    return _no(400, 50035, "Invalid Form Body", errors=errors)


@dataclass
class DiscordApi(PlaceServer):
    """One bot. ``unknown`` are channels that there are not, ``closed`` those where it may not
    write; ``foreign`` are messages of others.
    """

    token: str = TOKEN
    unknown: set[str] = field(default_factory=set)
    closed: set[str] = field(default_factory=set)
    foreign: set[str] = field(default_factory=set)
    nonces: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """For ``DIGEST_DISCORD_URL``."""
        return f"http://127.0.0.1:{self.port}/api/v10"

    def paths(self) -> list[web.RouteDef]:
        """The methods."""
        base = "/api/v10/channels/{channel}/messages"
        return [
            web.post(base, self._post),
            web.patch(base + "/{message}", self._patch),
            web.delete(base + "/{message}", self._delete),
            web.get("/api/v10/users/@me", self._me),
        ]

    def scripted(self, status: int) -> PlaceRefused:
        """429 as of a route's bucket."""
        if status != 429:
            return _no(status, 0, f"{status}: as scripted")
        body = {
            "message": "You are being rate limited.", "retry_after": self.retry_after + 0.25,
            "global": False,
        }  # fmt: skip
        return PlaceRefused(429, body, {"Retry-After": str(self.retry_after + 1)})

    def _know(self, request: web.Request) -> None:
        if request.headers.get("Authorization") != f"Bot {self.token}":
            raise _no(401, 0, "401: Unauthorized")

    def _channel(self, request: web.Request) -> str:
        self._know(request)
        channel = request.match_info["channel"]
        if not re.fullmatch(r"\d{17,20}", channel):
            raise _form("channel_id", "NUMBER_TYPE_COERCE", f'Value "{channel}" is not snowflake.')
        if channel in self.unknown:
            raise _no(404, 10003, "Unknown Channel")
        if channel in self.closed:
            raise _no(403, 50013, "Missing Permissions")
        return channel

    async def _post(self, request: web.Request) -> web.Response:
        channel = self._channel(request)
        told = await json_of(request, _no(400, 50109, "The request body contains invalid JSON."))
        nonce = _nonce(told)
        if told.get("enforce_nonce") and (channel, nonce) in self.nonces:
            return web.json_response(self.nonces[channel, nonce])
        said = _content(told)
        number = str(1_300_000_000_000_000_000 + secrets.randbelow(10**15))
        made = {"id": number, "channel_id": channel, "content": told["content"], "nonce": nonce}
        self.standing[f"{channel} {number}"] = made
        if nonce:
            self.nonces[channel, nonce] = made
        self.keep(SENT, channel, f"{channel} {number}", said, told, _marks(told["content"]))
        return web.json_response(made)

    async def _patch(self, request: web.Request) -> web.Response:
        key = self._found(request)
        told = await json_of(request, _no(400, 50109, "The request body contains invalid JSON."))
        said = _content(told)
        self.standing[key] = self.standing[key] | {"content": told["content"]}
        self.keep(EDITED, key.split(" ")[0], key, said, told, _marks(told["content"]))
        return web.json_response(self.standing[key])

    async def _delete(self, request: web.Request) -> web.Response:
        key = self._found(request)
        del self.standing[key]
        self.keep(DELETED, key.split(" ")[0], key, "", {})
        return web.Response(status=204)

    async def _me(self, request: web.Request) -> web.Response:
        self._know(request)
        return web.json_response({"id": "1", "username": "digest", "bot": True})

    def _found(self, request: web.Request) -> str:
        channel, message = self._channel(request), request.match_info["message"]
        key = f"{channel} {message}"
        if message in self.foreign:
            words = "Cannot edit a message authored by another user"
            raise _no(403, 50005, words)
        if key not in self.standing:
            raise _no(404, 10008, "Unknown Message")
        return key


def _content(told: dict[str, Any]) -> str:
    """The words as they are read. Raises :class:`PlaceRefused`."""
    content = told.get("content")
    if content is None or (isinstance(content, str) and not content.strip()):
        raise _no(400, 50006, "Cannot send an empty message")
    if not isinstance(content, str):
        raise _form("content", "STRING_TYPE_CONVERT", "Could not interpret as string.")
    if units(content) > LIMIT:
        raise _form("content", "BASE_TYPE_MAX_LENGTH", f"Must be {LIMIT} or fewer in length.")
    allowed = told.get("allowed_mentions", {})
    parse = allowed.get("parse", []) if isinstance(allowed, dict) else None
    if not isinstance(parse, list) or not set(map(str, parse)) <= _PARSE:
        raise _form("allowed_mentions", "BASE_TYPE_CHOICES", "Value must be one of its choices.")
    return "".join(words for _, words in _marks(content))


def _nonce(told: dict[str, Any]) -> str:
    nonce = told.get("nonce", "")
    if not isinstance(nonce, str | int) or len(str(nonce)) > 25:
        raise _form("nonce", "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
    return str(nonce)


def _marks(content: str) -> list[list[str]]:
    """Pieces for the viewer: bold, links, and what is escaped without its strokes."""
    pattern = r"\*\*((?:\\.|[^*\\])+)\*\*|\[((?:\\.|[^\]\\])*)\]\(<?([^)>]*)>?\)"
    found: list[list[str]] = []
    end = 0
    for match in re.finditer(pattern, content):
        found.append(["plain", content[end : match.start()]])
        found.append(["bold", match[1]] if match[1] is not None else ["url", match[2]])
        end = match.end()
    found.append(["plain", content[end:]])
    return [[kind, re.sub(r"\\(.)", r"\1", words)] for kind, words in found if words]


if __name__ == "__main__":
    run(DiscordApi(), "Discord")
