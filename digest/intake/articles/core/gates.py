"""Pages that hold an article back: a paywall, a question about consent, a test for robots."""

import re
from urllib.parse import urlsplit

from digest.intake.feeds.formats.challenges import challenger, only_a_test

_HEAD = 400_000
# schema.org's word for what is paid for (Google asks publishers for it), and publishers' own metas.
_PAID = re.compile(
    rb"[\"']isaccessibleforfree[\"']\s*:\s*[\"']?(?:false|no|0)\b"
    rb"|itemprop=[\"']isaccessibleforfree[\"'][^>]{0,80}content=[\"']?(?:false|no)"
    rb"|(?:property|name)=[\"'](?:article:content_tier|og:article:content_tier)[\"'][^>]{0,80}"
    rb"content=[\"'](?:locked|paid)[\"']"
    rb"|(?:property|name)=[\"'](?:paywall|premium|is_premium|ispaid)[\"'][^>]{0,80}"
    rb"content=[\"'](?:true|yes|1)[\"']",
    re.IGNORECASE,
)
_CONSENT_HOSTS = re.compile(
    r"^(?:consent|consents|guce|myprivacy|privacy-gate|cmp|choices|zustimmung|cookie-?consent)\."
)
_CONSENT_PATHS = re.compile(
    r"/(?:consent|zustimmung|cookiewall|cookie-wall|privacy-?gate|privacywall|pur-?abo"
    r"|before-you-continue|accept-cookies|toestemming)(?:[/?.]|$)", re.IGNORECASE,
)  # fmt: skip
_CONSENT_TITLE = re.compile(
    rb"<title>[^<]{0,80}(?:before you continue|bevor (?:sie|du) fort|avant de continuer"
    rb"|antes de continuar|prima di continuare|voordat (?:je|u) (?:verder|doorgaat)"
    rb"|your privacy choices|we value your privacy|cookie consent|zustimmung|cookie[- ]?wall)",
    re.IGNORECASE,
)
_ARTICLE = re.compile(rb"<article\b|itemprop=[\"']articlebody", re.IGNORECASE)


# Less is a cookie notice or a paywall's first line.
LEAST = 200


def asks_consent(page: bytes, url: str) -> str:
    """Why the page at ``url`` is another's than the article's, in a sentence; "" if it may be."""
    parts = urlsplit(url)
    asks = _CONSENT_HOSTS.match(parts.hostname or "") or _CONSENT_PATHS.search(parts.path)
    if asks or (_CONSENT_TITLE.search(page[:_HEAD]) and not _ARTICLE.search(page)):
        return "The page asks for consent before it shows the article; the feed's words are used."
    return ""


def gate(page: bytes, found: int = 0) -> str:
    """Why the article is not all on this page, in a sentence; "" if it may be.

    ``found``: how many characters of an article were found in it. A page that has some is not
    asked for a test's traces: its vendor's scripts and a form's captcha stand on articles too.
    """
    who = only_a_test(page) if found >= LEAST else challenger(page)
    if who and not _ARTICLE.search(page):
        return f"The page is a test by {who} whether a human asks; the feed's words are used."
    if _PAID.search(page[:_HEAD]):
        return "The article stands behind a paywall; the feed's own words are used."
    return ""
