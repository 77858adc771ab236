"""What a reader does with a confirmation: open the message, follow the link, press the button."""

import http.cookiejar
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Container, Sequence

from digest.management.stand_ins import FoundStandIn

_LINK = re.compile(r"https?://[^\s\"'<>]+/confirm/[A-Za-z0-9._~-]+")
_CSRF = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


def links(shown: Sequence[FoundStandIn], readers: Container[str] | None = None) -> set[str]:
    """The confirmation links in the messages that have arrived; with ``readers`` only theirs."""
    found: set[str] = set()
    for each in shown:
        for to, words in each.stand_in.texts(each.folder):
            if readers is None or to in readers:
                found.update(_LINK.findall(words))
    return found


def press(link: str) -> bool:
    """Open the page behind ``link`` and press its button; False while the page does not answer."""
    jar = http.cookiejar.CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    try:
        with browser.open(link, timeout=10) as page:
            form = _CSRF.search(page.read().decode())
        fields = {"csrfmiddlewaretoken": form.group(1)} if form else {}
        request = urllib.request.Request(  # noqa: S310 - the link is our own, on loopback
            link, data=urllib.parse.urlencode(fields).encode(), headers={"Referer": link}
        )
        with browser.open(request, timeout=10) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False
