"""Steps by which the newsroom steers its feeds: pause, resume, look now, retire, override."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from digest.intake.feeds.models import Feed
from digest.kit import wake
from digest.staff.audit import record
from digest.staff.members import Member

State = Feed.State
SHORTEST = timedelta(minutes=1)
LONGEST = timedelta(days=7)


def pause(
    feed_ids: Iterable[int], *, now: datetime, member: Member | None = None, who: str = ""
) -> int:
    """Stop looking at active feeds until they are resumed; how many that changed."""
    reason = f"Paused by {member or who or 'an operator'}."
    changes = {"state": State.PAUSED, "state_reason": reason}
    return _change("paused", feed_ids, Q(state=State.ACTIVE), changes, now, member, who)


def resume(
    feed_ids: Iterable[int], *, now: datetime, member: Member | None = None, who: str = ""
) -> int:
    """Look at paused and retired feeds again, at once and with their failures forgiven."""
    changes = {"state": State.ACTIVE, "state_reason": "", "failures": 0, "next_check_at": now}
    done = _change("resumed", feed_ids, ~Q(state=State.ACTIVE), changes, now, member, who)
    if done:
        wake.on_commit("poll")
    return done


def check_now(
    feed_ids: Iterable[int], *, now: datetime, member: Member | None = None, who: str = ""
) -> int:
    """Make active feeds due at once; how many."""
    changes = {"next_check_at": now}
    done = _change("checked", feed_ids, Q(state=State.ACTIVE), changes, now, member, who)
    if done:
        wake.on_commit("poll")
    return done


def retire(
    feed_ids: Iterable[int], *, now: datetime, member: Member | None = None, who: str = ""
) -> int:
    """Remove feeds for good; their articles stay, and their hubs are told."""
    reason = f"Removed by {member or who or 'an operator'}."
    changes = {"state": State.RETIRED, "state_reason": reason}
    done = _change("retired", feed_ids, ~Q(state=State.RETIRED), changes, now, member, who)
    if done:
        wake.on_commit("websub")
    return done


@transaction.atomic
def mute(feed_id: int, *, until: datetime | None, now: datetime, member: Member) -> bool:
    """Mute a feed until then, or for good; false when it is muted so already, or is gone."""
    feed = Feed.objects.select_for_update(no_key=True).filter(pk=feed_id).first()
    if feed is None or feed.state == State.RETIRED or (until is not None and until <= now):
        return False
    if feed.is_muted and feed.muted_until == until:
        return False
    feed.is_muted, feed.muted_until = True, until
    feed.save(update_fields=["is_muted", "muted_until"])
    told = until.isoformat(timespec="minutes") if until else "for good"
    record("muted", feed, now=now, member=member, url=feed.url, until=told)
    return True


def unmute(
    feed_ids: Iterable[int], *, now: datetime, member: Member | None = None, who: str = ""
) -> int:
    """Let muted feeds be heard again; how many."""
    changes = {"is_muted": False, "muted_until": None}
    return _change("unmuted", feed_ids, Q(is_muted=True), changes, now, member, who)


def muted_until(now: datetime) -> list[int]:
    """The feeds whose mute is over."""
    rows = Feed.objects.filter(is_muted=True, muted_until__lte=now)
    return list(rows.order_by("pk").values_list("pk", flat=True)[:200])


@transaction.atomic
def broke_news(feed_ids: Iterable[int], *, now: datetime) -> int:
    """These feeds were first to tell what then was news everywhere: they are looked at more often.

    How many that are.
    """
    # In one order for everybody: two statements over the same rows then never wait in a circle.
    rows = Feed.objects.select_for_update(no_key=True).filter(pk__in=feed_ids).order_by("pk")
    return Feed.objects.filter(pk__in=[feed.pk for feed in rows]).update(broke_news_at=now)


@transaction.atomic
def override(
    feed_id: int,
    *,
    every: timedelta | None,
    full_text: bool,
    now: datetime,
    member: Member | None = None,
    who: str = "",
) -> bool:
    """Set an editor's own interval (None: by the feed's rhythm) and whether pages are read.

    The interval is kept between a minute and a week. A shorter one counts from now on, not only
    after the look that was planned. False when nothing changed or the feed is gone.
    """
    feed = Feed.objects.select_for_update(no_key=True).filter(pk=feed_id).first()
    if every is not None:
        every = min(max(every, SHORTEST), LONGEST)
    if feed is None or (feed.check_every, feed.full_text) == (every, full_text):
        return False
    if every is not None and every != feed.check_every:
        feed.next_check_at = min(feed.next_check_at, max(now + every, feed.left_alone_until or now))
    feed.check_every, feed.full_text = every, full_text
    feed.save(update_fields=["check_every", "full_text", "next_check_at"])
    minutes = every.total_seconds() / 60 if every is not None else None
    record("steered", feed, now=now, member=member, who=who, minutes=minutes, full_text=full_text)
    return True


@transaction.atomic
def _change(
    verb: str,
    feed_ids: Iterable[int],
    fitting: Q,
    changes: dict[str, Any],
    now: datetime,
    member: Member | None,
    who: str,
) -> int:
    feeds = list(
        Feed.objects.select_for_update(no_key=True)
        .filter(fitting, pk__in=list(feed_ids))
        .order_by("pk")
    )
    Feed.objects.filter(pk__in=[feed.pk for feed in feeds]).update(**changes)
    for feed in feeds:
        record(verb, feed, now=now, member=member, who=who, url=feed.url)
    return len(feeds)
