"""What of articles and stories is held against topics, and how much of a story each one matches."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import numpy as np
from django.db.models import F, Max, Window
from django.db.models.functions import Left, RowNumber

from digest.intake.articles.models import Article
from digest.newsdesk.stories.models import StoryArticle
from digest.newsdesk.topics.compiled import aliases
from digest.newsdesk.topics.models import ArticleTopic, StoryPlace, Topic
from digest.newsdesk.topics.query.analysis import ArticleText, ArticleWords
from digest.newsdesk.topics.query.share import Voice, share
from digest.newsdesk.topics.teaching.features import ARTICLES, Filing, Meaning, Traits, traits
from digest.newsdesk.topics.teaching.things import matcher_of_names, matcher_of_things

TEXT_LIMIT = 1_500
"""How much of a text says what it is about. What stands further down is mentioned in passing: of 88
topics that real feeds' long texts had by it, fifty were read and three at most were right."""
READ = tuple(
    f"article__{name}" for name in ("title", "summary", "text", "language", "source", "agency")
)
"""The columns of an article that :func:`reading` looks at; some others are as long as a page."""
SECTIONS = 6
"""How many of an article's categories are looked at."""

Shares = dict[tuple[int, int], float]
"""By (story, topic), the share of the story's articles, by weight, that match the topic."""


def reading(article: Article) -> ArticleText:
    """What of an article its topics are matched against."""
    told = (article.title, article.summary, article.text, article.language)
    return _reading(*told, article.source, article.agency)


def _reading(
    title: str, summary: str, text: str, language: str, source: str, agency: str
) -> ArticleText:
    names = tuple(name for name in (source, agency) if name)
    return ArticleText(title, f"{summary}\n{text}"[:TEXT_LIMIT], language, names)


def shares(story_ids: Iterable[int]) -> Shares:
    """How much of each story each topic's query matches; pairs without a match are left out."""
    members: dict[int, list[Voice]] = defaultdict(list)
    rows = StoryArticle.objects.filter(story_id__in=story_ids)
    rows = rows.annotate(weight=Max("article__sightings__feed__weight"))
    columns = ("story_id", "article_id", "article__duplicate_of_id", "weight")
    for story, article, original, weight in rows.values_list(*columns):
        members[story].append(
            Voice(article, 1.0 if weight is None else weight, original is not None)
        )
    home = {voice.article: story for story, voices in members.items() for voice in voices}
    matched: dict[tuple[int, int], set[int]] = defaultdict(set)
    found = ArticleTopic.objects.filter(article_id__in=home)
    for article, topic in found.values_list("article_id", "topic_id"):
        matched[home[article], topic].add(article)
    return {pair: share(members[pair[0]], articles) for pair, articles in matched.items()}


def traits_of(story_ids: Collection[int]) -> dict[int, Traits]:
    """The features of stories, out of their first reports, but for the topics they fall under.

    A millisecond or more a story: never call it while stories are locked.
    """
    things, names = matcher_of_things(), matcher_of_names(aliases())
    made = {}
    places = _places(story_ids)
    for story, reports in _reports(story_ids).items():
        spoken_of: set[str] = set()
        for report in reports:
            words = ArticleWords(report.reading)
            spoken_of |= things.match_words(words) | names.match_words(words)
        made[story] = traits(reports, sorted(spoken_of), places.get(story))
    return made


def _places(story_ids: Iterable[int]) -> dict[int, Meaning]:
    rows = StoryPlace.objects.filter(story_id__in=story_ids)
    return {
        story: Meaning(made_by, np.frombuffer(bytes(place), "<f2").astype(np.float32))
        for story, made_by, place in rows.values_list("story_id", "made_by", "place")
    }


def beside_topics(
    features: Mapping[int, Traits], found: Mapping[tuple[int, int], float]
) -> dict[int, Traits]:
    """The same with how much of each story the topics' queries match; from :func:`shares`."""
    slugs = dict(Topic.objects.values_list("pk", "slug"))
    topics: dict[int, dict[str, float]] = defaultdict(dict)
    for (story, topic), part in found.items():
        topics[story][slugs[topic]] = part
    return {story: each.under(topics[story]) for story, each in features.items()}


def _reports(story_ids: Iterable[int]) -> dict[int, list[Filing]]:
    """The first reports of each story."""
    found: dict[int, list[Filing]] = defaultdict(list)
    first = Window(RowNumber(), partition_by=F("story_id"), order_by=F("id").asc())
    rows = StoryArticle.objects.filter(story_id__in=story_ids).annotate(place=first)
    rows = rows.filter(place__lte=ARTICLES).order_by("story_id", "place")
    title, summary, text, *names = READ
    begun = Left(summary, TEXT_LIMIT), Left(text, TEXT_LIMIT)
    told = rows.values_list("story_id", "article__categories", title, *begun, *names)
    for story, categories, *columns in told:
        found[story].append(Filing(_reading(*columns), _sections(categories)))
    return found


def _sections(categories: Any) -> tuple[str, ...]:
    given = categories if isinstance(categories, list) else []
    return tuple(name for name in given if isinstance(name, str) and len(name) < 60)[:SECTIONS]
