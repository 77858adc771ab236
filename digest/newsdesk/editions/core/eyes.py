"""Two pairs of eyes: whose approval lets an edition go, and whose is the first of two. Pure."""

from dataclasses import dataclass
from enum import Enum


class Approval(str, Enum):
    """What an approval does."""

    GOES = "goes"
    FIRST = "first"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Eyes:
    """Who has seen an edition as it stands. ``changed_by`` made the last change, ``seen_by``
    approved it since; members by id, None for nobody."""

    needed: int
    changed_by: int | None = None
    seen_by: int | None = None


def approval(eyes: Eyes, member: int) -> Approval:
    """What ``member``'s approval does.

    Where two must see an edition, nobody lets their own last change go, and nobody counts twice;
    who changed it last is one of the two.
    """
    if eyes.needed < 2:
        return Approval.GOES
    if member in (eyes.changed_by, eyes.seen_by):
        return Approval.REFUSED
    seen = {eyes.changed_by, eyes.seen_by} - {None}
    return Approval.GOES if seen else Approval.FIRST
