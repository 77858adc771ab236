"""A loopback stand-in for Slack's Web API, as strict as the real one in what we use of it.

https://docs.slack.dev/reference/methods (chat.postMessage, chat.update, chat.delete, auth.test),
their tables of errors, and https://docs.slack.dev/apis/web-api/rate-limits: 200 with ``ok`` false,
but for 429 with Retry-After.
"""

import html
import re
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from digest.outbound.channels.places.stand_in import (
    DELETED,
    EDITED,
    SENT,
    PlaceRefused,
    PlaceServer,
    run,
)

TOKEN = "xoxb-local-stand-in"  # noqa: S105 - of a stand-in on loopback
_TOO_LONG = 40_000


def _no(error: str, **more: Any) -> PlaceRefused:
    return PlaceRefused(200, {"ok": False, "error": error} | more, words=error)


@dataclass
class SlackApi(PlaceServer):
    """One workspace. ``closed`` are conversations that the bot is not in, ``archived`` those that
    are; ``locked`` posts can be edited no more, ``foreign`` ones are of others. Any other
    conversation exists once its id has the right form.
    """

    token: str = TOKEN
    closed: set[str] = field(default_factory=set)
    archived: set[str] = field(default_factory=set)
    locked: set[str] = field(default_factory=set)
    foreign: set[str] = field(default_factory=set)
    _number: int = 0

    @property
    def url(self) -> str:
        """For ``DIGEST_SLACK_URL``."""
        return f"http://127.0.0.1:{self.port}/api"

    def paths(self) -> list[web.RouteDef]:
        """The methods."""
        return [web.post("/api/{method}", self._called)]

    def scripted(self, status: int) -> PlaceRefused:
        """429 with the seconds to wait; others as a gateway answers."""
        if status == 429:
            headers = {"Retry-After": str(self.retry_after)}
            return PlaceRefused(429, {"ok": False, "error": "ratelimited"}, headers)
        return PlaceRefused(status, {"ok": False, "error": "internal_error"})

    async def _called(self, request: web.Request) -> web.Response:
        methods = {
            "chat.postMessage": self._post,
            "chat.update": self._update,
            "chat.delete": self._delete,
            "auth.test": self._test,
        }
        method = methods.get(request.match_info["method"])
        if method is None:
            raise _no("unknown_method", req_method=request.match_info["method"])
        given = request.headers.get("Authorization", "")
        if not given.startswith("Bearer "):
            raise _no("not_authed")
        if given != f"Bearer {self.token}":
            raise _no("invalid_auth")
        if request.content_type != "application/json":
            raise _no("invalid_post_type")
        try:
            told = await request.json()
        except ValueError:
            raise _no("invalid_json") from None
        if not isinstance(told, dict):
            raise _no("json_not_object")
        return web.json_response({"ok": True} | method(told))

    def _test(self, told: dict[str, Any]) -> dict[str, Any]:
        return {
            "team": "The Meridian",
            "user": "digest",
            "user_id": "U0LOCAL",
            "team_id": "T0LOCAL",
        }

    def _post(self, told: dict[str, Any]) -> dict[str, Any]:
        channel = self._channel(told)
        said = _text(told)
        self._number += 1
        ts = f"{int(self.clock())}.{self._number:06d}"
        self.standing[f"{channel} {ts}"] = {"text": told["text"]}
        self.keep(SENT, channel, f"{channel} {ts}", said, told, _marks(told["text"]))
        return {"channel": channel, "ts": ts, "message": {"type": "message", "text": told["text"]}}

    def _update(self, told: dict[str, Any]) -> dict[str, Any]:
        key = self._found(told, "cant_update_message")
        if str(told["ts"]) in self.locked:
            raise _no("edit_window_closed")
        said = _text(told)
        self.standing[key]["text"] = told["text"]
        self.keep(EDITED, str(told["channel"]), key, said, told, _marks(told["text"]))
        return {"channel": told["channel"], "ts": told["ts"], "text": told["text"]}

    def _delete(self, told: dict[str, Any]) -> dict[str, Any]:
        key = self._found(told, "cant_delete_message")
        if str(told["ts"]) in self.locked:
            raise _no("compliance_exports_prevent_deletion")
        del self.standing[key]
        self.keep(DELETED, str(told["channel"]), key, "", told)
        return {"channel": told["channel"], "ts": told["ts"]}

    def _channel(self, told: dict[str, Any]) -> str:
        channel = told.get("channel")
        if not isinstance(channel, str) or not re.fullmatch(r"[CGD][A-Z0-9]{6,20}", channel):
            raise _no("channel_not_found")
        if channel in self.archived:
            raise _no("is_archived")
        if channel in self.closed:
            raise _no("not_in_channel")
        return channel

    def _found(self, told: dict[str, Any], foreign: str) -> str:
        channel, ts = self._channel(told), told.get("ts")
        if not isinstance(ts, str) or not re.fullmatch(r"\d{10}\.\d{6}", ts):
            raise _no("message_not_found")
        key = f"{channel} {ts}"
        if key not in self.standing:
            raise _no("message_not_found")
        if key in self.foreign:
            raise _no(foreign)
        return key


def _text(told: dict[str, Any]) -> str:
    """The text as it is read. Raises :class:`PlaceRefused`."""
    text = told.get("text")
    if not isinstance(text, str) or not text.strip():
        raise _no("no_text")
    if len(text) > _TOO_LONG:
        raise _no("msg_too_long")
    if told.get("parse", "none") not in {"none", "full"}:
        raise _no("invalid_arguments")
    return "".join(words for _, words in _marks(text))


def _marks(text: str) -> list[list[str]]:
    """Pieces for the viewer."""
    found: list[list[str]] = []
    end = 0
    for match in re.finditer(r"\*([^*\n]+)\*|<([^|<>]+)(?:\|([^<>]*))?>", text):
        found.append(["plain", html.unescape(text[end : match.start()])])
        kind = "bold" if match[1] else "url"
        found.append([kind, html.unescape(match[1] or match[3] or match[2])])
        end = match.end()
    found.append(["plain", html.unescape(text[end:])])
    return [each for each in found if each[1]]


if __name__ == "__main__":
    run(SlackApi(), "Slack")
