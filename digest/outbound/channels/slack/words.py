"""A post in Slack's mrkdwn (pure).

https://docs.slack.dev/messaging/formatting-message-text: only &, < and > are escaped, and there
is no way to escape a mark; in somebody else's words it gives way to the character that looks like
it.
"""

import re

from digest.outbound.channels.places.form import BOLD, LINK, PlaceForm, PostPieces, within
from digest.outbound.channels.slack.address import NAME
from digest.outbound.messages.fit import units

# Of ``text``: the most that chat.postMessage recommends (it cuts at 40,000).
LIMIT = 4_000
_LOOKALIKE = str.maketrans({"*": "∗", "_": "ˍ", "~": "∼", "`": "‘"})
# An address is linked as it stands, with every sign that it holds.
_ADDRESS = re.compile(r"(https?://[^\s<>|*~`\"]+)")
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def escaped(words: str) -> str:
    """Somebody else's words, with no mark of their own; an address in them is left alone."""
    return "".join(
        each if number % 2 else each.translate(_LOOKALIKE)
        for number, each in enumerate(_ADDRESS.split(words))
    ).translate(_ENTITIES)


def written(pieces: PostPieces) -> str:
    """The ``text`` of a message."""
    said = []
    for piece in pieces:
        words = escaped(piece.words)
        if piece.kind == BOLD:
            said.append(f"*{words.strip()}*")
        elif piece.kind == LINK:
            url = piece.url.translate(_ENTITIES).replace("|", "%7C")
            said.append(f"<{url}|{words}>")
        else:
            said.append(words)
    return "".join(said)


FORM = PlaceForm(
    name=NAME,
    limit=LIMIT,
    written=written,
    length=lambda pieces: units(written(pieces)),
    linked=within,
    # A card for the one link of an alert, none for the many of an edition.
    more=lambda pieces, post: {"unfurl": post.template == "alert"},
)
