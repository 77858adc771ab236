"""The channel ``teams``: an Adaptive Card to a workflow's webhook. What was posted stays so.

A workflow answers that it has begun and never names what it posted: corrections follow as posts of
their own. https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/
add-incoming-webhook
"""

from typing import Any

from digest.outbound.channels.base import AnswerLost, Receipt, Rejected
from digest.outbound.channels.places.line import PlaceAnswer, PlaceLine, refusal
from digest.outbound.channels.places.place import PlaceChannel
from digest.outbound.channels.teams.address import NAME, SETTING, webhooks
from digest.outbound.channels.teams.words import CARD_TYPE
from digest.outbound.messages.message import Copy

_BEGUN = 202
# Each place has a secret of its own, so what is said of that is said of the place alone.
_OF_PLACE = {401, 403, 404, 410}
_CLOSED = {"WorkflowTriggerIsNotEnabled", "WorkflowNotFound", "WorkflowDisabled"}


def judge(answer: PlaceAnswer) -> Rejected | None:
    """``error`` with ``code`` and ``message``, as Azure's workflows answer."""
    if answer.status == _BEGUN:
        return None
    if answer.status < 300:
        raise AnswerLost(f"{answer.status}, where a workflow answers {_BEGUN}", answer.status)
    error = answer.told.get("error")
    error = error if isinstance(error, dict) else {}
    code = str(error.get("code") or "no reason given")[:60]
    said = f"{code} {str(error.get('message') or '')[:200]}".strip()
    place = answer.status in _OF_PLACE or code in _CLOSED
    if place:
        said = f"{said}. Look at the workflow, and at its address in {SETTING}."
    return refusal(answer, said, place=place, label="Teams")


class Teams(PlaceChannel):
    """The channel ``teams``."""

    name = NAME

    def __init__(self, given: str) -> None:
        self._webhooks = webhooks(given)
        why = "" if self._webhooks else f"Teams is not set up: set {SETTING}."
        super().__init__(PlaceLine("Teams", "", judge, bodiless=frozenset({_BEGUN})), why)

    def is_foreign(self, place: str) -> str:
        """A name that the setting does not know."""
        return "" if place in self._webhooks else f"{SETTING} knows no workflow called {place}."

    async def say(self, copy: Copy) -> Receipt:
        """A card. It has no name that it could be found by again."""
        told: dict[str, Any] = {
            "type": "message",
            "attachments": [
                {
                    "contentType": CARD_TYPE,
                    "contentUrl": None,
                    "content": copy.words.fields["card"],
                }
            ],
        }
        await self.line.ask("POST", self._webhooks[copy.to.value], told)
        return Receipt(_BEGUN, "begun")

    async def replace(self, copy: Copy) -> Receipt:
        """Nothing can be replaced: it follows."""
        return await self.say(copy)

    async def withdraw(self, copy: Copy) -> Receipt:
        """Nothing can be taken away: that it is withdrawn follows."""
        return await self.say(copy)

    def has_no_earlier(self, refused: Rejected) -> bool:
        """It names none."""
        return False


def teams(settings: Any) -> Teams:
    """The channel as the settings describe it."""
    return Teams(settings.DIGEST_TEAMS_WEBHOOKS)
