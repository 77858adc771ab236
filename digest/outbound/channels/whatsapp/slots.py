"""WhatsApp templates of ours: fixed words with numbered slots, written as Meta wants them.

A file ``templates/whatsapp/<name>.txt`` holds exactly the body that Meta approved under that name.
Meta refuses a slot with a newline, a tab or more than four spaces in a row (error 132018), and an
empty one; the whole body may hold 1,024 characters.
"""

import re
from functools import cache

from digest.outbound.messages.environment import TEMPLATES

BODY_LIMIT = 1024
FREE_LIMIT = 4096
_SLOT = re.compile(r"\{\{(\d+)\}\}")
_REFUSED = re.compile(r"[\r\n\t]| {4,}")


@cache
def body(name: str) -> str:
    """The approved body of template ``name``. Raises FileNotFoundError for an unknown one."""
    return (TEMPLATES / "whatsapp" / f"{name}.txt").read_text(encoding="utf-8").strip()


def count(name: str) -> int:
    """How many slots template ``name`` has."""
    return len(set(_SLOT.findall(body(name))))


def fixed(name: str) -> str:
    """The body without its slots: what they have to share the limit with."""
    return _SLOT.sub("", body(name))


def filled(name: str, slots: list[str]) -> str:
    """The body as a reader sees it."""
    return _SLOT.sub(lambda found: slots[int(found.group(1)) - 1], body(name))


def fault_of(value: str) -> str:
    """Why Meta would refuse ``value`` in a slot; empty when it would not."""
    if not value.strip():
        return "it is empty"
    if _REFUSED.search(value):
        return "it holds a line break, a tab or four spaces in a row"
    return ""


@cache
def names() -> frozenset[str]:
    """Every template there is."""
    return frozenset(path.stem for path in (TEMPLATES / "whatsapp").glob("*.txt"))
