"""WebSub (W3C): subscribing at a feed's hub, so that news is pushed to us instead of fetched.

A run asks hubs; steps record what hubs say to the callback. What the hub must know in advance is
committed before it is asked: many verify the request while it is still being answered.
"""

import asyncio
import ipaddress
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models, transaction

from digest.intake.feeds.formats import hubs
from digest.intake.feeds.models import Feed, Push
from digest.intake.feeds.polling.fetch import Manners
from digest.kit import http, signing, wake
from digest.kit.background import Watchdog
from digest.kit.text import cut, one_line

HubState = Feed.HubState
_PURPOSE = "websub"
_GIVE_UP_LEAVING = 3


@dataclass(frozen=True, slots=True)
class HubsAsked:
    """How many hubs were asked, and how many of them refused or did not answer."""

    asked: int = 0
    refused: int = 0


def callback(feed_id: int) -> str:
    """The address a hub knows for this feed: of nobody's guessing (W3C WebSub, 4)."""
    token = signing.seal(settings.SECRET_KEY, _PURPOSE, str(feed_id))
    return f"{settings.DIGEST_BASE_URL}/hooks/websub/{token}"


def feed_of(token: str) -> int | None:
    """The feed whose callback this is, or None."""
    payload = signing.unseal(settings.SECRET_KEY, _PURPOSE, token)
    return int(payload) if payload is not None and payload.isdecimal() else None


def reachable(base_url: str, *, allow_private: bool) -> bool:
    """Whether a hub could call us back: not when our address is this machine or a private one."""
    host = urlsplit(base_url).hostname or ""
    if allow_private:
        return bool(host)
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return "." in host and not host.endswith((".localhost", ".local", ".internal"))
    return http.is_public(host)


def ask_due(*, now: datetime, limit: int, manners: Manners) -> HubsAsked:
    """Subscribe, renew and unsubscribe where it is time. A run: nothing is locked meanwhile."""
    if not reachable(settings.DIGEST_BASE_URL, allow_private=manners.allow_private):
        return HubsAsked()
    feeds = _claim(now, limit)
    watchdog = Watchdog("hubs", (len(feeds) + 2) * manners.seconds)
    refusals = watchdog.run(_ask(feeds, manners)) if feeds else {}
    for feed_id, reason in refusals.items():
        Feed.objects.filter(pk=feed_id).update(hub_reason=cut(one_line(reason), 500))
    return HubsAsked(len(feeds), len(refusals))


@transaction.atomic
def _claim(now: datetime, limit: int) -> list[Feed]:
    """Those to be asked now, each with a secret and its next try written down."""
    due = models.Q(hub_next_at__isnull=True) | models.Q(hub_next_at__lte=now)
    held = models.Q(state=Feed.State.RETIRED)
    leave = held & models.Q(hub_state__in=[HubState.LIVE, HubState.ASKED])
    again = held & models.Q(hub_state=HubState.LEAVING) & due
    feeds = list(
        Feed.objects.select_for_update(skip_locked=True, no_key=True)
        .exclude(hub_url="")
        .filter((models.Q(state=Feed.State.ACTIVE) & due) | leave | again)
        .order_by(models.F("hub_next_at").asc(nulls_first=True))[:limit]
    )
    for feed in feeds:
        if feed.state == Feed.State.RETIRED:
            _begin_leaving(feed)
        elif not is_live(feed, now):
            feed.hub_state = HubState.ASKED
        feed.hub_secret = feed.hub_secret or secrets.token_urlsafe(32)
        feed.hub_next_at = now + hubs.patience(feed.hub_failures)
        feed.hub_failures = min(feed.hub_failures + 1, 1000)
    Feed.objects.bulk_update(feeds, ["hub_state", "hub_secret", "hub_next_at", "hub_failures"])
    return [feed for feed in feeds if feed.hub_state != HubState.NONE]


def _begin_leaving(feed: Feed) -> None:
    if feed.hub_state != HubState.LEAVING:
        feed.hub_state, feed.hub_failures = HubState.LEAVING, 0
    elif feed.hub_failures >= _GIVE_UP_LEAVING:
        # The lease will end by itself, and what is pushed meanwhile is answered with 410.
        feed.hub_state = HubState.NONE


async def _ask(feeds: Sequence[Feed], manners: Manners) -> dict[int, str]:
    """Post every request; what was refused, by feed."""
    refused: dict[int, str] = {}
    slots = asyncio.Semaphore(manners.at_once)
    session = http.session(user_agent=manners.user_agent, allow_private=manners.allow_private)

    async def one(feed: Feed) -> None:
        mode = "unsubscribe" if feed.hub_state == HubState.LEAVING else "subscribe"
        form = hubs.asking(mode, feed.hub_topic or feed.url, callback(feed.pk), feed.hub_secret)
        async with slots:
            try:
                async with http.post_form(session, feed.hub_url, form, seconds=manners.seconds):
                    pass
            except http.BadStatus as error:
                refused[feed.pk] = f"Its hub refused the subscription (HTTP {error.status})."
            except http.FetchFailed as error:
                refused[feed.pk] = f"Its hub could not be asked. {error.reason}"

    async with session, asyncio.TaskGroup() as group:
        for feed in feeds:
            group.create_task(one(feed))
    return refused


def is_live(feed: Feed, now: datetime) -> bool:
    """Whether its hub pushes: a lease was granted and has not ended."""
    lease = feed.hub_lease_until
    return feed.hub_state == HubState.LIVE and lease is not None and lease > now


@transaction.atomic
def confirm(feed_id: int, mode: str, topic: str, lease_seconds: str, *, now: datetime) -> bool:
    """A hub verifies our intent (5.3): whether we want what it says, recorded when we do."""
    feed = _locked(feed_id)
    if feed is None or topic != (feed.hub_topic or feed.url):
        return False
    if mode == "subscribe":
        if feed.state != Feed.State.ACTIVE or feed.hub_state not in {HubState.ASKED, HubState.LIVE}:
            return False
        held = hubs.lease(lease_seconds)
        feed.hub_state, feed.hub_lease_until = HubState.LIVE, now + held
        feed.hub_next_at, feed.hub_failures, feed.hub_reason = hubs.renewal(now, held), 0, ""
    elif mode == "unsubscribe":
        if feed.hub_state != HubState.LEAVING:
            return False
        feed.hub_state, feed.hub_lease_until, feed.hub_secret = HubState.NONE, None, ""
    else:
        return False
    _save(feed)
    return True


@transaction.atomic
def deny(feed_id: int, topic: str, reason: str, *, now: datetime) -> None:
    """A hub denies a subscription, or ends one that it had granted (5.2): the feed is polled."""
    feed = _locked(feed_id)
    if feed is None or topic != (feed.hub_topic or feed.url):
        return
    feed.hub_state, feed.hub_lease_until = HubState.DENIED, None
    said = cut(one_line(reason), 300)
    feed.hub_reason = f"Its hub denied the subscription{': ' + said if said else ''}."
    feed.hub_next_at = now + timedelta(days=1)
    feed.next_check_at = min(feed.next_check_at, now)
    _save(feed)


def receive(
    feed_id: int, body: bytes, *, signature: str, content_type: str, now: datetime
) -> bool | None:
    """Keep what a hub pushed for the run that reads it.

    None when the feed wants nothing (any more), False for what is dropped: wrongly signed, or
    without a signature though each of our subscriptions has a secret (7).
    """
    feed = Feed.objects.filter(pk=feed_id).first()
    if feed is None or feed.state == Feed.State.RETIRED or not feed.hub_secret:
        return None
    known = feed.hub_state in {HubState.LIVE, HubState.ASKED}
    if feed.state != Feed.State.ACTIVE or not known:
        return False
    if feed.hub_lease_until is None or feed.hub_lease_until <= now:
        return False
    if not hubs.is_signed(body, signature, feed.hub_secret):
        return False
    with transaction.atomic():
        push = Push.objects.create(
            feed=feed, received_at=now, content_type=one_line(content_type)[:200], body=body
        )
        wake.on_commit("pushes", push.pk)
    return True


def _locked(feed_id: int) -> Feed | None:
    found = Feed.objects.select_for_update(no_key=True).filter(pk=feed_id)
    return found.exclude(hub_url="").first()


def _save(feed: Feed) -> None:
    feed.save(
        update_fields=[
            "hub_state", "hub_lease_until", "hub_secret", "hub_next_at", "hub_failures",
            "hub_reason", "next_check_at",
        ]
    )  # fmt: skip
