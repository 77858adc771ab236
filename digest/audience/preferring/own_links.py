"""Steps: a reader gets the link to their own page, renews it, or asks for their data.

All of it comes by a message to the address itself. Whoever holds an old mail can have a letter sent
to its owner, and nothing more.
"""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction

from digest.audience.core import tokens
from digest.audience.joining import writing
from digest.audience.kinds import Destination
from digest.audience.models.addresses import Address, locked, locked_by_id
from digest.audience.models.letters import Letter, LinkWish
from digest.audience.models.suppressions import Suppression
from digest.kit import wake


@dataclass(frozen=True, slots=True)
class WishesAnswered:
    """How many wishes were looked at, and how many letters they gave."""

    wishes: int
    letters: int


def token_of(address_id: int) -> str:
    """The token of the reader's own page at ``address_id`` that counts now."""
    rows = Address.objects.filter(pk=address_id).values_list("link_generation", flat=True)
    return tokens.preferences_token(settings.SECRET_KEY, address_id, rows.first() or 0)


@transaction.atomic
def wish_for_link(channel: str, value: str, mailbox: Destination, *, now: datetime) -> None:
    """Keep the wish for a worker: the same one row for known and unknown addresses.

    ``value`` is normalised.
    """
    LinkWish.objects.create(
        channel=channel, value=value, mailbox=mailbox.name, site=mailbox.site, at=now
    )
    wake.on_commit("service")


def answer_wishes(*, now: datetime, limit: int = 200) -> WishesAnswered:
    """Write to the addresses that we know and have confirmed; forget the others at once."""
    wishes = letters = 0
    for each in LinkWish.objects.order_by("pk")[:limit]:
        with transaction.atomic():
            taken = LinkWish.objects.select_for_update(skip_locked=True).filter(pk=each.pk).first()
            if taken is None:
                continue
            mailbox = Destination(taken.mailbox, taken.site)
            writing.hold(mailbox)
            wishes += 1
            address = locked(taken.channel, taken.value)
            if address is not None and _may_be_written_to(address):
                letters += send(address, Letter.Kind.LINK, mailbox, now=now) is not None
            taken.delete()
    return WishesAnswered(wishes, letters)


@transaction.atomic
def renew(address_id: int, mailbox: Destination, *, now: datetime) -> int:
    """Revoke every link to the reader's own page but those to leave, and mail the new one.

    Returns the generation that counts from now on.
    """
    writing.hold(mailbox)
    address = locked_by_id(address_id)
    if address is None:
        return 0
    address.link_generation += 1
    address.save(update_fields=["link_generation"])
    send(address, Letter.Kind.RENEWED, mailbox, now=now)
    return address.link_generation


@transaction.atomic
def ask_for_data(
    address_id: int, kind: Letter.Kind, mailbox: Destination, *, now: datetime
) -> int | None:
    """Mail the link to a download or to the button that erases; ``kind`` says which of the two.

    Returns the letter; None when one went to the mailbox less than an hour ago: it still counts.
    """
    writing.hold(mailbox)
    address = locked_by_id(address_id)
    return send(address, kind, mailbox, now=now) if address is not None else None


def own_data(purpose: Letter.Kind, token: str, *, now: datetime) -> int:
    """The address whose data ``token`` opens for ``purpose``, for a day.

    Raises :class:`~digest.audience.core.tokens.BadToken`, or its ``Lapsed``.
    """
    given = tokens.read_own_data(settings.SECRET_KEY, purpose.value, token)
    letter = (
        Letter.objects.select_related("address").filter(pk=given.letter_id, kind=purpose).first()
    )
    if (
        letter is None
        or letter.address.link_generation != given.generation
        or not tokens.stands(letter.due_at, tokens.OWN_DATA_LASTS, now)
    ):
        raise tokens.Lapsed("This link counts for one day.")
    return letter.address_id


def send(address: Address, kind: Letter.Kind, mailbox: Destination, *, now: datetime) -> int | None:
    """Write the letter unless one of its kind went in the last hour; returns its id.

    ``mailbox`` is held. What would have to wait is not written: the one before it serves as well.
    """
    letter = writing.write(address, kind, mailbox, now=now)
    if letter is not None and letter.due_at > now:
        letter.delete()
        return None
    return letter.pk if letter is not None else None


def _may_be_written_to(address: Address) -> bool:
    barred = Suppression.objects.filter(fingerprint=bytes(address.fingerprint))
    return (
        address.verified_at is not None
        and not barred.exclude(reason=Suppression.Reason.READER).exists()
    )
