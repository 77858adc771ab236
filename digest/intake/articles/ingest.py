"""Entries become articles: the step between a feed and the newsdesk."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from django.db import transaction
from django.db.models import Case, Q, When

from digest.intake.articles.core import agencies, canonical, endings
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
# One look-up in the index for each pair, however many there are.
_SIGHTED = """
SELECT sighting.* FROM unnest(%s::bigint[], string_to_array(%s, ',')) AS shown (feed_id, entry_key)
CROSS JOIN LATERAL (
    SELECT * FROM digest_sighting s
    WHERE s.feed_id = shown.feed_id AND s.entry_key = decode(shown.entry_key, 'hex')
    OFFSET 0
) AS sighting
"""
_BY_AGGREGATOR = Q()
for _start in canonical.AGGREGATORS:
    _BY_AGGREGATOR |= Q(entry_url__startswith=_start)


@dataclass(frozen=True, slots=True)
class Ingested:
    """Ids of articles never seen before, and of those whose words changed; ``entries`` read."""

    new_article_ids: tuple[int, ...]
    changed_article_ids: tuple[int, ...]
    entries: int


@dataclass(slots=True)
class _Shown:
    """What one feed shows, on its way into the tables."""

    feed: Feed
    parsed: Parsed
    ends: list[str]
    credited: dict[str, int]
    prepared: list[Prepared]
    known: dict[bytes, Sighting] = field(default_factory=dict)
    unseen: Sequence[Prepared] = ()
    moved: list[Prepared] = field(default_factory=list)
    # By the article's identity, what is to be stored of the unseen.
    wanted: dict[bytes, Prepared] = field(default_factory=dict)
    new: tuple[int, ...] = ()
    changed: tuple[int, ...] = ()


def ingest(feed_id: int, parsed: Parsed, *, now: datetime) -> Ingested:
    """As :func:`ingest_all`, of one feed."""
    (done,) = ingest_all([(feed_id, parsed)], now=now)
    assert done is not None
    return done


def ingest_all(
    documents: Sequence[tuple[int, Parsed]], *, now: datetime
) -> tuple[Ingested | None, ...]:
    """Store what feeds showed: articles, sightings, and revisions where words changed; what their
    publishers deleted is withdrawn. All of it, or nothing.

    An article that several feeds carry is one row with a sighting each; its words follow the
    living feed that showed it first, so that two outlets' wordings do not take turns. The number
    of queries grows neither with the number of entries nor, while nothing changed, with that of
    feeds. Repeating it changes nothing, and two pollers at once agree: keys are inserted in one
    order, ON CONFLICT DO NOTHING, and rows are locked in one order, after that, before they
    change.

    None for a feed that has to wait for its turn, which is another call: it shows an article that
    one before it shows too. The first has no reason to wait. Raises Feed.DoesNotExist when a feed
    is gone.
    """
    prepared = _prepared(documents, now)
    taken = _apart(prepared)
    with transaction.atomic(savepoint=False):
        _tell_apart(taken)
        outdone = _store_unseen(taken, now)
        _remember_words(taken)
        for each in taken:
            each.moved += outdone.get(each.feed.pk, [])
        _lock_moved(taken)
        for each in taken:
            _finish(each, now)
        touched = [pk for each in taken for pk in (*each.new, *each.changed)]
        if touched:
            index_fingerprints(touched)
            # After the commit: copies that others store at the same time must see each other.
            transaction.on_commit(partial(link_copies, touched, now=now), robust=True)
    done = {id(each) for each in taken}
    return tuple(
        Ingested(each.new, each.changed, len(each.parsed.entries)) if id(each) in done else None
        for each in prepared
    )


def _prepared(documents: Sequence[tuple[int, Parsed]], now: datetime) -> list[_Shown]:
    feeds = Feed.objects.select_related("memory").in_bulk([pk for pk, _ in documents])
    outlets = known_outlets(entry for _, parsed in documents for entry in parsed.entries)
    found = []
    for pk, parsed in documents:
        if pk not in feeds:
            raise Feed.DoesNotExist
        feed, about = feeds[pk], parsed.about
        memory = getattr(feed, "memory", None)
        named = plain_name(feed.title or about.title, feed.site_url or about.site_url or feed.url)
        ends = memory.last_words if memory else []
        credited = dict(memory.credited) if memory else {}
        language = feed.language or about.language
        origin = Origin(feed.url, feed.source or named, language, outlets, ends, credited)
        found.append(_Shown(feed, parsed, ends, credited, prepare(parsed.entries, origin, now)))
    return found


def _apart(prepared: Sequence[_Shown]) -> list[_Shown]:
    """Those of the feeds that have no article in common, the first of them always; one alone
    whose publisher deleted something, since withdrawing locks what it finds."""
    taken: list[_Shown] = []
    held: set[bytes] = set()
    for each in prepared:
        mine = {key for one in each.prepared for key in (one.url_hash, one.shared_hash) if key}
        alone = each.parsed.deleted or any(other.parsed.deleted for other in taken)
        if taken and (alone or mine & held):
            continue
        taken.append(each)
        held |= mine
    return taken


def _tell_apart(taken: Sequence[_Shown]) -> None:
    """Which entries are new, and which differ from what was seen."""
    known = _known([(each.feed.pk, one.entry_key) for each in taken for one in each.prepared])
    for each in taken:
        each.known = known.get(each.feed.pk, {})
        each.unseen = [one for one in each.prepared if one.entry_key not in each.known]
        each.moved = [one for one in each.prepared if _differs(one, each.known.get(one.entry_key))]


def _finish(shown: _Shown, now: datetime) -> None:
    """What is one feed's own: changed words, deletions, pages to be read."""
    feed = shown.feed
    if shown.moved:
        shown.changed = _change(feed.pk, shown.moved, shown.known, now)
    if shown.parsed.deleted:
        withdraw(feed.pk, [each.ref for each in shown.parsed.deleted], now=now)
    if feed.full_text and (shown.new or shown.changed):
        _ask_for_pages(shown.new, shown.changed, now)


def _lock_moved(taken: Sequence[_Shown]) -> None:
    """In one order for everybody. One feed's are locked where they change."""
    if sum(1 for each in taken if each.moved) > 1:
        ids = {each.known[one.entry_key].article_id for each in taken for one in each.moved}
        rows = Article.objects.select_for_update(no_key=True).filter(pk__in=ids)
        list(rows.order_by("pk").values_list("pk"))


def _remember_words(taken: Sequence[_Shown]) -> None:
    """Of new items alone: one that is changed every minute would outvote all others."""
    changed = []
    for each in sorted(taken, key=lambda shown: shown.feed.pk):
        ends = endings.remembered(each.ends, (one.last_words for one in each.unseen))
        names = [name for one in each.unseen for name in one.offered]
        credited = agencies.remembered(each.credited, names) if names else each.credited
        if (ends, list(credited.items())) != (each.ends, list(each.credited.items())):
            changed.append(
                FeedMemory(feed_id=each.feed.pk, last_words=ends, credited=list(credited.items()))
            )
    if changed:
        FeedMemory.objects.bulk_create(
            changed,
            update_conflicts=True,
            unique_fields=["feed"],
            update_fields=["last_words", "credited"],
        )


def _known(keys: Sequence[tuple[int, bytes]]) -> dict[int, dict[bytes, Sighting]]:
    """By feed, the sightings under these keys."""
    if not keys:
        return {}
    # As one text: an array of bytes costs the client several times what it costs the server.
    feeds, entries = [feed for feed, _ in keys], ",".join(key.hex() for _, key in keys)
    found: dict[int, dict[bytes, Sighting]] = {}
    for sighting in Sighting.objects.raw(_SIGHTED, [feeds, entries]):
        found.setdefault(sighting.feed_id, {})[bytes(sighting.entry_key)] = sighting
    return found


def _differs(each: Prepared, sighting: Sighting | None) -> bool:
    return sighting is not None and bytes(sighting.entry_hash) != each.entry_hash


def _store_unseen(taken: Sequence[_Shown], now: datetime) -> dict[int, list[Prepared]]:
    """Insert what is unseen; by feed, the entries whose words others told before them.

    Those are what an aggregator told before its outlet did, and what this feed shows under a new
    identifier, the old one being gone from it: a correction.
    """
    for each in taken:
        each.unseen = _rejoined(each.unseen)
        for one in each.unseen:
            first = each.wanted.setdefault(one.url_hash, one)
            if one.is_version and one.published_at > first.published_at:
                each.wanted[one.url_hash] = one
    wanted = {key: one for each in taken for key, one in each.wanted.items()}
    if not wanted:
        return {}
    # One order for everybody: two pollers with the same articles wait, and never for each other.
    stored = store_articles([wanted[key] for key in sorted(wanted)], now)
    new = set(stored.values())
    ids = stored | article_ids([key for key in wanted if key not in stored])
    seen = [(each.feed.pk, one) for each in taken for one in each.unseen]
    store_sightings(sorted(seen, key=lambda pair: (pair[0], pair[1].entry_key)), ids, now)
    outdone: dict[int, list[Prepared]] = {}
    for each in taken:
        mine = [ids[key] for key in each.wanted if key in ids]
        each.new = tuple(sorted(pk for pk in mine if pk in new))
        if len(each.new) < len(mine):
            outdone[each.feed.pk] = _outdone(each, ids, new)
    known = _known([(feed, one.entry_key) for feed, ones in outdone.items() for one in ones])
    for each in taken:
        each.known |= known.get(each.feed.pk, {})
    return outdone


def _outdone(shown: _Shown, ids: dict[bytes, int], new: set[int]) -> list[Prepared]:
    old = [each for each in shown.wanted.values() if ids.get(each.url_hash, 0) not in (0, *new)]
    keys = frozenset(each.entry_key for each in shown.prepared)
    stored_now = {each.entry_key for each in shown.unseen}
    corrected = _corrected(shown.feed.pk, [ids[each.url_hash] for each in old], keys, stored_now)
    passed_on = _passed_on([ids[each.url_hash] for each in old if each.text])
    return [
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
    feed_id: int, article_ids: Sequence[int], shown: frozenset[bytes], stored_now: set[bytes]
) -> dict[int, bool]:
    """Those of the articles that this feed showed before; whether under keys that are all gone."""
    if not article_ids:
        return {}
    sightings = Sighting.objects.filter(feed_id=feed_id, article_id__in=article_ids).exclude(
        entry_key__in=stored_now
    )
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
