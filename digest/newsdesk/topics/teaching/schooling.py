"""A scripted editor who teaches the sample's topics for ten minutes, and how they do afterwards.

Ten minutes are forty decisions a topic of a quarter of a minute each. The editor goes through the
first two weeks of the fresh headlines in order of time and says of each that the query took, or
that belongs and was missed, whether it belongs; decisions that are left go to what the model asks.
Then the model is held against the two weeks that follow. What it only asks about there counts as
where it stands until an editor answers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from digest.newsdesk.topics.query.aliases import expand, parse_aliases
from digest.newsdesk.topics.query.analysis import ArticleText, ArticleWords
from digest.newsdesk.topics.query.match import Matcher
from digest.newsdesk.topics.query.parse import parse
from digest.newsdesk.topics.teaching.features import Filing, Meaning, Traits, traits
from digest.newsdesk.topics.teaching.lessons import TopicExample, assumed, rehearsed
from digest.newsdesk.topics.teaching.model import Lesson, Say, judge, learn_deepest
from digest.newsdesk.topics.teaching.sample_set import (
    TAUGHT_UNTIL,
    fresh_headlines,
    labelled_examples,
    places,
    sample_aliases,
    sample_topics,
)
from digest.newsdesk.topics.teaching.things import matcher_of_names, matcher_of_things
from digest.newsdesk.topics.teaching.verdict import stands

DECISIONS = 40
ASKED_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class HeadlineTold:
    """A headline as one topic is taught and judged by it; ``belongs`` is None where either will do.

    ``share`` is 1 where the topic's query takes it.
    """

    traits: Traits
    share: float
    belongs: bool | None


@dataclass(slots=True)
class HeadlineCounts:
    """How often a topic's word was right, taken in error, and missed; and how often it asks."""

    right: int = 0
    extra: int = 0
    missed: int = 0
    asked: int = 0

    def note(self, taken: bool, belongs: bool, asked: bool = False) -> None:
        """Count one headline."""
        self.right += taken and belongs
        self.extra += taken and not belongs
        self.missed += belongs and not taken
        self.asked += asked

    def figures(self) -> dict[str, float | int | None]:
        """``precision`` and ``recall``, and what they are made of."""
        taken, wanted = self.right + self.extra, self.right + self.missed
        return {
            "precision": round(self.right / taken, 4) if taken else None,
            "recall": round(self.right / wanted, 4) if wanted else None,
            "right": self.right,
            "in_error": self.extra,
            "missed": self.missed,
            "asked": self.asked,
        }


Figures = dict[str, float | int | None]


@dataclass(frozen=True, slots=True)
class Schooled:
    """Figures over the headlines that are judged, over all and by topic.

    ``untaught`` is the query alone; ``taught`` after ten minutes; ``of_ones_own`` the same without
    the examples that come with the sample, as for a topic that a newsroom made itself;
    ``with_extra`` taught with what the model of the extra ``languages`` makes of every story.
    """

    untaught: Figures
    taught: Figures
    of_ones_own: Figures
    with_extra: Figures
    own_with_extra: Figures
    by_topic: Mapping[str, Figures]
    decisions: int


@cache
def schooled() -> Schooled:
    """Teach every topic and judge it."""
    untaught, plain, meant = HeadlineCounts(), HeadlineCounts(), HeadlineCounts()
    own, own_meant = HeadlineCounts(), HeadlineCounts()
    by_topic: dict[str, Figures] = {}
    decisions = 0
    for slug, (first, second) in _classes().items():
        here = HeadlineCounts()
        rehearsal = rehearsed(slug, examples())
        for told in second:
            if told.belongs is not None:
                untaught.note(told.share > 0, told.belongs)
        for before, is_meant, counts in (
            (rehearsal, False, (plain, here)),
            ([], False, (own,)),
            (rehearsal, True, (meant,)),
            ([], True, (own_meant,)),
        ):
            said = _school(slug, first, second, before, counts, is_meant=is_meant)
            decisions += said if counts[0] is plain else 0
        by_topic[slug] = here.figures()
    return Schooled(
        untaught.figures(),
        plain.figures(),
        own.figures(),
        meant.figures(),
        own_meant.figures(),
        by_topic,
        decisions // len(by_topic),
    )


def _school(
    topic: str,
    first: Sequence[HeadlineTold],
    second: Sequence[HeadlineTold],
    before: Sequence[Lesson],
    counts: Sequence[HeadlineCounts],
    *,
    is_meant: bool,
) -> int:
    """Teach one topic, count how it does, and say in how many decisions."""
    if not is_meant:
        first, second = ([_wordly(each) for each in half] for half in (first, second))
        before = [replace(each, traits=replace(each.traits, meaning=None)) for each in before]
    lessons = ten_minutes(topic, first, before)
    model = learn_deepest(topic, lessons)
    for told in second:
        if told.belongs is None:
            continue
        opinion = judge(model, told.traits)
        taken = stands(opinion, taken=told.share > 0)
        for each in counts:
            each.note(taken, told.belongs, asked=opinion.word == Say.ASK)
    return sum(each.decided for each in lessons)


def _wordly(told: HeadlineTold) -> HeadlineTold:
    return replace(told, traits=replace(told.traits, meaning=None))


def ten_minutes(
    topic: str, headlines: Sequence[HeadlineTold], before: Sequence[Lesson]
) -> list[Lesson]:
    """What the scripted editor says of ``headlines``, in order, and what is assumed of the rest."""
    said: dict[int, Lesson] = {}

    def say(at: int) -> None:
        told = headlines[at]
        if told.belongs is not None and len(said) < DECISIONS:
            said[at] = Lesson(told.traits, told.belongs)

    for at, told in enumerate(headlines):
        if told.belongs or told.share > 0:
            say(at)
    while len(said) < DECISIONS:
        model = learn_deepest(topic, _with_the_rest(headlines, said, before))
        open_to = [
            (abs(judge(model, told.traits).probability - 0.5), at)
            for at, told in enumerate(headlines)
            if at not in said and told.belongs is not None
        ]
        if not open_to:
            break
        for _, at in sorted(open_to)[:ASKED_AT_ONCE]:
            say(at)
    return _with_the_rest(headlines, said, before)


def _with_the_rest(
    headlines: Sequence[HeadlineTold], said: Mapping[int, Lesson], before: Sequence[Lesson]
) -> list[Lesson]:
    rest = [
        assumed(told.traits)
        for at, told in enumerate(headlines)
        if at not in said and not told.share
    ]
    return [*(said[at] for at in sorted(said)), *rest, *before]


def _classes() -> dict[str, tuple[list[HeadlineTold], list[HeadlineTold]]]:
    """By topic, the headlines to be taught with and to be judged by."""
    rows = fresh_headlines()
    read = _HeadlineReader()
    _, places_of = places()
    seen = [
        read(
            Filing(ArticleText(each.title, each.text, each.lang, (each.source,)), (each.section,)),
            place,
        )
        for each, place in zip(rows, places_of, strict=True)
    ]
    made: dict[str, tuple[list[HeadlineTold], list[HeadlineTold]]] = {}
    for topic in sample_topics():
        first, second = made.setdefault(topic.slug, ([], []))
        for row, found in zip(rows, seen, strict=True):
            belongs = None if topic.slug in row.either else topic.slug in row.topics
            told = HeadlineTold(found, found.values.get(f"t:{topic.slug}", 0.0), belongs)
            (first if row.at < TAUGHT_UNTIL else second).append(told)
    return made


@cache
def examples() -> tuple[TopicExample, ...]:
    """The sample's examples with their features."""
    read = _HeadlineReader()
    return tuple(
        TopicExample(
            row.topic, row.belongs, read(Filing(ArticleText(row.title, row.text, row.lang)), place)
        )
        for row, place in zip(labelled_examples(), places()[0], strict=True)
    )


class _HeadlineReader:
    """Reads a report's features with the sample's queries and aliases."""

    def __init__(self) -> None:
        aliases = parse_aliases(sample_aliases().splitlines())
        self._topics = Matcher(
            {each.slug: expand(parse(each.query), aliases) for each in sample_topics()}
        )
        self._names = matcher_of_names(aliases)

    def __call__(self, report: Filing, place: Meaning) -> Traits:
        words = ArticleWords(report.reading)
        things = matcher_of_things().match_words(words) | self._names.match_words(words)
        topics = dict.fromkeys(self._topics.match_words(words), 1.0)
        return traits([report], things, place).under(topics)
