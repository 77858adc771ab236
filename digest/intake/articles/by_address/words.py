"""The words of an article as an editor leaves them, and whether they may stand. Pure."""

import html
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.intake.articles.core.prepare import EARLIEST, Origin, Prepared, prepare
from digest.intake.feeds.formats.entries import Entry, Image
from digest.kit.errors import InvalidInput
from digest.kit.text import is_https, one_line

TITLE_LIMIT, SUMMARY_LIMIT, NAME_LIMIT, ALT_LIMIT, URL_LIMIT = 300, 2_000, 200, 500, 2_000
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_AHEAD = timedelta(minutes=10)


class UnfitWords(InvalidInput, ValueError):
    """A field cannot stand as it is; ``field`` is its name, the text says what to do."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field = field


@dataclass(frozen=True, slots=True)
class ConfirmedWords:
    """What an editor confirms: plain text, each on one line."""

    title: str
    summary: str
    source: str
    language: str
    published_at: datetime
    author: str = ""
    image_url: str = ""
    image_alt: str = ""
    image_credit: str = ""


def checked(words: ConfirmedWords, now: datetime) -> ConfirmedWords:
    """``words``, each on one line; raises :class:`UnfitWords` for the first that cannot stand."""
    bounds = {
        "title": ("headline", TITLE_LIMIT), "summary": ("summary", SUMMARY_LIMIT),
        "source": ("outlet", NAME_LIMIT), "author": ("author", NAME_LIMIT),
        "image_alt": ("picture’s description", ALT_LIMIT),
        "image_credit": ("picture’s credit", NAME_LIMIT),
        "image_url": ("picture’s address", URL_LIMIT),
    }  # fmt: skip
    plain = {name: one_line(getattr(words, name)) for name in bounds}
    for name, (label, limit) in bounds.items():
        if len(plain[name]) > limit:
            raise UnfitWords(name, f"The {label} is longer than {limit:,} characters. Shorten it.")
    for name in ("title", "source"):
        if not plain[name]:
            raise UnfitWords(name, f"Write the {bounds[name][0]}: readers see it.")
    if not _LANGUAGE.fullmatch(words.language):
        raise UnfitWords("language", "Choose the language that the article is written in.")
    if not EARLIEST <= words.published_at <= now + _AHEAD:
        raise UnfitWords("published", "Say when it was published: a time that has been.")
    picture = plain["image_url"]
    if picture and not is_https(picture, URL_LIMIT):
        raise UnfitWords("image_url", "The picture needs an https address, or leave it empty.")
    return ConfirmedWords(language=words.language, published_at=words.published_at, **plain)


def prepared(words: ConfirmedWords, url: str, text: str, now: datetime) -> Prepared:
    """The article-to-be, by the rules of intake; what the editor wrote stands as written."""
    picture = Image(words.image_url, words.image_alt, words.image_credit)
    entry = Entry(
        id=url, url=url, title=html.escape(words.title), summary=html.escape(words.summary),
        content="".join(f"<p>{html.escape(line)}</p>" for line in text.split("\n")) if text else "",
        author=html.escape(words.author), published=words.published_at,
        image=picture if words.image_url else None, language=words.language,
    )  # fmt: skip
    (made,) = prepare([entry], Origin(url, words.source, words.language), now)
    return made
