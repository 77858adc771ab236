"""One reader's history: what was sent to them, why, and what became of it; and what was not."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.audience.models.addresses import Address
from digest.audience.models.letters import Letter
from digest.audience.models.notes import Note
from digest.audience.models.schedules import Slot
from digest.audience.models.subscriptions import Subscription
from digest.audience.models.suppressions import Suppression
from digest.newsdesk.alerts.models import Alert
from digest.newsdesk.editions.models import Edition
from digest.outbound.delivery.core.told import Became, Standing, became, why_not
from digest.outbound.delivery.models import Attempt, Delivery, Message, Send

MOST = 200
"""Of each kind of send, how many of the latest are looked at."""
EXPLAINED = timedelta(days=30)
"""For how long it is worked out why an edition did not come."""

Kind = Send.Kind


@dataclass(frozen=True, slots=True)
class Tried:
    """One try that did not end in success, as the other side answered it."""

    at: datetime
    result: str
    answer: str


@dataclass(frozen=True, slots=True)
class SentToReader:
    """One message to a reader. ``at`` is when it was handed over, or else when it was due.

    ``title`` names what it carried and ``subject`` is what stood over it; ``public_id`` is that of
    the edition or alert, by ``kind``. ``why`` says for which wish of theirs it went out.
    """

    at: datetime
    kind: str
    title: str
    subject: str
    public_id: str
    channel: str
    address_id: int
    why: str
    became: Became
    heard_at: datetime | None
    tried: tuple[Tried, ...]


@dataclass(frozen=True, slots=True)
class NotSent:
    """An edition that a reader asked for and has no message of, and the reason."""

    at: datetime
    title: str
    public_id: str
    channel: str
    reason: str


def sent_to(subscriber_id: int, *, now: datetime, most: int = MOST) -> tuple[SentToReader, ...]:
    """What went, or is to go, to a reader's addresses; the latest first, at most ``most``.

    The ledger is kept by send, not by reader: the sends that may concern one are found by what the
    reader asked for, and their rows by the ledger's own key.
    """
    addresses = list(Address.objects.filter(subscriber=subscriber_id).values_list("pk", flat=True))
    wishes = _wishes(subscriber_id)
    sends = {each.pk: each for each in _sends(subscriber_id, addresses, wishes, most)}
    rows = list(
        Delivery.objects.filter(send_id__in=list(sends), address_id__in=addresses).values_list(
            "send_id", "address_id", "message_id", "subscription_id", "slot_id", "state", "outcome",
            "reply", "sent_at", "outcome_at", "next_try_at",
        )
    )  # fmt: skip
    titles = _titles(sends.values())
    subjects = _subjects({row[2] for row in rows})
    tries = _tries(list({row[0] for row in rows}), addresses)
    by_id: dict[int | None, Subscription] = {each.pk: each for each in wishes}
    found = []
    for send_id, address, message, wish, slot, state, outcome, reply, sent, heard, due in rows:
        send = sends[send_id]
        title, public_id = titles.get((send.kind, send.source_id), (send.get_kind_display(), ""))
        found.append(
            SentToReader(
                at=sent or due or send.started_at or send.due_at,
                kind=send.kind,
                title=title,
                subject=subjects.get(message, ""),
                public_id=public_id,
                channel=send.channel,
                address_id=address,
                why=_why(send, by_id.get(wish), slot),
                became=became(
                    Delivery.State(state).name,
                    Delivery.Outcome(outcome).name if outcome else "",
                    reply or "",
                ),
                heard_at=heard,
                tried=tries.get((send_id, address), ()),
            )
        )
    return tuple(sorted(found, key=lambda each: each.at, reverse=True)[:most])


def not_sent_to(subscriber_id: int, *, now: datetime) -> tuple[NotSent, ...]:
    """Editions of the last weeks that a reader had asked for and did not get; the latest first."""
    wishes = [each for each in _wishes(subscriber_id) if each.newsletter_id]
    marks = [bytes(each.address.fingerprint) for each in wishes]
    barred = {
        bytes(each.fingerprint): each.at
        for each in Suppression.objects.filter(fingerprint__in=marks)
    }
    since = now - EXPLAINED
    editions = {
        each.pk: each
        for each in Edition.objects.filter(
            newsletter__in={each.newsletter_id for each in wishes}, published_at__gt=since
        ).order_by("-published_at")[:MOST]
    }
    sends = list(
        Send.objects.filter(
            kind=Kind.EDITION, source_id__in=list(editions), fanned_out_at__isnull=False, revision=1
        )
    )
    has = set(
        Delivery.objects.filter(
            send_id__in=[each.pk for each in sends],
            address_id__in={each.address_id for each in wishes},
        ).values_list("send_id", "address_id")
    )
    found = []
    for send in sends:
        edition = editions[send.source_id]
        for wish in wishes:
            if wish.newsletter_id != edition.newsletter_id or send.channel != wish.address.channel:
                continue
            at = send.fanned_out_at or send.due_at
            if (send.pk, wish.address_id) in has:
                continue
            reason = why_not(_standing(wish, barred), at)
            if reason:
                found.append(
                    NotSent(at, edition.title, str(edition.public_id), send.channel, reason)
                )
    return tuple(sorted(found, key=lambda each: each.at, reverse=True))


def _wishes(subscriber_id: int) -> list[Subscription]:
    rows = Subscription.objects.filter(subscriber=subscriber_id)
    return list(rows.select_related("newsletter", "topic", "address"))


def _standing(wish: Subscription, barred: dict[bytes, datetime]) -> Standing:
    return Standing(
        created_at=wish.created_at,
        confirmed_at=wish.confirmed_at,
        verified_at=wish.address.verified_at,
        ended_at=wish.ended_at,
        paused=wish.state == Subscription.State.PAUSED,
        paused_until=wish.paused_until,
        suppressed_at=barred.get(bytes(wish.address.fingerprint)),
    )


def _sends(
    subscriber_id: int, addresses: Sequence[int], wishes: Sequence[Subscription], most: int
) -> Iterable[Send]:
    """Those that may have a row of this reader's."""
    newsletters = {each.newsletter_id for each in wishes if each.newsletter_id}
    editions = Edition.objects.filter(newsletter__in=newsletters).order_by("-slot_at")
    batches = (
        Slot.objects.filter(schedule__subscriber=subscriber_id, batch__isnull=False)
        .order_by("-due_at")
        .values_list("batch_id", flat=True)
    )
    letters = Letter.objects.filter(address__in=addresses).order_by("-pk")
    notes = Note.objects.filter(address__in=addresses, state=Note.State.PLANNED).order_by("-pk")
    sources: dict[str, list[int]] = {
        Kind.EDITION: list(editions.values_list("pk", flat=True)[:most]),
        Kind.SLOTS: list(batches[:most]),
        Kind.SERVICE: list(letters.values_list("pk", flat=True)[:most]),
        Kind.WELCOME: list(notes.filter(kind="welcome").values_list("pk", flat=True)[:most]),
        Kind.ASK: list(notes.filter(kind="ask").values_list("batch_id", flat=True)[:most]),
        Kind.SERIES: list(notes.filter(kind="series").values_list("batch_id", flat=True)[:most]),
    }
    if any(each.alerts for each in wishes):
        latest = Alert.objects.filter(issued_at__isnull=False).order_by("-issued_at")
        sources[Kind.ALERT] = list(latest.values_list("pk", flat=True)[:most])
    for kind, ids in sources.items():
        yield from Send.objects.filter(kind=kind, source_id__in=ids)


def _titles(sends: Iterable[Send]) -> dict[tuple[str, int], tuple[str, str]]:
    ids: dict[str, set[int]] = {}
    for send in sends:
        ids.setdefault(send.kind, set()).add(send.source_id)
    found: dict[tuple[str, int], tuple[str, str]] = {}
    for edition in Edition.objects.filter(pk__in=ids.get(Kind.EDITION, ())):
        found[(Kind.EDITION, edition.pk)] = (edition.title, str(edition.public_id))
    for alert in Alert.objects.filter(pk__in=ids.get(Kind.ALERT, ())):
        found[(Kind.ALERT, alert.pk)] = (f"Alert: {alert.headline}", str(alert.public_id))
    return found


def _subjects(messages: set[int]) -> dict[int, str]:
    rows = Message.objects.filter(pk__in=messages).values_list("pk", "words__subject")
    return {key: subject for key, subject in rows if isinstance(subject, str)}


def _tries(sends: list[int], addresses: list[int]) -> dict[tuple[int, int], tuple[Tried, ...]]:
    found: dict[tuple[int, int], tuple[Tried, ...]] = {}
    rows = Attempt.objects.filter(send_id__in=sends, address_id__in=addresses).order_by("at", "pk")
    for each in rows:
        key = (each.send_id, each.address_id)
        answer = " ".join(f"{each.code or ''} {each.reply}".split())
        found[key] = (*found.get(key, ()), Tried(each.at, each.result, answer))
    return found


def _why(send: Send, wish: Subscription | None, slot: int | None) -> str:
    if send.kind == Kind.SERVICE:
        return "Service mail, such as the question whether they signed up."
    if send.kind == Kind.WELCOME:
        return "The welcome to what they had just confirmed."
    if slot is not None:
        return "Their own digest, of the topics that they follow."
    if wish is None:
        return "The wish that it went out for is not kept any more."
    since = wish.confirmed_at or wish.created_at
    return f"They asked for {wish.name} ({since:%d %B %Y})."
