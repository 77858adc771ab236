"""Where a newsroom posts on Bluesky: its own account, by its handle (pure)."""

import re

from digest.audience.kinds import AddressKind, BadAddress

NAME = "bluesky"
# https://atproto.com/specs/handle
_HANDLE = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?"
)
_LONGEST = 253


def handle(value: str) -> str:
    """A handle, also out of the profile's address. Raises BadAddress."""
    found = value.strip().rstrip("/").rpartition("/")[2].removeprefix("@").lower()
    if len(found) > _LONGEST or not _HANDLE.fullmatch(found):
        raise BadAddress("Write the account's handle, as news.example or name.bsky.social.")
    return found


HANDLE = AddressKind(
    field="bluesky",
    label="Bluesky account",
    example="meridian.bsky.social",
    normalise=handle,
    mask=str,
    longest=300,
)
