"""Who is one outlet under several names: its sections' feeds, and what aggregators call it."""

import re
from collections.abc import Iterable

from digest.intake.articles.core.outlet import plain_name
from digest.newsdesk.stories.text.words import fold

_AROUND = re.compile(r"^the\s+|\.(?:com|org|net|co\.uk|com\.au|de|fr|es|ru|it|co\.kr|kr|cn)$")


def outlet_key(name: str) -> str:
    """The same for all names of one outlet: "The Post", "Post.com", "Post - Top stories"."""
    return _AROUND.sub("", _AROUND.sub("", fold(plain_name(name)).strip()))


def distinct(names: Iterable[str]) -> tuple[str, ...]:
    """The outlets among ``names``, each under the first name it is met by; empty names go."""
    found: dict[str, str] = {}
    for name in names:
        if name:
            found.setdefault(outlet_key(name), name)
    return tuple(found.values())
