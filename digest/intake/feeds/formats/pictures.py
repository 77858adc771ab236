"""The picture that leads an entry, out of what Media RSS, enclosures and its text offer."""

import html
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from digest.intake.feeds.formats.entries import Image
from digest.intake.feeds.formats.fields import plain, text, web_address

_IMG = re.compile(r"<(?:img|amp-img|source|video)\b[^>]{0,4000}>", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"""([a-z][a-z0-9_-]{0,40})\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+)""", re.IGNORECASE
)
# Where scripts that load pictures late keep the address, the best first.
_LATE = (
    "data-src", "data-original", "data-lazy-src", "data-lazy", "data-hi-res-src", "data-url",
    "data-original-src", "data-image-src", "data-large-file", "data-orig-file", "data-cfsrc",
    "data-ll-src", "data-echo", "data-lazyload", "data-default-src", "data-src-large",
    "data-src-medium", "data-runner-src", "data-pagespeed-lazy-src", "nitro-lazy-src", "lazy-src",
)  # fmt: skip
_LATE_SETS = ("data-srcset", "data-lazy-srcset", "data-original-set")
# Smileys, avatars and buttons stand among the words, and show nothing of the news.
_SMALL = 48
_SIZE = re.compile(r"^\s*(\d{1,5})(?:\.\d+)?\s*(?:px)?\s*$", re.IGNORECASE)
_STYLED = re.compile(
    r"(?<![\w-])(?:max-)?(?:width|height)\s*:\s*(?:[0-3]?\.\d+|[0-3])\s*(?:px|pt)?\s*(?:;|!|$)"
    r"|(?<![\w-])(?:width|height)\s*:\s*0?\.\d+\s*(?:r?em)"
    r"|(?<![\w-])display\s*:\s*none|(?<![\w-])visibility\s*:\s*hidden|opacity\s*:\s*0\s*(?:;|!|$)",
    re.IGNORECASE,
)
# Hosts that count readers and serve no pictures.
_COUNTERS = re.compile(
    r"(?:^|\.)(?:doubleclick\.net|google-analytics\.com|googletagmanager\.com|scorecardresearch\.com"
    r"|quantserve\.com|pixel\.wp\.com|stats\.wordpress\.com|stats\.wp\.com|feedsportal\.com"
    r"|pheedo\.com|chartbeat\.(?:com|net)|parsely\.com|facebook\.com|analytics\.yahoo\.com"
    r"|ivwbox\.de|ioam\.de|vgwort\.de|xiti\.com|estat\.com|gemius\.pl|hit\.gemius\.pl|adnxs\.com"
    r"|outbrain\.com|taboola\.com|newrelic\.com|nr-data\.net|omtrdc\.net|2o7\.net|weborama\.fr"
    r"|imrworldwide\.com|hotjar\.com|mc\.yandex\.ru|counter\.yadro\.ru|top-fwz1\.mail\.ru"
    r"|pixel\.[a-z0-9.-]+|beacon\.[a-z0-9.-]+|tracking\.[a-z0-9.-]+|analytics\.[a-z0-9.-]+"
    r"|s\.w\.org|feedblitz\.com|p\.typekit\.[a-z]+|gravatar\.com"
    r"|counter\.[a-z0-9.-]+|telemetry\.[a-z0-9.-]+)$"
)
_COUNTING = re.compile(
    r"^/~(?:r|ff|4)/|(?:^|/)(?:pixel|beacon|webbug|1x1|track|smil(?:ies|eys)|emojis?)(?:/|$|\.)"
    r"|(?:piwik|matomo|count(?:er)?|hit|open|track|stat)\.php$"
    r"|(?:^|/)(?:pixel|beacon|tracker|tracking|spacer|blank|transparent|clear(?:dot)?|1x1|1px|trans"
    r"|counter|placeholder(?:-[\dx]+)?|lazy-?(?:load)?|loading|dot|empty|gr[ae]y)[\d_.-]*"
    r"\.(?:gif|png|svg|webp)$|(?:^|/)[a-z]\.gif$",
    re.IGNORECASE,
)
_IMAGE_PATH = re.compile(r"\.(?:jpe?g|png|webp|gif|avif)$", re.IGNORECASE)


def lead(raw: Any, markup: str, contents: list[str], base: str) -> Image | None:
    """Media RSS first, then an enclosure, then the first picture in the text that is no pixel."""
    credit = next(
        (text(each.get("content"), 300) for each in raw.get("media_credit") or ()
         if each.get("content")), ""
    )  # fmt: skip
    offers = [
        *sorted(raw.get("media_content") or (), key=_width, reverse=True),
        *(raw.get("enclosures") or ()),
        *({**each, "medium": "image"} for each in raw.get("media_thumbnail") or ()),
        # iTunes' picture of an episode.
        *({**each, "medium": "image"} for each in [raw.get("image")] if isinstance(each, dict)),
    ]
    for offer in offers:
        found = web_address(offer.get("url") or offer.get("href"), base)
        if found and _is_image(offer, found) and not is_counter(found) and not _is_dot(offer):
            return Image(found, _caption(raw, contents), credit)
    return first_in(markup, base, credit)


def first_in(markup: str, base: str, credit: str = "") -> Image | None:
    """The first picture in a piece of HTML that a reader would see."""
    for tag in _IMG.findall(markup)[:20]:
        named = {
            name.lower(): html.unescape(value.strip("\"'")) for name, value in
            reversed(_ATTRIBUTE.findall(tag))
        }  # fmt: skip
        if _is_hidden(tag, named) or _is_small(named):
            continue
        for address in _addresses(tag[1:6].lower(), named):
            found = web_address(address, base) if not address.startswith("#") else ""
            if found and not is_counter(found):
                return Image(found, text(named.get("alt"), 500), credit)
    return None


def is_counter(url: str) -> bool:
    """Whether an address is that of a pixel which counts readers, or of a stand-in."""
    parts = urlsplit(url)
    if _COUNTERS.search(parts.hostname or ""):
        return True
    return bool(_COUNTING.search(parts.path))


def _addresses(kind: str, named: Mapping[str, str]) -> Iterator[str]:
    """Where the picture may be, what is loaded late before its stand-in.

    Of a video it is the still, of a ``picture``'s sources (HTML, 4.8.2) their sets.
    """
    if kind == "video":
        yield named.get("poster", "")
        return
    if kind == "sourc":
        for name in (*_LATE_SETS, "srcset"):
            yield _widest(named.get(name, ""))
        return
    for name in _LATE:
        yield named.get(name, "")
    for name in (*_LATE_SETS, "srcset"):
        yield _widest(named.get(name, "")) if name != "srcset" or _stands_in(named) else ""
    yield named.get("src", "")


def _stands_in(named: Mapping[str, str]) -> bool:
    source = named.get("src", "")
    return not source or source.startswith("data:")


def _widest(sources: str) -> str:
    """Of "a.jpg 300w, b.jpg 600w" the last with the largest figure (HTML, 4.8.4.2.1)."""
    best, widest = "", -1.0
    # Behind a comma without a blank another may begin, where a figure or a scheme says so.
    for each in re.split(r",\s+|(?<=\d[wx]),|,(?=/|https?://)", sources[:8_000]):
        address, _, size = each.strip().partition(" ")
        figure = size.strip().rstrip("wx")
        width = float(figure) if re.fullmatch(r"\d{1,6}(?:\.\d{1,3})?", figure) else 0.0
        if address and width > widest:
            best, widest = address, width
    return best


def _is_hidden(tag: str, named: Mapping[str, str]) -> bool:
    """Whether a tag says that nobody sees it."""
    styled = _STYLED.search(named.get("style", ""))
    percent = re.fullmatch(r"\s*[0-3](?:\.\d+)?\s*%\s*", named.get("width", ""))
    return bool(styled or percent or re.search(r"\shidden(?=[\s>/=])", tag)) or _is_dot(named)


def _is_small(named: Mapping[str, str]) -> bool:
    """Whether width and height are those of a smiley or a button."""
    sizes = [_SIZE.match(named.get(name) or "") for name in ("width", "height")]
    return all(found is not None and int(found[1]) <= _SMALL for found in sizes)


def _is_dot(named: Mapping[str, Any]) -> bool:
    """Whether a width or a height of three pixels or less is given."""
    sizes = (_SIZE.match(str(named.get(name) or "")) for name in ("width", "height"))
    return any(found and int(found[1]) <= 3 for found in sizes)


def _width(offer: Mapping[str, Any]) -> int:
    """Of several sizes of one picture the widest is wanted."""
    width = text(offer.get("width"), 6)
    return int(width) if width.isascii() and width.isdecimal() else 0


def _caption(raw: Any, contents: Iterable[str]) -> str:
    """Media RSS's description, which feedparser takes for a second, shorter body.

    Where the item has a body and a summary of its own, it lands in the summary's detail alone.
    """
    contents = list(contents)
    if not raw.get("media_content"):
        return ""
    detail = str((raw.get("summary_detail") or {}).get("value") or "")
    if detail and raw.get("summary") and detail != raw["summary"] and len(detail) <= 500:
        return plain(detail, 500)
    if not contents:
        return ""
    shortest = min(contents, key=len)
    alone = len(contents) == 1 and len(raw.get("summary") or "") <= len(shortest)
    if alone or len(shortest) > 500:
        return ""
    return plain(shortest, 500)


def _is_image(offer: Mapping[str, Any], url: str) -> bool:
    kind, medium = str(offer.get("type") or ""), str(offer.get("medium") or "")
    if kind or medium:
        return kind.startswith("image/") or medium == "image"
    return bool(_IMAGE_PATH.search(urlsplit(url).path))
