"""Run: tell the hub which of our feeds have changed (WebSub, section 4; hub.mode=publish).

What each feed was like when the hub was last told stands in Valkey, not in a table: when that is
lost, the hub is told of every feed once more, and finds that nothing is new.
"""

import asyncio
from collections.abc import Sequence

from django.conf import settings
from django.db.models import F, Max, Q

from digest.kit import http, valkey
from digest.kit.observe import log
from digest.models import Edition, EditionRevision, StoryTopic, Topic
from digest.web.public import ways
from digest.web.public.feeds_out.core.feed import KINDS

TOLD = "digest:websub:told"
_SECONDS, _AT_ONCE = 10.0, 100


def announce() -> tuple[str, ...]:
    """Tell the hub, if there is one; returns the addresses that it has taken.

    A hub that does not answer is told again at the next look.
    """
    hub = str(settings.DIGEST_WEBSUB_HUB)
    if not hub:
        return ()
    held = valkey.client().hgetall(TOLD)
    known = {_text(name): _text(mark) for name, mark in held.items()}
    changed = {name: mark for name, mark in _marks().items() if known.get(name) != mark}
    taken = asyncio.run(_tell(hub, sorted(changed)[:_AT_ONCE]))
    if taken:
        valkey.client().hset(TOLD, items=[part for name in taken for part in (name, changed[name])])
    return taken


def _text(stored: bytes | str) -> str:
    return stored.decode() if isinstance(stored, bytes) else stored


def _marks() -> dict[str, str]:
    """Each feed's address, and what differs when it does."""
    published = EditionRevision.objects.filter(
        edition__state=Edition.State.PUBLISHED, revision=F("edition__revision")
    )
    editions = published.filter(edition__newsletter__isnull=False)
    by_newsletter = editions.values_list("edition__newsletter__slug").annotate(Max("published_at"))
    standing = Q(stories__story__merged_into__isnull=True) & ~Q(stories__by=StoryTopic.By.BARRED)
    newest = Max("stories__story__last_at", filter=standing)
    by_topic = Topic.objects.filter(is_open=True).annotate(newest=newest)
    found = {}
    for kind in KINDS:
        for slug, at in by_newsletter:
            found[ways.whole("public:newsletter-feed", slug, kind)] = at.isoformat()
        if by_newsletter:
            found[ways.whole("public:feed", kind)] = max(at for _, at in by_newsletter).isoformat()
        for slug, at in by_topic.values_list("slug", "newest"):
            if at is not None:
                found[ways.whole("public:topic-feed", slug, kind)] = at.isoformat()
    return found


async def _tell(hub: str, addresses: Sequence[str]) -> tuple[str, ...]:
    """Post each address; those that the hub took."""
    session = http.session(
        user_agent=settings.DIGEST_USER_AGENT, allow_private=settings.DIGEST_ALLOW_PRIVATE_FETCH
    )
    taken = []
    async with session:
        for address in addresses:
            form = {"hub.mode": "publish", "hub.url": address, "hub.topic": address}
            try:
                async with http.post_form(session, hub, form, seconds=_SECONDS):
                    taken.append(address)
            except http.FetchFailed as error:
                log.warning("the hub was not told of a feed", hub=hub, reason=error.reason)
                break
    return tuple(taken)
