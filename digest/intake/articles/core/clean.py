"""HTML of strangers in, plain text out; and whom it credits."""

import html
import re
from dataclasses import dataclass, field

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
# Tags that end a line and tags that end nothing, as most feeds write them.
_PLAIN_BLOCK = re.compile(r"</?(?:p|div)>|<br ?/?>", re.IGNORECASE)
_PLAIN_INLINE = re.compile(
    r"</(?:b|i|em|strong|u|a|span)>|<(?:b|i|em|strong|u)>"
    r"|<(?:a|span)(?: [a-z-]{1,20}=\"[^\"<>\n]*\")*>",
    re.IGNORECASE,
)
# What these stand for is the same in every parser's table.
_PLAIN_REFERENCE = re.compile(
    r"&(?:amp|lt|gt|quot|apos|nbsp|hellip|[lr][sd]quo|[nm]dash|#39|#34|#38|#x27|#160|#8\d{3});"
)
_NOT_PLAIN = re.compile(r"[<>\r]")
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
    rf"|zdroj|forrás|sursa|πηγή|sumber|nguồn|المصدر|منبع|מקור|स्रोत|ที่มา"
    rf"|источник|источники|джерело|来源|來源|出典|출처|자료)s?{_MARK}(.{{2,120}}?)[)）\]］]?$",
    re.IGNORECASE,
)
_PHOTO = re.compile(
    rf"^\W{{0,3}}(photo|photos|photograph|picture|image|images|credit|photo credit"
    rf"|image credit"
    rf"|photo by|foto|fotos|bild|bilder|imagen|immagine|imagem|crédits?(?: photos?)?|фото|图片来源"
    rf"|圖片來源|图片|圖片|圖|图|図|写真|사진\s?(?:제공|출처)|사진"
    rf"|kuvat?|valokuva|zdjęci[ea]|zdj\.|fot\.|fotó|fotografie|fotografía|fotoğraf|снимка|світлина"
    rf"|φωτό|φωτο(?:γραφία)?|ảnh|ภาพ|फोटो|फ़ोटो|तस्वीर|صورة|تصوير|عکس|צילום|תמונה)"
    # Where the label is cut short, its dot is the mark.
    rf"(?:{_MARK}|\s+(?:courtesy of|by|von|de|par|door|av|af)\s+|(?<=\bfot\.)\s*|(?<=\bzdj\.)\s*)"
    rf"(.{{2,120}}?)[)）\]］]?$",
    re.IGNORECASE,
)
# "© AFP", "Photo/Yonhap", "Source - Reuters": no colon, so that an agency has to be named.
_BARE = re.compile(
    r"^(?:(?P<photo>[©Ⓒ]|(?:photos?|images?|foto|bild|사진)\s*[/–—-])"
    r"|(?:source|quelle|출처)\s*[/–—-])\s*(?P<who>[^\n]{2,80})$",
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
_SEVERAL = {
    "sources", "photos", "images", "fotos", "bilder", "quellen", "источники", "kuvat", "zdjęcia",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Plain text in paragraphs, without its credit lines, and what they said.

    ``offered``: names that stand where agencies do, and are on no list.
    """

    text: str
    agency: str = ""
    photo: str = ""
    offered: tuple[str, ...] = field(default=(), compare=False)


def text(markup: str, limit: int = MAX_TEXT) -> str:
    """The text of ``markup``: a line per block, entities resolved once, no scripts, no figures."""
    markup = markup[:MAX_HTML]
    if not markup.isascii():
        # Lone surrogates, which feeds can spell as entities, have no UTF-8.
        markup = markup.encode("utf-8", "replace").decode()
    markup = markup.replace("\x00", "")
    if "<" not in markup and "&" not in markup:
        bare = markup
    elif (simple := _simply(markup)) is not None:
        bare = simple
    else:
        marked = _BLOCK.sub(r"\n\g<0>", markup)
        if markup.count("<") > MAX_TAGS:
            # The HTML parser's time grows with the square of the depth.
            bare = _ANY_TAG.sub(" ", marked)
        else:
            bare = nh3.clean(marked, tags=set(), clean_content_tags=_DROPPED)
    lines = [one_line(line) for line in html.unescape(bare).split("\n")]
    return cut("\n".join([line for line in lines if line]), limit)


def _simply(markup: str) -> str | None:
    """The text of markup that holds nothing but text and plain tags; None for any other.

    What an HTML parser would make of it, in a tenth of the time: none of these tags moves, hides
    or changes text, and the least sign of anything else leaves it to the parser. References are
    left in it.
    """
    if "&" in markup and "&" in _PLAIN_REFERENCE.sub("", markup):
        return None
    bare = _PLAIN_BLOCK.sub("\n", markup)
    if "<" in bare:
        bare = _PLAIN_INLINE.sub("", bare)
    return None if _NOT_PLAIN.search(bare) else bare


def headline(markup: str, limit: int = 500) -> str:
    """A title on one line."""
    return cut(one_line(text(markup, limit * 2)), limit)


def clean(
    markup: str, limit: int = MAX_TEXT, learned: frozenset[str] = frozenset()
) -> Cleaned:  # fmt: skip
    """``markup`` as text, its credits taken out of it: "Source: Reuters", "Photo: Jo Kim".

    ``learned``: agencies that the feed credits often, in small letters.
    """
    if not markup:
        return Cleaned("")
    lines = text(markup, limit).split("\n")
    kept: list[str] = []
    doubtful: list[str] = []
    offered: list[str] = []
    agency = photo = ""
    for place, line in enumerate(lines):
        # A name behind "Source:" that opens a report is as often whom the report is about.
        found = _label(line, opens=place == 0 < len(lines) - 1)
        if found is not None:
            offered += credits.offered(found.who)
        if found is not None and credits.is_credit(found.who, is_one=found.is_one, learned=learned):
            name = credit(found.who)
            known = credits.is_credit(found.who, is_one=False, learned=learned)
            doubtful += [] if known else [line]
            agency, photo = (agency, photo or name) if found.is_photo else (agency or name, photo)
        elif not _TAIL.match(line) and not boilerplate.is_invitation(line):
            kept.append(line)
    if doubtful and not kept:
        # Whose only words these are is not left without: a headline may look like a name.
        return Cleaned("\n".join(doubtful), offered=tuple(offered))
    plain = boilerplate.without_tail("\n".join(kept))
    signed = _DATELINE.match(plain)
    offered += credits.offered(signed[1]) if signed else ()
    return Cleaned(
        plain, agency or dateline(plain, learned), photo or caption_credit(markup), tuple(offered)
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Labelled:
    """A line that names somebody behind a label. ``is_one``: of which a name alone is enough."""

    who: str
    is_photo: bool
    is_one: bool


def _label(line: str, *, opens: bool) -> _Labelled | None:
    source, picture = _SOURCE.match(line), _PHOTO.match(line)
    found = source or picture
    if found:
        is_one = not _is_plural(line[: found.start(2)]) and not (source and opens)
        return _Labelled(found[2], not source, is_one)
    bare = _BARE.match(line)
    return _Labelled(bare["who"], bool(bare["photo"]), False) if bare else None


def _is_plural(label: str) -> bool:
    return re.sub(r"\W", "", label).casefold() in _SEVERAL


def dateline(plain: str, learned: frozenset[str] = frozenset()) -> str:
    """The wire that signs at the head of a report, "" when none known does."""
    for pattern in (_DATELINE, _DASHED):
        found = pattern.match(plain)
        signed = found[1].strip() if found else ""
        name = WIRES.get(signed.lower(), "")
        if name or signed.casefold() in learned:
            return name or signed
    return ""


def caption_credit(markup: str) -> str:
    """Whom the captions of figures credit."""
    if "caption" not in markup.lower():
        return ""
    for caption in _CAPTION.findall(markup[:MAX_HTML])[:5]:
        found = _PHOTO_INSIDE.search(text(caption, 1000))
        if found:
            return credit(next(filter(None, found.groups())))
    return ""


def picture_credit(words: str) -> str:
    """Whom a picture's own words credit, without a label such as "Photo:"."""
    labelled = _PHOTO.match(headline(words))
    return credit(labelled[2] if labelled else words)


def credit(words: str, limit: int = 120) -> str:
    """A name as it stands in a credit, without what is wrapped around it."""
    name = headline(words, limit).strip(" .,;:|()[]–—-")
    if credits.is_file(name):
        return ""
    return WIRES.get(name.lower(), name)
