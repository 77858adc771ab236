"""Entries become articles: the step between a feed and the newsdesk."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from django.db import transaction
from django.db.models import Case, Q, When

from digest.intake.articles.core import canonical, endings
from digest.intake.articles.core.copies import all_fingerprints
from digest.intake.articles.core.outlet import plain_name
from digest.intake.articles.core.prepare import Origin, Prepared, prepare
from digest.intake.articles.fingerprints import index_fingerprints
from digest.intake.articles.link import link_copies
from digest.intake.articles.models import Article, ArticleRevision, Page, Sighting
from digest.intake.articles.outlets import known_outlets
from digest.intake.articles.store import article_ids, store_articles, store_sightings
from digest.intake.articles.withdraw import withdraw
from digest.intake.feeds.formats.entries import Parsed
from digest.intake.feeds.models import Feed, FeedMemory
from digest.kit import wake

_LIVING = ["title", "summary", "text", "author", "agency", "image_url", "image_alt",
           "image_credit", "categories"]  # fmt: skip
_BY_AGGREGATOR = Q()
for _start in canonical.AGGREGATORS:
    _BY_AGGREGATOR |= Q(entry_url__startswith=_start)


@dataclass(frozen=True, slots=True)
class Ingested:
    """Ids of articles never seen before, and of those whose words changed; ``entries`` read."""

    new_article_ids: tuple[int, ...]
    changed_article_ids: tuple[int, ...]
    entries: int


def ingest(feed_id: int, parsed: Parsed, *, now: datetime) -> Ingested:
    """Store what a feed showed: articles, sightings, and revisions where words changed; what its
    publisher deleted is withdrawn.

    An article that several feeds carry is one row with a sighting each; its words follow the
    living feed that showed it first, so that two outlets' wordings do not take turns. The number
    of queries does not grow with the number of entries. Repeating it changes nothing, and two
    pollers at once agree: keys are inserted in one order, ON CONFLICT DO NOTHING, and rows are
    locked before they change. Raises Feed.DoesNotExist when the feed is gone.
    """
    feed = Feed.objects.select_related("memory").get(pk=feed_id)
    memory = getattr(feed, "memory", None)
    about = parsed.about
    site = feed.site_url or about.site_url or feed.url
    named = plain_name(feed.title or about.title, site)
    outlet = feed.source or named
    language = feed.language or parsed.about.language
    ends = memory.last_words if memory else []
    origin = Origin(feed.url, outlet, language, known_outlets(parsed.entries), ends)
    prepared = prepare(parsed.entries, origin, now)
    with transaction.atomic():
        known = _known(feed_id, prepared)
        unseen = [each for each in prepared if each.entry_key not in known]
        moved = [each for each in prepared if _differs(each, known.get(each.entry_key))]
        shown = frozenset(each.entry_key for each in prepared)
        new, outdone = _store(feed_id, unseen, shown, now) if unseen else ((), [])
        _remember_ends(feed_id, ends, unseen)
        known |= _known(feed_id, outdone)
        moved += outdone
        changed = _change(feed_id, moved, known, now) if moved else ()
        if parsed.deleted:
            withdraw(feed_id, [each.ref for each in parsed.deleted], now=now)
        if feed.full_text and (new or changed):
            _ask_for_pages(new, changed, now)
        if new or changed:
            index_fingerprints([*new, *changed])
            # After the commit: copies that others store at the same time must see each other.
            link = partial(link_copies, [*new, *changed], now=now)
            transaction.on_commit(link, robust=True)
    return Ingested(new, changed, len(parsed.entries))


def _remember_ends(feed_id: int, before: Sequence[str], unseen: Sequence[Prepared]) -> None:
    """Of new items alone: one that is changed every minute would outvote all others."""
    kept = endings.remembered(before, (each.last_words for each in unseen))
    if kept != before:
        FeedMemory.objects.bulk_create(
            [FeedMemory(feed_id=feed_id, last_words=kept)],
            update_conflicts=True,
            unique_fields=["feed"],
            update_fields=["last_words"],
        )


def _known(feed_id: int, prepared: Sequence[Prepared]) -> dict[bytes, Sighting]:
    keys = [each.entry_key for each in prepared]
    sightings = Sighting.objects.filter(feed_id=feed_id, entry_key__in=keys)
    return {bytes(sighting.entry_key): sighting for sighting in sightings}


def _differs(each: Prepared, sighting: Sighting | None) -> bool:
    return sighting is not None and bytes(sighting.entry_hash) != each.entry_hash


def _store(
    feed_id: int, unseen: Sequence[Prepared], shown: frozenset[bytes], now: datetime
) -> tuple[tuple[int, ...], list[Prepared]]:
    """The ids of new articles, and the entries whose words others told before them.

    Those are what an aggregator told before its outlet did, and what this feed shows under a new
    identifier, the old one being gone from it: a correction. ``shown`` are the document's keys.
    """
    unseen = _rejoined(unseen)
    wanted: dict[bytes, Prepared] = {}
    for each in unseen:
        first = wanted.setdefault(each.url_hash, each)
        if each.is_version and each.published_at > first.published_at:
            wanted[each.url_hash] = each
    # One order for everybody: two pollers with the same articles wait, and never for each other.
    new = store_articles([wanted[key] for key in sorted(wanted)], now)
    ids = article_ids(list(wanted))
    old = [each for each in wanted.values() if ids.get(each.url_hash, 0) not in (0, *new)]
    corrected = _corrected(feed_id, [ids[each.url_hash] for each in old], shown)
    store_sightings(feed_id, sorted(unseen, key=lambda each: each.entry_key), ids, now)
    passed_on = _passed_on([ids[each.url_hash] for each in old if each.text])
    return tuple(sorted(new)), [
        each for each in old
        if (each.text and ids[each.url_hash] in passed_on)
        or corrected.get(ids[each.url_hash], False) or (
            each.is_version and ids[each.url_hash] in corrected
        )
    ]  # fmt: skip


def _rejoined(unseen: Sequence[Prepared]) -> Sequence[Prepared]:
    """An entry whose address others have come to share keeps the article it has had."""
    shared = {each.shared_hash for each in unseen if each.shared_hash}
    if not shared:
        return unseen
    titles = dict(Article.objects.filter(url_hash__in=shared).values_list("url_hash", "title"))
    titles = {bytes(url_hash): title for url_hash, title in titles.items()}
    return [
        replace(each, url_hash=each.shared_hash)
        if each.shared_hash and titles.get(each.shared_hash) == each.title
        else each
        for each in unseen
    ]  # fmt: skip


def _corrected(
    feed_id: int, article_ids: Sequence[int], shown: frozenset[bytes]
) -> dict[int, bool]:
    """Those of the articles that this feed showed before; whether under keys that are all gone."""
    if not article_ids:
        return {}
    sightings = Sighting.objects.filter(feed_id=feed_id, article_id__in=article_ids)
    found: dict[int, bool] = {}
    for pk, key in sightings.values_list("article_id", "entry_key"):
        found[pk] = found.get(pk, True) and bytes(key) not in shown
    return found


def _passed_on(article_ids: Sequence[int]) -> set[int]:
    """Those of the articles that an aggregator's feed showed."""
    if not article_ids:
        return set()
    sightings = Sighting.objects.filter(_BY_AGGREGATOR, article_id__in=article_ids)
    return set(sightings.values_list("article_id", flat=True))


def _change(
    feed_id: int, moved: Sequence[Prepared], known: dict[bytes, Sighting], now: datetime
) -> tuple[int, ...]:
    """Let the articles follow their entries; the words that were stay as a revision."""
    by_article: dict[int, Prepared] = {}
    leading = _leading([known[each.entry_key].article_id for each in moved])
    for each in moved:
        sighting = known[each.entry_key]
        sighting.entry_hash = each.entry_hash
        if leading.get(sighting.article_id) == feed_id:
            by_article[sighting.article_id] = each
    # NO KEY: a foreign key to the row, which another poller's sighting may hold, is no conflict.
    articles = list(
        Article.objects.select_for_update(no_key=True).filter(pk__in=by_article).order_by("pk")
    )
    # What was read on the article's own page is not given up for the feed's few lines.
    read = Q(page__read_at__isnull=False)
    whole = dict(Article.objects.filter(read, pk__in=by_article).values_list("pk", "text"))
    revisions, changed = [], []
    for article in articles:
        each = by_article[article.pk]
        if bytes(article.content_hash) != each.content_hash:
            revisions.append(_revision(article, now))
            changed.append(article.pk)
            article.revision += 1
            article.content_hash = each.content_hash
            article.updated_at = now
        for name in _LIVING:
            setattr(article, name, getattr(each, name))
        article.categories = list(each.categories)
        article.text = max(each.text, whole.get(article.pk, ""), key=len)
        article.fingerprints = all_fingerprints(article.title, article.text)
        article.withdrawn_at = None
    ArticleRevision.objects.bulk_create(revisions, ignore_conflicts=True)
    Article.objects.bulk_update(
        articles,
        [*_LIVING, "revision", "content_hash", "updated_at", "fingerprints", "withdrawn_at"],
        batch_size=200,
    )
    Sighting.objects.bulk_update(
        sorted((known[each.entry_key] for each in moved), key=lambda sighting: sighting.pk),
        ["entry_hash"],
        batch_size=500,
    )
    return tuple(changed)


def _ask_for_pages(new: Sequence[int], changed: Sequence[int], now: datetime) -> None:
    """Leave word that the articles' own pages are to be read, by a run of its own."""
    Page.objects.bulk_create(
        [Page(article_id=pk, due_at=now) for pk in (*new, *changed)], ignore_conflicts=True
    )
    Page.objects.filter(article_id__in=changed).update(due_at=now, attempts=0)
    wake.on_commit("pages")


def _leading(article_ids: Sequence[int]) -> dict[int, int]:
    """By article, the feed that is still read and showed it first, an aggregator last of all.

    The feed, not its entry: a correction may come under an identifier of its own.
    """
    sightings = Sighting.objects.filter(article_id__in=article_ids).exclude(
        feed__state=Feed.State.RETIRED
    )
    rows = sightings.annotate(by_aggregator=Case(When(_BY_AGGREGATOR, then=1), default=0))
    found: dict[int, int] = {}
    for article, feed in rows.order_by("by_aggregator", "pk").values_list("article_id", "feed_id"):
        found.setdefault(article, feed)
    return found


def _revision(article: Article, now: datetime) -> ArticleRevision:
    return ArticleRevision(
        article=article,
        revision=article.revision,
        title=article.title,
        summary=article.summary,
        text=article.text,
        replaced_at=now,
    )
