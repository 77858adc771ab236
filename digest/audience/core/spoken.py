"""Words by which readers begin and end on chats, in their languages, however they type (pure).

Case, accents, wide letters, marks, emoji and marks of direction make no other word of one.
"""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum


class Verb(str, Enum):
    """What a reader's word asks for."""

    START = "start"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Spoken:
    """One way to read a message: ``verb``, the ``language`` that says it so, and the ``rest``.

    ``leads``: the verb came first, or alone.
    """

    verb: Verb
    language: str
    rest: str = ""
    leads: bool = True


_STOP = {
    "en": ("stop", "stop all", "unsubscribe", "cancel", "end", "quit", "opt out"),
    "es": ("baja", "parar", "cancelar", "detener", "darme de baja", "alto"),
    "fr": ("arrêt", "arrêter", "désabonner", "me désabonner"),
    "de": ("stopp", "abmelden", "abbestellen"),
    "pt": ("sair", "pare"),
    "ms": ("berhenti", "henti", "batal"),
    "ta": ("நிறுத்து", "நிறுத்தவும்", "நிறுத்துங்கள்"),
    "ko": (
        *("그만", "중지", "정지", "수신거부", "수신 거부", "해지"),
        *("구독취소", "구독 취소", "구독해지", "구독 해지"),
    ),
    "zh-Hans": ("停止", "退订", "取消", "取消订阅", "停止订阅"),
    "zh-Hant": ("退訂", "取消訂閱", "停止訂閱"),
    "ar": ("توقف", "إيقاف", "أوقف", "قف", "إلغاء"),
}
_START = {
    "en": ("start", "subscribe", "join", "sign up"),
    "es": ("alta", "darme de alta", "suscribir", "suscribirme", "empezar", "comenzar"),
    "fr": ("abonner", "m'abonner", "abonnement", "commencer", "démarrer"),
    "de": ("starten", "anmelden", "abonnieren"),
    "pt": ("iniciar", "começar", "assinar", "inscrever", "quero receber"),
    "ms": ("mula", "langgan", "daftar"),
    "ta": ("தொடங்கு", "தொடங்கவும்", "ஆரம்பி", "ஆரம்பிக்கவும்"),
    "ko": ("시작", "구독", "구독하기", "구독신청", "구독 신청"),
    "zh-Hans": ("开始", "订阅"),
    "zh-Hant": ("開始", "訂閱"),
    "ar": ("ابدأ", "اشترك", "اشتراك"),
}
# Of courtesy, or between the verb and what is named.
_FILLERS = (
    *("please", "pls", "to", "the", "for", "on", "about", "bitte", "zu", "por", "favor", "a"),
    *("de", "la", "el", "le", "les", "aux", "au", "svp", "o", "untuk", "sila", "tolong"),
    *("请", "請", "에", "من", "في", "فضلك"),
)
# Emoji's selectors and their box; marks of Latin, and the vowel signs and hamzas of Arabic.
_DROPPED = {0xFE0E, 0xFE0F, 0x20E3, 0x0640, 0x0670}
_ACCENTS = (range(0x0300, 0x0370), range(0x064B, 0x0660))
_LONGEST_VERB = 3


def folded(words: str) -> str:
    """Words as one spelling of them: lower case, without accents, marks, signs and emoji."""
    told = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", words).casefold())
    kept = (
        each if unicodedata.category(each)[0] not in "PSZC" else _blank(each)
        for each in told
        if ord(each) not in _DROPPED and not any(ord(each) in some for some in _ACCENTS)
    )
    return " ".join(unicodedata.normalize("NFC", "".join(kept)).split())


def _blank(each: str) -> str:
    return "" if unicodedata.category(each) == "Cf" else " "


def plain(words: str) -> str:
    """Folded words without those of courtesy, as long as any others are there."""
    told = folded(words).split()
    return " ".join([each for each in told if each not in _COURTESY] or told)


def readings(words: str) -> Iterator[Spoken]:
    """How a message may be read, the likeliest first: the verb alone, before, after, or glued to
    what it is about where a script writes no spaces.
    """
    forms = tuple(dict.fromkeys((folded(words), plain(words))))
    for told in forms:
        if told in _VERBS:
            yield _read(told)
    for told in forms:
        yield from _apart(told.split())
    for verb in _GLUED:
        if forms[0].startswith(verb) and forms[0] != verb:
            yield _read(verb, forms[0].removeprefix(verb), leads=False)
        elif forms[0].endswith(verb) and forms[0] != verb:
            yield _read(verb, forms[0].removesuffix(verb), leads=False)


def _apart(parts: list[str]) -> Iterator[Spoken]:
    """A verb of so many words before all others, or after them."""
    for many in range(min(_LONGEST_VERB, len(parts) - 1), 0, -1):
        if (first := " ".join(parts[:many])) in _VERBS:
            yield _read(first, " ".join(parts[many:]))
    for many in range(min(_LONGEST_VERB, len(parts) - 1), 0, -1):
        if (last := " ".join(parts[-many:])) in _VERBS:
            yield _read(last, " ".join(parts[:-many]), leads=False)


def is_stop(words: str) -> bool:
    """Whether the words are a STOP and nothing else."""
    found = next(readings(words), None)
    return found is not None and found.verb is Verb.STOP and not found.rest


def _read(verb: str, rest: str = "", *, leads: bool = True) -> Spoken:
    kind, language = _VERBS[verb]
    return Spoken(kind, language, rest.strip(), leads)


def is_spaceless(text: str) -> bool:
    """Whether it is Han, kana or Hangul, which are found inside words."""
    return any("\u3040" <= each <= "\u9fff" or "\uac00" <= each <= "\ud7a3" for each in text)


def _by_word(verb: Verb, words: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[Verb, str]]:
    return {
        folded(word): (verb, language)
        for language, all_of_it in words.items()
        for word in all_of_it
    }


_COURTESY = frozenset(map(folded, _FILLERS))
_VERBS = _by_word(Verb.START, _START) | _by_word(Verb.STOP, _STOP)
_GLUED = sorted((each for each in _VERBS if is_spaceless(each)), key=len, reverse=True)
