"""WhatsApp templates of ours: fixed words with numbered slots, written as Meta wants them.

A file ``templates/whatsapp/<name>.txt`` makes the body that Meta approves under that name, once in
each language that we speak. Meta refuses a slot with a newline, a tab or more than four spaces in a
row (error 132018), and an empty one; the whole body may hold 1,024 characters. What its button
says, where it has one, is in ``templates/whatsapp/buttons/<name>.txt``, and a sample of the picture
above its words, where it has one, in ``templates/whatsapp/headers/<name>.png``.
"""

import re
from functools import cache
from pathlib import Path

from digest.audience.core.languages import SPOKEN, spoken
from digest.outbound.messages.environment import TEMPLATES, environment
from digest.outbound.messages.fit import units

BODY_LIMIT = 1024
FREE_LIMIT = 4096
_SLOT = re.compile(r"\{\{(\d+)\}\}")
_REFUSED = re.compile(r"[\r\n\t]| {4,}")
# Meta's codes, where they are other than our tags:
# https://developers.facebook.com/docs/whatsapp/business-management-api/message-templates/supported-languages
_CODES = {"zh-Hans": "zh_CN", "zh-Hant": "zh_TW"}


def code(tag: str) -> str:
    """Meta's code of the language of ours that ``tag`` asks for."""
    ours = spoken(tag)
    return _CODES.get(ours, ours)


# Our tag by Meta's code, in our order.
TONGUES = {code(tag): tag for tag in SPOKEN}


@cache
def body(name: str, language: str = "en") -> str:
    """The body of template ``name`` in ``language``, a tag of ours or a code of Meta's.

    Raises jinja2's TemplateNotFound for an unknown one.
    """
    template = environment(TONGUES.get(language, language)).get_template(f"whatsapp/{name}.txt")
    return template.render(slot=lambda number: f"{{{{{number}}}}}").strip()


@cache
def label(name: str, language: str = "en") -> str:
    """What the button of template ``name`` says, in ``language``; empty where it has none."""
    if name not in with_buttons():
        return ""
    found = environment(TONGUES.get(language, language))
    return found.get_template(f"whatsapp/buttons/{name}.txt").render().strip()


def count(name: str) -> int:
    """How many slots template ``name`` has."""
    return len(set(_SLOT.findall(body(name))))


def fixed(name: str, language: str = "en") -> str:
    """The body without its slots."""
    return _SLOT.sub("", body(name, language))


@cache
def fixed_units(name: str) -> int:
    """The length of what the slots share the limit with, in the wordiest language: the same slots
    go out in another one where theirs is not approved.
    """
    return max(units(fixed(name, each)) for each in TONGUES)


def filled(name: str, slots: list[str], language: str = "en") -> str:
    """The body as a reader sees it."""
    return _SLOT.sub(lambda found: slots[int(found.group(1)) - 1], body(name, language))


def fault_of(value: str) -> str:
    """Why Meta would refuse ``value`` in a slot; empty when it would not."""
    if not value.strip():
        return "there are no words"
    if _REFUSED.search(value):
        return "a line break, a tab or four spaces in a row, which WhatsApp refuses"
    return ""


@cache
def names() -> frozenset[str]:
    """Every template there is."""
    return frozenset(path.stem for path in (TEMPLATES / "whatsapp").glob("*.txt"))


@cache
def with_buttons() -> frozenset[str]:
    """Those of them that end in a button."""
    return frozenset(path.stem for path in (TEMPLATES / "whatsapp" / "buttons").glob("*.txt"))


@cache
def samples_of_pictures() -> dict[str, Path]:
    """Those of them that begin with a picture, each with a sample of one."""
    return {path.stem: path for path in (TEMPLATES / "whatsapp" / "headers").glob("*.png")}
