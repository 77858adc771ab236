"""Links that are counted where a newsroom wishes it: signed, so that they lead nowhere but there.

The target stands in the link and is signed with the story it tells of: the link needs nothing that
is kept, and works after counting was switched off again. Whose copy it stands in is another part,
which is spliced in at send time like a reader's other links; without it, or with one that says
nothing any more, the link leads to the same place. Only what an item tells of is counted: the ways
to leave, to the reader's own page and to the newsroom are not.
"""

import hmac
import re
from dataclasses import dataclass, replace
from urllib.parse import quote

from digest.kit.signing import seal, unseal
from digest.outbound.messages.links import web_link
from digest.outbound.messages.message import COUNTED
from digest.outbound.messages.reading import EditionView, Group, ItemView

# Longer ones stay as they are: they would make the mail long, and Django redirects to none.
LONGEST = 1_500
NOBODY = "-"
_TARGET, _COPY = "counted target", "counted copy"
_NUMBERS = re.compile(r"([0-9]{1,18})-([0-9]{1,18})")


@dataclass(frozen=True, slots=True)
class OfCopy:
    """Whose copy a link stood in: the ledger's key."""

    send_id: int
    address_id: int


def counted_link(key: str, story: str, url: str) -> str:
    """``url`` as it stands in a message, with the copy's part open; as it is when it is not fit.

    ``story`` is the short code of what it tells of, or nothing.
    """
    if not web_link(url) or not url.isascii() or len(url) > LONGEST:
        return url
    story = story or NOBODY
    return f"{COUNTED}/{story}/{_signature(key, story, url)}?to={quote(url, safe=':/')}"


def leads_to(key: str, story: str, signature: str, url: str) -> bool:
    """Whether we made the link of these parts. Anything at all may be given."""
    if len(url) > LONGEST or not web_link(url) or not url.isascii():
        return False
    return hmac.compare_digest(
        _signature(key, story, url).encode(), signature.encode("utf-8", "surrogatepass")
    )


def copy_part(key: str, send_id: int, address_id: int) -> str:
    """What names a copy in its links."""
    return seal(key, _COPY, f"{send_id}-{address_id}", 12)


def read_copy(key: str, part: str) -> OfCopy | None:
    """The copy that a part names; None for what is not ours."""
    opened = unseal(key, _COPY, part, 12) if len(part) <= 60 and part.isascii() else None
    found = _NUMBERS.fullmatch(opened or "")
    return OfCopy(int(found[1]), int(found[2])) if found else None


def counted_reading(reading: EditionView, key: str) -> EditionView:
    """``reading`` with counted links to what its items tell of."""

    def item(read: ItemView) -> ItemView:
        return replace(
            read,
            url=counted_link(key, read.code, read.url),
            short_url=counted_link(key, read.code, read.short_url),
        )

    return replace(
        reading,
        lead=item(reading.lead) if reading.lead else None,
        groups=tuple(
            Group(each.heading, tuple(item(read) for read in each.reads), each.goes_on)
            for each in reading.groups
        ),
    )


def _signature(key: str, story: str, url: str) -> str:
    return seal(key, _TARGET, f"{story} {url}", 12).rpartition(".")[2]
