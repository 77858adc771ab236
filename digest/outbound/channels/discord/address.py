"""Where a newsroom posts on Discord: a channel's id (pure)."""

import re

from digest.audience.kinds import AddressKind, BadAddress

NAME = "discord"
# A snowflake: https://discord.com/developers/docs/reference#snowflakes
_ID = re.compile(r"[1-9]\d{16,19}")


def channel_id(value: str) -> str:
    """A channel's id, also out of its link. Raises BadAddress."""
    found = value.strip().rstrip("/").rpartition("/")[2]
    if not _ID.fullmatch(found):
        raise BadAddress("Write the channel's id, its 17 to 20 digits: Copy Channel ID.")
    return found


CHANNEL_ID = AddressKind(
    field="discord",
    label="Discord channel",
    example="1203456789012345678",
    normalise=channel_id,
    mask=str,
    longest=200,
)
