"""Step: a form asked for subscriptions. They wait until the address's owner confirms."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, time

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from digest.audience.core import languages
from digest.audience.core.asking import HOUR
from digest.audience.joining import writing
from digest.audience.kinds import Destination
from digest.audience.models import consents
from digest.audience.models.addresses import Address, fingerprint_of, locked
from digest.audience.models.consents import Circumstances, Consent
from digest.audience.models.letters import JoinRequest, Letter
from digest.audience.models.schedules import Schedule
from digest.audience.models.subscribers import Subscriber
from digest.audience.models.subscriptions import ALERTS_NAME, Subscription, living, make_own
from digest.audience.models.suppressions import Suppression
from digest.newsdesk.newsletters.models import Newsletter
from digest.newsdesk.topics.models import Topic

# A letter asks about no more than one can look through; the newest stay.
REQUESTS_A_LETTER = 10


@dataclass(frozen=True, slots=True)
class FormOrigin:
    """Where a form stood: the article's address, and which box or page of ours."""

    article: str = ""
    box: str = ""


@dataclass(frozen=True, slots=True)
class SignUp:
    """What a form asked for: ``address`` normalised, ``newsletters`` and ``topics`` as slugs, the
    hour local. ``locale`` is the language our words come in, ``languages`` those the reader reads,
    the best first; none: that of the locale. ``mailbox`` is where messages to the address end up,
    which bounds how many are sent; ``not_before`` puts the confirmation off when its network asks
    for many.
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
    mailbox: Destination | None = None
    not_before: datetime | None = None
    origin: FormOrigin = FormOrigin()


@dataclass(frozen=True, slots=True)
class SignedUp:
    """``pending`` is what the request asks to confirm, ``asked`` when its letter is due: None when
    it joined one that went out already. The form's answer never depends on any of this.
    """

    address_id: int | None
    pending: tuple[int, ...] = ()
    asked: datetime | None = None


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
    """Store pending subscriptions and ask for a confirmation of this request alone.

    What the address already follows stays as it is, and a reader's own hour is never moved by a
    form that anybody could have filled in. An address that complained, bounced or was barred is
    left alone; one that its reader suppressed is asked. A mailbox gets one such letter an hour:
    the same request again joins the letter that went, others wait together for the hour's end, and
    so they do when the domain got its share. The address comes in the one spelling that its
    channel's :class:`~digest.audience.kinds.AddressKind` gives.
    """
    value = wish.address
    barred = Suppression.objects.filter(fingerprint=fingerprint_of(wish.channel, value))
    if barred.exclude(reason=Suppression.Reason.READER).exists():
        return SignedUp(None)
    targets = targets_of(wish.channel, wish.newsletters, wish.topics, alerts=wish.alerts)
    if not targets:
        return SignedUp(None)
    mailbox = wish.mailbox or Destination(value)
    writing.hold(mailbox)
    address = address_of(wish, now=now)
    pending = _pending(address, targets, now)
    asked = [each.name for each in pending] + list(_own(address, targets))
    if asked:
        consents.record(Consent.Act.ASKED, address, asked, now=now, at=wish.at)
    if not pending:
        return SignedUp(address.pk)
    return _ask(_request(address, wish, pending, now), address, mailbox, wish, now)


def _request(
    address: Address, wish: SignUp, pending: list[Subscription], now: datetime
) -> JoinRequest:
    """The request as a row; the one there is when the same was asked for before."""
    same = {
        "subscriptions": sorted(each.pk for each in pending),
        "frequency": wish.frequency,
        "days": wish.days,
        "local_time": wish.local_time,
        "time_zone": wish.time_zone,
        "locale": wish.locale,
        "languages": list(languages.read(wish.languages or [wish.locale])),
    }
    open_ones = JoinRequest.objects.filter(address=address, confirmed_at=None, **same)
    found = open_ones.order_by("-pk").first()
    if found is not None:
        found.asked_at = now
        found.save(update_fields=["asked_at"])
        return found
    return JoinRequest.objects.create(
        address=address,
        article=wish.origin.article[:500],
        box=wish.origin.box[:20],
        asked_at=now,
        **same,
    )


def _ask(
    request: JoinRequest, address: Address, mailbox: Destination, wish: SignUp, now: datetime
) -> SignedUp:
    """Put the request into a letter that still has to go, or into one of its own."""
    pending = tuple(request.subscriptions)
    letters = Letter.objects.filter(address=address, kind=Letter.Kind.CONFIRM)
    if letters.filter(requests__contains=[request.pk], due_at__gt=now - HOUR).exists():
        return SignedUp(address.pk, pending)
    waiting = letters.filter(due_at__gt=now).order_by("due_at").first()
    if waiting is not None:
        before = set(waiting.requests)
        waiting.requests = [*waiting.requests, request.pk][-REQUESTS_A_LETTER:]
        waiting.save(update_fields=["requests"])
        _forget_unasked(letters, before.difference(waiting.requests))
        return SignedUp(address.pk, pending, waiting.due_at)
    letter = writing.write(
        address,
        Letter.Kind.CONFIRM,
        mailbox,
        now=now,
        requests=[request.pk],
        not_before=wish.not_before,
    )
    return SignedUp(address.pk, pending, letter.due_at if letter else None)


def _forget_unasked(letters: QuerySet[Letter], ids: Iterable[int]) -> None:
    """Drop requests that fell out of their letter, unless another letter holds them."""
    for each in ids:
        if not letters.filter(requests__contains=[each]).exists():
            JoinRequest.objects.filter(pk=each, confirmed_at=None).delete()


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


def _pending(address: Address, targets: list[Target], now: datetime) -> list[Subscription]:
    """The subscriptions to ``targets`` that wait for a confirmation, made where there are none."""
    followed = {_key(each): each for each in living(address.pk)}
    for target in targets:
        if _key(target) not in followed:
            followed[_key(target)] = Subscription.objects.create(
                subscriber=address.subscriber, address=address, created_at=now, **target.fields()
            )
    wanted = [followed[_key(target)] for target in targets]
    waiting = [each for each in wanted if each.state == Subscription.State.PENDING]
    return sorted(waiting, key=lambda each: each.name)


def _own(address: Address, targets: list[Target]) -> tuple[str, ...]:
    """What a list had brought and the reader asks for too, by name: it is theirs from now on."""
    asked = {_key(target) for target in targets}
    followed = [each.pk for each in living(address.pk) if _key(each) in asked]
    return make_own(Subscription.objects.filter(pk__in=followed))


def _key(of: Target | Subscription) -> tuple[int | None, int | None]:
    return (of.newsletter.pk if of.newsletter else None, of.topic.pk if of.topic else None)
