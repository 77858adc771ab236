"""Addresses of readers' pages, which carry on the language that the visitor chose."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from digest.audience.core import languages
from digest.web.public import speech

# Other pages know their language by themselves, or speak English.
_OURS = ("public:", "push:page", "push:manifest")
_LONGEST = 500


@dataclass(frozen=True, slots=True)
class TongueWay:
    """One language on the switch: its tag, its own name, and this page in it."""

    tag: str
    name: str
    href: str
    here: bool


def way(
    name: str,
    *args: object,
    ask: Mapping[str, object] | Iterable[tuple[str, object]] = (),
    **kwargs: object,
) -> str:
    """The path of a page by its name, with ``ask`` as its query; what is empty is left out."""
    asked = ask.items() if isinstance(ask, Mapping) else ask
    pairs = [(key, str(value)) for key, value in asked if value]
    if speech.chosen() and name.startswith(_OURS):
        pairs.append((speech.PARAMETER, speech.chosen()))
    path = _path(name, args, tuple(sorted(kwargs.items())))
    return f"{path}?{urlencode(pairs)}" if pairs else path


def whole(name: str, *args: object, **kwargs: object) -> str:
    """As :func:`way`, from the scheme on and in no language: for feeds and other sites."""
    return base() + _path(name, args, tuple(sorted(kwargs.items())))


def base() -> str:
    """Where this service is, without a slash at the end."""
    return str(settings.DIGEST_BASE_URL).rstrip("/")


def tongue_ways(request: HttpRequest) -> list[TongueWay]:
    """This page in each language that we speak."""
    asked = [
        (key, value)
        for key, values in request.GET.lists()
        for value in values
        if key != speech.PARAMETER
    ]
    if len(urlencode(asked)) > _LONGEST:
        asked = []
    return [
        TongueWay(
            tag,
            name,
            # Without the path, which may be a reader's own link.
            f"?{urlencode([*asked, (speech.PARAMETER, tag)])}",
            tag == speech.language(),
        )
        for tag, name in languages.SPOKEN.items()
    ]


def own_way(request: HttpRequest) -> str:
    """This page's own address, whole: what search engines and cards are to call it by."""
    known = ("newsletter", "page", "q", speech.PARAMETER)
    pairs = [(key, request.GET[key]) for key in known if request.GET.get(key)]
    if len(urlencode(pairs)) > _LONGEST:
        pairs = []
    return base() + request.path + (f"?{urlencode(pairs)}" if pairs else "")


@lru_cache(maxsize=4096)
def _path(name: str, args: tuple[object, ...], kwargs: tuple[tuple[str, object], ...]) -> str:
    return reverse(name, args=args, kwargs=dict(kwargs))
