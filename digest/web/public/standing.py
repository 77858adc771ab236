"""How things stand with one address: what its reader's own page shows."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from digest.audience.models.schedules import Schedule
from digest.audience.models.subscriptions import Subscription, living
from digest.models import Address
from digest.web.public import times
from digest.web.public.offers import Offer, Offers


@dataclass(frozen=True, slots=True)
class ReaderChoices:
    """One reader's choices, in the form's own words."""

    address_id: int
    channel: str
    value: str
    verified: bool
    newsletters: tuple[str, ...]
    topics: tuple[str, ...]
    alerts: bool
    paused_until: datetime | None
    rhythm: str
    hour: str
    zone: str
    when: dict[str, Any]
    closed: tuple[Offer, ...]

    @property
    def follows_nothing(self) -> bool:
        """Whether the reader has left everything."""
        return not (self.newsletters or self.topics or self.alerts)

    def offers(self, on_offer: Offers) -> Offers:
        """What is on offer on this channel, and what is closed but still followed."""
        kept = [
            each
            for each in self.closed
            if each.slug not in {o.slug for o in (*on_offer.newsletters, *on_offer.topics)}
        ]
        return replace(
            on_offer,
            newsletters=tuple(
                each
                for each in on_offer.newsletters
                if not each.channels
                or self.channel in each.channels
                or each.slug in self.newsletters
            )
            + tuple(each for each in kept if each.kind == "newsletters"),
            topics=on_offer.topics + tuple(each for each in kept if each.kind == "topics"),
        )


def of(address_id: int) -> ReaderChoices | None:
    """The standing of an address, or None when it was erased."""
    address = Address.objects.select_related("subscriber").filter(pk=address_id).first()
    if address is None:
        return None
    rows = [each for each in living(address_id) if each.state != Subscription.State.PENDING]
    schedule = Schedule.objects.filter(address=address).first() or Schedule(
        local_time=times.SEVEN, time_zone=address.subscriber.time_zone
    )
    return ReaderChoices(
        address_id=address_id,
        channel=address.channel,
        value=address.value,
        verified=address.verified_at is not None,
        newsletters=tuple(each.newsletter.slug for each in rows if each.newsletter),
        topics=tuple(each.topic.slug for each in rows if each.topic),
        alerts=any(each.alerts for each in rows),
        paused_until=max((s.paused_until for s in rows if s.paused_until), default=None),
        rhythm=times.rhythm_of(schedule.frequency, schedule.days),
        hour=f"{schedule.local_time:%H:%M}",
        zone=schedule.time_zone,
        when={
            name: getattr(schedule, name)
            for name in ("frequency", "days", "local_time", "time_zone")
        },
        closed=tuple(_offer(each) for each in rows if each.newsletter or each.topic),
    )


def when(schedule: Schedule | None) -> str:
    """A schedule in words; empty without one."""
    if schedule is None:
        return ""
    return times.spoken(schedule.frequency, schedule.days, schedule.local_time, schedule.time_zone)


def _offer(each: Subscription) -> Offer:
    target = each.newsletter or each.topic
    assert target is not None  # the caller asked
    kind = "newsletters" if each.newsletter else "topics"
    return Offer(kind, target.slug, target.name, target.description, "No longer open to others")
