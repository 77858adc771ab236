"""The channel ``bluesky``: records in the newsroom's own repository; corrections are replies.

Applications show a post as it was at first, so a correction is not written over it but answers it
(https://github.com/bluesky-social/social-app/issues/673). A post's name, for us, is its whole
thread: ``rkey:cid`` of each, the first and the last of which a reply names.
"""

from datetime import UTC, datetime
from typing import Any

from digest.outbound.channels.base import Receipt, Rejected
from digest.outbound.channels.bluesky.address import NAME
from digest.outbound.channels.places.line import PlaceAnswer, PlaceLine, refusal, written_by
from digest.outbound.channels.places.place import PlaceChannel, missing
from digest.outbound.messages.message import Copy

PDS = "https://bsky.social"
COLLECTION = "app.bsky.feed.post"
_SETTING = "DIGEST_BLUESKY_PASSWORD"
_OF_TOKEN = {
    *("AuthenticationRequired", "AuthMissing", "AccountTakedown", "AuthFactorTokenRequired"),
    *("InvalidToken", "RepoDeactivated", "RepoTakendown", "AccountNotFound"),
}
_EXPIRED = "ExpiredToken"


def judge(answer: PlaceAnswer) -> Rejected | None:
    """XRPC's ``error`` and ``message``: https://atproto.com/specs/xrpc#error-responses"""
    if answer.status == 200:
        return None
    told = answer.told
    error = str(told.get("error") or "no reason given")[:60]
    said = f"{error} {str(told.get('message') or '')[:300]}".strip()
    token = _SETTING if error in _OF_TOKEN or answer.status == 401 else ""
    wait = _until(answer.headers.get("ratelimit-reset", ""))
    return refusal(answer, said, place=False, wait=wait, label="Bluesky", token=token)


class Bluesky(PlaceChannel):
    """The channel ``bluesky``."""

    name = NAME

    def __init__(self, url: str, handle: str, password: str) -> None:
        why = missing("Bluesky", DIGEST_BLUESKY_HANDLE=handle, DIGEST_BLUESKY_PASSWORD=password)
        super().__init__(PlaceLine("Bluesky", url, judge), why)
        self._handle, self._password = handle, password
        self._did = self._token = self._account = ""

    async def prepare(self) -> None:
        """A session, kept for the run."""
        if self._token:
            return
        told = {"identifier": self._handle, "password": self._password}
        answer = await self.line.ask("POST", "/xrpc/com.atproto.server.createSession", told)
        written_by(answer, "Bluesky", "did", "accessJwt", "handle")
        self._did, self._token = answer.told["did"], answer.told["accessJwt"]
        self._account = str(answer.told["handle"]).lower()

    def is_foreign(self, place: str) -> str:
        """A session is one account's."""
        if place == self._account:
            return ""
        return f"DIGEST_BLUESKY_HANDLE is {self._account}, which posts nothing as {place}."

    async def say(self, copy: Copy) -> Receipt:
        """A record."""
        return Receipt(200, "sent", await self._create(copy, {}))

    async def replace(self, copy: Copy) -> Receipt:
        """A reply to the last of the thread."""
        thread = _thread(copy.earlier)
        if not thread:
            return await self.say(copy)
        root, parent = self._reference(*thread[0]), self._reference(*thread[-1])
        made = await self._create(copy, {"reply": {"root": root, "parent": parent}})
        return Receipt(200, "replied", f"{copy.earlier} {made}")

    async def withdraw(self, copy: Copy) -> Receipt:
        """Delete the whole thread of ours; what is gone already is no error there."""
        for rkey, _ in reversed(_thread(copy.earlier)):
            told = {"repo": self._did, "collection": COLLECTION, "rkey": rkey}
            await self._call("com.atproto.repo.deleteRecord", told)
        return Receipt(200, "deleted", copy.earlier)

    def has_no_earlier(self, refused: Rejected) -> bool:
        """A reply may name what is gone."""
        return False

    async def _create(self, copy: Copy, more: dict[str, Any]) -> str:
        fields = copy.words.fields
        record = {
            "$type": COLLECTION,
            "text": fields["text"],
            "createdAt": datetime.now(UTC)
            .isoformat(timespec="milliseconds")
            .replace("+00:00", "Z"),
            "langs": fields["langs"],
            "facets": fields["facets"],
        }
        if "embed" in fields:
            record["embed"] = fields["embed"]
        told = {"repo": self._did, "collection": COLLECTION, "record": record | more}
        answer = await self._call("com.atproto.repo.createRecord", told)
        written_by(answer, "Bluesky", "uri", "cid")
        return f"{answer.told['uri'].rpartition('/')[2]}:{answer.told['cid']}"

    async def _call(self, method: str, told: dict[str, Any]) -> PlaceAnswer:
        """Once more with a new session where this one has ended: it says that nothing was done."""
        path = f"/xrpc/{method}"
        try:
            return await self.line.ask("POST", path, told, headers=self._bearer())
        except Rejected as refused:
            if f" {_EXPIRED}" not in refused.reply:
                raise
        self._token = ""
        await self.prepare()
        return await self.line.ask("POST", path, told, headers=self._bearer())

    def _bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}"}

    def _reference(self, rkey: str, cid: str) -> dict[str, str]:
        return {"uri": f"at://{self._did}/{COLLECTION}/{rkey}", "cid": cid}


def _thread(earlier: str) -> list[tuple[str, str]]:
    """The posts in a name of ours, the first of them first."""
    parts = (each.partition(":") for each in earlier.split())
    return [(rkey, cid) for rkey, mark, cid in parts if rkey and mark and cid]


def _until(reset: str) -> float | None:
    """Seconds to a Unix time."""
    if not reset.isdecimal():
        return None
    return max(float(reset) - datetime.now(UTC).timestamp(), 0.1)


def bluesky(settings: Any) -> Bluesky:
    """The channel as the settings describe it."""
    url = settings.DIGEST_BLUESKY_URL or PDS
    return Bluesky(url, settings.DIGEST_BLUESKY_HANDLE, settings.DIGEST_BLUESKY_PASSWORD)
