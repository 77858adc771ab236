"""A loopback stand-in for a Teams workflow that posts what its webhook is given.

https://learn.microsoft.com/azure/logic-apps/logic-apps-http-endpoint (trigger's address, 202, error
bodies), https://adaptivecards.io/explorer (what a card may hold) and
https://learn.microsoft.com/connectors/teams (28 KB; above four requests a second it throttles).
Stricter than the real one, which takes a card that it cannot post, and lets its run fail unseen.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from digest.outbound.channels.places.stand_in import SENT, PlaceRefused, PlaceServer, json_of, run
from digest.outbound.channels.teams.words import CARD_TYPE, MOST, size

SIGNATURE = "local-teams"
WORKFLOW = "0123456789abcdef0123456789abcdef"
_PATH = "/workflows/{workflow}/triggers/manual/paths/invoke"
_QUERY = {"api-version": "2016-06-01", "sp": "/triggers/manual/run", "sv": "1.0"}
_VERSIONS = {f"1.{minor}" for minor in range(5)}
_SIZES = {"Small", "Default", "Medium", "Large", "ExtraLarge"}
_SPACINGS = {"None", "Small", "Default", "Medium", "Large", "ExtraLarge", "Padding"}
_WEIGHTS = {"Lighter", "Default", "Bolder"}
_COLORS = {"Default", "Dark", "Light", "Accent", "Good", "Warning", "Attention"}
_OF_RUN = {"size": _SIZES, "weight": _WEIGHTS, "color": _COLORS}
_MOST_ACTIONS, _LARGEST_REQUEST = 6, 256 * 1024


def address_at(url: str, workflow: str = WORKFLOW, signature: str = SIGNATURE) -> str:
    """What an editor copies out of Teams."""
    query = f"api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig={signature}"
    return f"{url}{_PATH.format(workflow=workflow)}?{query}"


def _no(status: int, code: str, words: str) -> PlaceRefused:
    return PlaceRefused(status, {"error": {"code": code, "message": words}}, words=words)


def _bad(words: str) -> PlaceRefused:
    return _no(400, "BadRequest", words)


@dataclass
class TeamsWorkflows(PlaceServer):
    """Workflows of one newsroom. ``gone`` are those that were deleted, ``off`` switched off."""

    signature: str = SIGNATURE
    gone: set[str] = field(default_factory=set)
    off: set[str] = field(default_factory=set)

    def paths(self) -> list[web.RouteDef]:
        """The trigger."""
        return [web.post(_PATH, self._invoked)]

    def scripted(self, status: int) -> PlaceRefused:
        """429 with the seconds to wait; others as the gateway answers."""
        if status == 429:
            words = "The request was throttled."
            body = {"error": {"code": "WorkflowRequestsThrottled", "message": words}}
            return PlaceRefused(429, body, {"Retry-After": str(self.retry_after)})
        return _no(status, "BadGateway", "The server did not receive a response.")

    async def _invoked(self, request: web.Request) -> web.Response:
        workflow = request.match_info["workflow"]
        if workflow in self.gone:
            raise _no(404, "WorkflowNotFound", f"The workflow '{workflow}' could not be found.")
        if workflow in self.off:
            raise _no(400, "WorkflowTriggerIsNotEnabled", f"The workflow '{workflow}' is off.")
        if "sig" not in request.query:
            raise _no(401, "DirectApiAuthorizationRequired", "The request has no signature.")
        signed = request.query["sig"] == self.signature
        if not signed or any(request.query.get(name) != told for name, told in _QUERY.items()):
            raise _no(401, "AuthorizationFailed", "The signature is not valid.")
        if request.content_type != "application/json":
            raise _no(415, "UnsupportedMediaType", "The content is no JSON.")
        if len(await request.read()) > _LARGEST_REQUEST:
            raise _no(413, "RequestEntityTooLarge", "The request is too large.")
        told = await json_of(request, _no(400, "InvalidRequestContent", "The content is no JSON."))
        made = _card(told)
        key = f"{workflow} {len(self.taken) + 1}"
        marks = list(_marks(made))
        said = "".join(words for _, words in marks)
        self.standing[key] = {"card": made}
        self.keep(SENT, workflow, key, said, told, marks)
        return web.Response(status=202, headers={"x-ms-workflow-run-id": "08584000000000000000"})


def _card(told: dict[str, Any]) -> dict[str, Any]:
    """The one card of a message. Raises :class:`PlaceRefused`."""
    if told.get("type") != "message":
        raise _bad("Property 'type' must be 'message'.")
    attachments = told.get("attachments")
    if not isinstance(attachments, list):
        raise _bad("The result of the evaluation of 'foreach' expression is of type 'Null'.")
    if len(attachments) != 1 or not isinstance(attachments[0], dict):
        raise _bad("One card is posted at a time.")
    if attachments[0].get("contentType") != CARD_TYPE:
        raise _bad(f"The content type must be {CARD_TYPE}.")
    made = attachments[0].get("content")
    if not isinstance(made, dict) or made.get("type") != "AdaptiveCard":
        raise _bad("Property 'type' must be 'AdaptiveCard'.")
    if made.get("version") not in _VERSIONS:
        raise _bad("The card's version is not one that Teams shows.")
    body = made.get("body")
    if not isinstance(body, list) or not body:
        raise _bad("The card has no body.")
    for block in body:
        _check_block(block)
    actions = made.get("actions", [])
    if not isinstance(actions, list) or len(actions) > _MOST_ACTIONS:
        raise _bad(f"A card has at most {_MOST_ACTIONS} actions.")
    for action in actions:
        _check_action(action, with_title=True)
    if (actual := size(made)) > MOST:
        raise _bad(
            "MessageSizeExceeded-Message properties size exceeded. Actual message properties size:"
            f" {actual} bytes, whereas max allowed size is {MOST} bytes"
        )
    return made


def _check_block(block: Any) -> None:
    if not isinstance(block, dict) or block.get("type") != "RichTextBlock":
        raise _bad("Unknown element of a card.")
    if block.get("spacing", "Default") not in _SPACINGS:
        raise _bad("Error converting value of 'spacing'.")
    inlines = block.get("inlines")
    if not isinstance(inlines, list) or not inlines:
        raise _bad("Required property 'inlines' not found.")
    for run_of in inlines:
        if not isinstance(run_of, dict) or run_of.get("type") != "TextRun":
            raise _bad("Unknown inline of a card.")
        if not isinstance(run_of.get("text"), str) or not run_of["text"]:
            raise _bad("Required property 'text' not found.")
        for name, known in _OF_RUN.items():
            if name in run_of and run_of[name] not in known:
                raise _bad(f"Error converting value of '{name}'.")
        if "selectAction" in run_of:
            _check_action(run_of["selectAction"], with_title=False)


def _check_action(action: Any, *, with_title: bool) -> None:
    if not isinstance(action, dict) or action.get("type") != "Action.OpenUrl":
        raise _bad("Unknown action of a card.")
    url = action.get("url")
    if not isinstance(url, str) or not re.match(r"https?://[^\s/]+", url):
        raise _bad("Property 'url' must be an absolute address.")
    if with_title and not str(action.get("title") or "").strip():
        raise _bad("Required property 'title' not found.")


def _marks(made: dict[str, Any]) -> Iterator[list[str]]:
    """Pieces for the viewer, a block on a line."""
    for number, block in enumerate(made["body"]):
        if number:
            yield ["plain", "\n\n" if block.get("spacing", "Default") == "Default" else "\n"]
        for run_of in block["inlines"]:
            kind = "url" if "selectAction" in run_of else "plain"
            yield ["bold" if run_of.get("weight") == "Bolder" else kind, run_of["text"]]


if __name__ == "__main__":
    run(TeamsWorkflows(), "Teams")
