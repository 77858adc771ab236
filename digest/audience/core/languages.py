"""Languages: which ones we speak to readers, and which ones a reader reads (pure).

A reader's *locale* is the language our own words are in, a tag such as ``zh-Hant``. The languages
they *read* are primary subtags, the best first: news in any other never reaches them.
"""

import re
from collections.abc import Iterable, Sequence

from babel import Locale, UnknownLocaleError

# What we can say everything in, by its own name.
SPOKEN = {
    "en": "English",
    "zh-Hans": "简体中文",
    "zh-Hant": "繁體中文",
    "ms": "Bahasa Melayu",
    "ta": "தமிழ்",
    "ko": "한국어",
    "ar": "العربية",
    "es": "Español",
    "fr": "Français",
}
MOST_READ = 12
_TAG = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8})*")
_PRIMARY = re.compile(r"[a-z]{2,3}")
# Where Chinese is written in the traditional characters, unless a tag says in which itself.
_TRADITIONAL = frozenset({"tw", "hk", "mo"})


def spoken(tag: str, otherwise: str = "en") -> str:
    """The language of ours that ``tag`` asks for: ``zh-TW`` is ``zh-Hant``, ``fr-CA`` is ``fr``.

    A script counts before a place: telephones in Hong Kong that read the simplified characters ask
    for ``zh-Hans-HK``.
    """
    parts = tag.replace("_", "-").lower().split("-")
    if parts[0] == "zh":
        if "hans" in parts or "hant" in parts:
            return "zh-Hant" if "hant" in parts else "zh-Hans"
        return "zh-Hant" if _TRADITIONAL & set(parts[1:]) else "zh-Hans"
    return parts[0] if parts[0] in SPOKEN else otherwise


def primary(tag: str) -> str:
    """The primary subtag: ``zh`` of ``zh-Hant``; empty for what is no tag."""
    found = tag.strip().replace("_", "-").partition("-")[0].lower()
    return found if _PRIMARY.fullmatch(found) else ""


def accepted(header: str) -> tuple[str, ...]:
    """The tags of an Accept-Language header (RFC 9110, 12.5.4), the most wanted first."""
    wanted: list[tuple[float, int, str]] = []
    for place, part in enumerate(header[:500].split(",")):
        tag, _, weight = part.strip().partition(";")
        if not _TAG.fullmatch(tag.strip()):
            continue
        try:
            much = float(weight.strip().removeprefix("q=")) if weight.strip() else 1.0
        except ValueError:
            continue
        if 0 < much <= 1:
            wanted.append((-much, place, tag.strip()))
    return tuple(tag for _, _, tag in sorted(wanted))


def read(tags: Iterable[str], otherwise: str = "en") -> tuple[str, ...]:
    """The languages read by who asks for ``tags``, each once, the best first; never none."""
    found = [known for tag in tags if (known := primary(tag))]
    return tuple(dict.fromkeys([*found, *([] if found else [primary(otherwise) or "en"])]))[
        :MOST_READ
    ]


def scripted(languages: Iterable[str], locale: str) -> tuple[str, ...]:
    """``languages`` with the script that ``locale`` asks for: a reader of ``zh-Hant`` reads that
    rather than ``zh`` at large.
    """
    own = spoken(locale)
    return tuple(own if "-" in own and primary(own) == each else each for each in languages)


def one_of(available: Iterable[str], reads: Sequence[str], locale: str, otherwise: str) -> str:
    """In which of the ``available`` languages to write to who ``reads`` these, the best first.

    Of the two ways to write Chinese that of their ``locale``; ``otherwise`` when they read none.
    """
    tags = sorted(available)
    for wanted in scripted(reads, locale):
        if wanted in tags:
            return wanted
        near = [tag for tag in tags if primary(tag) == primary(wanted)]
        if near:
            return near[0]
    return otherwise


def name_of(language: str) -> str:
    """A language by its own name, as those who read it know it."""
    for tag, name in SPOKEN.items():
        if tag == language:
            return name
    try:
        own = Locale.parse(language).get_display_name(language)
    except (UnknownLocaleError, ValueError):
        return language
    return str(own or language)


def offered(chosen: Sequence[str] = ()) -> tuple[tuple[str, str], ...]:
    """The languages to choose from for reading, as (subtag, own name); ``chosen`` among them."""
    ours = dict.fromkeys([*(primary(tag) for tag in SPOKEN), *chosen])
    return tuple((each, name_of(each)) for each in ours)
