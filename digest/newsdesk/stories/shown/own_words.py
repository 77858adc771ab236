"""A newsroom's own headline for a story, one a language: what it says, and where. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from digest.kit.text import one_line
from digest.newsdesk.stories.languages.scripts import script_of
from digest.newsdesk.stories.text.urgent import without_label
from digest.newsdesk.stories.text.words import primary

NAME_LIMIT = 200
"""Characters: as many as an edition shows of a headline."""


@dataclass(frozen=True, slots=True)
class NameSettled:
    """What becomes of a name: ``words`` (empty: the reports' stand), unless somebody was quicker.

    ``clashes``: another editor wrote other words since the form was filled.
    """

    words: str
    clashes: bool = False


def plain_name(typed: str) -> str:
    """``typed`` on one line, without the labels of urgency that are taken off reports' titles."""
    return without_label(one_line(typed))


def settle_name(typed: str, base: str, *, own: str, reported: str) -> NameSettled:
    """What ``typed``, over the ``base`` that the form was filled with, makes of a name.

    ``own`` and ``reported`` are what stands now: the newsroom's words, empty without any, and the
    reports'. A form that was sent as it came changes nothing; the reports' words, or none, take
    the name back. That the reports say something else meanwhile is nobody's other word.
    """
    words, base = plain_name(typed), one_line(base)
    stands = own or one_line(reported)
    if words in (base, stands):
        return NameSettled(own)
    if own and base != own:
        return NameSettled(own, clashes=True)
    return NameSettled("" if words == one_line(reported) else words)


def name_in(names: Mapping[str, str], language: str, *, script: str = "") -> str:
    """The newsroom's own words in ``language``, empty without any.

    With ``script`` (``Hant``, ``Hans``) none that are written in the other one.
    """
    own = names.get(primary(language), "")
    return "" if script and script_of(own) not in ("", script) else own


def joined_names(kept: Mapping[str, str], gone: Mapping[str, str]) -> dict[str, str]:
    """The names of two stories that became one: the kept one's, and what only the other has."""
    return {**gone, **kept}
