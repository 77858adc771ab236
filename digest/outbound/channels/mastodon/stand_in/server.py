"""A loopback stand-in for a Mastodon server, as strict as the real one in what we use of it.

https://docs.joinmastodon.org/methods/statuses (create, edit, delete),
/methods/accounts#verify_credentials and /api/rate-limits; error words as the server says them.
"""

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from digest.outbound.channels.mastodon.words import LIMIT, URL, count
from digest.outbound.channels.places.stand_in import (
    DELETED,
    EDITED,
    SENT,
    PlaceRefused,
    PlaceServer,
    json_of,
    run,
)

TOKEN = "local-mastodon"  # noqa: S105 - of a stand-in on loopback
_VISIBILITIES = {"public", "unlisted", "private", "direct"}
_LANGUAGES = {"en", "zh", "ms", "ta", "ko", "ar", "es", "fr", "de", "pt", "ja"}


def _no(status: int, words: str) -> PlaceRefused:
    return PlaceRefused(status, {"error": words}, words=words)


@dataclass
class MastodonServer(PlaceServer):
    """One account. ``scopes`` are the token's; ``repeated`` what was answered by key."""

    token: str = TOKEN
    scopes: set[str] = field(default_factory=lambda: {"write:statuses", "read:accounts"})
    account: str = "meridian"
    repeated: dict[str, dict[str, Any]] = field(default_factory=dict)

    def paths(self) -> list[web.RouteDef]:
        """The methods."""
        return [
            web.post("/api/v1/statuses", self._post),
            web.put("/api/v1/statuses/{id}", self._put),
            web.delete("/api/v1/statuses/{id}", self._delete),
            web.get("/api/v1/accounts/verify_credentials", self._who),
        ]

    def scripted(self, status: int) -> PlaceRefused:
        """429 with the moment at which the limit begins anew."""
        if status != 429:
            return _no(status, "This method requires an authenticated user")
        at = datetime.fromtimestamp(self.clock(), UTC) + timedelta(seconds=self.retry_after)
        headers = {"X-RateLimit-Reset": at.isoformat().replace("+00:00", "Z")}
        return PlaceRefused(429, {"error": "Too many requests"}, headers)

    def _know(self, request: web.Request, scope: str) -> None:
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            raise _no(401, "The access token is invalid")
        if scope not in self.scopes:
            raise _no(403, "This action is outside the authorized scopes")

    async def _post(self, request: web.Request) -> web.Response:
        self._know(request, "write:statuses")
        told = await json_of(request, _no(400, "Error occurred while parsing request parameters"))
        key = request.headers.get("Idempotency-Key", "")
        if key and key in self.repeated:
            return web.json_response(self.repeated[key])
        said = _checked(told)
        if told.get("visibility", "public") not in _VISIBILITIES:
            raise _no(422, "Validation failed: Visibility is not included in the list")
        number = str(110_000_000_000_000_000 + secrets.randbelow(10**15))
        made = self._status(number, said)
        self.standing[number] = made
        self.keep(SENT, f"@{self.account}", number, said, told, _marks(said))
        if key:
            self.repeated[key] = made
        return web.json_response(made)

    async def _put(self, request: web.Request) -> web.Response:
        self._know(request, "write:statuses")
        number = self._found(request)
        told = await json_of(request, _no(400, "Error occurred while parsing request parameters"))
        said = _checked(told)
        self.standing[number] = self._status(number, said)
        self.keep(EDITED, f"@{self.account}", number, said, told, _marks(said))
        return web.json_response(self.standing[number])

    async def _delete(self, request: web.Request) -> web.Response:
        self._know(request, "write:statuses")
        number = self._found(request)
        gone = self.standing.pop(number)
        self.keep(DELETED, f"@{self.account}", number, "", {})
        return web.json_response(gone | {"text": gone["content"]})

    async def _who(self, request: web.Request) -> web.Response:
        self._know(request, "read:accounts")
        return web.json_response({"id": "1", "username": self.account, "acct": self.account})

    def _found(self, request: web.Request) -> str:
        number = request.match_info["id"]
        if number not in self.standing:
            raise _no(404, "Record not found")
        return number

    def _status(self, number: str, said: str) -> dict[str, Any]:
        url = f"{self.url}/@{self.account}/{number}"
        return {"id": number, "uri": url, "url": url, "content": said, "visibility": "public"}


def _checked(told: dict[str, Any]) -> str:
    """The text. Raises :class:`PlaceRefused`."""
    said = told.get("status")
    if not isinstance(said, str) or not said.strip():
        raise _no(422, "Validation failed: Text can't be blank")
    if count(said) > LIMIT:
        raise _no(422, f"Validation failed: Text character limit of {LIMIT} exceeded")
    if told.get("language", "en") not in _LANGUAGES:
        raise _no(422, "Validation failed: Language is invalid")
    if not isinstance(told.get("media_ids", []), list):
        raise _no(422, "Validation failed: Media attachments are invalid")
    return said


def _marks(said: str) -> list[list[str]]:
    found: list[list[str]] = []
    end = 0
    for match in URL.finditer(said):
        found += [["plain", said[end : match.start()]], ["url", match[0]]]
        end = match.end()
    found.append(["plain", said[end:]])
    return [each for each in found if each[1]]


if __name__ == "__main__":
    run(MastodonServer(), "Mastodon")
