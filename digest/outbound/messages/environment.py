"""The Jinja2 environment of messages: strict, translated, escaping HTML and nothing else.

It is apart from the pages' environment, so that no message can come to depend on a request.
"""

import hashlib
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, lru_cache, partial
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from jinja2.meta import find_referenced_templates

from digest.audience.core.languages import spoken

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
CATALOGUES = TEMPLATES / "locale"
# In a short text: white space that is not left as it is.
_TO_BE_WRAPPED = re.compile(r"[\t\n\x0b\x0c\r]|\s\Z")


# First strong isolate and its end (UAX #9): what is between them is ordered by itself.
_APART, _END = "\u2068", "\u2069"
_VALUE = re.compile(r"%\(\w+\)s")


@lru_cache(maxsize=64)
def environment(language: str, *folders: Path, apart: bool = False) -> Environment:
    """The environment whose ``gettext`` speaks ``language``, or English where it cannot.

    Templates are looked for in ``folders`` first, which a channel from outside brings, then ours.
    With ``apart``, what is put into the sentences of a right-to-left language keeps its own order:
    a number would end with its plus there, and a name with the sign that it begins with.
    """
    made = Environment(
        loader=FileSystemLoader([*folders, TEMPLATES]),
        undefined=StrictUndefined,
        autoescape=select_autoescape(("mjml", "html"), default=False),
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
        # A mail takes eight files: asking of each whether it changed costs as much as their words.
        auto_reload=False,
    )
    speech = translations(language)
    apart = apart and locale_of(language).text_direction == "rtl"
    one, many = speech.gettext, speech.ngettext
    made.install_gettext_callables(  # type: ignore[attr-defined]
        _values_apart(one) if apart else one, _values_apart(many) if apart else many, newstyle=True
    )
    made.filters["wrapped"] = wrapped
    made.filters["listed"] = partial(_listed_apart if apart else listed, language=language)
    made.filters["apart"] = _apart if apart else _as_it_is
    return made


def _apart(value: str) -> str:
    return _APART + value + _END  # of markup it makes markup


def _as_it_is(value: str) -> str:
    return value


def _values_apart(say: Callable[..., str]) -> Callable[..., str]:
    """``say``, with each place for a value in its sentences marked as ordered by itself."""

    def said(*given: Any) -> str:
        return _VALUE.sub(lambda value: _apart(value[0]), say(*given))

    return said


def _listed_apart(names: Sequence[str], language: str) -> str:
    return listed([_apart(each) for each in names], language)


@lru_cache(maxsize=256)
def locale_of(language: str) -> Locale:
    """The Babel locale for a language tag; English dates are written the international way."""
    tag = language.replace("-", "_") or "en"
    for candidate in ("en_GB" if tag == "en" else tag, tag.split("_")[0]):
        try:
            return Locale.parse(candidate)
        except (UnknownLocaleError, ValueError):
            continue
    return Locale.parse("en_GB")


def listed(names: Sequence[str], language: str) -> str:
    """``names`` as a sentence of that language lists them: ``A, B and C``, ``A、B和C``."""
    return _listed(tuple(names), language)


# The same few outlets and topics are listed in thousands of messages of an hour.
@lru_cache(maxsize=4_096)
def _listed(names: tuple[str, ...], language: str) -> str:
    return str(format_list(list(names), locale=locale_of(language)))


@cache
def translations(language: str) -> NullTranslations:
    """The catalogue that speaks ``language``: ``zh_Hant`` for ``zh-TW``; English where none does.

    A .po file is compiled as it is read, so that nobody can forget to.
    """
    path = CATALOGUES / f"{spoken(language).replace('-', '_')}.po"
    if not path.is_file():
        return NullTranslations()
    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file))
    compiled.seek(0)
    return GNUTranslations(compiled)


def wrapped(text: str, width: int = 72, indent: str = "") -> str:
    """``text`` in lines of at most ``width``; words and links are never broken."""
    if len(indent) + len(text) <= width and not _TO_BE_WRAPPED.search(text):
        return indent + text if text else ""
    lines = textwrap.wrap(
        text,
        width,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join(_each_apart(lines) if _APART in text else lines)


def _each_apart(lines: Iterable[str]) -> Iterator[str]:
    """``lines`` with what is ordered by itself closed where a line ends, and begun on the next."""
    depth = 0
    for line in lines:
        open_before, depth = depth, depth + line.count(_APART) - line.count(_END)
        yield _APART * open_before + line + _END * depth


@cache
def version(*names: str, folder: Path = TEMPLATES) -> str:
    """Which words these templates are: a hash over them and all they include. 16 hex digits.

    ``folder`` is where a channel from outside keeps its own.
    """
    parser = Environment(extensions=["jinja2.ext.i18n"])  # noqa: S701
    waiting, known = list(names), dict[str, str]()
    while waiting:
        name = waiting.pop()
        if name in known:
            continue
        known[name] = _source(name, folder)
        found = find_referenced_templates(parser.parse(known[name]))
        waiting.extend(each for each in found if each)
    told = "\x1e".join(f"{name}\x1f{source}" for name, source in sorted(known.items()))
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _source(name: str, folder: Path) -> str:
    place = folder if (folder / name).is_file() else TEMPLATES
    return (place / name).read_text(encoding="utf-8")
