"""Where a newsroom posts on Matrix: a room's id (pure)."""

import re

from digest.audience.kinds import AddressKind, BadAddress

NAME = "matrix"
# https://spec.matrix.org/latest/appendices/#room-ids: since room version 12
# without a server's name.
_ID = re.compile(r"![\w.~=+/-]{1,200}(?::[\w.\[\]:-]{1,54})?", re.ASCII)


def room(value: str) -> str:
    """A room's id. Raises BadAddress."""
    found = value.strip()
    if not _ID.fullmatch(found):
        raise BadAddress("Write the room's id, as !abc:matrix.example: it stands in its settings.")
    return found


ROOM = AddressKind(
    field="matrix",
    label="Matrix room",
    example="!newsroom:matrix.example",
    normalise=room,
    mask=str,
    longest=300,
)
