"""Formats that feedparser does not know: each read by a module of its own, whole every time."""

from collections.abc import Callable
from dataclasses import dataclass

from digest.intake.feeds.formats import jsonfeed, sitemap
from digest.intake.feeds.formats.entries import NotAFeed, Parsed


@dataclass(frozen=True, slots=True)
class WholeFormat:
    """One format.

    ``name`` stands in a feed's history; ``looks_like`` is quick and may err towards yes; ``parse``
    takes the body and its address, never raises, and says why it is no feed. ``types`` are the
    media types by which a page names such a feed.
    """

    name: str
    looks_like: Callable[[bytes], bool]
    parse: Callable[[bytes, str], Parsed | NotAFeed]
    types: tuple[str, ...] = ()


FORMATS = (
    WholeFormat("json", jsonfeed.looks_like, jsonfeed.parse, ("application/feed+json",)),
    WholeFormat("sitemap", sitemap.looks_like, sitemap.parse),
)


def format_of(body: bytes) -> WholeFormat | None:
    """The format that ``body`` names; None: feedparser's."""
    return next((each for each in FORMATS if each.looks_like(body)), None)
