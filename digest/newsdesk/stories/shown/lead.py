"""What a story shows of its articles: which leads, under which headline, in which two sentences."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.newsdesk.stories.shown.headline import awkwardness, clean, headline
from digest.newsdesk.stories.shown.summary import summary
from digest.newsdesk.stories.text import forms
from digest.newsdesk.stories.text.urgent import urgent_word
from digest.newsdesk.stories.text.words import fold, primary, terms

_ENOUGH = 400
_TELLERS = 5
_CROWD = 3
_LOOKED_AT = 200
"""Members of a story that are looked at, the latest."""
_TOGETHER = timedelta(minutes=90)
"""Reports this much older than the lead may still give the headline: what they say stands yet."""
_BEGINNING = 500


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
    members write in: the newest report of substance. Corrections, updates and full reports come
    before flashes and thin ones, these before opinion, copies, mere headlines and collections;
    never one whose title shares little with what the others say. The headline is the title that
    says most of what the reports of that time say, the lead's own when none is plainly better. The
    summary is the lead's, or another's in its language when the lead has none that says more than
    the headline.
    """
    looked = sorted(members, key=_in_time)[-_LOOKED_AT:]
    spoken = Counter(primary(each.language) for each in looked)
    wanted = primary(language)
    if wanted not in spoken or not wanted:
        wanted = spoken.most_common(1)[0][0]
    speaking = [each for each in looked if primary(each.language) == wanted]
    aside = _aside(speaking)
    ranked = sorted(speaking, key=_in_time, reverse=True)
    ranked.sort(key=lambda each: (each.article in aside, standing(each)))
    lead = ranked[0]
    titles = _titles(speaking, lead)
    title = headline([(each.title, each.source) for each in titles], titles.index(lead))
    for teller in ranked[:_TELLERS]:
        told = summary(teller.text, title, source=teller.source)
        if told:
            return Face(lead.article, title, told, lead.language, teller.source)
    return Face(lead.article, title, "", lead.language, "")


def standing(each: StoryMember) -> int:
    """How little a report has of what leads a story: 0 for substance, then less and less.

    A correction has substance however short it is, and a labelled update with any text; what is
    labelled urgent, or is of a line or two, is a flash.
    """
    if each.is_copy or forms.is_collection(each.title):
        return 4
    if not each.text:
        return 3
    if forms.is_opinion(each.title):
        return 2
    if forms.is_correction(each.title) or forms.is_update(each.title):
        return 0
    if len(each.text) < _ENOUGH:
        return 1
    return 1 if urgent_word(each.title) and len(each.text) < 2 * _ENOUGH else 0


def _in_time(each: StoryMember) -> tuple[datetime, int]:
    return each.at, each.article


def _titles(speaking: Sequence[StoryMember], lead: StoryMember) -> list[StoryMember]:
    """Whose titles may head the story, in time: what was said before its last turn is outdated."""
    ordered = sorted(speaking, key=_in_time)
    recent = [each for each in ordered if each.at >= lead.at - _TOGETHER]
    if len(recent) > 1 or not awkwardness(clean(lead.title, lead.source)):
        return recent
    return ordered


def _aside(members: Sequence[StoryMember]) -> set[int]:
    """Those of three or more that say less than half as much of what the others say.

    What the others say is what two of them have in their titles. Each is held against it with its
    title and its first lines: a new turn has a title of its own, and tells what it is a turn of. As
    far as they agree: a story joined by one common word has no report that stands out.
    """
    if len(members) < _CROWD:
        return set()
    said = Counter(term for each in members for term in set(terms(fold(each.title), "")))
    core = {term: times - 1 for term, times in said.items() if times > 1}
    shared = {}
    for each in members:
        own = set(terms(fold(f"{each.title} {each.text[:_BEGINNING]}"), ""))
        shared[each.article] = sum(times for term, times in core.items() if term in own)
    enough = max(shared.values()) / 2
    return {article for article, each in shared.items() if each < enough}
