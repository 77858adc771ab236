"""The language a page is said in: the reader's own behind a token, else the visitor's browser's.

Pages that are not translated whole are not decorated, and are said in English.
"""

from collections.abc import Callable, Iterable
from contextvars import ContextVar
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from digest.audience.core import languages
from digest.audience.models.subscriptions import ALERTS_NAME
from digest.outbound.messages.environment import locale_of, translations
from digest.web.public import tongues

View = Callable[..., HttpResponse]

_language: ContextVar[str] = ContextVar("language of the page", default="en")


def language() -> str:
    """The tag of what the page speaks, one of ours."""
    return _language.get()


def direction() -> str:
    """``rtl`` for what is written from right to left, else ``ltr``."""
    return "rtl" if locale_of(language()).text_direction == "rtl" else "ltr"


def gettext(words: str) -> str:
    """``words`` in the page's language; as they are where its catalogue lacks them."""
    return translations(language()).gettext(words) if words else ""


def ngettext(one: str, many: str, count: int) -> str:
    """As :func:`gettext`, in the form that ``count`` takes."""
    return translations(language()).ngettext(one, many, count)


def named(names: Iterable[str]) -> tuple[str, ...]:
    """What somebody follows, by name; our own name for alerts in the page's language."""
    return tuple(gettext(each) if each == ALERTS_NAME else each for each in names)


def speak(tag: str) -> None:
    """Say the page that is being made in the language ``tag`` asks for."""
    _language.set(languages.spoken(tag))


def spoken(view: View) -> View:
    """A page in the visitor's language; the view may choose its reader's by :func:`speak`."""

    @wraps(view)
    def speaking(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        before = _language.set(languages.spoken(tongues.of_visitor(request)[0]))
        try:
            response = view(request, *args, **kwargs)
            response.headers.setdefault("Content-Language", language())
        finally:
            _language.reset(before)
        patch_vary_headers(response, ["Accept-Language"])
        return response

    return speaking
