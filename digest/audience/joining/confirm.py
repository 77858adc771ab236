"""Step: the owner of an address confirmed a request, so what it asked for begins."""

from dataclasses import dataclass
from datetime import datetime, time

from django.conf import settings
from django.db import transaction

from digest.audience.core import tokens
from digest.audience.models import consents
from digest.audience.models.addresses import Address, locked_by_id
from digest.audience.models.consents import Circumstances, Consent
from digest.audience.models.letters import JoinRequest, Letter
from digest.audience.models.schedules import Schedule
from digest.audience.models.subscriptions import Subscription
from digest.audience.models.suppressions import Suppression
from digest.audience.notes.welcome import welcome
from digest.audience.schedules import timetable

_HOUR = time(7)


@dataclass(frozen=True, slots=True)
class AskedFor:
    """One request of a letter: what it asks for, when its topics would come, what became of it.

    ``number`` counts within the letter, from 1. ``names`` wait for the confirmation, ``begun`` are
    followed already. ``schedule`` is the hour that would count, None without topics;
    ``subscriptions`` are the waiting ones or, if none waits, those begun.
    """

    number: int
    names: tuple[str, ...]
    begun: tuple[str, ...]
    schedule: Schedule | None
    asked_at: datetime
    subscriptions: tuple[Subscription, ...]


@dataclass(frozen=True, slots=True)
class Awaiting:
    """What a letter asks to confirm, for its page and its mail."""

    address_id: int
    channel: str
    value: str
    requests: tuple[AskedFor, ...]
    locale: str = "en"
    """The language of the latest request."""

    @property
    def waiting(self) -> tuple[AskedFor, ...]:
        """The requests that somebody may still confirm."""
        return tuple(each for each in self.requests if each.names)

    @property
    def begun(self) -> tuple[str, ...]:
        """What came of them so far, each name once."""
        return tuple(dict.fromkeys(name for each in self.requests for name in each.begun))


@dataclass(frozen=True, slots=True)
class Confirmed:
    """``names`` began now; none when it had been confirmed before."""

    address_id: int
    names: tuple[str, ...]
    next_due_at: datetime | None


def awaiting(token: str, *, now: datetime) -> Awaiting:
    """What ``token`` would confirm; changes nothing.

    Raises :class:`~digest.audience.core.tokens.BadToken`, or its ``Lapsed``.
    """
    letter = _letter(token, now)
    return _awaiting(letter, _standing(Address.objects.filter(pk=letter.address_id).first()))


@transaction.atomic
def confirm(
    token: str,
    number: int = 1,
    *,
    now: datetime,
    at: Circumstances = Circumstances(),  # noqa: B008
) -> Confirmed:
    """Verify the address and begin what the ``number``-th request of the letter asks for.

    Nothing else that waits on the address begins with it. Doing it twice does it once. Lifts a
    suppression that the reader asked for, never one after a complaint or a bounce. Raises
    :class:`~digest.audience.core.tokens.BadToken`, or its ``Lapsed``.
    """
    letter = _letter(token, now)
    address = _standing(locked_by_id(letter.address_id))
    if not 1 <= number <= len(letter.requests):
        raise tokens.BadToken("This letter holds no such request.")
    request = JoinRequest.objects.filter(pk=letter.requests[number - 1]).first()
    rows = Subscription.objects.filter(
        address=address,
        state=Subscription.State.PENDING,
        pk__in=request.subscriptions if request else (),
    ).select_related("newsletter", "topic")
    pending = sorted(rows, key=lambda each: each.name)
    if request is not None and pending:
        _begin(address, request, pending, now)
        consents.record(
            Consent.Act.CONFIRMED, address, [each.name for each in pending], now=now, at=at
        )
        welcome(address, pending, now=now)
    Suppression.objects.filter(
        fingerprint=bytes(address.fingerprint), reason=Suppression.Reason.READER
    ).delete()
    schedule = timetable.keep(address, now=now)
    return Confirmed(
        address.pk,
        tuple(each.name for each in pending),
        schedule.next_due_at if schedule else None,
    )


def _begin(
    address: Address, request: JoinRequest, pending: list[Subscription], now: datetime
) -> None:
    Subscription.objects.filter(pk__in=[each.pk for each in pending]).update(
        state=Subscription.State.ACTIVE, confirmed_at=now
    )
    request.confirmed_at = now
    request.save(update_fields=["confirmed_at"])
    if address.verified_at is None:
        address.verified_at, address.verified_by = now, "link"
        address.save(update_fields=["verified_at", "verified_by"])
        # Whoever typed the address in first may have been somebody else, somewhere else.
        reader = address.subscriber
        reader.locale, reader.languages = request.locale, request.languages
        reader.time_zone = request.time_zone
        reader.save(update_fields=["locale", "languages", "time_zone"])
    if any(each.topic_id for each in pending):
        _set_hour(address, request)


def ensure_schedule(address: Address) -> None:
    """Give the address a schedule at seven in its subscriber's zone, unless it has one.

    For readers who come without an hour: by an act on the channel itself.
    """
    Schedule.objects.get_or_create(
        subscriber=address.subscriber,
        channel=address.channel,
        defaults={
            "address": address,
            "local_time": _HOUR,
            "time_zone": address.subscriber.time_zone,
            "is_active": False,
        },
    )


def _set_hour(address: Address, request: JoinRequest) -> None:
    """Give the address the hour that was asked for, unless its reader has had one before."""
    schedule = Schedule.objects.select_for_update().filter(address=address).first()
    if schedule is None:
        schedule = Schedule(
            subscriber=address.subscriber, address=address, channel=address.channel, is_active=False
        )
    elif schedule.is_active or schedule.last_window_end is not None:
        return
    _as_asked(schedule, request).save()


def awaiting_in(letter: Letter) -> Awaiting:
    """What a letter asks to confirm, for its message."""
    return _awaiting(letter, letter.address)


def is_answered(letter: Letter) -> bool:
    """Whether nothing that ``letter`` asks for waits any more, so that it need not be sent."""
    return not _awaiting(letter, letter.address).waiting


def _letter(token: str, now: datetime) -> Letter:
    letter_id = tokens.read_confirm(settings.SECRET_KEY, token)
    letter = Letter.objects.filter(pk=letter_id, kind=Letter.Kind.CONFIRM).first()
    if letter is None or not tokens.stands(letter.due_at, tokens.CONFIRM_LASTS, now):
        raise tokens.Lapsed("This confirmation is older than seven days.")
    return letter


def _standing(address: Address | None) -> Address:
    if address is None:
        raise tokens.Lapsed("This address is not known any more.")
    barred = Suppression.objects.filter(fingerprint=bytes(address.fingerprint))
    if barred.exclude(reason=Suppression.Reason.READER).exists():
        raise tokens.Lapsed("This address may not be written to any more.")
    return address


def _awaiting(letter: Letter, address: Address) -> Awaiting:
    requests = JoinRequest.objects.in_bulk(letter.requests)
    named = [pk for each in requests.values() for pk in each.subscriptions]
    rows = Subscription.objects.select_related("newsletter", "topic").in_bulk(named)
    asked = [
        _asked(number, requests[pk], address, rows)
        for number, pk in enumerate(letter.requests, start=1)
        if pk in requests
    ]
    locale = next((requests[pk].locale for pk in reversed(letter.requests) if pk in requests), "en")
    return Awaiting(address.pk, address.channel, address.value, tuple(asked), locale)


def _asked(
    number: int,
    request: JoinRequest,
    address: Address,
    rows: dict[int, Subscription],
) -> AskedFor:
    found = [rows[pk] for pk in request.subscriptions if pk in rows]
    of = {
        state: tuple(sorted(each.name_in(request.locale) for each in found if each.state == state))
        for state in ("pending", "active")
    }
    schedule = None
    if any(each.topic_id and each.state in of for each in found):
        kept = Schedule.objects.filter(address=address).first()
        had = kept is not None and (kept.is_active or kept.last_window_end is not None)
        schedule = kept if had else _as_asked(Schedule(), request)
    told = sorted(
        (each for each in found if each.state in of), key=lambda each: (each.state, each.name)
    )
    waiting = tuple(each for each in told if each.state == "pending") or tuple(told)
    return AskedFor(number, of["pending"], of["active"], schedule, request.asked_at, waiting)


def _as_asked(schedule: Schedule, request: JoinRequest) -> Schedule:
    for name in ("frequency", "days", "local_time", "time_zone"):
        setattr(schedule, name, getattr(request, name))
    return schedule
