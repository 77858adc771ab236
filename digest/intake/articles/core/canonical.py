"""One address for one article, however many ways lead to it.

Two forms. :func:`canonical` is what a reader clicks: the publisher's own link without what only
serves to follow people around. :func:`identity` decides sameness and may go further, because
nobody has to be able to open it: it forgets scheme, ``www.``, mobile and AMP variants, the order
of parameters and a slash at the end.
"""

import base64
import hashlib
import re
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

MAX_URL = 4_000
_TRACKING = re.compile(
    r"^(?:utm_\w+|mtm_\w+|matomo_\w+|pk_\w+|hsa_\w+|_hs(?:enc|mi)|at_(?:medium|campaign|custom\d"
    r"|link_\w+|bbc_team|ptr_name|format|campaign_type)|fbclid|gclid|gclsrc|dclid|gbraid|wbraid"
    r"|msclkid|yclid|ysclid|twclid|ttclid|igshid|igsh|mc_[ce]id|mkt_tok|_ga|_gl|vero_id|wickedid"
    r"|oly_(?:anon|enc)_id|rb_clickid|s_cid|ns_(?:campaign|mchannel|source|linkname|fee)"
    r"|wt[._]\w+|xtor|cmpid|cmp_id|ocid|ftag|smid|smtyp|guccounter|guce_referrer(?:_sig)?"
    r"|__twitter_impression"
    r"|trk|spm|ito|feedtype|ref_?src|traffic_source)$",
    re.IGNORECASE,
)
# Only with these values: elsewhere the same names may choose the page.
_TRACKING_VALUE = {
    "source": {"rss", "feed", "newsletter", "twitter", "facebook"},
    "ref": {"rss", "feed", "newsletter", "twitter", "facebook", "home"},
    "from": {"rss", "feed", "newsletter"},
    "src": {"rss", "feed", "newsletter"},
    "amp": {"", "1", "true"},
    "outputtype": {"amp", "valid-amp"},
}
_GOOGLE_AMP = re.compile(r"^(?:www\.)?google\.[a-z.]{2,6}$")
_AMP_CACHE = re.compile(r"^/[a-z]/(s/)?([^/]+\.[^/]+)(/.*)?$")
_UNRESERVED = re.compile(r"%([0-9A-Fa-f]{2})")
_SAFE = "%/:;=@!$&'()*+,-._~"
# Addresses that are their own canonical form: nothing to tidy, no wrapper's host, no parameters.
_TIDY = re.compile(
    r"https?://(?P<host>[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?)+)"
    r"(?P<path>/[A-Za-z0-9._~/:;=@!$&'()*+,-]*)"
)
_WRAPPERS = re.compile(r"google\.|bing\.com$|\.cdn\.ampproject\.org$")
_MOBILE = re.compile(r"^(?:www|m|mobile|amp)\.(?=[^.]+\..)|(?<=\.)m\.(?=wikipedia\.org$)")
_AMP_TAIL = re.compile(r"(?:/amp|/amp\.html|\.amp)/*$|\.amp(?=\.html$)")
AGGREGATORS = ("https://news.google.com/", "http://news.google.com/")
_GOOGLE_NEWS = re.compile(
    r"^/(?:__i/)?(?:rss/)?(?:rd/)?(?:articles|read)/([A-Za-z0-9_-]{20,4000})$"
)
# A message of protocol buffers: type, then the length of the address in one byte or two.
_GOOGLE_NEWS_LINK = re.compile(rb"^\x08\x13\x22(?:[\x00-\x7f]|[\x80-\xff].)(https?://[!-~]+)")
_DEFAULT_PORTS = {"http": 80, "https": 443}


def canonical(url: str) -> str | None:
    """The clickable address: None for what is no http(s) address of at most 4,000 characters.

    Parameters that track, fragments (but for ``#!`` and ``#/``, where a page's script routes by
    them), default ports and passwords go; host in lower case; Google's and AMP's wrappers are
    opened. The order of the other parameters stays: some servers read them by position.
    Canonical addresses are their own canonical form.
    """
    tidy = _TIDY.fullmatch(url)
    if tidy is not None and len(url) <= MAX_URL and not _WRAPPERS.search(tidy["host"]):
        return url
    for _ in range(3):
        unwrapped = _unwrapped(url)
        if unwrapped == url:
            break
        url = unwrapped
    return _tidy(url)


def with_fragment(canonical_url: str, fragment: str) -> str:
    """A canonical address that ends with ``fragment``, for the parts of a page that shares it."""
    return f"{canonical_url}#{_escaped(fragment[:200], '?')}"


def identity(canonical_url: str) -> bytes:
    """SHA-256 of what makes an address the same article's."""
    tidy = _TIDY.fullmatch(canonical_url)
    if tidy is not None:
        host, path, query, fragment = tidy["host"], tidy["path"], "", ""
    else:
        parts = urlsplit(canonical_url)
        host, path, query, fragment = parts.netloc, parts.path, parts.query, parts.fragment
    path = path.rstrip("/")
    if "amp" in path:
        path = _AMP_TAIL.sub("", path).rstrip("/")
    query = "&".join(sorted(query.split("&")))
    return hashlib.sha256(f"{_bare(host)}{path}?{query}#{fragment}".encode()).digest()


def site(canonical_url: str) -> str:
    """The host without what marks a mobile or AMP variant: whose page it is."""
    return _bare(urlsplit(canonical_url).netloc)


def _bare(host: str) -> str:
    return _MOBILE.sub("", _MOBILE.sub("", host))


def is_aggregators(canonical_url: str) -> bool:
    """Whether a web address leads through an aggregator to somebody else's page."""
    return canonical_url.startswith(AGGREGATORS)


def is_front_page(canonical_url: str) -> bool:
    """Whether an address is a site's front page, and so no article's."""
    parts = urlsplit(canonical_url)
    return parts.path in {"", "/"} and not parts.query and not parts.fragment


def _tidy(url: str) -> str | None:
    try:
        parts = urlsplit(url.strip())
        host = _host(parts.hostname or "")
        port = parts.port
    except ValueError:
        return None
    scheme = parts.scheme.lower()
    if scheme not in _DEFAULT_PORTS or not host:
        return None
    netloc = host if port in {None, _DEFAULT_PORTS[scheme]} else f"{host}:{port}"
    query = "&".join(pair for pair in parts.query.split("&") if pair and not _tracks(pair))
    fragment = parts.fragment if parts.fragment.startswith(("!", "/")) else ""
    tidy = urlunsplit(
        (scheme, netloc, _escaped(parts.path) or "/", _escaped(query, "?"), _escaped(fragment, "?"))
    )
    return tidy if len(tidy) <= MAX_URL else None


def _host(name: str) -> str:
    """In lower case, in ASCII (IDNA); "" for what cannot be a host."""
    name = name.rstrip(".").lower()
    if ":" in name:
        return f"[{name}]"
    if not name.isascii():
        try:
            name = name.encode("idna").decode("ascii")
        except UnicodeError:
            return ""
    return name if name and not re.search(r"[^a-z0-9._-]", name) else ""


def _escaped(part: str, more: str = "") -> str:
    """Percent-encoded once (RFC 3986): what is encoded stays, what needs no encoding loses it."""
    part = re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", part)
    part = quote(part, safe=_SAFE + more, errors="replace")
    return _UNRESERVED.sub(_plain, part)


def _plain(match: re.Match[str]) -> str:
    char = chr(int(match.group(1), 16))
    return char if char.isascii() and (char.isalnum() or char in "-._~") else match.group(0).upper()


def _tracks(pair: str) -> bool:
    name, _, value = pair.partition("=")
    if _TRACKING.match(name):
        return True
    return value.lower() in _TRACKING_VALUE.get(name.lower(), ())


def _unwrapped(url: str) -> str:
    """One layer of a known wrapper less, when its inside is a web address."""
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").lower()
        inner = _inside(host, parts.path, parts.query)
    except ValueError:
        return url
    return inner if inner.startswith(("http://", "https://")) else url


def _inside(host: str, path: str, query: str) -> str:
    if _GOOGLE_AMP.match(host):
        if path == "/url":
            # Google Alerts' feeds: the address stands in the parameter.
            given = dict(parse_qsl(query[:MAX_URL]))
            return given.get("url") or given.get("q") or ""
        if path.startswith("/amp/"):
            rest = path.removeprefix("/amp/")
            secure = rest.startswith("s/")
            return f"http{'s' if secure else ''}://{rest.removeprefix('s/')}"
    if host == "news.google.com":
        return _google_news(path)
    if host.endswith("bing.com") and path == "/news/apiclick.aspx":
        return dict(parse_qsl(query[:MAX_URL])).get("url", "")
    if host.endswith(".cdn.ampproject.org"):
        found = _AMP_CACHE.match(path)
        if found:
            return f"http{'s' if found[1] else ''}://{found[2]}{found[3] or '/'}"
    return ""


def _google_news(path: str) -> str:
    """The publisher's address inside a link of Google News; its newer links hold none."""
    code = _GOOGLE_NEWS.match(path)
    if code is None:
        return ""
    message = base64.urlsafe_b64decode(code[1] + "=" * (-len(code[1]) % 4))
    found = _GOOGLE_NEWS_LINK.match(message)
    if found is None:
        return ""
    length = message[3] if message[3] < 0x80 else (message[3] & 0x7F) | message[4] << 7
    return found[1][:length].decode("ascii")
