"""The Jinja2 environment of messages: strict, translated, escaping HTML and nothing else.

It is apart from the pages' environment, so that no message can come to depend on a request.
"""

import hashlib
import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache, partial
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from jinja2.meta import find_referenced_templates

from digest.audience.core.languages import spoken
from digest.outbound.messages.fit import APART, END

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
CATALOGUES = TEMPLATES / "locale"
# In a short text: white space that is not left as it is.
_TO_BE_WRAPPED = re.compile(r"[\t\n\x0b\x0c\r]|\s\Z")


# A tag, whose values are no words, or the place of a value in a sentence.
_TAG_OR_VALUE = re.compile(r"<[^>]*>|%\(\w+\)s")


@lru_cache(maxsize=64)
def environment(language: str, *folders: Path) -> Environment:
    """The environment whose ``gettext`` speaks ``language``, or English where it cannot.

    Templates are looked for in ``folders`` first, which a channel from outside brings, then ours.
    ``apart`` is :func:`apart` there, and ``listed`` :func:`listed`.
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
    made.install_gettext_callables(  # type: ignore[attr-defined]
        speech.gettext, speech.ngettext, newstyle=True
    )
    made.filters["wrapped"] = wrapped
    made.filters["listed"] = partial(listed, language=language)
    made.filters["apart"] = partial(apart, language=language)
    return made


def apart(value: str, language: str) -> str:
    """``value`` ordered by itself where ``language`` is written from right to left, as it is where
    not: a number would end with its plus there, and a name with the sign that it begins with.
    """
    return APART + value + END if _is_from_the_right(language) else value  # of markup, markup


@cache
def _is_from_the_right(language: str) -> bool:
    return bool(locale_of(spoken(language)).text_direction == "rtl")


class _ValuesApart(GNUTranslations):
    """The sentences of a right-to-left language: what is put into them keeps its own order."""

    def gettext(self, message: str) -> str:
        return _TAG_OR_VALUE.sub(_told_apart, super().gettext(message))

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return _TAG_OR_VALUE.sub(_told_apart, super().ngettext(msgid1, msgid2, n))


def _told_apart(found: re.Match[str]) -> str:
    return found[0] if found[0].startswith("<") else APART + found[0] + END


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
    """``names`` as a sentence of that language lists them: ``A, B and C``, ``A、B和C``.

    Each is :func:`apart`.
    """
    return _listed(tuple(names), language)


# The same few outlets and topics are listed in thousands of messages of an hour.
@lru_cache(maxsize=4_096)
def _listed(names: tuple[str, ...], language: str) -> str:
    return str(format_list([apart(each, language) for each in names], locale=locale_of(language)))


@cache
def translations(language: str) -> NullTranslations:
    """The catalogue that speaks ``language``: ``zh_Hant`` for ``zh-TW``; English where none does.

    From right to left, the places for values in its sentences are :func:`apart`. A .po file is
    compiled as it is read, so that nobody can forget to.
    """
    path = CATALOGUES / f"{spoken(language).replace('-', '_')}.po"
    if not path.is_file():
        return NullTranslations()
    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file))
    compiled.seek(0)
    return (_ValuesApart if _is_from_the_right(language) else GNUTranslations)(compiled)


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
    return "\n".join(_each_apart(lines) if APART in text else lines)


def _each_apart(lines: Iterable[str]) -> Iterator[str]:
    """``lines`` with what is ordered by itself closed where a line ends, and begun on the next."""
    depth = 0
    for line in lines:
        open_before, depth = depth, depth + line.count(APART) - line.count(END)
        yield APART * open_before + line + END * depth


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
