"""The run that reads the pages whose addresses editors gave."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import F, Q

from digest.intake.articles.by_address.models import AddressLookup
from digest.intake.articles.core import fulltext
from digest.intake.articles.core.page_facts import PageFacts
from digest.intake.articles.site_rules import site_rules
from digest.intake.feeds.polling.fetch import Manners
from digest.kit import http
from digest.kit.apart.limits import raise_limit
from digest.kit.apart.process import Killed, own
from digest.kit.background import Watchdog
from digest.kit.observe import log

State = AddressLookup.State
LEASE = timedelta(minutes=2)
# An editor is waiting.
SECONDS = 12.0
_MOST_TRIES = 2
_ACCEPT = {"Accept": "text/html, application/xhtml+xml;q=0.9"}
_BY_HAND = "Try again, or write its words yourself."
_OURS = f"The page could not be read; this is an error of ours. {_BY_HAND}"


@dataclass(frozen=True, slots=True)
class _PageAnswer:
    lookup: AddressLookup
    body: bytes = b""
    url: str = ""
    content_type: str = ""
    reason: str = ""


def look_up(*, now_fn: Callable[[], datetime], limit: int, manners: Manners) -> int:
    """Read up to ``limit`` pages that editors wait for; how many there were.

    robots.txt is asked first and obeyed. Each page gets a few seconds and one try: an editor who
    is told why may try again. One whose worker was killed is tried once more by itself.
    """
    lookups = _claim(now_fn(), limit)
    if not lookups:
        return 0
    manners = replace(manners, seconds=min(manners.seconds, SECONDS))
    watchdog = Watchdog("pages by address", 4 * SECONDS)
    for answer in watchdog.run(_fetch(lookups, manners)):
        try:
            _record(answer, now_fn())
        except Exception as error:
            raise_limit(error)
            log.exception("address not looked up", lookup=answer.lookup.pk)
            _fail(answer.lookup, _OURS)
    return len(lookups)


@transaction.atomic
def _claim(now: datetime, limit: int) -> list[AddressLookup]:
    free = Q(claimed_until__isnull=True) | Q(claimed_until__lte=now)
    rows = AddressLookup.objects.select_for_update(skip_locked=True).filter(
        free, state=State.WAITING
    )
    lookups = list(rows.order_by("asked_at", "pk")[:limit])
    for given_up in (each for each in lookups if each.attempts >= _MOST_TRIES):
        _fail(given_up, _OURS)
    lookups = [each for each in lookups if each.attempts < _MOST_TRIES]
    AddressLookup.objects.filter(pk__in=[each.pk for each in lookups]).update(
        claimed_until=now + LEASE, attempts=F("attempts") + 1
    )
    return lookups


async def _fetch(lookups: Sequence[AddressLookup], manners: Manners) -> list[_PageAnswer]:
    session = http.session(user_agent=manners.user_agent, allow_private=manners.allow_private)
    async with session:
        return list(await asyncio.gather(*(_one(session, each, manners) for each in lookups)))


async def _one(session: http.Session, lookup: AddressLookup, manners: Manners) -> _PageAnswer:
    parts = urlsplit(lookup.url)
    try:
        async with asyncio.timeout(2 * manners.seconds):
            rules = await site_rules(session, f"{parts.scheme}://{parts.netloc}", manners)
            if rules is None:
                why = "The site’s robots.txt cannot be read, so its pages are not."
                return _PageAnswer(lookup, reason=f"{why} {_BY_HAND}")
            if not rules.allow(lookup.url):
                why = "The site’s robots.txt asks programs to stay away from this page."
                return _PageAnswer(lookup, reason=f"{why} Open it yourself and write its words.")
            async with http.get(
                session, lookup.url, headers=_ACCEPT, max_bytes=fulltext.MAX_PAGE,
                seconds=manners.seconds,
            ) as answer:  # fmt: skip
                kind = answer.headers.get("content-type", "html")
                if "html" not in kind.lower():
                    why = "The address leads to a file and not to a page."
                    return _PageAnswer(lookup, reason=f"{why} Give the page that it stands on.")
                return _PageAnswer(lookup, answer.body, answer.url, kind)
    except http.FetchFailed as error:
        return _PageAnswer(lookup, reason=_because(error))
    except TimeoutError:
        return _PageAnswer(lookup, reason=f"The site takes too long to answer. {_BY_HAND}")


def _because(error: http.FetchFailed) -> str:
    if error.kind == "blocked-address":
        return "That address lies inside a private network. Give one that readers can open."
    if error.kind == "bad-url" or error.status in {404, 410}:
        return f"{error.reason} Look whether the address is right, then give it again."
    return f"{error.reason} {_BY_HAND}"


def _record(answer: _PageAnswer, now: datetime) -> None:
    if answer.reason:
        _fail(answer.lookup, answer.reason)
        return
    found = own().call(
        "digest.intake.articles.core.page_facts:read", answer.body, answer.url, answer.content_type
    )
    if isinstance(found, Killed):
        _fail(answer.lookup, f"{found.reason} Write its words yourself.")
        return
    _take(answer.lookup, found)


def _take(lookup: AddressLookup, found: PageFacts) -> None:
    words = asdict(found)
    text = words.pop("text")
    if not found.title:
        why = _gate(found) or "No headline was found on the page."
        _fail(lookup, f"{why} Write its words yourself.")
        return
    rows = AddressLookup.objects.filter(pk=lookup.pk, state=State.WAITING)
    rows.update(
        state=State.READ, found=words, text=text, url=found.url or lookup.url, reason=_gate(found),
        claimed_until=None,
    )  # fmt: skip


def _gate(found: PageFacts) -> str:
    """Why the page held its article back, without what that means for a feed."""
    return found.gate.partition(";")[0].rstrip(".") + "." if found.gate else ""


def _fail(lookup: AddressLookup, reason: str) -> None:
    AddressLookup.objects.filter(pk=lookup.pk, state=State.WAITING).update(
        state=State.FAILED, reason=reason, claimed_until=None
    )
