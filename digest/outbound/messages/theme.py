"""How mails look: a newsroom's logo, colours, type and corners (pure).

``accent=#0b57d0 logo=https://news.example/logo.png type=sans radius=8`` says all there is to say.
Nothing that a reader could not read gets through: the accent stands out from its ground by 4.5:1
(WCAG 2.2, 1.4.3), by day and by night.
"""

import re
from dataclasses import dataclass

from digest.kit.errors import SetupError
from digest.kit.text import is_https

PAPER, NIGHT = "#ffffff", "#17191e"
LEAST_CONTRAST = 4.5
MOST_RADIUS, WIDEST_LOGO = 24, 400
_SERIF = "Georgia,'Times New Roman',serif"
_SANS = "-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif"
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_KNOWN = ("accent", "accent-dark", "logo", "logo-width", "type", "radius")


class BadTheme(SetupError, ValueError):
    """A theme that mails cannot have; the text says what to write."""


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours as ``#rrggbb``, sizes in pixels; ``heads`` is the font family of headlines.

    Without a ``logo`` the newsroom's name stands at the head of a mail.
    """

    accent: str = "#b3261e"
    accent_dark: str = "#ff8a80"
    logo: str = ""
    logo_width: int = 160
    heads: str = _SERIF
    radius: int = 4

    @property
    def small_radius(self) -> int:
        """The corners of labels."""
        return max(self.radius - 1, 0)


OURS = Theme()


def theme_of(text: str) -> Theme:
    """The theme that ``text`` describes, ours where it says nothing. Raises :class:`BadTheme`."""
    given: dict[str, str] = {}
    for word in text.split():
        name, equals, value = word.partition("=")
        if not equals or name not in _KNOWN:
            raise BadTheme(f"A theme knows no {word[:40]!r}; write any of {', '.join(_KNOWN)}.")
        given[name] = value
    accent = _colour(given, "accent", OURS.accent, PAPER)
    by_night = OURS.accent_dark if accent == OURS.accent else lightened(accent)
    return Theme(
        accent=accent,
        accent_dark=_colour(given, "accent-dark", by_night, NIGHT),
        logo=_logo(given.get("logo", "")),
        logo_width=_number(given, "logo-width", OURS.logo_width, WIDEST_LOGO),
        heads=_heads(given.get("type", "serif")),
        radius=_number(given, "radius", OURS.radius, MOST_RADIUS),
    )


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, from 1 to 21 (WCAG 2.2)."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def lightened(colour: str) -> str:
    """``colour`` with as much white as it takes to stand out by night."""
    for share in range(0, 101, 5):
        mixed = "#" + "".join(
            f"{round(part + (255 - part) * share / 100):02x}" for part in _parts(colour)
        )
        if contrast(mixed, NIGHT) >= LEAST_CONTRAST:
            return mixed
    return PAPER


def _colour(given: dict[str, str], name: str, otherwise: str, ground: str) -> str:
    colour = given.get(name, otherwise).lower()
    if not _COLOUR.fullmatch(colour):
        raise BadTheme(f"{name} is {colour[:40]!r}; write it like #b3261e.")
    found = contrast(colour, ground)
    if found < LEAST_CONTRAST:
        raise BadTheme(
            f"{name} {colour} stands out from {ground} by {found:.1f}:1, and it takes"
            f" {LEAST_CONTRAST}:1 to be read; write a {'darker' if ground == PAPER else 'lighter'}"
            " one."
        )
    return colour


def _logo(url: str) -> str:
    if url and not is_https(url):
        raise BadTheme(f"logo is {url[:80]!r}; write an address that begins with https://.")
    return url


def _heads(kind: str) -> str:
    if kind not in {"serif", "sans"}:
        raise BadTheme(f"type is {kind[:40]!r}; write serif or sans.")
    return _SERIF if kind == "serif" else _SANS


def _number(given: dict[str, str], name: str, otherwise: int, most: int) -> int:
    text = given.get(name, str(otherwise))
    if not (text.isascii() and text.isdecimal() and int(text) <= most):
        raise BadTheme(f"{name} is {text[:40]!r}; write a number up to {most}.")
    return int(text)


def _parts(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (each / 255 for each in _parts(colour))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
