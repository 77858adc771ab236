"""The channel ``discord``: a bot's message in a channel of the newsroom's server."""

from typing import Any

from digest.outbound.channels.base import AnswerLost, Receipt, Rejected
from digest.outbound.channels.discord.address import NAME
from digest.outbound.channels.places.line import PlaceAnswer, PlaceLine, refusal, written_by
from digest.outbound.channels.places.place import PlaceChannel, missing
from digest.outbound.messages.message import Copy

DISCORD_API = "https://discord.com/api/v10"
_SETTING = "DIGEST_DISCORD_TOKEN"
# https://discord.com/developers/docs/topics/opcodes-and-status-codes#json
_UNKNOWN_MESSAGE, _OF_ANOTHER, _EDITED_TOO_OFTEN = 10008, 50005, 30046
_NO_EARLIER = {_UNKNOWN_MESSAGE, _OF_ANOTHER, _EDITED_TOO_OFTEN}
_OF_PLACE = {
    10003,  # unknown channel
    50001,  # missing access
    50008,  # not a text channel
    50009,  # that channel's verification level
    50013,  # missing permissions
    50024,  # not in a channel of that type
    50083,  # archived thread
    160005,  # locked thread
    200000,  # its server's own moderation
    240000,
}
# Without it Discord's gateway may turn us away: /reference#user-agent
_AGENT = "DiscordBot (https://github.com/digest/digest, 0.1)"


def judge(answer: PlaceAnswer) -> Rejected | None:
    """By ``code``; 429 with ``retry_after`` in its body."""
    if answer.status in {200, 201, 204}:
        return None
    told = answer.told
    code = told.get("code") if isinstance(told.get("code"), int) else 0
    said = f"{code} {told.get('message') or 'no reason given'}"[:300]
    place = code in _OF_PLACE or code in _NO_EARLIER
    if code == _EDITED_TOO_OFTEN:
        return Rejected(f"{answer.status} {said}", answer.status, permanent=True)
    token = _SETTING if answer.status == 401 or (answer.status == 403 and not place) else ""
    wait = told.get("retry_after")
    return refusal(answer, said, place=place, wait=wait, label="Discord", token=token)


class Discord(PlaceChannel):
    """The channel ``discord``."""

    name = NAME

    def __init__(self, url: str, token: str) -> None:
        why = missing("Discord", DIGEST_DISCORD_TOKEN=token)
        super().__init__(PlaceLine("Discord", url, judge), why)
        self._headers = {"Authorization": f"Bot {token}", "User-Agent": _AGENT}

    async def say(self, copy: Copy) -> Receipt:
        """A message. The nonce makes a repeat after a lost answer harmless for some minutes."""
        told = _message(copy) | {"nonce": copy.key[:25], "enforce_nonce": True}
        path = f"/channels/{copy.to.value}/messages"
        answer = await self.line.ask("POST", path, told, headers=self._headers)
        found = answer.told.get("id")
        if not isinstance(found, str) or not found.isdecimal():
            raise AnswerLost("Discord took a message and gave it no id")
        return Receipt(200, "sent", found)

    async def replace(self, copy: Copy) -> Receipt:
        """Edit."""
        answer = await self.line.ask("PATCH", _path(copy), _message(copy), headers=self._headers)
        written_by(answer, "Discord", "id")
        return Receipt(200, "edited", copy.earlier)

    async def withdraw(self, copy: Copy) -> Receipt:
        """Delete."""
        answer = await self.line.ask("DELETE", _path(copy), headers=self._headers)
        if answer.status != 204:
            written_by(answer, "Discord", "id")
        return Receipt(200, "deleted", copy.earlier)

    def has_no_earlier(self, refused: Rejected) -> bool:
        """Gone, another's, or an old one that was edited too often."""
        return refused.reply.split(" ")[1:2] in [[str(code)] for code in _NO_EARLIER]


def _message(copy: Copy) -> dict[str, Any]:
    """Nobody is mentioned, in an edit neither, which asks for it anew."""
    return {"content": copy.words.fields["text"], "allowed_mentions": {"parse": []}}


def _path(copy: Copy) -> str:
    earlier = "".join(each for each in copy.earlier if each.isdecimal())
    return f"/channels/{copy.to.value}/messages/{earlier}"


def discord(settings: Any) -> Discord:
    """The channel as the settings describe it."""
    return Discord(settings.DIGEST_DISCORD_URL or DISCORD_API, settings.DIGEST_DISCORD_TOKEN)
