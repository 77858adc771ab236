"""The table of public paths: what a link in a message, a page or a feed points at.

Pure, so that messages need no Django; a house test resolves every path against ``digest.urls``.
"""

import re
from urllib.parse import quote, urlsplit
from uuid import UUID

PATHS = {
    "front": "/",
    "subscribe": "/subscribe",
    "subscribe_sent": "/subscribe/sent",
    "confirm": "/confirm/{token}",
    "unsubscribe": "/unsubscribe/{token}",
    "preferences": "/preferences/{token}",
    "keep": "/keep/{token}",
    "move": "/move/{token}",
    "stay": "/stay/{token}",
    "export": "/export/{token}",
    "erase": "/erase/{token}",
    "link": "/link",
    "edition": "/editions/{public_id}",
    "archive": "/archive",
    "story": "/s/{code}",
    "go": "/go/{copy}/{story}/{signature}",
    "desk_password": "/desk/choose-password/{token}",
}

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_VALUE = {digit: value for value, digit in enumerate(_DIGITS)}
_CODE_LENGTH = 22  # 62 ** 22 > 2 ** 128
_UNFIT = re.compile(r"[\s\x00-\x20\x7f<>\"'`\\{}|^]")


def front(base: str) -> str:
    """The newsroom's front page."""
    return _url(base, "front")


def subscribe(base: str) -> str:
    """The sign-up form."""
    return _url(base, "subscribe")


def subscribe_sent(base: str) -> str:
    """What a reader sees after signing up: look into your inbox."""
    return _url(base, "subscribe_sent")


def confirm(base: str, token: str) -> str:
    """The page whose button confirms a subscription."""
    return _url(base, "confirm", token=token)


def unsubscribe(base: str, token: str) -> str:
    """The page whose button ends a subscription; also takes RFC 8058's one-click POST."""
    return _url(base, "unsubscribe", token=token)


def preferences(base: str, token: str) -> str:
    """The reader's own page: topics, times, channels, leaving."""
    return _url(base, "preferences", token=token)


def keep(base: str, token: str) -> str:
    """The page whose button says that somebody still wants what they get."""
    return _url(base, "keep", token=token)


def move(base: str, token: str) -> str:
    """The page on which a new address confirms a change of address."""
    return _url(base, "move", token=token)


def stay(base: str, token: str) -> str:
    """The page on which the old address stops that change, or agrees."""
    return _url(base, "stay", token=token)


def own_data(base: str, purpose: str, token: str) -> str:
    """The page that shows or erases what is stored on a reader; ``purpose`` names which."""
    return _url(base, purpose, token=token)


def link(base: str) -> str:
    """Where who lost the link to their page has it mailed again."""
    return _url(base, "link")


def edition(base: str, public_id: str | UUID) -> str:
    """An edition's web view."""
    return _url(base, "edition", public_id=str(public_id))


def desk_password(base: str, token: str) -> str:
    """The page on which a member chooses a password; ``token`` as ``staff.door_links`` makes it."""
    return _url(base, "desk_password", token=token)


def archive(base: str) -> str:
    """All published editions."""
    return _url(base, "archive")


def story(base: str, public_id: str | UUID) -> str:
    """A story's short link. Raises ValueError when ``public_id`` is no UUID."""
    given = public_id if isinstance(public_id, UUID) else UUID(public_id)
    return _url(base, "story", code=short_code(given))


def go(base: str, copy: str) -> str:
    """How the counted links of one copy begin; story, signature and target follow."""
    return f"{base.rstrip('/')}/go/{quote(copy, safe='')}"


def short_code(public_id: UUID) -> str:
    """``public_id`` in 22 letters and digits. Nothing is shortened away, so nothing collides."""
    number, digits = public_id.int, []
    while number:
        number, digit = divmod(number, len(_DIGITS))
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits)).rjust(_CODE_LENGTH, "0")


def code_of(url: str, base: str) -> str:
    """The short code in a link that :func:`story` made; nothing for any other address."""
    code = url.removeprefix(f"{base.rstrip('/')}/s/")
    return code if code != url and uuid_of(code) else ""


def uuid_of(code: str) -> UUID | None:
    """The UUID whose :func:`short_code` is ``code``, or None when there is none."""
    if len(code) != _CODE_LENGTH or any(digit not in _VALUE for digit in code):
        return None
    number = 0
    for digit in code:
        number = number * len(_DIGITS) + _VALUE[digit]
    return UUID(int=number) if number < 1 << 128 else None


def web_link(url: str) -> str:
    """``url`` if it is a plain http or https address with a host, else an empty string.

    Addresses that came from a feed pass through here before they stand in a message.
    """
    url = url.strip()
    if _UNFIT.search(url):
        return ""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return ""
    return url if parts.scheme.lower() in ("http", "https") and host else ""


def _url(base: str, name: str, **values: str) -> str:
    quoted = {key: quote(value, safe="") for key, value in values.items()}
    return base.rstrip("/") + PATHS[name].format(**quoted)
