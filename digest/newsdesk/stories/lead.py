"""What a story shows of its articles: which leads, under which headline, in which two sentences."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher

from digest.kit.text import cut, one_line
from digest.newsdesk.stories.words import fold, primary, terms

SUMMARY_LIMIT = 420
_ENOUGH = 400
_SENTENCE_END = re.compile(
    r"(?:(?<=[.!?…])|(?<=[.!?…][\"”’»)]))\s+(?=[\"“„«‘(]?\w)|(?<=[。！？])(?![”」』）])"
)
_NOT_AN_END = re.compile(
    r"(?:\b(?:[A-Z]|Mr|Mrs|Ms|Dr|St|Sen|Rep|Gov|Gen|Lt|Col|Prof|Jr|Sr|No|vs|Inc|Corp|Co|Ltd"
    r"|U\.S|U\.N|U\.K|a\.m|p\.m|Jan|Feb|Mar|Apr|Aug|Sept|Sep|Oct|Nov|Dec|z\.B|bzw|ca|Nr))\.$"
)
_LABELS = re.compile(
    r"^(?:\W*(?:breaking|live|update \d+|updated?|video|watch)\W*[:|–—-]\s*)+", re.I
)


@dataclass(frozen=True, slots=True)
class Member:
    """An article of a story, as far as choosing goes."""

    article: int
    title: str
    text: str
    language: str
    source: str
    at: datetime
    is_copy: bool = False


@dataclass(frozen=True, slots=True)
class Face:
    """What a story shows."""

    lead: int
    headline: str
    summary: str
    language: str


def face(members: Sequence[Member]) -> Face:
    """The lead article, headline and summary of a story of at least one member.

    The lead is in the language most members write in: original over syndicated copy, fuller over
    thinner, earlier over later. The headline is the member's title that says most of what the
    others say, the lead's own when none is plainly better.
    """
    language = Counter(primary(each.language) for each in members).most_common(1)[0][0]
    speaking = [each for each in members if primary(each.language) == language]
    lead = min(
        speaking,
        key=lambda each: (each.is_copy, len(each.text) < _ENOUGH, each.at, each.article),
    )
    headline = _headline(speaking, lead)
    return Face(lead.article, headline, summary(lead.text, headline), lead.language)


def summary(text: str, headline: str = "") -> str:
    """The first two sentences of ``text`` that say more than the headline."""
    chosen: list[str] = []
    for sentence in sentences(text):
        if len(sentence) < 12 or _echoes(sentence, headline):
            continue
        chosen.append(sentence)
        if len(chosen) == 2:
            break
    joint = "" if chosen and chosen[0][-1] in "。！？" else " "
    return cut(joint.join(chosen), SUMMARY_LIMIT)


def sentences(text: str) -> list[str]:
    """The sentences of ``text``; abbreviations and initials do not end one."""
    found: list[str] = []
    for paragraph in text[:4_000].splitlines():
        begun = ""
        for piece in _SENTENCE_END.split(one_line(paragraph)):
            begun = f"{begun} {piece}".strip()
            if not _NOT_AN_END.search(begun):
                found.append(begun)
                begun = ""
        if begun:
            found.append(begun)
    return [sentence for sentence in found if sentence]


def _headline(members: Sequence[Member], lead: Member) -> str:
    said = Counter(term for each in members for term in _title_terms(each))

    def worth(each: Member) -> float:
        own = _title_terms(each)
        shared = sum(said[term] - 1 for term in own) / (len(members) * max(len(own), 5))
        length = len(each.title)
        awkward = length > 120 or length < 20 or each.title.isupper() or each.title.endswith("?")
        return shared - 0.25 * awkward + 0.1 * (each is lead)

    best = max(members, key=lambda each: (worth(each), -each.at.timestamp(), -each.article))
    title = one_line(best.title)
    return _LABELS.sub("", title) or title


def _title_terms(member: Member) -> frozenset[str]:
    return frozenset(terms(fold(member.title), primary(member.language)))


def _echoes(sentence: str, headline: str) -> bool:
    one, other = fold(sentence).rstrip(".!?…。 "), fold(headline)
    if not other:
        return False
    return one == other or (
        abs(len(one) - len(other)) < 40 and SequenceMatcher(None, one, other).ratio() > 0.85
    )
