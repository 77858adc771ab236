"""A post on Mastodon: plain text, a link counted as 23 characters (pure).

https://docs.joinmastodon.org/user/posting/#text and the server's own count (StatusLengthValidator):
500 characters, an address of any length as 23.
"""

import re

from digest.outbound.channels.mastodon.address import NAME
from digest.outbound.channels.places.form import PlaceForm, PostPieces, beside, plain
from digest.outbound.channels.places.graphemes import graphemes

# Servers may allow more; the least is what every one takes.
LIMIT, URL_LENGTH = 500, 23
URL = re.compile(r"https?://[^\s<>\"]+")
_MENTION = re.compile(r"(?<![\w/])@(?=\w)")
# Where the server itself would find one in an address (Account::MENTION_RE).
_MENTION_IN_ADDRESS = re.compile(r"(?<![\w/=])@(?=\w)")


def written(pieces: PostPieces) -> str:
    """The ``status``: nobody is mentioned by somebody else's words.

    An address goes on leading where it did.
    """
    text, said, end = plain(pieces), "", 0
    for address in URL.finditer(text):
        said += _MENTION.sub("＠", text[end : address.start()])
        said += _MENTION_IN_ADDRESS.sub("%40", address[0])
        end = address.end()
    return said + _MENTION.sub("＠", text[end:])


def count(text: str) -> int:
    """Characters as the server counts them."""
    return graphemes(URL.sub("x" * URL_LENGTH, text))


FORM = PlaceForm(
    name=NAME,
    limit=LIMIT,
    written=written,
    length=lambda pieces: count(written(pieces)),
    linked=beside,
    more=lambda pieces, post: {"language": post.language.partition("-")[0]},
    most_items=5,
    headline_limit=110,
    blurb_limit=0,
    lead_limit=400,
)
