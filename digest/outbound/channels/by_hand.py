"""Places that have no API, where an editor posts by hand what a channel has made ready (pure)."""

from collections.abc import Callable
from dataclasses import dataclass

from digest.newsdesk.alerts.core.content import AlertContent
from digest.newsdesk.editions.core.content import EditionContent
from digest.outbound.messages.newsroom import Newsroom


@dataclass(frozen=True, slots=True)
class PostWords:
    """What is copied: the words, and the picture that stands above them, if there is one."""

    text: str
    picture: str = ""
    picture_alt: str = ""


@dataclass(frozen=True, slots=True)
class ByHand:
    """``label`` names the place; ``at`` is the setting with its address, and while that is empty
    nothing is made ready. ``edition`` and ``alert`` make the words; ``limit`` is in characters.
    """

    label: str
    at: str
    limit: int
    edition: Callable[[EditionContent, Newsroom], PostWords]
    alert: Callable[[AlertContent, Newsroom], PostWords]
