"""What the Bot API's refusals mean (pure). It has no codes of its own, so its words are read.

https://core.telegram.org/bots/api#making-requests: ``ok``, ``error_code``, ``description``,
``parameters`` with ``retry_after`` or ``migrate_to_chat_id``.
"""

from typing import Any

from digest.outbound.channels.base import Rejected

# The reader blocked the bot, left Telegram, or never pressed Start.
_GONE = (
    "bot was blocked by the user",
    "user is deactivated",
    "bot can't initiate conversation",
    "chat not found",
    "peer_id_invalid",
)
# A place of ours that does not let the bot write.
_CLOSED = (
    "kicked",
    "not a member",
    "not enough rights",
    "need administrator",
    "chat_write_forbidden",
    "have no rights to send",
    "topic_closed",
    "chat_restricted",
    "chat_admin_required",
    "channel_private",
    "chat_send_plain_forbidden",
    "group chat was deactivated",
    "group is deactivated",
)
_SAME = "message is not modified"
_NO_EARLIER = (
    "message to edit not found",
    "message can't be edited",
    "message to delete not found",
    "message can't be deleted",
    "message identifier is not specified",
    "message_id_invalid",
)


def is_done_already(refused: Rejected) -> bool:
    """An edit that changes nothing has been made before."""
    return _SAME in refused.reply.lower()


def has_no_earlier(refused: Rejected) -> bool:
    """The earlier message can be changed no more, or is gone."""
    said = refused.reply.lower()
    return any(words in said for words in _NO_EARLIER)


def refusal(status: int, body: Any) -> Rejected:
    """The refusal that an answer without ``ok`` stands for."""
    told = body if isinstance(body, dict) else {}
    code = told.get("error_code") if isinstance(told.get("error_code"), int) else status
    said = str(told.get("description") or "no reason given")[:300]
    parameters = told.get("parameters")
    parameters = parameters if isinstance(parameters, dict) else {}
    reply, lower = f"{code} {said}", said.lower()
    if code == 429:
        wait = parameters.get("retry_after")
        seconds = float(wait) if isinstance(wait, int) else 30.0
        return Rejected(reply, code, permanent=False, retry_after=seconds)
    if any(words in lower for words in _GONE):
        return Rejected(reply, code, permanent=True, recipient=True)
    if "migrate_to_chat_id" in parameters:
        moved = f"{reply}: add the place anew as {parameters['migrate_to_chat_id']}"
        return Rejected(moved, code, permanent=True)
    if any(words in lower for words in _CLOSED) or _SAME in lower or code == 403:
        return Rejected(reply, code, permanent=True)
    if any(words in lower for words in _NO_EARLIER):
        return Rejected(reply, code, permanent=True)
    if code in {401, 404}:
        told_so = f"Telegram does not know the token: {reply}. Check DIGEST_TELEGRAM_TOKEN."
        return Rejected(told_so, code, permanent=False, scope="channel")
    # Words that cannot be parsed or are too long are the same for every reader.
    return Rejected(reply, code, permanent=False, scope="channel")
