"""The channel ``mastodon``: a status by the newsroom's account; corrections edit it."""

import time
from datetime import UTC, datetime
from typing import Any

from digest.outbound.channels.base import Receipt, Rejected
from digest.outbound.channels.mastodon.address import NAME
from digest.outbound.channels.places.line import PlaceAnswer, PlaceLine, refusal, written_by
from digest.outbound.channels.places.place import PlaceChannel, missing
from digest.outbound.messages.message import Copy

_SETTING = "DIGEST_MASTODON_TOKEN"
_GONE = 404


def judge(answer: PlaceAnswer) -> Rejected | None:
    """https://docs.joinmastodon.org/methods/statuses: an ``error`` in words."""
    if answer.status == 200:
        return None
    said = str(answer.told.get("error") or "no reason given")[:300]
    # 403: the account is not confirmed or suspended, or the token lacks write:statuses.
    token = _SETTING if answer.status in {401, 403} else ""
    wait = _until(answer.headers.get("X-RateLimit-Reset", ""))
    place = answer.status == _GONE
    return refusal(answer, said, place=place, wait=wait, label="Mastodon", token=token)


class Mastodon(PlaceChannel):
    """The channel ``mastodon``."""

    name = NAME

    def __init__(self, url: str, token: str) -> None:
        why = missing("Mastodon", DIGEST_MASTODON_URL=url, DIGEST_MASTODON_TOKEN=token)
        super().__init__(PlaceLine("Mastodon", url, judge), why)
        self._account = ""
        self._headers = {"Authorization": f"Bearer {token}"}

    async def prepare(self) -> None:
        """Whose account the token is, asked once."""
        if not self._account:
            path = "/api/v1/accounts/verify_credentials"
            answer = await self.line.ask("GET", path, headers=self._headers)
            written_by(answer, "Mastodon", "username")
            self._account = str(answer.told["username"]).lower()

    def is_foreign(self, place: str) -> str:
        """A token is one account's; a server's own name may differ from its host's."""
        if place.startswith(f"@{self._account}@"):
            return ""
        return f"DIGEST_MASTODON_TOKEN is of @{self._account}, which posts nothing as {place}."

    async def say(self, copy: Copy) -> Receipt:
        """A status. The key makes a repeat after a lost answer harmless for an hour."""
        # What takes another's place is another status.
        key = f"{copy.key}-{copy.act.value}"
        headers = self._headers | {"Idempotency-Key": key}
        told = _status(copy) | {"visibility": "public"}
        answer = await self.line.ask("POST", "/api/v1/statuses", told, headers=headers)
        written_by(answer, "Mastodon", "id")
        return Receipt(200, "sent", answer.told["id"])

    async def replace(self, copy: Copy) -> Receipt:
        """Edit: those who boosted it are told by their server."""
        path = f"/api/v1/statuses/{_id(copy)}"
        answer = await self.line.ask("PUT", path, _status(copy), headers=self._headers)
        written_by(answer, "Mastodon", "id")
        return Receipt(200, "edited", copy.earlier)

    async def withdraw(self, copy: Copy) -> Receipt:
        """Delete."""
        path = f"/api/v1/statuses/{_id(copy)}"
        written_by(await self.line.ask("DELETE", path, headers=self._headers), "Mastodon", "id")
        return Receipt(200, "deleted", copy.earlier)

    def has_no_earlier(self, refused: Rejected) -> bool:
        """Gone, or another's."""
        return refused.code == _GONE


def _status(copy: Copy) -> dict[str, Any]:
    fields = copy.words.fields
    return {"status": fields["text"], "language": fields["language"]}


def _id(copy: Copy) -> str:
    """Digits, on Mastodon; other servers name theirs by letters. No path can be made of it."""
    return "".join(each for each in copy.earlier if each.isalnum())


def _until(reset: str) -> float | None:
    """Seconds to an ISO 8601 moment, as the server gives it."""
    try:
        at = datetime.fromisoformat(reset)
    except ValueError:
        return None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() - time.time()


def mastodon(settings: Any) -> Mastodon:
    """The channel as the settings describe it."""
    return Mastodon(settings.DIGEST_MASTODON_URL, settings.DIGEST_MASTODON_TOKEN)
