"""Step: a reader changes what they follow, when it comes, or pauses it."""

from dataclasses import dataclass, field, replace
from datetime import datetime, time

from django.db import transaction
from django.db.models import QuerySet

from digest.audience.core import pauses
from digest.audience.core.choices import Choices, Visit, after
from digest.audience.joining.subscribe import Target, targets_of
from digest.audience.models import consents
from digest.audience.models.addresses import Address, locked_by_id
from digest.audience.models.consents import Circumstances, Consent
from digest.audience.models.schedules import Schedule
from digest.audience.models.subscriptions import Subscription, end, living, make_own
from digest.audience.schedules import timetable
from digest.kit.errors import ActionRefused


class NotVerified(ActionRefused, ValueError):
    """Nobody confirmed this address yet; the remedy is the confirmation's own link."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """All that the reader wants from now on; what is missing here ends.

    ``paused_until`` stops everything until then; None resumes. With ``keeps_pause`` it holds for
    what begins or is not paused, and nothing resumes. A reader's page goes by :func:`change`,
    which leaves alone what the reader did not touch.
    """

    newsletters: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    alerts: bool = False
    frequency: str = Schedule.Frequency.DAILY
    days: str = "1234567"
    local_time: time = time(7)
    time_zone: str = "UTC"
    paused_until: datetime | None = None
    keeps_pause: bool = False
    at: Circumstances = field(default_factory=Circumstances)


@dataclass(frozen=True, slots=True)
class Preferred:
    """What began and ended by this change, by name."""

    address_id: int
    began: tuple[str, ...]
    ended: tuple[str, ...]
    next_due_at: datetime | None


@transaction.atomic
def prefer(address_id: int, wishes: Preferences, *, now: datetime) -> Preferred:
    """Make the address's subscriptions and schedule what the reader wishes.

    The link in their own mail speaks for them, so nothing has to be confirmed again. What is
    followed but no longer open to new readers stays only while it is still named. Raises
    :class:`NotVerified` for an unconfirmed or erased address.
    """
    address = _verified(address_id)
    current = living(address.pk)
    wanted = _wanted(address, wishes, current)
    ended = end([each for each in current if _key(each) not in wanted], "reader", now=now)
    began = _begin(address, wanted, current, now)
    make_own(Subscription.objects.filter(address=address))
    if wishes.paused_until is not None or not wishes.keeps_pause:
        _pause(address, wishes.paused_until, now, again=not wishes.keeps_pause)
    changed = _set_hour(address, wishes)
    schedule = timetable.keep(address, now=now, changed=changed)
    if began:
        consents.record(Consent.Act.CHANGED, address, began, now=now, at=wishes.at)
    if ended:
        consents.record(Consent.Act.WITHDRAWN, address, ended, now=now, at=wishes.at)
    return Preferred(address.pk, began, ended, schedule.next_due_at if schedule else None)


@transaction.atomic
def change(
    address_id: int, visit: Visit, *, now: datetime, at: Circumstances | None = None
) -> Preferred:
    """Apply what a reader changed on their page to what they have chosen by now.

    Raises :class:`NotVerified` as :func:`prefer` does, and ValueError for a slug that is unknown.
    """
    address = _verified(address_id)
    followed = [each for each in living(address.pk) if each.state != Subscription.State.PENDING]
    all_paused = all(each.state == Subscription.State.PAUSED for each in followed)
    keeps_pause = not visit.resume and visit.pause_until is None
    if visit.pause_until is not None:
        # A day that somebody typed is one, however far: only the newsroom's rule knows no day.
        visit = replace(visit, pause_until=min(visit.pause_until, now + pauses.LONGEST_PAUSE))
    wanted = after(chosen(address, now=now), visit)
    wishes = Preferences(
        newsletters=tuple(sorted(wanted.newsletters)),
        topics=tuple(sorted(wanted.topics)),
        alerts=wanted.alerts,
        frequency=wanted.frequency,
        days=wanted.days,
        local_time=wanted.local_time,
        time_zone=wanted.time_zone,
        # What begins during a pause of everything is paused with it; of some, those alone are.
        paused_until=wanted.paused_until if all_paused or not keeps_pause else None,
        keeps_pause=keeps_pause,
        at=at or Circumstances(),
    )
    preferred = prefer(address_id, wishes, now=now)
    for (kind, slug), until in visit.rests:
        _rest(_followed(address, kind, slug), until, now)
    timetable.keep(address, now=now)
    return preferred


def _followed(address: Address, kind: str, slug: str) -> QuerySet[Subscription]:
    """What an address follows under that name on its page."""
    rows = Subscription.objects.filter(address=address)
    if kind == "alerts":
        return rows.filter(alerts=True)
    return rows.filter(**{f"{kind.removesuffix('s')}__slug": slug})


def _verified(address_id: int) -> Address:
    address = locked_by_id(address_id)
    if address is None or address.verified_at is None:
        raise NotVerified("Confirm the address first, by the link in the mail we sent.")
    return address


def chosen(address: Address, *, now: datetime) -> Choices:
    """What the address follows, when, and until when it is paused; a pause that is over is none."""
    rows = [each for each in living(address.pk) if each.state != Subscription.State.PENDING]
    schedule = Schedule.objects.filter(address=address).first() or Schedule(
        local_time=time(7), time_zone=address.subscriber.time_zone
    )
    ends = [each.paused_until or pauses.UNTIL_ENDED for each in rows if each.state == "paused"]
    until = max(ends, default=None)
    return Choices(
        newsletters=frozenset(each.newsletter.slug for each in rows if each.newsletter),
        topics=frozenset(each.topic.slug for each in rows if each.topic),
        alerts=any(each.alerts for each in rows),
        frequency=schedule.frequency,
        days=schedule.days,
        local_time=schedule.local_time,
        time_zone=schedule.time_zone,
        paused_until=until if until is not None and until > now else None,
    )


_Key = tuple[int | None, int | None]


def _key(each: Subscription) -> _Key:
    return each.newsletter_id, each.topic_id


def _wanted(
    address: Address, wishes: Preferences, current: list[Subscription]
) -> dict[_Key, Target | None]:
    targets: dict[_Key, Target | None] = {
        (t.newsletter.pk if t.newsletter else None, t.topic.pk if t.topic else None): t
        for t in targets_of(
            address.channel, wishes.newsletters, wishes.topics, alerts=wishes.alerts
        )
    }
    for each in current:
        closed_but_kept = (each.newsletter and each.newsletter.slug in wishes.newsletters) or (
            each.topic and each.topic.slug in wishes.topics
        )
        if closed_but_kept:
            targets.setdefault(_key(each), None)
    return targets


def _begin(
    address: Address,
    wanted: dict[_Key, Target | None],
    current: list[Subscription],
    now: datetime,
) -> tuple[str, ...]:
    followed = {_key(each): each for each in current}
    began = []
    for key, target in wanted.items():
        existing = followed.get(key)
        if existing is None and target is not None:
            Subscription.objects.create(
                subscriber=address.subscriber,
                address=address,
                state=Subscription.State.ACTIVE,
                created_at=now,
                confirmed_at=now,
                **target.fields(),
            )
            began.append(target.name)
        elif existing is not None and existing.state == Subscription.State.PENDING:
            Subscription.objects.filter(pk=existing.pk).update(
                state=Subscription.State.ACTIVE, confirmed_at=now
            )
            began.append(existing.name)
    return tuple(began)


def _pause(address: Address, until: datetime | None, now: datetime, *, again: bool) -> None:
    """Pause or resume everything; what is paused already gets the new end with ``again`` alone."""
    _rest(Subscription.objects.filter(address=address), until, now, again=again)


def _rest(
    rows: QuerySet[Subscription], until: datetime | None, now: datetime, *, again: bool = True
) -> None:
    if until is not None and until > now:
        rows.filter(state__in=["active", "paused"] if again else ["active"]).update(
            state=Subscription.State.PAUSED, paused_until=pauses.bounded(until, now)
        )
    else:
        rows.filter(state="paused").update(state=Subscription.State.ACTIVE, paused_until=None)


def _set_hour(address: Address, wishes: Preferences) -> bool:
    """Store the hour; returns whether it differs from before."""
    schedule = Schedule.objects.select_for_update().filter(address=address).first()
    if schedule is None:
        if not wishes.topics:
            return False
        schedule = Schedule(
            subscriber=address.subscriber, address=address, channel=address.channel, is_active=False
        )
    names = ("frequency", "days", "local_time", "time_zone")
    changed = any(getattr(schedule, name) != getattr(wishes, name) for name in names)
    for name in names:
        setattr(schedule, name, getattr(wishes, name))
    schedule.save()
    return changed
