"""A loopback stand-in for a Bluesky server (PDS), as strict as the real one in what we use of it.

The lexicons com.atproto.server.createSession, com.atproto.repo.createRecord and deleteRecord,
app.bsky.feed.post, app.bsky.richtext.facet and app.bsky.embed.external
(https://docs.bsky.app/docs/api/com-atproto-repo-create-record), https://atproto.com/specs/xrpc for
the shape of errors, and https://docs.bsky.app/docs/advanced-guides/rate-limits.
"""

import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiohttp import web

from digest.outbound.channels.bluesky.words import BYTES_LIMIT, LIMIT
from digest.outbound.channels.places.graphemes import graphemes
from digest.outbound.channels.places.stand_in import (
    DELETED,
    SENT,
    PlaceRefused,
    PlaceServer,
    json_of,
    run,
)

HANDLE, PASSWORD = "meridian.test", "local-app-password"
COLLECTION = "app.bsky.feed.post"
_TID = "234567abcdefghijklmnopqrstuvwxyz"
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_URI = re.compile(r"[a-z][a-z0-9+.-]*:\S{1,8000}")
_AT_URI = re.compile(r"at://(did:[a-z]+:[\w.:%-]+)/([a-zA-Z.]+)/([\w.~:-]{1,512})")


def _no(status: int, error: str, words: str = "") -> PlaceRefused:
    return PlaceRefused(status, {"error": error, "message": words or error}, words=words or error)


def _record(words: str) -> PlaceRefused:
    return _no(400, "InvalidRequest", f"Invalid {COLLECTION} record: {words}")


@dataclass
class BlueskyServer(PlaceServer):
    """One account. ``sessions`` are the tokens that hold; ``ended`` those that did."""

    handle: str = HANDLE
    password: str = PASSWORD
    did: str = "did:plc:localstandin234567localst"
    sessions: set[str] = field(default_factory=set)
    ended: set[str] = field(default_factory=set)

    def paths(self) -> list[web.RouteDef]:
        """The methods."""
        return [
            web.post("/xrpc/com.atproto.server.createSession", self._session),
            web.post("/xrpc/com.atproto.repo.createRecord", self._create),
            web.post("/xrpc/com.atproto.repo.deleteRecord", self._delete),
        ]

    def scripted(self, status: int) -> PlaceRefused:
        """429 with the moment at which the window ends."""
        if status != 429:
            return _no(status, "InternalServerError")
        headers = {"RateLimit-Reset": str(int(self.clock()) + self.retry_after)}
        body = {"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"}
        return PlaceRefused(429, body, headers)

    def end_sessions(self) -> None:
        """Every token that was given has expired."""
        self.ended |= self.sessions
        self.sessions.clear()

    async def _told(self, request: web.Request) -> dict[str, Any]:
        if request.content_type != "application/json":
            raise _no(400, "InvalidRequest", "Wrong request encoding (Content-Type)")
        return await json_of(request, _no(400, "InvalidRequest", "Input must be an object"))

    async def _session(self, request: web.Request) -> web.Response:
        told = await self._told(request)
        for name in ("identifier", "password"):
            if not isinstance(told.get(name), str):
                raise _no(400, "InvalidRequest", f'Input must have the property "{name}"')
        if (told["identifier"], told["password"]) != (self.handle, self.password):
            words = "Invalid identifier or password"
            raise _no(401, "AuthenticationRequired", words)
        token = secrets.token_hex(16)
        self.sessions.add(token)
        return web.json_response(
            {"did": self.did, "handle": self.handle, "accessJwt": token, "refreshJwt": token + "r"}
        )

    def _know(self, request: web.Request) -> None:
        given = request.headers.get("Authorization", "")
        if not given.startswith("Bearer "):
            raise _no(401, "AuthMissing", "Authentication Required")
        token = given.removeprefix("Bearer ")
        if token in self.ended:
            raise _no(400, "ExpiredToken", "Token has expired")
        if token not in self.sessions:
            raise _no(400, "InvalidToken", "Token could not be verified")

    def _repo(self, told: dict[str, Any]) -> None:
        for name in ("repo", "collection"):
            if not isinstance(told.get(name), str):
                raise _no(400, "InvalidRequest", f'Input must have the property "{name}"')
        if told["repo"] not in {self.did, self.handle}:
            raise _no(400, "InvalidRequest", "Could not find repo")
        if told["collection"] != COLLECTION:
            raise _no(400, "InvalidRequest", f"Lexicon not found: lex:{told['collection']}")

    async def _create(self, request: web.Request) -> web.Response:
        self._know(request)
        told = await self._told(request)
        self._repo(told)
        record = told.get("record")
        if not isinstance(record, dict):
            raise _no(400, "InvalidRequest", 'Input must have the property "record"')
        check_post(record)
        rkey = "".join(secrets.choice(_TID) for _ in range(13))
        uri = f"at://{self.did}/{COLLECTION}/{rkey}"
        made = {"uri": uri, "cid": f"bafyrei{secrets.token_hex(26)}"}
        self.standing[uri] = record
        self.keep(SENT, self.handle, uri, record["text"], told, _marks(record))
        return web.json_response(made | {"validationStatus": "valid"})

    async def _delete(self, request: web.Request) -> web.Response:
        """What is not there is no error."""
        self._know(request)
        told = await self._told(request)
        self._repo(told)
        rkey = told.get("rkey")
        if not isinstance(rkey, str) or not re.fullmatch(r"[\w.~:-]{1,512}", rkey):
            raise _no(400, "InvalidRequest", "Input/rkey must be a valid Record Key")
        uri = f"at://{self.did}/{COLLECTION}/{rkey}"
        if self.standing.pop(uri, None) is not None:
            self.keep(DELETED, self.handle, uri, "", told)
        return web.json_response({})


def check_post(record: dict[str, Any]) -> None:
    """A record of app.bsky.feed.post. Raises :class:`PlaceRefused`."""
    if record.get("$type") != COLLECTION:
        raise _record(f"Record/$type must be {COLLECTION}")
    text = record.get("text")
    if not isinstance(text, str):
        raise _record('Record must have the property "text"')
    if len(text.encode()) > BYTES_LIMIT:
        raise _record(f"Record/text must not be longer than {BYTES_LIMIT} characters")
    if graphemes(text) > LIMIT:
        raise _record(f"Record/text must not be longer than {LIMIT} graphemes")
    created = record.get("createdAt")
    if not isinstance(created, str) or not _DATE.fullmatch(created):
        raise _record("Record/createdAt must be an valid atproto datetime")
    datetime.fromisoformat(created)
    langs = record.get("langs", [])
    if not isinstance(langs, list) or len(langs) > 3:
        raise _record("Record/langs must not have more than 3 elements")
    if not all(re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", str(each)) for each in langs):
        raise _record("Record/langs/0 must be a well-formed BCP 47 language tag")
    _facets(record.get("facets", []), len(text.encode()))
    for name in ("root", "parent") if "reply" in record else ():
        _reference(record["reply"], name)
    if "embed" in record:
        _embed(record["embed"])


def _facets(given: Any, size: int) -> None:
    if not isinstance(given, list):
        raise _record("Record/facets must be an array")
    for number, facet in enumerate(given):
        where = f"Record/facets/{number}"
        index = facet.get("index") if isinstance(facet, dict) else None
        features = facet.get("features") if isinstance(facet, dict) else None
        if not isinstance(index, dict) or not isinstance(features, list):
            raise _record(f'{where} must have the properties "index" and "features"')
        start, end = index.get("byteStart"), index.get("byteEnd")
        if not isinstance(start, int) or not isinstance(end, int) or not 0 <= start < end <= size:
            raise _record(f"{where}/index must lie within the text")
        for feature in features:
            uri = feature.get("uri") if isinstance(feature, dict) else None
            kind = feature.get("$type") if isinstance(feature, dict) else None
            if kind != "app.bsky.richtext.facet#link" or not _URI.fullmatch(str(uri or "")):
                raise _record(f"{where}/features/0/uri must be a uri")


def _reference(reply: Any, name: str) -> None:
    given = reply.get(name) if isinstance(reply, dict) else None
    if not isinstance(given, dict):
        raise _record(f'Record/reply must have the property "{name}"')
    if not _AT_URI.fullmatch(str(given.get("uri"))):
        raise _record(f"Record/reply/{name}/uri must be a valid at-uri")
    if not re.fullmatch(r"bafy[a-z0-9]{40,80}", str(given.get("cid"))):
        raise _record(f"Record/reply/{name}/cid must be a cid string")


def _embed(given: Any) -> None:
    card = given.get("external") if isinstance(given, dict) else None
    if not isinstance(card, dict) or given.get("$type") != "app.bsky.embed.external":
        raise _record("Record/embed must be one of its kinds")
    for name in ("uri", "title", "description"):
        if not isinstance(card.get(name), str):
            raise _record(f'Record/embed/external must have the property "{name}"')
    if not _URI.fullmatch(card["uri"]):
        raise _record("Record/embed/external/uri must be a uri")


def _marks(record: dict[str, Any]) -> list[list[str]]:
    """Pieces for the viewer: links where facets lie."""
    raw, found, end = record["text"].encode(), [], 0
    for facet in record.get("facets", []):
        start, stop = facet["index"]["byteStart"], facet["index"]["byteEnd"]
        found += [["plain", raw[end:start]], ["url", raw[start:stop]]]
        end = stop
    found.append(["plain", raw[end:]])
    reply = [["italic", "In reply to its own post: "]] if "reply" in record else []
    said = [[str(kind), bytes(part).decode("utf-8", "replace")] for kind, part in found if part]
    return reply + said


if __name__ == "__main__":
    run(BlueskyServer(), "Bluesky")
