"""Who followed a link: a person, or a program that tries the links of mail before its reader does.

A program is known by what it does. It asks without wanting the page (HEAD); it comes within seconds
of the delivery, when nobody has read anything; it follows many different links at once; it comes
from a data centre. One sign is enough: a figure that is too low misleads nobody, one that counts
scanners is worth nothing. A judgement needs what came shortly before and after, so it waits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

# Nobody opens a mail, reads and follows a link sooner than that.
SOON = timedelta(seconds=10)
# So many different links of one copy within so long are tried and not read.
AT_ONCE = 3
BURST = timedelta(seconds=5)
# What a program asked with HEAD it often fetches right after, from elsewhere.
ECHO = timedelta(seconds=3)
# When nothing came for so long, a copy's latest links can be judged.
QUIET = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Followed:
    """One request for a link of a copy. ``by_machine``: it said so, by method, name or network."""

    at: datetime
    link: str
    by_machine: bool = False


def people(found: Sequence[Followed], delivered_at: datetime | None) -> tuple[bool, ...]:
    """For each of one copy's requests, in their order, whether a person made it."""
    programs = [each.at for each in found if each.by_machine]
    return tuple(
        not each.by_machine
        and (delivered_at is None or each.at - delivered_at >= SOON)
        and not any(timedelta(0) <= each.at - at <= ECHO for at in programs)
        and not _in_a_burst(each, found)
        for each in found
    )


def _in_a_burst(one: Followed, found: Sequence[Followed]) -> bool:
    """Whether it lies in a window that is no longer than a burst and holds too many links."""
    near = sorted((each for each in found if abs(each.at - one.at) <= BURST), key=lambda x: x.at)
    for place, first in enumerate(near):
        if first.at > one.at:
            break
        within = {each.link for each in near[place:] if each.at - first.at <= BURST}
        if one.at - first.at <= BURST and len(within) >= AT_ONCE:
            return True
    return False
