"""The language a page is said in: the reader's own behind a token, else the one that the address
asks for (``?lang=ko``), else the visitor's browser's.

No cookie remembers a choice: our links carry it on (see ``ways``), and a browser with scripts keeps
it for the next visit.
"""

from collections.abc import Callable, Iterable
from contextvars import ContextVar
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from digest.audience.core import languages
from digest.audience.models.subscriptions import ALERTS_NAME
from digest.outbound.channels import registry
from digest.outbound.messages import environment
from digest.outbound.messages.environment import locale_of, translations
from digest.web.public import tongues

View = Callable[..., HttpResponse]

PARAMETER = "lang"

_language: ContextVar[str] = ContextVar("language of the page", default="en")
_chosen: ContextVar[str] = ContextVar("language that the address asks for", default="")


def language() -> str:
    """The tag of what the page speaks, one of ours."""
    return _language.get()


def chosen() -> str:
    """The language that the page's address asks for, one of ours; empty where it asks for none."""
    return _chosen.get()


def direction(tag: str = "") -> str:
    """``rtl`` for what is written from right to left, else ``ltr``; of the page without a tag."""
    return "rtl" if locale_of(tag or language()).text_direction == "rtl" else "ltr"


def gettext(words: str) -> str:
    """``words`` in the page's language; as they are where its catalogue lacks them."""
    return translations(language()).gettext(words) if words else ""


def ngettext(one: str, many: str, count: int) -> str:
    """As :func:`gettext`, in the form that ``count`` takes."""
    return translations(language()).ngettext(one, many, count)


def listed(names: Iterable[str]) -> str:
    """``names`` as the page's language lists them."""
    return environment.listed(tuple(names), language())


def between() -> str:
    """What stands between two names of many: a comma, as the page's language writes it."""
    middle = str(locale_of(language()).list_patterns["standard"]["middle"])
    return middle.removeprefix("{0}").removesuffix("{1}")


def address(channel: str, value: str) -> str:
    """An address as a page shows it that somebody else may see, in the order of its own signs.

    Numbers and their signs go the page's way otherwise: ``+65…67`` would end with its plus.
    """
    shown = registry.masked(channel, value)
    return f"\u2066{shown}\u2069" if direction() == "rtl" else shown


def named(names: Iterable[str]) -> tuple[str, ...]:
    """What somebody follows, by name; our own name for alerts in the page's language."""
    return tuple(gettext(each) if each == ALERTS_NAME else each for each in names)


def speak(tag: str) -> None:
    """Say the page that is being made in the language ``tag`` asks for, if its address asks for
    none."""
    _language.set(chosen() or languages.spoken(tag))


def spoken(view: View) -> View:
    """A page in the visitor's language; the view may choose its reader's by :func:`speak`."""

    @wraps(view)
    def speaking(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        asked = languages.spoken(request.GET.get(PARAMETER, "")[:35], "")
        before = _language.set(languages.spoken(tongues.of_visitor(request)[0]))
        before_chosen = _chosen.set(asked)
        try:
            response = view(request, *args, **kwargs)
            response.headers.setdefault("Content-Language", language())
        finally:
            _language.reset(before)
            _chosen.reset(before_chosen)
        if not asked:
            patch_vary_headers(response, ["Accept-Language"])
        return response

    return speaking
