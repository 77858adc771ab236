"""A picture as editions and alerts carry it (pure)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from digest.kit.text import one_line


@dataclass(frozen=True, slots=True)
class Picture:
    """A lead image with the words that must stand beside it."""

    url: str
    alt: str = ""
    credit: str = ""


class Pictured(Protocol):
    """A report that brings a picture."""

    @property
    def image_url(self) -> str:
        """Where it is."""

    @property
    def image_alt(self) -> str:
        """What it shows, where the report says so."""

    @property
    def image_credit(self) -> str:
        """Whose it is, where the report says so."""


def picture_of(report: Pictured | None) -> Picture | None:
    """The report's picture with its description and credit."""
    if report is None:
        return None
    return Picture(report.image_url, one_line(report.image_alt), one_line(report.image_credit))


def from_plain(plain: Mapping[str, Any] | None) -> Picture | None:
    """The picture that was kept as plain values; None for none."""
    return Picture(**plain) if plain else None
