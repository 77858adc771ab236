"""A welcome as its reader meets it: what was confirmed, when it comes, and the latest of it."""

from dataclasses import dataclass

from babel.dates import format_skeleton

from digest.kit.text import one_line
from digest.outbound.messages.environment import locale_of, translations
from digest.outbound.messages.newsroom import Newsroom, WelcomeContent, WelcomePart
from digest.outbound.messages.reading import EditionView, ItemView, reading_of

# Who signed up for much at once gets a taste of each, and no letter of a thousand lines.
_READS_OF_ONE, _READS_OF_SEVERAL, _TOLD = 5, 3, 6


@dataclass(frozen=True, slots=True)
class PartView:
    """One of the things confirmed. ``edition`` links to the whole of it, where there is a page."""

    name: str
    when: str
    first: str
    date: str
    web_url: str
    reads: tuple[ItemView, ...]


@dataclass(frozen=True, slots=True)
class WelcomeView:
    """A welcome, cleaned; ``name`` is what it welcomes to."""

    name: str
    parts: tuple[PartView, ...]


def welcome_of(content: WelcomeContent, channel: str, newsroom: Newsroom) -> WelcomeView:
    """``content`` ready for a template; the latest of the first six things alone is told."""
    parts = content.parts
    most = _READS_OF_ONE if len(parts) == 1 else _READS_OF_SEVERAL
    views = tuple(
        _part(each, most if number < _TOLD else 0, channel, newsroom, content.language)
        for number, each in enumerate(parts)
    )
    name = views[0].name if len(views) == 1 else one_line(newsroom.name)
    return WelcomeView(name, views)


def alerts_part(name: str, language: str) -> WelcomePart:
    """What a welcome says of breaking alerts, which have neither an hour nor an edition."""
    say = translations(language).gettext
    return WelcomePart(
        say(name), say("An alert comes when something breaks; on quiet days none does.")
    )


def _part(
    part: WelcomePart, most: int, channel: str, newsroom: Newsroom, language: str
) -> PartView:
    reading: EditionView | None = None
    date = ""
    if part.edition is not None and most:
        reading = reading_of(part.edition, channel, newsroom)
        # An edition in another language is dated in the one that the welcome speaks.
        day = part.edition.local_date
        date = str(format_skeleton("MMMMEEEEd", day, locale=locale_of(language)))
    whole = reading is not None and not reading.is_personal
    return PartView(
        name=one_line(part.name),
        when=one_line(part.when),
        first=one_line(part.first),
        date=date if whole else "",
        web_url=reading.web_url if reading and whole else "",
        reads=reading.reads[:most] if reading else (),
    )
