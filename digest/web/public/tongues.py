"""Languages on the readers' forms: which ones a visitor reads, and which one we speak to them."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, QueryDict

from digest.audience.core import languages

SPOKEN = tuple(languages.SPOKEN.items())
NO_LANGUAGE = "Tick at least one language, or pause everything to get nothing."
_MOST = 40
_LONGEST = 400


@dataclass(frozen=True, slots=True)
class TongueChoices:
    """What the form shows: each language with its own name, and whether it is read.

    ``was`` is what was so when the page was opened; empty on a sign-up form, where nothing ticked
    means the languages of the browser. ``trouble`` are the words beside what cannot be used.
    """

    reads: tuple[tuple[str, str, bool], ...]
    locale: str
    was: str = ""
    trouble: str = ""
    spoken: tuple[tuple[str, str], ...] = SPOKEN


@dataclass(frozen=True, slots=True)
class TongueWish:
    """What changed: None where nothing did."""

    locale: str | None = None
    read: tuple[str, ...] | None = None


def of_visitor(request: HttpRequest) -> tuple[str, tuple[str, ...]]:
    """The locale and the languages of who asks: the address's, the browser's, then the page's."""
    page = settings.LANGUAGE_CODE
    wanted = languages.accepted(request.headers.get("Accept-Language", ""))
    if asked := languages.spoken(request.GET.get("lang", "")[:35], ""):
        wanted = (asked, *wanted)
    locale = next((each for tag in wanted if (each := languages.spoken(tag, ""))), page)
    return locale, languages.read([*wanted, page])


def signed_up(request: HttpRequest) -> tuple[str, tuple[str, ...]]:
    """As :func:`of_visitor`, but what was chosen on the form counts before it."""
    locale, read = of_visitor(request)
    chosen = _read(request.POST)
    wished = request.POST.get("locale", "")
    return wished if wished in languages.SPOKEN else locale, chosen or read


def shown(locale: str, read: Sequence[str]) -> TongueChoices:
    """The form as a reader's choices fill it in."""
    offered = languages.offered(read)
    return TongueChoices(
        tuple((tag, name, tag in read) for tag, name in offered),
        locale,
        f"{locale}|{' '.join(read)}",
    )


def asked(given: QueryDict) -> TongueChoices:
    """The sign-up form, with what was typed."""
    chosen = _read(given)
    reads = tuple((tag, name, tag in chosen) for tag, name in languages.offered(chosen))
    return TongueChoices(reads, given.get("locale", ""))


def refused(given: QueryDict) -> TongueChoices | None:
    """The form with what to do, of an own page sent back without a language; else None."""
    was = given.get("was_tongues", "")[:_LONGEST]
    before = _primary(was.partition("|")[2].split())
    if not before or _read(given):
        return None
    return TongueChoices(
        tuple((tag, name, False) for tag, name in languages.offered(before)),
        given.get("locale", ""),
        was,
        NO_LANGUAGE,
    )


def changed(given: QueryDict) -> TongueWish:
    """What a reader changed of what their page had shown."""
    locale_was, bar, read_was = given.get("was_tongues", "").partition("|")
    if not bar:
        return TongueWish()
    before, after = tuple(read_was.split()), _read(given)
    # The best language stays the best: a page of ticks has no order of its own.
    ordered = tuple(each for each in before if each in after)
    ordered += tuple(each for each in after if each not in before)
    locale = given.get("locale", "")
    return TongueWish(
        locale if locale in languages.SPOKEN and locale != locale_was else None,
        ordered if after and set(after) != set(before) else None,
    )


def _read(given: QueryDict) -> tuple[str, ...]:
    return _primary(given.getlist("reads"))


def _primary(tags: Sequence[str]) -> tuple[str, ...]:
    found = (languages.primary(each) for each in tags[:_MOST])
    return tuple(dict.fromkeys(each for each in found if each))
