"""Step: a form asked for subscriptions. They wait until the address's owner confirms."""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from django.db import IntegrityError, transaction

from digest.audience.core import languages
from digest.audience.models import consents
from digest.audience.models.addresses import Address, fingerprint_of, locked
from digest.audience.models.consents import Circumstances, Consent
from digest.audience.models.schedules import Schedule
from digest.audience.models.subscribers import Subscriber
from digest.audience.models.subscriptions import ALERTS_NAME, Subscription, living
from digest.audience.models.suppressions import Suppression
from digest.kit import wake
from digest.newsdesk.newsletters.models import Newsletter
from digest.newsdesk.topics.models import Topic

# Anybody may type anybody's address into the form; nobody's inbox may be flooded by it.
MAILS_PER_HOUR = 3
MAILS_PER_DAY = 8


@dataclass(frozen=True, slots=True)
class SignUp:
    """What a form asked for: ``address`` normalised, ``newsletters`` and ``topics`` as slugs, the
    hour local. ``locale`` is the language our words come in, ``languages`` those the reader reads,
    the best first; none: that of the locale.
    """

    channel: str
    address: str
    newsletters: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    alerts: bool = False
    frequency: str = Schedule.Frequency.DAILY
    days: str = "1234567"
    local_time: time = time(7)
    time_zone: str = "UTC"
    locale: str = "en"
    languages: tuple[str, ...] = ()
    at: Circumstances = field(default_factory=Circumstances)


@dataclass(frozen=True, slots=True)
class SignedUp:
    """``asked``: a confirmation will be sent. The form's answer never depends on any of this."""

    address_id: int | None
    pending: tuple[int, ...] = ()
    asked: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """One thing a reader may follow."""

    name: str
    newsletter: Newsletter | None = None
    topic: Topic | None = None

    def fields(self) -> dict[str, object]:
        """The columns of a subscription to it."""
        alerts = self.newsletter is None and self.topic is None
        return {"newsletter": self.newsletter, "topic": self.topic, "alerts": alerts}


@transaction.atomic
def subscribe(wish: SignUp, *, now: datetime) -> SignedUp:
    """Store pending subscriptions and ask for a confirmation; repeating it changes nothing.

    What the address already follows stays as it is, and a reader's own hour is never moved by a
    form that anybody could have filled in. An address that complained, bounced or was barred is
    left alone; one that its reader suppressed is asked. At most three confirmations an hour and
    eight a day go to one address; further wishes join the outstanding one. The address comes in
    the one spelling that its channel's :class:`~digest.audience.kinds.AddressKind` gives.
    """
    value = wish.address
    barred = Suppression.objects.filter(fingerprint=fingerprint_of(wish.channel, value))
    if barred.exclude(reason=Suppression.Reason.READER).exists():
        return SignedUp(None)
    targets = targets_of(wish.channel, wish.newsletters, wish.topics, alerts=wish.alerts)
    if not targets:
        return SignedUp(None)
    address = address_of(wish, now=now)
    _add_pending(address, targets, now)
    if any(target.topic for target in targets):
        _wish_for_hour(address, wish)
    pending = living(address.pk, Subscription.State.PENDING)
    if not pending:
        return SignedUp(address.pk)
    consents.record(
        Consent.Act.ASKED, address, [each.name for each in pending], now=now, at=wish.at
    )
    asked = _may_ask(address, now)
    if asked:
        address.confirm_round += 1
        address.confirm_asked_at = now
        address.save(update_fields=["confirm_round", "confirm_asked_at"])
        wake.on_commit("service", address.pk)
    return SignedUp(address.pk, tuple(each.pk for each in pending), asked)


def targets_of(
    channel: str, newsletters: tuple[str, ...], topics: tuple[str, ...], *, alerts: bool
) -> list[Target]:
    """What of this is open to readers on ``channel``; anything else is left out."""
    targets = [
        Target(each.name, newsletter=each)
        for each in Newsletter.objects.filter(slug__in=newsletters, is_open=True)
        if not each.channels or channel in each.channels
    ]
    targets += [
        Target(each.name, topic=each)
        for each in Topic.objects.filter(slug__in=topics, is_open=True)
    ]
    return targets + ([Target(ALERTS_NAME)] if alerts else [])


def address_of(wish: SignUp, *, now: datetime) -> Address:
    """The locked row of the address, made when it is new."""
    value = wish.address
    found = locked(wish.channel, value)
    if found is None:
        try:
            with transaction.atomic():
                subscriber = Subscriber.objects.create(
                    locale=wish.locale,
                    languages=list(languages.read(wish.languages or [wish.locale])),
                    time_zone=wish.time_zone,
                    created_at=now,
                )
                return Address.objects.create(
                    subscriber=subscriber,
                    channel=wish.channel,
                    value=value,
                    fingerprint=fingerprint_of(wish.channel, value),
                    created_at=now,
                )
        except IntegrityError:
            # Somebody signed the same address up at this very moment.
            found = locked(wish.channel, value)
            if found is None:
                raise
    return found


def _add_pending(address: Address, targets: list[Target], now: datetime) -> None:
    followed = {(s.newsletter_id, s.topic_id, s.alerts) for s in living(address.pk)}
    Subscription.objects.bulk_create(
        Subscription(
            subscriber=address.subscriber,
            address=address,
            created_at=now,
            **target.fields(),
        )
        for target in targets
        if (
            target.newsletter.pk if target.newsletter else None,
            target.topic.pk if target.topic else None,
            target.fields()["alerts"],
        )
        not in followed
    )


def _wish_for_hour(address: Address, wish: SignUp) -> None:
    """Keep the hour asked for until the confirmation, unless the reader already has one."""
    schedule = Schedule.objects.select_for_update().filter(address=address).first()
    if schedule is None:
        schedule = Schedule(
            subscriber=address.subscriber, address=address, channel=address.channel, is_active=False
        )
    elif schedule.is_active or schedule.last_window_end is not None:
        return
    schedule.frequency = wish.frequency
    schedule.days = wish.days
    schedule.local_time = wish.local_time
    schedule.time_zone = wish.time_zone
    schedule.save()


def _may_ask(address: Address, now: datetime) -> bool:
    asked = Consent.objects.filter(
        fingerprint=bytes(address.fingerprint), act=Consent.Act.ASKED, at__lte=now
    )
    # The consent of this very form is already among them.
    return (
        asked.filter(at__gt=now - timedelta(hours=1)).count() <= MAILS_PER_HOUR
        and asked.filter(at__gt=now - timedelta(days=1)).count() <= MAILS_PER_DAY
    )
