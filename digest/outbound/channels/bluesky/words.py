"""A post on Bluesky: 300 graphemes, and links as facets over its UTF-8 bytes (pure).

https://docs.bsky.app/docs/advanced-guides/posts and /post-richtext; the lexicon app.bsky.feed.post.
"""

from typing import Any

from digest.outbound.channels.bluesky.address import NAME
from digest.outbound.channels.places.form import LINK, PlaceForm, PostPieces, plain, within
from digest.outbound.channels.places.graphemes import graphemes
from digest.outbound.channels.places.post import Post
from digest.outbound.messages.fit import fit

LIMIT, BYTES_LIMIT = 300, 3_000
_LINK_FEATURE = "app.bsky.richtext.facet#link"
# One byte in ten: a text of many bytes is cut by those, though it has few characters.
_BYTES_EACH = BYTES_LIMIT // LIMIT


def count(pieces: PostPieces) -> int:
    """Graphemes, or tenths of bytes where that is more."""
    text = plain(pieces)
    return max(graphemes(text), -(-len(text.encode()) // _BYTES_EACH))


def facets(pieces: PostPieces) -> list[dict[str, Any]]:
    """Where words lead: nobody is mentioned, and nothing is tagged."""
    found, at = [], 0
    for piece in pieces:
        end = at + len(piece.words.encode())
        if piece.kind == LINK and piece.url:
            feature = {"$type": _LINK_FEATURE, "uri": piece.url}
            index = {"byteStart": at, "byteEnd": end}
            found.append({"index": index, "features": [feature]})
        at = end
    return found


def _more(pieces: PostPieces, post: Post) -> dict[str, Any]:
    more: dict[str, Any] = {"facets": facets(pieces), "langs": [post.language.partition("-")[0]]}
    if post.template == "alert" and post.url:
        card = {"uri": post.url, "title": fit(post.title, 300), "description": post.lead[:1_000]}
        more["embed"] = {"$type": "app.bsky.embed.external", "external": card}
    return more


FORM = PlaceForm(
    name=NAME,
    limit=LIMIT,
    written=plain,
    length=count,
    linked=within,
    more=_more,
    most_items=4,
    headline_limit=100,
    blurb_limit=0,
    lead_limit=220,
)
