"""New feeds: looked at once, found on pages, stored."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from digest.intake.feeds.formats.discover import Link, feed_links
from digest.intake.feeds.formats.entries import NotAFeed, Parsed
from digest.intake.feeds.formats.opml import Outline
from digest.intake.feeds.models import Feed
from digest.intake.feeds.polling.fetch import Ask, Failed, Fetched, Manners, fetch_all
from digest.kit.apart.process import Killed, own
from digest.kit.text import cut, one_line

# What fetching again will not mend.
_HOPELESS = {"bad-url", "blocked-address"}


@dataclass(frozen=True, slots=True)
class Added:
    """What came of one address given: ``outcome`` added, known, or refused.

    ``url`` is what was stored: the feed itself, where a page was given. ``reason`` says why it
    was refused, or what is wrong with a feed that was stored all the same and will be tried again.
    """

    given: str
    url: str
    outcome: str
    title: str = ""
    reason: str = ""


def add(
    urls: Sequence[str],
    *,
    now: datetime,
    manners: Manners,
    on_result: Callable[[], object] = lambda: None,
) -> tuple[Added, ...]:
    """Look at each address and store the feeds found there, due at once.

    A page is searched for the feeds it names. A feed that does not answer now, or answers
    nonsense, is stored and polled like any other: it may mend. Refused are addresses that can
    never be fetched and pages that name no feed. ``on_result`` is called after each look.
    """
    urls = list(dict.fromkeys(url.strip() for url in urls))
    looked: dict[int, list[Added]] = {}
    for result in fetch_all([Ask(index, url) for index, url in enumerate(urls)], manners):
        looked[result.ask.key] = _looked(result)
        on_result()
    found = [each for index in sorted(looked) for each in looked[index]]
    outlines = [Outline(each.url, each.title) for each in found if each.outcome != "refused"]
    stored = set(store(outlines, now=now))
    return tuple(
        each if each.outcome == "refused" or each.url in stored
        else Added(each.given, each.url, "known", each.title, each.reason)
        for each in found
    )  # fmt: skip


def store(outlines: Iterable[Outline], *, now: datetime) -> tuple[str, ...]:
    """Store feeds by their addresses, due at once; the addresses that were new.

    One that was removed before, or retired itself, is new again: it is looked at once more.
    """
    wanted = {outline.url: outline for outline in outlines if _is_web(outline.url)}
    with transaction.atomic():
        known = set(Feed.objects.filter(url__in=wanted).values_list("url", flat=True))
        retired = Feed.objects.filter(url__in=wanted, state=Feed.State.RETIRED)
        again = list(retired.select_for_update(no_key=True).values_list("url", flat=True))
        Feed.objects.filter(url__in=again).update(
            state=Feed.State.ACTIVE, state_reason="", failures=0, next_check_at=now
        )
        fresh = [outline for url, outline in wanted.items() if url not in known]
        Feed.objects.bulk_create(
            [
                Feed(
                    url=outline.url,
                    title=cut(one_line(outline.title), 300),
                    site_url=outline.site_url if _is_web(outline.site_url) else "",
                    language=one_line(outline.language)[:16],
                    folder=cut(one_line(outline.folder), 200),
                    # A microsecond apart: polled in the order in which they were given.
                    next_check_at=now + timedelta(microseconds=place) - timedelta(seconds=1),
                )
                for place, outline in enumerate(fresh)
            ],
            ignore_conflicts=True,
        )
    return (*(outline.url for outline in fresh), *again)


def _looked(result: Fetched | Failed) -> list[Added]:
    given = result.ask.url
    if isinstance(result, Failed):
        outcome = "refused" if result.kind in _HOPELESS else "added"
        return [Added(given, given, outcome, reason=result.reason)]
    url = result.moved_to or given
    read = own().call("digest.intake.feeds.formats.parse:parse", result.body, result.headers,
                      result.url)  # fmt: skip
    if isinstance(read, Killed):
        return [Added(given, given, "refused", reason=read.reason)]
    if isinstance(read, Parsed):
        return [Added(given, url, "added", read.about.title)]
    links = feed_links(result.body, result.url) if _may_be_a_page(read, result) else []
    if links:
        return [_linked(given, link) for link in links]
    if read.is_page:
        reason = f"{read.reason[:-1]}, and it names none. Give the feed's own address."
        return [Added(given, given, "refused", reason=reason)]
    return [Added(given, url, "added", reason=read.reason)]


def _linked(given: str, link: Link) -> Added:
    return Added(given, link.url, "added", one_line(link.title))


def _may_be_a_page(read: NotAFeed, result: Fetched) -> bool:
    return read.is_page or "html" in result.headers.get("content-type", "").lower()


def _is_web(url: str) -> bool:
    return url.startswith(("http://", "https://")) and url.isprintable() and len(url) <= 4000
