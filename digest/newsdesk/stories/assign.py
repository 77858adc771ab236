"""Put articles into stories: what came in since the last time, in the order it was published."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, Max, OuterRef, Q
from django.db.models.functions import Left

from digest.intake.articles.models import Article
from digest.kit import wake
from digest.newsdesk.stories import memory
from digest.newsdesk.stories.clustering.features import TEXT_LIMIT
from digest.newsdesk.stories.clustering.labels import Moved, Placed
from digest.newsdesk.stories.models import Story, StoryArticle
from digest.newsdesk.stories.refresh import refresh
from digest.newsdesk.stories.rename import carry_names
from digest.newsdesk.stories.shard_lock import SHARD, take_turn
from digest.newsdesk.stories.text.forms import is_collection

# Articles are looked for this far below the newest one assigned: a slow transaction may commit
# lower ids later. A process that starts looks at all.
_STRAGGLERS = 20_000

# Copies go where their original goes, unless an editor placed them.
_MOVE_COPIES = """
UPDATE digest_story_article AS member SET story_id = moved.story, tagged_at = NULL
FROM unnest(%s::bigint[], %s::bigint[]) AS moved (article, story)
JOIN digest_article AS copy ON copy.duplicate_of_id = moved.article
WHERE member.article_id = copy.id AND member.assigned_by = 'rule'
"""
_MOVE = """
UPDATE digest_story_article AS member SET story_id = moved.story, tagged_at = NULL
FROM unnest(%s::bigint[], %s::bigint[]) AS moved (article, story)
WHERE member.article_id = moved.article
"""
_SCORE = """
UPDATE digest_story_article AS member SET score = moved.score
FROM unnest(%s::bigint[], %s::float8[]) AS moved (article, score)
WHERE member.article_id = moved.article
"""
_LEAD_ON = """
UPDATE digest_story AS story SET merged_into_id = went.target
FROM unnest(%s::bigint[], %s::bigint[]) AS went (story, target) WHERE story.id = went.story
"""
_LEAD_FURTHER = """
UPDATE digest_story AS story SET merged_into_id = went.target
FROM unnest(%s::bigint[], %s::bigint[]) AS went (story, target)
WHERE story.merged_into_id = went.story
"""


@dataclass(frozen=True, slots=True)
class Assigned:
    """The articles placed, and every story that gained, lost or was founded or merged.

    One that was founded and emptied within the step never was.
    """

    article_ids: tuple[int, ...] = ()
    story_ids: tuple[int, ...] = ()


@dataclass(slots=True)
class _Decisions:
    """What one step will write, by article."""

    placed: list[Placed] = field(default_factory=list)
    sequence: dict[int, int] = field(default_factory=dict)
    label: dict[int, int] = field(default_factory=dict)
    left: dict[int, Counter[int]] = field(default_factory=dict)
    score: dict[int, float] = field(default_factory=dict)

    def place(self, sequence: int, placed: Placed) -> None:
        self.placed.append(placed)
        self.sequence[placed.article] = sequence
        self.label[placed.article] = placed.story
        self.score[placed.article] = placed.score

    def move(self, moves: Iterable[Moved]) -> None:
        for moved in moves:
            self.label[moved.article] = moved.after
            self.score[moved.article] = moved.score
            self.left.setdefault(moved.before, Counter())[moved.article] += 1

    @property
    def stories(self) -> set[int]:
        founded = {each.story for each in self.placed}
        return founded | set(self.label.values()) | self.left.keys()


def assign(*, now: datetime, limit: int = 500, mend: bool = False) -> Assigned:
    """Place up to ``limit`` articles that have no story yet, and mend labels of the last days.

    Labels are mended in a rhythm of the stream's own; with ``mend``, also now, if anything came in
    since: before an edition is made of them.

    One at a time per shard: a second caller waits its turn on an advisory lock, then finds less to
    do. Wakes "tag" and "watch". Editors' links are obeyed before anything else.
    """
    with transaction.atomic():
        take_turn(SHARD)
        remembered = memory.take(SHARD)
        decisions = _Decisions()
        _obey_editors(remembered, decisions)
        pending = _pending(remembered, limit)
        _decide(remembered, pending, decisions)
        if mend and remembered.clusterer.touched:
            decisions.move(remembered.clusterer.repair())
        if not decisions.label:
            return Assigned()
        stories = _write(decisions, {article.pk: article for article in pending}, now)
        wake.on_commit("tag")
        wake.on_commit("watch")
        return Assigned(tuple(each.article for each in decisions.placed), tuple(sorted(stories)))


def _obey_editors(remembered: memory.Memory, decisions: _Decisions) -> None:
    """Follow what editors changed since the last step: links, and labels they set themselves."""
    clusterer = remembered.clusterer
    seen = memory.links_seen()
    if seen != remembered.links_seen:
        remembered.links_seen = seen
        clusterer.links = memory.links()
        rows = StoryArticle.objects.filter(article_id__in=list(clusterer.story_of))
        for article, story, by in rows.values_list("article_id", "story_id", "assigned_by"):
            clusterer.relabel(article, story, fixed=by == StoryArticle.By.EDITOR)
    elif not remembered.fresh:
        return
    decisions.move(clusterer.settle())


def _pending(remembered: memory.Memory, limit: int) -> list[Any]:
    """Articles without a story, originals before their copies, oldest first.

    Each with as much of its text as is read, in ``beginning``. Tickers, round-ups and galleries
    stay without one: each tells of many events, and would bring their stories together.
    """
    waiting = Article.objects.filter(
        ~Exists(StoryArticle.objects.filter(article=OuterRef("pk"))), withdrawn_at__isnull=True
    )
    if not remembered.fresh:
        newest = StoryArticle.objects.aggregate(newest=Max("article_id"))["newest"] or 0
        waiting = waiting.filter(pk__gt=newest - _STRAGGLERS)
        passed = {each for each in remembered.passed_over if each > newest - _STRAGGLERS}
        remembered.passed_over = passed
        waiting = waiting.exclude(pk__in=passed)
    read = ("title", "summary", "language", "source", "published_at", "duplicate_of")
    waiting = waiting.only(*read).annotate(beginning=Left("text", TEXT_LIMIT))
    found: list[Any] = []
    for article in waiting.order_by("published_at", "pk").iterator(chunk_size=limit):
        if is_collection(article.title):
            remembered.passed_over.add(article.pk)
            continue
        found.append(article)
        if len(found) == limit:
            break
    return sorted(found, key=lambda each: each.duplicate_of_id is not None)


def _decide(remembered: memory.Memory, pending: Sequence[Any], decisions: _Decisions) -> None:
    clusterer = remembered.clusterer
    wanted = {each.duplicate_of_id for each in pending if each.duplicate_of_id is not None}
    homes = dict(
        StoryArticle.objects.filter(article_id__in=wanted).values_list("article_id", "story_id")
    )
    followers: dict[int, int] = {}
    coming = {
        each.pk: memory.arrival(each, each.beginning)
        for each in pending
        if each.duplicate_of_id is None
    }
    clusterer.formulaic.foresee(coming.values())
    for article in pending:
        original = article.duplicate_of_id
        home = decisions.label.get(original, homes.get(original)) if original else None
        number = clusterer.counted
        if original and home is not None:
            clusterer.skip_to(number + 1)
            decisions.place(number, Placed(article.pk, home, 1.0, founded=False))
            followers[article.pk] = original
        else:
            arrival = coming.get(article.pk) or memory.arrival(article, article.beginning)
            decisions.place(number, clusterer.arrive(arrival))
            if clusterer.repair_due():
                decisions.move(clusterer.repair())
        remembered.stamp = (number, article.pk)
    for copy, original in followers.items():
        decisions.label[copy] = decisions.label.get(original, decisions.label[copy])


def _write(decisions: _Decisions, articles: dict[int, Article], now: datetime) -> set[int]:
    """Write what was decided; the stories that it concerns."""
    stories = _found(decisions, articles, now)
    placed = {each.article for each in decisions.placed}
    StoryArticle.objects.bulk_create(
        StoryArticle(
            article_id=each.article,
            story_id=decisions.label[each.article],
            first_story_id=each.story,
            score=decisions.score[each.article],
            sequence=decisions.sequence[each.article],
            shard=SHARD,
            assigned_at=now,
        )
        for each in decisions.placed
    )
    moved = {article: label for article, label in decisions.label.items() if article not in placed}
    _lock(moved, decisions.left)
    _move(moved, decisions.score)
    # A story that lost a member is weighed against its topics again.
    StoryArticle.objects.filter(story_id__in=decisions.left).update(tagged_at=None)
    refresh(stories)
    _merge_emptied(decisions)
    return stories


def _found(decisions: _Decisions, articles: dict[int, Article], now: datetime) -> set[int]:
    """Insert the stories that are new; what they say follows once their members stand.

    All that have a row now.
    """
    founders = {each.story: articles[each.article] for each in reversed(decisions.placed)}
    known = set(Story.objects.filter(id__in=decisions.stories).values_list("id", flat=True))
    new = []
    held = set(decisions.label.values())
    for label in sorted(held - known):
        founder = founders.get(label)
        at = founder.published_at if founder else now
        headline = founder.title if founder else ""
        new.append(Story(id=label, headline=headline, first_at=at, last_at=at, shard=SHARD))
    Story.objects.bulk_create(new)
    return held | known


def _lock(moved: Iterable[int], left: Iterable[int]) -> None:
    """Lock the rows that will change, by id, as everybody does: two orders are a deadlock."""
    moved, left = list(moved), list(left)
    touched = Q(article_id__in=moved) | Q(article__duplicate_of__in=moved) | Q(story_id__in=left)
    rows = StoryArticle.objects.select_for_update(no_key=True, of=("self",)).filter(touched)
    list(rows.order_by("id").values_list("id", flat=True))


def _move(moved: dict[int, int], score: Mapping[int, float]) -> None:
    """Change labels that stand in the database already; copies go where their original goes."""
    _pairwise(_MOVE_COPIES, moved)
    _pairwise(_MOVE, moved)
    _pairwise(_SCORE, {article: score[article] for article in moved})


def _merge_emptied(decisions: _Decisions) -> None:
    """A story that nobody is left in leads on to where most of its articles went."""
    emptied = Story.objects.filter(id__in=decisions.left, members__isnull=True)
    targets: dict[int, int] = {}
    for story in emptied.order_by("id").values_list("id", flat=True):
        went = Counter(decisions.label[article] for article in decisions.left[story])
        targets[story] = went.most_common(1)[0][0]
    if named := carry_names(targets):
        refresh(named)
    _pairwise(_LEAD_ON, targets)
    _pairwise(_LEAD_FURTHER, targets)


def _pairwise(statement: str, pairs: Mapping[int, float]) -> None:
    """Run a statement over all keys and values at once."""
    if pairs:
        with connection.cursor() as cursor:
            cursor.execute(statement, [list(pairs), list(pairs.values())])
