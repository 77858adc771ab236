"""Two sentences that say what a report is about: taken from it word by word."""

import re
from difflib import SequenceMatcher
from functools import lru_cache

from digest.kit.text import cut
from digest.newsdesk.stories.text.sentences import sentences
from digest.newsdesk.stories.text.urgent import without_label
from digest.newsdesk.stories.text.words import fold

LIMIT = 420
_TOGETHER = 330
_LEAST = 12
_LEAST_UNSPACED = 8
_KEPT = 2_048
"""Texts remembered for each: a story is looked at again with each new report, and for the readers
of each language, who last had it at other hours.
"""

_AGENCIES = (
    "Reuters|AP|AFP|dpa|EFE|ANSA|Xinhua|Yonhap|Kyodo|TASS|Bloomberg|UPI|IANS|PTI|CNN|BBC|CP|AAP"
)
_CHINESE_AGENCIES = "新华社|新華社|中新社|中新网|中央社|人民网|法新社|路透社|共同社"
# The place, date and agency that a report begins with: "SEOUL, March 2 (Reuters) - ".
_DATELINE = re.compile(
    r"^(?:"
    rf"[^\W\d_a-z][^.!?。！？]{{0,60}}?\((?:{_AGENCIES})\)\s*[-–—:]+\s*"
    r"|[^\W\d_a-z][^\W\d_a-z,./\s]+(?:[\s,./]+[^\W\d_][\w.]*){0,4}\s+[–—]+\s+(?=[^\Wa-z])"
    r"|\([^()]{2,30}=[^()]{2,30}\)\s*(?:[^\s=]{2,12}\s*(?:기자|특파원)\s*=\s*)?"
    rf"|(?:{_CHINESE_AGENCIES})[^。]{{0,24}}?(?:电|電|讯|訊|报道|報導)\s*[：:，,）)]?\s*"
    r"(?:[（(]记者[^）)]{1,20}[）)])?"
    r"|【[^】]{2,20}】)"
)
# What a page says around a report.
_CHROME = re.compile(
    r"\b(?:click here|read more|continue reading|sign up|subscribe|all rights reserved"
    r"|photograph:|photo:|image:|getty images|file photo|follow us|share this|advertisement"
    r"|the post .{3,120} appeared first|view comments|related:|hide caption|toggle caption"
    r"|editor['’]s note|listen to this article|this article (?:was|is)|originally appeared"
    r"|originally published|download our app|watch live|submitted by|comments? url|article url"
    r"|comments: \d+|points: \d+|sponsoring this"
    r"|weiterlesen|lire la suite|lire aussi|leer más|seguir leyendo|leggi anche"
    r"|continua a leggere|читать далее|подробнее)\b"
    r"|무단 ?전재|재배포 ?금지|ⓒ|저작권자|기자 ?=\s*$|@\S+\.\w|点击|點擊|阅读全文|責任編輯|责任编辑"
    r"|来源：|^\s*©",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"\s*(?:\[(?:…|\.\.\.|&#8230;)\]|\(?(?:read more|continue reading|weiterlesen"
    r"|lire la suite|leer más)\b.{0,80}?\)?|(?<=\s)[»→])\s*$",
    re.IGNORECASE,
)


# "An anonymous reader writes:" stands before somebody else's words.
_WRITES = re.compile(r"^[^.!?\"“]{3,60}?\bwrites\s*:?\s+(?=[\"“A-Z])")
# Their texts are lists of other outlets' headlines.
_AGGREGATOR = re.compile(r"\b(?:google news|bing news)\b", re.IGNORECASE)
# A line this short that ends in no mark is a caption or a subhead more often than a sentence.
_CAPTION = 90
_ENDED = re.compile(r"[.!?…։።।॥。！？｡؟۔][\"'”’»)\]）」』】〉》]*$|[\u0e00-\u0e7f]$")


@lru_cache(_KEPT)
def summary(text: str, headline: str = "", *, source: str = "") -> str:
    """The first two sentences of ``text`` that say more than ``headline``, at most 420 characters.

    Datelines, calls to read on and the names of photographers go. Empty when nothing is left.
    A second sentence that would make it too long for two is left out rather than cut.
    """
    if _AGGREGATOR.search(source):
        return ""
    chosen: list[str] = []
    fragments: list[str] = []
    for raw in sentences(_TAIL.sub("", text[:4_000].strip())):
        sentence = _bare(raw, source, first=not chosen)
        if not _says(sentence) or _echoes(sentence, headline):
            continue
        if _is_torn(sentence) or (len(sentence) < _CAPTION and not _ENDED.search(sentence)):
            fragments.append(sentence)
            continue
        if chosen and (len(chosen[0]) + len(sentence) > _TOGETHER or _echoes(sentence, chosen[0])):
            break
        chosen.append(sentence)
        if len(chosen) == 2:
            break
    chosen = chosen or fragments[:1]
    joint = "" if chosen and chosen[0][-1] in "。！？」』" else " "
    return cut(joint.join(chosen), LIMIT)


@lru_cache(_KEPT)
def told(text: str, *, source: str = "") -> tuple[str, ...]:
    """The whole sentences of ``text`` in order, as :func:`summary` would quote them."""
    if _AGGREGATOR.search(source):
        return ()
    found: list[str] = []
    for raw in sentences(_TAIL.sub("", text[:4_000].strip())):
        sentence = _bare(raw, source, first=not found)
        if _says(sentence) and not _is_torn(sentence) and _ENDED.search(sentence):
            found.append(sentence)
    return tuple(found)


def _bare(sentence: str, source: str, *, first: bool) -> str:
    """A sentence without its dateline, its label and what the page hung on its end."""
    kept = sentence
    if first:
        kept = without_label(_WRITES.sub("", _DATELINE.sub("", kept))).strip()
        if source and fold(kept).startswith(f"{fold(source)} - "):
            kept = kept[len(source) + 3 :]
    kept = _TAIL.sub("", kept).strip()
    return kept or sentence


def _says(sentence: str) -> bool:
    if _CHROME.search(sentence):
        return False
    least = _LEAST if sentence.isascii() or sentence.count(" ") > 2 else _LEAST_UNSPACED
    letters = sum(map(str.isalpha, sentence))
    return len(sentence) >= least and letters * 2 > len(sentence)


def _is_torn(sentence: str) -> bool:
    """Whether it begins in mid-sentence, as the rest of a broken line does."""
    return sentence.split(" ", 1)[0].islower()


def _echoes(sentence: str, headline: str) -> bool:
    one, other = fold(sentence).rstrip(".!?…。 "), fold(headline).rstrip(".!?…。 ")
    if not other:
        return False
    return one == other or (
        abs(len(one) - len(other)) < 40 and SequenceMatcher(None, one, other).ratio() > 0.85
    )
