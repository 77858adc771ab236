"""What moved in a story since a moment: for readers who saw it then, for the desk, for alerts."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from digest.kit.text import cut
from digest.newsdesk.stories.shown.headline import clean
from digest.newsdesk.stories.shown.lead import StoryMember, face, standing
from digest.newsdesk.stories.shown.outlets import distinct, outlet_key
from digest.newsdesk.stories.shown.summary import LIMIT, told
from digest.newsdesk.stories.text import forms
from digest.newsdesk.stories.text.words import fold, primary, terms

_FIGURE = re.compile(r"(?<![\w.,])\d[\d.,]*\d|(?<![\w.,])\d(?![\w])")
_READ = 2_000
_TELLERS = 5
_NEW_SHARE = 0.4
"""Of a sentence's terms so many must be unheard of, or a figure among them, to be news."""


@dataclass(frozen=True, slots=True)
class NewsSince:
    """What a story gained after a moment; false where nothing worth a word.

    ``reports``: the new ones that repeat nobody, newest first. ``outlets``: those that had not
    reported it before. ``headline``: of the newest of substance, and ``article`` which that is, 0
    if none. ``sentence``: the first of theirs that says something nobody had said, empty if there
    is none; whose it is, ``source``. ``figures``: numbers in the new headlines and in that
    sentence which no earlier report has. ``corrected``: one of them is labelled a correction.
    """

    moment: datetime
    reports: tuple[StoryMember, ...] = ()
    outlets: tuple[str, ...] = ()
    article: int = 0
    headline: str = ""
    sentence: str = ""
    source: str = ""
    figures: tuple[str, ...] = ()
    corrected: bool = False

    def __bool__(self) -> bool:
        return bool(self.article)


def news_since(story: Sequence[StoryMember], moment: datetime, *, language: str = "") -> NewsSince:
    """What ``story``, given as its members, has since ``moment`` that it had not by then.

    A member counts as new by its ``at``: pass the time it was published, or the time it was first
    seen where that is what "since" means to whom it is shown. Copies, opinion, mere headlines and
    collections are never news; a flash is only where there was nothing before. ``language`` is the
    one wanted, as in :func:`~digest.newsdesk.stories.shown.lead.face`: the words are of reports in
    it where any are new, otherwise of any. Pure: the same members and moment, the same answer.
    """
    before = [each for each in story if each.at <= moment]
    after = [each for each in story if each.at > moment]
    least = 0 if any(standing(each) == 0 for each in before) else 1
    news = [each for each in after if standing(each) <= least]
    news.sort(key=lambda each: (each.at, each.article), reverse=True)
    spoken = [each for each in news if primary(each.language) == primary(language)] or news
    if not spoken:
        return NewsSince(moment)
    shown = face(spoken, language=language)
    lead = next(each for each in spoken if each.article == shown.lead)
    heard = " ".join(fold(f"{each.title} {each.text[:_READ]}") for each in before)
    sentence, source = _unheard([lead, *(each for each in spoken if each is not lead)], heard)
    known = set(_FIGURE.findall(heard))
    titles = " ".join(clean(each.title, each.source) for each in reversed(spoken))
    found = dict.fromkeys(_FIGURE.findall(fold(f"{titles} {sentence}")))
    met = {outlet_key(each.source) for each in before}
    return NewsSince(
        moment=moment,
        reports=tuple(news),
        outlets=tuple(
            name
            for name in distinct(each.source for each in reversed(news))
            if outlet_key(name) not in met
        ),
        article=lead.article,
        headline=shown.headline,
        sentence=sentence,
        source=source,
        figures=tuple(each for each in found if each not in known) if before else (),
        corrected=any(forms.is_correction(each.title) for each in news),
    )


def _unheard(tellers: Sequence[StoryMember], heard: str) -> tuple[str, str]:
    """The first sentence that says what was not ``heard``, folded text, and whose it is."""
    figures = set(_FIGURE.findall(heard))
    known: dict[str, frozenset[str]] = {}
    for teller in tellers[:_TELLERS]:
        spoken = primary(teller.language)
        if spoken not in known:
            known[spoken] = frozenset(terms(heard, spoken))
        for sentence in told(teller.text[:_READ], source=teller.source):
            folded = fold(sentence)
            own = frozenset(terms(folded, spoken))
            fresh = len(own - known[spoken])
            is_new = set(_FIGURE.findall(folded)) - figures
            if own and (fresh >= _NEW_SHARE * len(own) or (is_new and fresh)):
                return cut(sentence, LIMIT), teller.source
    return "", ""
