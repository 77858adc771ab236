"""A headline for a story, chosen from its members' titles: what most of them say, plainly."""

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from digest.kit.text import one_line
from digest.newsdesk.stories.text.urgent import CLOSING, OPENING, without_label
from digest.newsdesk.stories.text.words import fold, terms

LONGEST, SHORTEST = 120, 20
_SHORTEST_UNSPACED = 8
_NAMES = 12
_CENTRAL = 40
"""Titles that are held against each other."""
_KEPT = 8_192
"""Titles whose plain form is remembered: a story is looked at again with each new report."""
_MARKS = (" - ", " | ", " – ", " — ", " · ", " :: ")
"""What parts a title from the outlet's name that hangs on its end."""

# What says how a report is told, not what happened.
_FORMS = (
    r"live|live ?blog|live updates?|live news|watch|watch live|video|photos?|pictures?|in pictures",
    r"gallery|listen|podcast|audio|opinion|analysis|explainer|explained|exclusive|update[sd]?",
    r"update \d+|\d+(?:st|nd|rd|th) lead|lead|correction|corrected|recap|interview",
    r"news|anzeige|heise-angebot|sponsored",
    r"ticker|liveticker|newsblog|kommentar|analyse|reportage",
    r"en direct|direct|en images|vidéo|en vivo|en directo|directo|vídeo|fotos?|opinión|análisis",
    r"diretta|видео|фото|онлайн|مباشر|فيديو|بالفيديو|شاهد|صور|คลิป",
    r"视频|視頻|图集|图片|独家|獨家|更新|续报|續報|続報|评论|評論|解说|動画|映像|写真|独自|解説",
    r"영상|현장영상|포토|사진|단독|종합(?:\d?보?)|상보|인터뷰|칼럼|사설",
)
_FORM = re.compile(
    rf"^[^\w{OPENING}]{{0,3}}(?:(?:{'|'.join(_FORMS)})\s*(?:[:：|丨｜]+|\s[-–—]\s)\s*"
    rf"|[{OPENING}]{{1,2}}\s*(?:{'|'.join(_FORMS)})\s*[{CLOSING}]{{1,2}}\s*)",
    re.IGNORECASE,
)
_TRAILING_FORM = re.compile(
    r"\s*(?:[-–—|:]\s*(?:live(?:\s*updates?)?|as it happened|video|watch|in pictures|photos)"
    r"|[(\[](?:video|photos?|watch|pictures|updated?|fotos?|vidéo|vídeo|видео|фото)[)\]])\s*$",
    re.IGNORECASE,
)
# Blogs end a title with its rubric, wires and lists begin with their own name: "[Apple]".
_RUBRIC = re.compile(r"(?<=[\w.!?\"'”’)])\s+\[[^\[\]]{2,30}\]\s*$")
_LIST = re.compile(r"^\[[\w-]{2,20}\]\s+(?=\S{2,}\s+\S)")
_ORNAMENT = re.compile(r"^[★☆●■►▶◆➤»•\s]+(?=\w)")
_BAIT = re.compile(
    r"\b(?:you won['’]t believe|you need to know|what we know|everything we know|what to know"
    r"|here['’]?s (?:why|how|what|everything)|this is why|the reason why|goes viral|will shock"
    r"|shocking|jaw-dropping|\d+ things|\d+ reasons|everything you|what happened next|must[- ]see"
    r"|vous devez|das müssen sie|lo que debes saber|lo que sabemos|cosa sapere|что известно)\b"
    r"|你不知道|震惊|충격|알고 ?보니",
    re.IGNORECASE,
)


def headline(titles: Sequence[tuple[str, str]], lead: int) -> str:
    """The best of ``titles``, cleaned; each is a title with its source's name.

    ``lead`` is the position of the lead article's, which wins unless another is plainly better:
    one that says more of what the others say, is no question and no bait, and is of a length that
    can be read in one glance. Titles must be in one language.
    """
    looked = list(titles[:_CENTRAL])
    if lead >= len(looked):
        looked[-1], lead = titles[lead], len(looked) - 1
    names = list(dict.fromkeys(source for _, source in looked))[:_NAMES]
    plain = [_cleaned(title, [source, *names]) for title, source in looked]
    if len(plain) == 1:
        return plain[0] or one_line(looked[0][0])
    words = [_words(each) for each in plain]
    said = Counter(term for each in words for term in each)
    best = max(
        range(len(plain)),
        key=lambda at: (_worth(plain[at], words[at], said, len(plain)) + 0.1 * (at == lead), -at),
    )
    return plain[best] or one_line(looked[best][0])


def _cleaned(title: str, names: Sequence[str]) -> str:
    """As :func:`clean`; an aggregator ends a title with the name of another member's outlet."""
    for name in names if _may_name(title) else ():
        cut = clean(title, name)
        if cut != one_line(title):
            title = cut
    return clean(title)


@lru_cache(_KEPT)
def _may_name(title: str) -> bool:
    line = one_line(title)
    return any(mark in line for mark in _MARKS)


@lru_cache(_KEPT)
def _words(plain: str) -> frozenset[str]:
    return frozenset(terms(fold(plain), ""))


@lru_cache(_KEPT)
def clean(title: str, source: str = "") -> str:
    """``title`` without labels of urgency and of form, and without its outlet's name at the end.

    A title that is nothing but labels stays as it is.
    """
    line = one_line(title)
    kept = line
    for _ in range(4):
        cut = _FORM.sub("", without_label(_ORNAMENT.sub("", kept)))
        cut = _without_rubric(_LIST.sub("", cut))
        cut = _TRAILING_FORM.sub("", _without_source(cut, source)).strip()
        if cut == kept or not cut:
            break
        kept = cut
    kept = kept.strip(" |–—")
    return kept if any(char.isalnum() for char in kept) else line


def _without_rubric(title: str) -> str:
    cut = _RUBRIC.sub("", title)
    return cut if len(cut) >= SHORTEST else title


def _without_source(title: str, source: str) -> str:
    """Feeds of search engines and some outlets end a title with " - Outlet" or " | Outlet"."""
    if not source:
        return title
    opening, found, rest = title.partition(": ")
    named = fold(source) in (fold(opening), f"{fold(opening)} news")
    if found and named and len(rest) >= SHORTEST:
        return rest
    for mark in _MARKS:
        head, found, tail = title.rpartition(mark)
        if found and len(head) >= SHORTEST and _same_name(tail, source):
            return head
    return title


def _same_name(one: str, other: str) -> bool:
    plain = [re.sub(r"\W+|^the\s+|\.com$|\.org$", "", fold(each).strip()) for each in (one, other)]
    return bool(plain[0]) and (plain[0] in plain[1] or plain[1] in plain[0]) and bool(plain[1])


def _worth(title: str, own: frozenset[str], said: Counter[str], among: int) -> float:
    shared = sum(said[term] - 1 for term in own) / (among * max(len(own), 5))
    return shared - 0.25 * awkwardness(title)


@lru_cache(_KEPT)
def awkwardness(title: str) -> int:
    """How many things speak against ``title`` as a headline: length, shouting, bait, a question."""
    shortest = SHORTEST if title.isascii() or " " in title else _SHORTEST_UNSPACED
    letters = [char for char in title if char.isalpha()]
    return sum(
        (
            len(title) > LONGEST,
            len(title) < shortest,
            title.isupper() and len(letters) > 12,
            title.rstrip("\"'”’» ").endswith(("?", "？", "؟", "…", "...", "!", "！")),
            bool(_BAIT.search(title)),
        )
    )
