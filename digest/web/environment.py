"""The Jinja2 environment of the pages."""

from functools import lru_cache
from typing import Any

from django.conf import settings
from django.contrib.messages import get_messages
from django.http import HttpRequest
from django.template.backends.utils import csrf_input
from django.templatetags.static import static
from django.utils.html import json_script
from jinja2 import Environment
from markupsafe import Markup

from digest.audience.core.pauses import is_open
from digest.outbound.messages.environment import translations
from digest.web import choices
from digest.web.desk.navigation import desk_pages
from digest.web.desk.stamps import stamp_of
from digest.web.public import speech, times, ways
from digest.web.public.shelf import cards


def environment(**options: Any) -> Environment:
    """Django's Jinja2 backend calls this; the options come from settings."""
    made = Environment(extensions=["jinja2.ext.i18n"], **options)  # noqa: S701 - the backend sets autoescape
    made.install_gettext_callables(  # type: ignore[attr-defined]
        speech.gettext, speech.ngettext, newstyle=True
    )
    # Theirs goes by way of the context, at a hundredth of a millisecond for each word of a page.
    made.globals.update(_=said, gettext=said)
    # ``say`` is for words that are no template's own: they are escaped, and may hold a "%".
    made.globals.update(say=speech.gettext, language=speech.language, direction=speech.direction)
    made.globals.update(static=static, url=ways.way, get_messages=get_messages)
    made.globals.update(chosen=speech.chosen, between=speech.between, options=choices.options)
    made.globals.update(
        tongue_ways=ways.tongue_ways, own_way=ways.own_way, card_locale=cards.locale
    )
    made.globals.update(stamp_of=stamp_of, desk_pages=desk_pages, place_of=times.place_of)
    made.filters.update(long_date=times.long_date, moment=times.short_moment, is_open=is_open)
    made.filters.update(listed=speech.listed, json_script=json_script, many=many)
    return made


def many(number: int, one: str, more: str = "") -> str:
    """A number of things, as the desk says it: ``1 reader``, ``2,300 readers``."""
    return f"{number:,} {one if number == 1 else more or one + 's'}"


def said(words: str, /, **told: Any) -> Markup:
    """A template's ``words`` in the page's language, with what they tell escaped into them.

    They are a format even where nothing is told, as Jinja2 has it of its new style.
    """
    if not told:
        return _plain(speech.language(), words)
    return Markup(speech.gettext(words)) % told  # noqa: S704 - a catalogue is ours


@lru_cache(maxsize=4096)
def _plain(tag: str, words: str) -> Markup:
    return Markup(translations(tag).gettext(words) if words else "") % {}  # noqa: S704


def newsroom(request: HttpRequest) -> dict[str, Any]:
    """What every page may say of the newsroom, and who is signed in."""
    return {
        "newsroom": settings.DIGEST_NEWSROOM,
        "postal_address": settings.DIGEST_POSTAL_ADDRESS,
        "base_url": settings.DIGEST_BASE_URL,
        "user": getattr(request, "user", None),
        # A page of sixty stories has as many forms: one masked token serves them all.
        "csrf_input": _CsrfInput(request),
    }


class _CsrfInput:
    """The hidden field that each form of a page holds, made when the first one asks for it."""

    def __init__(self, request: HttpRequest) -> None:
        self._request, self._made = request, ""

    def __html__(self) -> str:
        self._made = self._made or str(csrf_input(self._request))
        return self._made
