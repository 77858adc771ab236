"""The run that reads articles' own pages, for feeds whose entries are a few lines."""

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import F, Q

from digest.intake.articles.core import fulltext, robots
from digest.intake.articles.models import Page
from digest.intake.articles.site_rules import site_rules
from digest.intake.articles.take_page import take_page
from digest.intake.feeds.polling.fetch import Manners
from digest.kit import http
from digest.kit.apart.limits import raise_limit
from digest.kit.apart.process import Killed, own
from digest.kit.background import Watchdog
from digest.kit.observe import log

LEASE = timedelta(minutes=5)
SECONDS = 30.0
_MOST_TRIES = 4
_ACCEPT = {"Accept": "text/html, application/xhtml+xml;q=0.9"}
# Fetching again would bring the same.
_FINAL = {400, 401, 402, 403, 404, 405, 406, 410, 451}


@dataclass(frozen=True, slots=True)
class PageReport:
    """How many pages were read, and how many brought nothing this time."""

    read: int = 0
    nothing: int = 0


@dataclass(frozen=True, slots=True)
class _Answer:
    """One page: a body, or why there is none; ``final`` when there never will be."""

    page: Page
    body: bytes = b""
    url: str = ""
    reason: str = ""
    final: bool = False


def read_pages(
    *, now_fn: Callable[[], datetime], limit: int, manners: Manners, pause: float = 1.0
) -> PageReport:
    """Read up to ``limit`` pages that are due, within half a minute.

    robots.txt is asked first and obeyed (RFC 9309). The pages of one host are read one after the
    other, ``pause`` seconds or its own Crawl-delay apart; what time does not allow is due at once
    again. Without the extra every page waits, with a reason that names it.
    """
    now = now_fn()
    if not fulltext.available():
        waiting = Page.objects.filter(due_at__lte=now)
        if waiting.update(due_at=now + timedelta(hours=6), reason=fulltext.MISSING):
            log.warning("full text not read", reason=fulltext.MISSING)
        return PageReport()
    pages = _claim(now, limit)
    # What is under way when the time is over has a deadline of its own.
    watchdog = Watchdog("whole texts", 2 * (SECONDS + manners.seconds))
    answers = watchdog.run(_fetch(pages, manners, pause)) if pages else []
    read = 0
    for answer in answers:
        try:
            read += _record(answer, now_fn())
        except Exception as error:
            raise_limit(error)
            log.exception("page not taken", page=answer.page.pk)
            _put_off(answer.page, "It could not be stored; this is an error of ours.", now_fn())
    reached = {answer.page.pk for answer in answers}
    left = [page.pk for page in pages if page.pk not in reached]
    Page.objects.filter(pk__in=left).update(claimed_until=None, attempts=F("attempts") - 1)
    return PageReport(read, len(answers) - read)


@transaction.atomic
def _claim(now: datetime, limit: int) -> list[Page]:
    free = Q(claimed_until__isnull=True) | Q(claimed_until__lte=now)
    pages = list(
        Page.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("article")
        .filter(free, due_at__lte=now)
        .order_by("due_at", "pk")[:limit]
    )
    Page.objects.filter(pk__in=[page.pk for page in pages]).update(
        claimed_until=now + LEASE, attempts=F("attempts") + 1
    )
    return pages


async def _fetch(pages: Iterable[Page], manners: Manners, pause: float) -> list[_Answer]:
    by_site: dict[str, list[Page]] = {}
    for page in pages:
        parts = urlsplit(page.article.url)
        by_site.setdefault(f"{parts.scheme}://{parts.netloc}", []).append(page)
    answers: list[_Answer] = []
    ends = time.monotonic() + SECONDS
    session = http.session(user_agent=manners.user_agent, allow_private=manners.allow_private)

    async def visit(site: str, pages: list[Page]) -> None:
        rules = await site_rules(session, site, manners)
        for place, page in enumerate(pages):
            if place:
                await asyncio.sleep(max(pause, rules.delay if rules else 0.0))
            if time.monotonic() > ends:
                return
            answers.append(await _one(session, page, rules, manners))

    async with session:
        try:
            async with asyncio.timeout(SECONDS + manners.seconds), asyncio.TaskGroup() as group:
                for site, some in by_site.items():
                    group.create_task(visit(site, some))
        except TimeoutError:
            pass
    return answers


async def _one(
    session: http.Session, page: Page, rules: robots.Rules | None, manners: Manners
) -> _Answer:
    url = page.article.url
    if "#/entry-" in url:
        return _Answer(page, reason="The entry has no page of its own.", final=True)
    if rules is None:
        return _Answer(page, reason="The site's robots.txt cannot be read, so its pages are not.")
    if not rules.allow(url):
        return _Answer(page, reason="The site's robots.txt asks robots to stay away.", final=True)
    try:
        async with http.get(
            session, url, headers=_ACCEPT, max_bytes=fulltext.MAX_PAGE, seconds=manners.seconds
        ) as answer:
            if "html" not in answer.headers.get("content-type", "html").lower():
                why = "The address leads to a file and not to a page."
                return _Answer(page, reason=why, final=True)
            return _Answer(page, answer.body, answer.url)
    except http.FetchFailed as error:
        final = error.status in _FINAL or error.kind in {"bad-url", "blocked-address", "too-large"}
        return _Answer(page, reason=error.reason, final=final)


def _record(answer: _Answer, now: datetime) -> bool:
    page = answer.page
    if answer.reason:
        if answer.final:
            Page.objects.filter(pk=page.pk).update(
                due_at=None, claimed_until=None, reason=answer.reason
            )
        else:
            _put_off(page, answer.reason, now)
        return False
    found = own().call(
        "digest.intake.articles.core.fulltext:extract", answer.body, answer.url
    )  # fmt: skip
    if isinstance(found, Killed):
        reason = f"Its page is set aside. {found.reason}"
        Page.objects.filter(pk=page.pk).update(due_at=None, claimed_until=None, reason=reason)
        return False
    return take_page(page.pk, found, now=now)


def _put_off(page: Page, reason: str, now: datetime) -> None:
    """Again after ten minutes, then twenty and forty; then it is given up."""
    tried = page.attempts + 1
    again = None if tried >= _MOST_TRIES else now + timedelta(minutes=10) * 2 ** (tried - 1)
    Page.objects.filter(pk=page.pk).update(due_at=again, claimed_until=None, reason=reason)
