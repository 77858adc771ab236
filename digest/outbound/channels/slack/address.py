"""Where a newsroom posts on Slack: a conversation's id (pure)."""

import re

from digest.audience.kinds import AddressKind, BadAddress

NAME = "slack"
_ID = re.compile(r"[CG][A-Z0-9]{6,20}")


def conversation(value: str) -> str:
    """A channel's id. Raises BadAddress."""
    found = value.strip().rstrip("/").rpartition("/")[2].upper()
    if not _ID.fullmatch(found):
        raise BadAddress("Write the channel's id, as C0123456789: it stands in its details.")
    return found


CONVERSATION = AddressKind(
    field="slack",
    label="Slack channel",
    example="C0123456789",
    normalise=conversation,
    mask=str,
    longest=200,
)
