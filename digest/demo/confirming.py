"""What a reader does with a confirmation: open the message, follow the link, press the button."""

import http.cookiejar
import json
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Container
from email import message_from_bytes, policy
from pathlib import Path

_LINK = re.compile(r"https?://[^\s\"'<>]+/confirm/[A-Za-z0-9._~-]+")
_CSRF = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


def links(mailbox: Path, whatsapp: Path, readers: Container[str] | None = None) -> set[str]:
    """The confirmation links in the mails and WhatsApp messages that have arrived.

    With ``readers`` only theirs: mail addresses, and numbers as the Cloud API writes them.
    """
    found: set[str] = set()
    for path in sorted((mailbox / "new").glob("*.eml")):
        mail = message_from_bytes(path.read_bytes(), policy=policy.default)
        if readers is not None and str(mail["To"]) not in readers:
            continue
        body = mail.get_body(("plain",))
        found.update(_LINK.findall(body.get_content() if body else ""))
    record = whatsapp / "messages.jsonl"
    if record.exists():
        for line in record.read_text(encoding="utf-8").splitlines():
            message = json.loads(line)
            if readers is None or message["request"].get("to") in readers:
                found.update(_LINK.findall(message["preview"]))
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
