"""One event in several languages, joined as an editor would join it.

Finding such pairs is the work of :mod:`~digest.newsdesk.stories.cross`, which a newsroom may switch
on; the sample's are known, so that its digests can show what readers of one language get.
"""

from collections import defaultdict
from datetime import datetime

from digest.demo import newsroom
from digest.intake.articles.models import Article
from digest.kit import wake
from digest.newsdesk.stories.models import StoryArticle, StoryLink


def link_languages(*, now: datetime) -> frozenset[tuple[int, int]]:
    """Link the reports of each event with the first of it in another language than their own.

    Returns the pairs; doing it twice changes nothing. Wakes "assign", which follows them.
    """
    stored = {url.rpartition("/")[2].partition("?")[0]: pk for pk, url in _stored()}
    told: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for each in sorted(newsroom.articles(), key=lambda each: -each.minutes_ago):
        if each.id in stored:
            told[each.event].append((each.lang, stored[each.id]))
    pairs = frozenset(
        (min(article, other), max(article, other))
        for reports in told.values()
        for language, article in reports
        for other in [next((pk for spoken, pk in reports if spoken != language), None)]
        if other is not None
    )
    StoryLink.objects.bulk_create(
        [
            StoryLink(article_id=one, other_id=other, kind=StoryLink.Kind.MUST, at=now)
            for one, other in sorted(pairs)
        ],
        ignore_conflicts=True,
    )
    wake.call("assign")
    return pairs


def are_joined(pairs: frozenset[tuple[int, int]]) -> bool:
    """Whether both of every pair are in one story by now."""
    ids = {article for pair in pairs for article in pair}
    story = dict(StoryArticle.objects.filter(article__in=ids).values_list("article_id", "story_id"))
    return all(story.get(one) == story.get(other) is not None for one, other in pairs)


def _stored() -> list[tuple[int, str]]:
    return list(Article.objects.filter(duplicate_of=None).values_list("pk", "url"))
