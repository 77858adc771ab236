"""The channel ``slack``: chat.postMessage, chat.update, chat.delete by a bot's token."""

from typing import Any

from digest.outbound.channels.base import AnswerLost, Receipt, Rejected
from digest.outbound.channels.places.line import (
    PlaceAnswer,
    PlaceLine,
    refusal,
    wait_of,
    written_by,
)
from digest.outbound.channels.places.place import PlaceChannel, missing
from digest.outbound.channels.slack.address import NAME
from digest.outbound.messages.message import Copy

WEB_API = "https://slack.com/api"
# https://docs.slack.dev/reference/methods/chat.postMessage, chat.update, chat.delete: errors.
# What the bot may not do in this conversation it may do in another.
_OF_PLACE = {
    *("channel_not_found", "not_in_channel", "is_archived", "channel_is_limited_access"),
    *("restricted_action", "restricted_action_read_only_channel", "no_permission"),
    *("access_denied", "ekm_access_denied", "messages_tab_disabled"),
    *("channel_type_not_supported", "method_not_supported_for_channel_type"),
    "restricted_action_non_threadable_channel",
    *("restricted_action_thread_only_channel", "team_access_not_granted"),
}
_NO_EARLIER = {
    *("message_not_found", "cant_update_message", "cant_delete_message", "edit_window_closed"),
    "compliance_exports_prevent_deletion",
}
_OF_TOKEN = {
    *("not_authed", "invalid_auth", "account_inactive", "token_revoked", "token_expired"),
    *("missing_scope", "org_login_required", "accesslimited"),
    *("not_allowed_token_type", "two_factor_setup_required"),
}
_TOO_FAST = {"ratelimited", "rate_limited", "message_limit_exceeded"}
# Slack cannot say whether it was done.
_UNSURE = {
    "fatal_error",
    "internal_error",
    "service_unavailable",
    "request_timeout",
    "team_added_to_org",
}


def judge(answer: PlaceAnswer) -> Rejected | None:
    """Slack answers 200 to nearly everything: what counts is ``ok`` and ``error``."""
    told = answer.told
    if answer.status == 200 and told.get("ok") is True:
        return None
    if answer.status == 200 and told.get("ok") is not False:
        raise AnswerLost("200 without ok: Slack did not write it", 200)
    said = str(told.get("error") or "no reason given")[:200]
    if said in _TOO_FAST:
        wait = wait_of(answer)
        return Rejected(f"429 {said}", 429, permanent=False, retry_after=wait)
    if said in _UNSURE:
        raise AnswerLost(f"Slack answered {said}: it may have arrived", answer.status)
    token = "DIGEST_SLACK_TOKEN" if said in _OF_TOKEN else ""
    place = said in _OF_PLACE or said in _NO_EARLIER
    return refusal(answer, said, place=place, label="Slack", token=token)


class Slack(PlaceChannel):
    """The channel ``slack``."""

    name = NAME

    def __init__(self, url: str, token: str) -> None:
        super().__init__(PlaceLine("Slack", url, judge), missing("Slack", DIGEST_SLACK_TOKEN=token))
        self._headers = {"Authorization": f"Bearer {token}"}

    async def say(self, copy: Copy) -> Receipt:
        """chat.postMessage; a post is named by its ``ts``."""
        fields = copy.words.fields
        told = _message(copy) | {"unfurl_links": fields["unfurl"], "unfurl_media": fields["unfurl"]}
        answer = await self._call("chat.postMessage", told)
        written_by(answer, "Slack", "ts")
        return Receipt(200, "sent", answer.told["ts"])

    async def replace(self, copy: Copy) -> Receipt:
        """chat.update."""
        await self._call("chat.update", _message(copy) | {"ts": copy.earlier})
        return Receipt(200, "edited", copy.earlier)

    async def withdraw(self, copy: Copy) -> Receipt:
        """chat.delete."""
        await self._call("chat.delete", {"channel": copy.to.value, "ts": copy.earlier})
        return Receipt(200, "deleted", copy.earlier)

    def has_no_earlier(self, refused: Rejected) -> bool:
        """By Slack's word for it."""
        return refused.reply.rpartition(" ")[2] in _NO_EARLIER

    async def _call(self, method: str, told: dict[str, Any]) -> PlaceAnswer:
        return await self.line.ask("POST", f"/{method}", told, headers=self._headers)


def _message(copy: Copy) -> dict[str, Any]:
    """No ``@`` and ``#`` of somebody else's words becomes a mention."""
    return {
        "channel": copy.to.value,
        "text": copy.words.fields["text"],
        "parse": "none",
        "link_names": False,
    }


def slack(settings: Any) -> Slack:
    """The channel as the settings describe it."""
    return Slack(settings.DIGEST_SLACK_URL or WEB_API, settings.DIGEST_SLACK_TOKEN)
