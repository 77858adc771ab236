"""HTML of strangers in, plain text out; and whom it credits."""

import html
import re
from dataclasses import dataclass

import nh3

from digest.intake.articles.core import boilerplate, credits
from digest.intake.articles.core.credits import WIRES
from digest.kit.text import cut, one_line

MAX_HTML = 200_000
MAX_TEXT = 50_000
MAX_TAGS = 4_000
_ANY_TAG = re.compile(r"<[^<>]*>")
_BLOCK = re.compile(
    r"<(?:br|hr|/?(?:p|div|li|ul|ol|h[1-6]|tr|table|blockquote|pre|section|article|header|footer"
    r"|dd|dt|dl|figcaption))\b",
    re.IGNORECASE,
)
_DROPPED = {"script", "style", "figure", "noscript", "template", "iframe", "object", "svg", "math",
            "select", "textarea", "title", "form", "button"}  # fmt: skip
_CAPTION = re.compile(r"<figcaption\b[^>]{0,500}>(.{0,2000}?)</figcaption>", re.I | re.DOTALL)
# What WordPress and FeedBurner hang under every entry.
_TAIL = re.compile(
    r"^The post .{1,500} (?:appeared )?first (?:appeared )?on .{1,200}$", re.IGNORECASE
)
_MARK = r"\s*[:：=]\s*"
_SOURCE = re.compile(
    rf"^\W{{0,3}}(source|sources|quelle|quellen|fuente|fonte|bron|kilde|källa|lähde|źródło|kaynak"
    rf"|источник|джерело|来源|來源|出典|출처|자료)s?{_MARK}(.{{2,120}})$",
    re.IGNORECASE,
)
_PHOTO = re.compile(
    rf"^\W{{0,3}}(photo|photos|photograph|picture|image|images|credit|photo credit"
    rf"|image credit"
    rf"|photo by|foto|fotos|bild|bilder|imagen|immagine|imagem|crédit photo|crédit|фото|图片|圖片"
    rf"|写真|사진)(?:{_MARK}|\s+(?:by|von|de|par)\s+)(.{{2,120}})$",
    re.IGNORECASE,
)
_PHOTO_INSIDE = re.compile(
    r"(?:\((?:photo|image|picture|photograph|foto|bild)(?:\s+by)?\s*:?\s+([^()]{2,120})\)"
    r"|(?:photo|image|picture|photograph|credit|foto|bild)s?\s*(?::|\bby\b|/)\s*([^\n.()]{2,120})"
    r"|[©Ⓒ]\s*([^\n()]{2,120}))",
    re.IGNORECASE,
)
_DATELINE = re.compile(r"^[^\n]{0,80}?\(([^()\n]{2,30})\)\s*(?:[-–—:.]|$)")
_DASHED = re.compile(r"^[^\n]{2,40}?\s[/-]{1,2}\s?([\w ]{2,20})\s?[/-]{1,2}\s")


# Labels that promise several, and so begin headlines as often.
_SEVERAL = {"sources", "photos", "images", "fotos", "bilder", "quellen", "источники"}


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Plain text in paragraphs, without its credit lines, and what they said."""

    text: str
    agency: str = ""
    photo: str = ""


def text(markup: str, limit: int = MAX_TEXT) -> str:
    """The text of ``markup``: a line per block, entities resolved once, no scripts, no figures."""
    # Lone surrogates, which feeds can spell as entities, have no UTF-8.
    markup = markup[:MAX_HTML].replace("\x00", "").encode("utf-8", "replace").decode()
    marked = _BLOCK.sub(lambda found: "\n" + found.group(0), markup)
    if "<" not in markup and "&" not in markup:
        bare = markup
    elif markup.count("<") > MAX_TAGS:
        # The HTML parser's time grows with the square of the depth.
        bare = _ANY_TAG.sub(" ", marked)
    else:
        bare = nh3.clean(marked, tags=set(), clean_content_tags=_DROPPED)
    lines = (one_line(line) for line in html.unescape(bare).split("\n"))
    return cut("\n".join(line for line in lines if line), limit)


def headline(markup: str, limit: int = 500) -> str:
    """A title on one line."""
    return cut(one_line(text(markup, limit * 2)), limit)


def clean(markup: str, limit: int = MAX_TEXT) -> Cleaned:
    """``markup`` as text, its credits taken out of it: "Source: Reuters", "Photo: Jo Kim"."""
    agency = photo = ""
    kept, doubtful = [], []
    for line in text(markup, limit).split("\n"):
        source, picture = _SOURCE.match(line), _PHOTO.match(line)
        found = source or picture
        if found and credits.is_credit(found[2], is_one=not _is_plural(line[: found.start(2)])):
            name = credit(found[2])
            doubtful += [] if credits.names_agency(found[2]) else [line]
            agency, photo = (agency or name, photo) if source else (agency, photo or name)
        elif not _TAIL.match(line) and not boilerplate.is_invitation(line):
            kept.append(line)
    if doubtful and not kept:
        # Whose only words these are is not left without: a headline may look like a name.
        return Cleaned("\n".join(doubtful))
    plain = boilerplate.without_tail("\n".join(kept))
    return Cleaned(plain, agency or dateline(plain), photo or caption_credit(markup))


def _is_plural(label: str) -> bool:
    return re.sub(r"\W", "", label).casefold() in _SEVERAL


def dateline(plain: str) -> str:
    """The wire that signs at the head of a report, "" when none known does."""
    for pattern in (_DATELINE, _DASHED):
        found = pattern.match(plain)
        name = WIRES.get(found.group(1).strip().lower(), "") if found else ""
        if name:
            return name
    return ""


def caption_credit(markup: str) -> str:
    """Whom the captions of figures credit."""
    for caption in _CAPTION.findall(markup[:MAX_HTML])[:5]:
        found = _PHOTO_INSIDE.search(text(caption, 1000))
        if found:
            return credit(next(filter(None, found.groups())))
    return ""


def credit(words: str, limit: int = 120) -> str:
    """A name as it stands in a credit, without what is wrapped around it."""
    name = headline(words, limit).strip(" .,;:|()[]–—-")
    if credits.is_file(name):
        return ""
    return WIRES.get(name.lower(), name)
