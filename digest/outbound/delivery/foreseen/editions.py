"""Query: a newsletter's edition as one reader would get it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from digest.audience.core.signatures import base_of
from digest.audience.models.schedules import Schedule, Signature
from digest.audience.models.subscribers import Mute, Subscriber
from digest.audience.models.subscriptions import Subscription
from digest.audience.recipients import for_newsletter
from digest.audience.schedules.wishes import bases_had, wishes_of
from digest.newsdesk.alerts.issued import issued_before
from digest.newsdesk.editions.history import ReaderHistory, last_had
from digest.newsdesk.editions.models import Edition
from digest.newsdesk.editions.sheet import sheet
from digest.newsdesk.stories.coverage import standing
from digest.outbound.delivery.foreseen.verdict import (
    ForeseenVerdict,
    addresses_of,
    no,
    reached,
    shut,
    unwanted,
    wish_on,
    yes,
)

KILLED = "An editor took it out of this edition."
MUTED = "They want no more of this story; a newsletter carries it all the same."


@dataclass(frozen=True, slots=True)
class ItemForReader:
    """An item of the sheet: whether it is in what the reader gets, and what is to be said of it."""

    headline: str
    shown: bool
    remark: str


def verdicts(edition: Edition, reader: Subscriber, *, now: datetime) -> tuple[ForeseenVerdict, ...]:
    """Of each of the reader's addresses, by the query that the senders use."""
    newsletter = edition.newsletter
    assert newsletter is not None  # who has a sheet has one
    addresses = addresses_of(reader)
    wishes = list(
        Subscription.objects.filter(subscriber=reader, newsletter=newsletter).select_related(
            "address"
        )
    )
    found = []
    for address in addresses:
        wish = wish_on(wishes, address)
        because = shut(address) or unwanted(wish, now)
        if not because and address.channel not in newsletter.channels:
            because = "The newsletter does not go on this channel."
        if because:
            found.append(no(address, because))
            continue
        rows = reached(for_newsletter(newsletter.pk, address.channel), [address.pk])
        since = wish.confirmed_at or wish.created_at if wish else now
        told = f"They asked for {newsletter.name} ({since:%d %B %Y})."
        found.append(
            yes(address, told, edition.language) if rows else no(address, "The senders leave it.")
        )
    return tuple(found)


def items(edition: Edition, reader: Subscriber, *, now: datetime) -> tuple[ItemForReader, ...]:
    """Every item, with why it is left out or what the reader knows of it already."""
    stands = sheet(edition.pk)
    had = had_by(reader, before=edition.slot_at, beside=edition.newsletter_id, now=now)
    stories = [each.story_id for each in (*stands.items, *stands.killed)]
    today = standing(stories)
    muted = muted_by(reader)
    found = []
    for each in stands.items:
        story = today.get(each.story_id, each.story_id)
        remark = each.problem or (MUTED if story in muted else _knows(had.get(story)))
        found.append(ItemForReader(each.headline, not each.problem, remark))
    found += [ItemForReader(each.headline, False, KILLED) for each in stands.killed]
    return tuple(found)


def muted_by(reader: Subscriber) -> frozenset[int]:
    """The stories they want no more of, by those that stand for them today."""
    stories = list(Mute.objects.filter(subscriber=reader).values_list("story_id", flat=True))
    return frozenset(standing(stories).values()) if stories else frozenset()


def had_by(
    reader: Subscriber, *, before: datetime, beside: int | None, now: datetime
) -> Mapping[int, datetime]:
    """When they last had each story, in newsletters, alerts and digests of their own."""
    alive = Subscription.objects.filter(subscriber=reader, state=Subscription.State.ACTIVE)
    newsletters = {pk for pk in alive.values_list("newsletter_id", flat=True) if pk}
    alerted = issued_before(before) if alive.filter(alerts=True).exists() else ()
    letters = sorted(newsletters | ({beside} if beside else set()))
    # Apart: beside a digest, what a newsletter carries at the same moment would count as had.
    had = dict(last_had(ReaderHistory((), letters, alerted), before=before))
    for story, at in last_had(ReaderHistory(_signatures(reader, now)), before=before).items():
        had[story] = max(at, had.get(story, at))
    return had


def _signatures(reader: Subscriber, now: datetime) -> list[str]:
    due = list(Schedule.objects.filter(subscriber=reader).select_related("subscriber", "address"))
    bases = {base for some in bases_had(due, now=now).values() for base in some}
    bases |= {base_of(wish) for wish in wishes_of(due).values()}
    rows = Signature.objects.filter(base__in=bases - {""})
    return list(rows.values_list("key", flat=True))


def _knows(had_at: datetime | None) -> str:
    return f"They had this story before, last on {had_at:%d %B at %H:%M} UTC." if had_at else ""
