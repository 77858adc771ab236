"""Blot secrets out of what is shown: by their place in a URL, and by what they are."""

import html
import os
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

BLOT = "…"
# user:password@ of any URL, and password=… of a connection string.
_IN_URL = re.compile(r"(?<=://)([^\s/@'\"<>]*?):[^\s@'\"]*@")
_NAMED = re.compile(r"\b((?:ssl)?password|passwd|secret|token|sig)=[^\s&'\"]+", re.IGNORECASE)
_SECRET = re.compile(r"TOKEN|KEY$|SECRET|PASSW|CREDENTIALS|DSN$|_URL$|_WEBHOOKS$")
# Addresses that everybody may know.
_OPEN = {"DIGEST_BASE_URL", "STATIC_URL", "MEDIA_URL", "LOGIN_URL", "LOGIN_REDIRECT_URL"}
# A shorter one would blot out half of every page.
_SHORTEST = 5


def in_urls(text: str) -> str:
    """``text`` without the passwords of its URLs and connection strings."""
    return _NAMED.sub(rf"\1={BLOT}", _IN_URL.sub(rf"\1:{BLOT}@", text))


def of_settings(settings: Mapping[str, Any]) -> frozenset[str]:
    """The secrets among settings: those named so, and the passwords of ``*_URL``."""
    found: set[str] = set()
    for name, value in settings.items():
        if isinstance(value, str) and name not in _OPEN and _SECRET.search(name):
            found |= set(_parts(value) if name.endswith(("_URL", "DSN", "_WEBHOOKS")) else (value,))
    return frozenset(each for each in found if len(each) >= _SHORTEST)


def known(settings: Any, env: Mapping[str, str] = os.environ) -> frozenset[str]:
    """The secrets of Django's settings, and those of the environment that channels read."""
    names = [name for name in dir(settings) if name.isupper()]
    return of_settings(env) | of_settings({name: getattr(settings, name) for name in names})


def without(text: str, secrets: Iterable[str]) -> str:
    """``text`` without any of ``secrets``, however they were escaped for a page or a URL."""
    forms = {form for each in secrets for form in (each, html.escape(each), quote(each, safe=""))}
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, BLOT)
    return in_urls(text)


def _parts(urls: str) -> list[str]:
    """What is secret of one URL, or of several with spaces between them."""
    found = []
    for url in urls.split():
        try:
            parts = urlsplit(url)
            inside = [parts.password or "", *(value for name, value in parse_qsl(parts.query)
                      if _NAMED.match(f"{name}=x"))]  # fmt: skip
        except ValueError:
            inside = [url]  # cannot be read, so all of it may be secret
        found += [form for each in inside for form in (each, unquote(each))]
    return found
