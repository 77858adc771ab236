"""What a story shows of its articles: which leads, under which headline, in which two sentences."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from digest.newsdesk.stories.shown.headline import headline
from digest.newsdesk.stories.shown.summary import summary
from digest.newsdesk.stories.text.words import fold, primary, terms

_ENOUGH = 400
_TELLERS = 5
_CROWD = 3
_LOOKED_AT = 200
"""Members of a story that are looked at; the earliest say what happened."""


@dataclass(frozen=True, slots=True)
class StoryMember:
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
    """What a story shows. ``summary_source``: whose sentences the summary is made of."""

    lead: int
    headline: str
    summary: str
    language: str
    summary_source: str = ""


def face(members: Sequence[StoryMember], *, language: str = "") -> Face:
    """The lead article, headline and summary of a story of at least one member.

    The lead is in ``language``, the newsroom's own, where a member is, otherwise in the one most
    members write in: original over syndicated copy, fuller over thinner, a mere headline last,
    earlier over later; never one whose title shares little with the others'. The headline is the
    member's title that says most of what the others say, the lead's own when none is plainly
    better. The summary is the lead's, or another's in its language when the lead has none that
    says more than the headline.
    """
    looked = members[:_LOOKED_AT]
    spoken = Counter(primary(each.language) for each in looked)
    wanted = primary(language)
    if wanted not in spoken or not wanted:
        wanted = spoken.most_common(1)[0][0]
    speaking = [each for each in looked if primary(each.language) == wanted]
    aside = _aside(speaking)
    speaking.sort(key=lambda each: (each.article in aside, *_rank(each)))
    lead = speaking[0]
    in_time = sorted(speaking, key=lambda each: (each.at, each.article))
    titles = [(each.title, each.source) for each in in_time]
    title = headline(titles, in_time.index(lead))
    for teller in speaking[:_TELLERS]:
        told = summary(teller.text, title, source=teller.source)
        if told:
            return Face(lead.article, title, told, lead.language, teller.source)
    return Face(lead.article, title, "", lead.language, "")


def _aside(members: Sequence[StoryMember]) -> set[int]:
    """Those of three or more whose titles say less than half as much of what the others say.

    As far as the others agree: a story joined by one common word has no report that stands out.
    """
    if len(members) < _CROWD:
        return set()
    words = {each.article: frozenset(terms(fold(each.title), "")) for each in members}
    said = Counter(term for each in words.values() for term in each)
    shared = {
        article: sum(said[term] - 1 for term in own) / max(len(own), 5)
        for article, own in words.items()
    }
    enough = max(shared.values()) / 2
    return {article for article, each in shared.items() if each < enough}


def _rank(each: StoryMember) -> tuple[bool, bool, bool, datetime, int]:
    return (each.is_copy, not each.text, len(each.text) < _ENOUGH, each.at, each.article)
