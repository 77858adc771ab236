"""What kinds of addresses there are: how one is typed, spelt, shown and proven (pure).

Channels declare theirs; audience takes them as values and never asks who declared them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from digest.kit.errors import InvalidInput


class BadAddress(InvalidInput, ValueError):
    """Not an address of its kind; the text says what to write instead."""


def masked(value: str) -> str:
    """Enough of an address for its owner to recognise it, and no more: ``a…@example.org``."""
    local, at, domain = value.rpartition("@")
    if at:
        return f"{local[:1]}…@{domain}"
    return f"{value[:3]}…{value[-2:]}"


@dataclass(frozen=True, slots=True)
class Destination:
    """Where messages to an address end up, for counting them: ``name`` is the same for all
    spellings of one mailbox, ``site`` its domain; empty where there is none.
    """

    name: str
    site: str = ""


@dataclass(frozen=True, slots=True)
class AddressDoubt:
    """Why an address that is sound may not be what was meant: ``kind`` is ``typo``, ``role`` or
    ``disposable``, ``words`` are said beside the field. They are a sentence of our catalogues, with
    ``%(address)s`` for the one that may be ``meant``.
    """

    kind: str
    words: str
    meant: str = ""


def no_doubt(value: str) -> AddressDoubt | None:
    """Of kinds of addresses about which there is nothing to ask."""
    return None


@dataclass(frozen=True, slots=True)
class AddressKind:
    """One kind of address.

    ``field`` names its field in the sign-up form, one of the channel's own; ``label`` and
    ``example`` stand at it, ``input`` and ``autocomplete`` are HTML's. ``normalise`` gives
    the one spelling that is stored and raises :class:`BadAddress`; ``mask`` what a page that
    somebody else may see shows of it. ``longest`` is what is read of a form, in characters.
    ``doubts`` says what to ask about a normalised one. ``mailbox`` folds spellings of one mailbox,
    for the count of what is written to it alone; ``spellings`` are others that a provider may name
    the same address by.
    """

    field: str
    label: str
    example: str
    normalise: Callable[[str], str]
    mask: Callable[[str], str] = masked
    spellings: Callable[[str], tuple[str, ...]] = lambda _: ()
    input: str = "text"
    autocomplete: str = "off"
    longest: int = 320
    mailbox: Callable[[str], Destination] = Destination
    doubts: Callable[[str], AddressDoubt | None] = no_doubt


@dataclass(frozen=True, slots=True)
class OnOffer:
    """One thing that readers may follow: ``kind`` is newsletters, topics or alerts, as in forms.

    ``names`` are those in other languages, each behind its tag.
    """

    kind: str
    slug: str
    name: str
    names: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> str:
        """It in one word: ``topics:korea``."""
        return f"{self.kind}:{self.slug}"

    def name_in(self, language: str) -> str:
        """The name in ``language`` (a tag), in its primary language, or as it is."""
        told = dict(self.names)
        tags = (language, language.partition("-")[0])
        return next((told[tag] for tag in tags if told.get(tag)), self.name)


# By the channel's name.
AddressKinds = Mapping[str, AddressKind]


def normalised(kinds: AddressKinds, channel: str, value: str) -> str:
    """``value`` in the one spelling its channel stores. Raises :class:`BadAddress`."""
    kind = kinds.get(channel)
    if kind is None:
        there_are = " or ".join(sorted(kinds))
        raise BadAddress(f"There is no sign-up for the channel {channel!r}; use {there_are}.")
    return kind.normalise(value)
