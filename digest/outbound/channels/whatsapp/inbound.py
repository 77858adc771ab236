"""What readers write to the newsroom's number, or tap, and what they ask for by it (pure).

``STOP`` and ``START`` in the readers' languages; with the name of a topic or newsletter behind it
they mean that alone. Shapes of text, button and interactive messages: Meta's reference of webhook
messages.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from digest.audience.kinds import OnOffer
from digest.outbound.channels.report import Kind, mapping, text

_STOP = {
    "en": ("stop", "stop all", "unsubscribe", "cancel", "end", "quit", "opt out"),
    "es": ("baja", "parar", "cancelar", "detener", "darme de baja", "alto"),
    "fr": ("arrêt", "arret", "arrêter", "arreter", "désabonner", "desabonner"),
    "de": ("stopp", "abmelden", "abbestellen"),
    "pt": ("sair", "pare"),
    "ms": ("berhenti", "henti", "batal"),
    "ta": ("நிறுத்து", "நிறுத்தவும்", "நிறுத்துங்கள்"),
    "ko": (
        "그만",
        "중지",
        "정지",
        "수신거부",
        "수신 거부",
        "해지",
        "구독취소",
        "구독 취소",
        "구독해지",
        "구독 해지",
    ),
    "zh-Hans": ("停止", "退订", "取消", "取消订阅", "停止订阅"),
    "zh-Hant": ("退訂", "取消訂閱", "停止訂閱"),
    "ar": ("توقف", "إيقاف", "ايقاف", "أوقف", "قف", "إلغاء", "الغاء"),
}
_START = {
    "en": ("start", "subscribe", "join"),
    "es": ("alta", "suscribir", "suscribirme", "empezar"),
    "fr": ("abonner", "commencer", "démarrer", "demarrer"),
    "ms": ("mula", "langgan"),
    "ta": ("தொடங்கு", "ஆரம்பி"),
    "ko": ("시작", "구독"),
    "zh-Hans": ("开始", "订阅"),
    "zh-Hant": ("開始", "訂閱"),
    "ar": ("ابدأ", "ابدا", "اشترك"),
}
_ALERTS = "alerts:on"
# Of sentences in any of our scripts; wide ones are plain ones by then.
_MARKS = str.maketrans(dict.fromkeys("!?.,\u3002\u3001\u060c\u061b\u061f\u00a1\u00bf", " "))
_AROUND = (
    "\"'\u201c\u201d\u2018\u2019\u00ab\u00bb\u300c\u300d\u300e\u300f()[]*_~:;-\u2013\u2014\ufe0f"
)
# "Stop, please" stops; a sentence that begins with the word is a letter to the newsroom.
_MOST_WORDS = 4


@dataclass(frozen=True, slots=True)
class InboundWish:
    """STOPPED, JOINED or DROPPED; what for, as keys; in which language it was said, if told."""

    kind: Kind
    wants: tuple[str, ...] = ()
    language: str = ""


def said(message: Mapping[str, Any]) -> str:
    """A message's words: written, or those of the button that was tapped."""
    interactive = mapping(message.get("interactive"))
    for part, name in (
        (mapping(message.get("text")), "body"),
        (mapping(message.get("button")), "payload"),
        (mapping(message.get("button")), "text"),
        (mapping(interactive.get("button_reply")), "id"),
        (mapping(interactive.get("button_reply")), "title"),
        (mapping(interactive.get("list_reply")), "id"),
        (mapping(interactive.get("list_reply")), "title"),
    ):
        words = text(part.get(name))
        # A button may carry an id of its own beside what its reader saw on it.
        if words and (name in {"body", "text", "title"} or _verb(words) is not None):
            return words
    return ""


def asked(words: str, on_offer: Iterable[OnOffer]) -> InboundWish | None:
    """What the words ask for; None when they ask for nothing that we know."""
    on_offer = tuple(on_offer)
    found = _verb(words, on_offer)
    if found is None:
        return None
    kind, language, rest = found
    named = _named(rest, on_offer)
    if kind is Kind.STOPPED:
        return InboundWish(Kind.DROPPED, named) if named else InboundWish(Kind.STOPPED)
    if rest and not named:
        return None
    return InboundWish(Kind.JOINED, named or (_ALERTS,), language)


def _verb(words: str, on_offer: Iterable[OnOffer] = ()) -> tuple[Kind, str, str] | None:
    """STOP or START, the language that says it so, and what stands behind it."""
    plain = _plain(words)
    if plain in _STOPPING:
        return Kind.STOPPED, _STOPPING[plain], ""
    first, _, rest = plain.partition(" ")
    if len(plain.split()) > _MOST_WORDS and first not in _STARTING and not _named(rest, on_offer):
        return None
    for known, kind in ((_STOPPING, Kind.STOPPED), (_STARTING, Kind.JOINED)):
        if first in known:
            return kind, known[first], rest
    return None


def _named(rest: str, on_offer: Iterable[OnOffer]) -> tuple[str, ...]:
    return tuple(
        each.key for each in on_offer if rest and rest in {_plain(each.slug), _plain(each.name)}
    )


def _plain(words: str) -> str:
    """Words as keyboards of any script write them, without what only marks or directs them."""
    told = unicodedata.normalize("NFKC", words).translate(_MARKS)
    seen = "".join(each for each in told if unicodedata.category(each) != "Cf")
    return " ".join(word for each in seen.split() if (word := each.strip(_AROUND))).lower()


def _by_word(words: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    return {word: language for language, all_of_it in words.items() for word in all_of_it}


_STOPPING, _STARTING = _by_word(_STOP), _by_word(_START)
