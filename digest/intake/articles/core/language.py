"""Which language an article is in: its feed's word, unless the text clearly says otherwise."""

import re
from functools import cache
from typing import Any

from py3langid.langid import MODEL_FILE, LanguageIdentifier  # type: ignore[import-untyped]

# Below this many letters the text has no say against its feed.
ENOUGH = 60
SURE = 0.8
LIKELY = 0.5
_OLD_CODES = {"iw": "he", "in": "id", "ji": "yi", "no": "nb", "nn": "nb", "tl": "fil"}
_MAX_TEXT = 800
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
_LETTER = re.compile(r"[^\W\d_]")
_KANA = re.compile("[\u3040-\u30ff]")


def detect(text: str, hint: str = "") -> str:
    """A primary language subtag (BCP 47), or "" when nothing is known.

    ``hint`` is what entry or feed declare ("en-US"). Many feeds declare wrongly, having kept
    their software's "en-us": sixty letters of which the model is sure outvote it. Without a hint
    the model's guess stands where it is likely.
    """
    declared = primary(hint)
    text = text[:_MAX_TEXT]
    letters = len(_LETTER.findall(text))
    for script, language in _SCRIPTS:
        if letters and len(script.findall(text)) > letters / 3:
            return "ja" if language == "zh" and _KANA.search(text) else language
    if letters < (ENOUGH if declared else ENOUGH // 3):
        return declared
    found, confidence = _model().classify(text)
    return primary(found) if confidence >= (SURE if declared else LIKELY) else declared


def primary(tag: str) -> str:
    """The primary subtag of a declared tag, in today's code; "" for what is none."""
    first = tag.strip().replace("_", "-").split("-")[0].lower()
    if not (2 <= len(first) <= 3 and first.isascii() and first.isalpha()) or first == "und":
        return ""
    return _OLD_CODES.get(first, first)


@cache
def _model() -> Any:
    """Loaded at first use: it takes 0.7 s and 60 MB, which a web process never needs."""
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
