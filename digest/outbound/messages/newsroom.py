"""Who speaks, and what a confirmation asks: the values messages need beside the content."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Newsroom:
    """The newsroom as its readers see it. ``base_url`` carries no slash at its end."""

    name: str
    postal_address: str
    base_url: str
    from_email: str
    list_domain: str


@dataclass(frozen=True, slots=True)
class ConfirmContent:
    """What one address is asked to confirm: the names of what it asked for.

    ``when`` is the reader's local time for a digest of their topics, as ``07:00``; empty without.
    """

    language: str
    wants: tuple[str, ...]
    when: str = ""
