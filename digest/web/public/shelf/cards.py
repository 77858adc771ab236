"""What a page's card shows where its link is shared (https://ogp.me).

A card has no line for who took a picture, so that its alternative text names them. A dated page
shows the picture of what leads it; one that stays shows the newsroom's sign, since networks keep a
card for weeks and yesterday's picture would stand there for today's news.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from digest.intake.articles.models import Article
from digest.kit.text import one_line
from digest.newsdesk.picture import Picture
from digest.newsdesk.stories.coverage import pictured
from digest.outbound.messages.reading import EditionView, Photo, photo_of
from digest.web.public.speech import gettext, language

# As networks know them: a language and a country.
_LOCALES = {
    "en": "en_US", "zh-Hans": "zh_CN", "zh-Hant": "zh_TW", "ms": "ms_MY", "ta": "ta_IN",
    "ko": "ko_KR", "ar": "ar_AR", "es": "es_ES", "fr": "fr_FR",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class CardPicture:
    """A picture on another site, and what to say of it."""

    url: str
    alt: str


def locale() -> str:
    """The page's language as cards tell it."""
    return _LOCALES[language()]


def of_edition(reading: EditionView) -> CardPicture | None:
    """The lead's own; that of a story further down would stand beside words that are not its."""
    return _card(reading.lead.photo if reading.lead else None)


def of_story(reports: Sequence[Article], lead_id: int | None) -> CardPicture | None:
    """The picture that editions show of the story: its lead's, or one that says whose it is."""
    lead = next((each for each in reports if each.pk == lead_id), reports[0] if reports else None)
    found = pictured(lead, reports)
    if found is None:
        return None
    picture = Picture(found.image_url, found.image_alt, found.image_credit)
    return _card(photo_of(picture, one_line(found.title)))


def _card(photo: Photo | None) -> CardPicture | None:
    if photo is None:
        return None
    credit = photo.line or (photo.credit and gettext("Photo: %(name)s") % {"name": photo.credit})
    return CardPicture(photo.url, f"{photo.alt} ({credit})" if credit else photo.alt)
