"""Which language an article is in: its feed's word, unless the text clearly says otherwise."""

import re
from functools import lru_cache

# Below this many letters the text has no say against its feed.
ENOUGH = 60
SURE = 0.8
LIKELY = 0.5
_OLD_CODES = {"iw": "he", "in": "id", "ji": "yi", "no": "nb", "nn": "nb", "tl": "fil"}
_MAX_TEXT = 800
# Written so much alike that a model takes one for the other: there the outlet knows better.
_NEAR = (
    frozenset({"ms", "id"}),
    frozenset({"nb", "da"}),
    frozenset({"hr", "sr", "bs"}),
    frozenset({"cs", "sk"}),
    frozenset({"es", "gl", "ast"}),
)
# Scripts that one language of the news writes: a look at them is surer than any model.
_SCRIPTS = [
    (re.compile("[\uac00-\ud7a3]"), "ko"),
    (re.compile("[\u3040-\u30ff]"), "ja"),
    (re.compile("[\u4e00-\u9fff]"), "zh"),
    (re.compile("[\u0e00-\u0e7f]"), "th"),
    (re.compile("[\u0370-\u03ff]"), "el"),
    (re.compile("[\u10a0-\u10ff]"), "ka"),
    (re.compile("[\u0530-\u058f]"), "hy"),
]
_BEYOND_LATIN = re.compile("[\u0370-\uffff]")
_KANA = re.compile("[\u3040-\u30ff]")


def detect(text: str, hint: str = "", guess: tuple[str, float] | None = None) -> str:
    """A primary language subtag (BCP 47), or "" when nothing is known.

    ``hint`` is what entry or feed declare ("en-US"). Many feeds declare wrongly, having kept
    their software's "en-us": sixty letters of which the model is sure outvote it. Without a hint
    the model's guess stands where it is likely. ``guess`` is what it said already, where the entry
    was read; without one it is asked.
    """
    declared = primary(hint)
    text = text[:_MAX_TEXT]
    beyond = not text.isascii() and _BEYOND_LATIN.search(text) is not None
    # Of Latin letters it is enough to know that there are enough.
    letters = sum(map(str.isalpha, text if beyond else text[: 2 * ENOUGH]))
    if not beyond and letters < ENOUGH:
        letters += sum(map(str.isalpha, text[2 * ENOUGH :]))
    for script, language in _SCRIPTS if letters and beyond else ():
        if len(script.findall(text)) > letters / 3:
            return "ja" if language == "zh" and _KANA.search(text) else language
    if letters < (ENOUGH if declared else ENOUGH // 3):
        return declared
    found, confidence = guess or _asked(text)
    spoken = primary(found)
    if spoken == declared or any(declared in near and spoken in near for near in _NEAR):
        return declared
    return spoken if confidence >= (SURE if declared else LIKELY) else declared


@lru_cache(maxsize=256)
def primary(tag: str) -> str:
    """The primary subtag of a declared tag, in today's code; "" for what is none."""
    first = tag.strip().replace("_", "-").split("-")[0].lower()
    if not (2 <= len(first) <= 3 and first.isascii() and first.isalpha()) or first == "und":
        return ""
    return _OLD_CODES.get(first, first)


def _asked(text: str) -> tuple[str, float]:
    # Imported where it is needed: web processes and pollers never load numpy and the model.
    from digest.intake.feeds.formats.spoken import model

    return model.classify([text])[0]
