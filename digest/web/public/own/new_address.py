"""The part of a reader's own page on another address in the place of this one."""

from dataclasses import dataclass, replace
from datetime import date

from django.http import HttpRequest

from digest.audience.kinds import AddressKind, BadAddress
from digest.audience.moving import asking, making
from digest.kit.clock import now
from digest.outbound.channels import registry
from digest.web.public import speech, visitor
from digest.web.public.forms import doubtful, question
from digest.web.public.own import standing
from digest.web.public.speech import gettext


@dataclass(frozen=True, slots=True)
class NewAddress:
    """What the page shows: the field or, in ``waits_for``, the new address that has to confirm;
    ``given`` and ``trouble`` after one that did not do, and with which status to answer.
    """

    kind: AddressKind
    waits_for: str = ""
    day: date | None = None
    given: str = ""
    asked_about: str = ""
    trouble: str = ""
    status: int = 422


def shown(own: standing.ReaderChoices) -> NewAddress | None:
    """How it stands; None for who follows nothing, and where an address cannot be typed."""
    kind = registry.address_kinds().get(own.channel)
    if kind is None or not own.verified or own.follows_nothing:
        return None
    if registry.spec(own.channel).words.confirmation is None:
        return None
    if own.moving is None:
        return NewAddress(kind)
    at = own.moving.takes_effect_at
    to = speech.address(own.channel, own.moving_to)
    return NewAddress(kind, waits_for=to, day=at.date() if at is not None else None)


def act(request: HttpRequest, own: standing.ReaderChoices, what: str) -> NewAddress | None:
    """Ask for the change, or call it off; the part to show again where that cannot be done."""
    stands = shown(own)
    if stands is None:
        return None
    if what == "stay":
        making.call_off(own.address_id, kinds=registry.address_kinds(), now=now())
        return None
    typed = request.POST.get(stands.kind.field, "")[: stands.kind.longest].strip()
    wrong = replace(stands, given=typed, waits_for="")
    try:
        value = stands.kind.normalise(typed)
        believed = request.POST.get("asked_about", "")
        spec = registry.spec(own.channel)
        wrong = replace(wrong, asked_about=doubtful(spec, value))
        question(spec, value, believed)
    except BadAddress as error:
        return replace(wrong, trouble=gettext(str(error)))
    if visitor.room_for_mail(request) is None:
        return replace(wrong, trouble=gettext(visitor.TOO_MANY), status=429)
    match asking.ask_to_move(own.address_id, value, now=now()):
        case asking.MoveAsked.SAME:
            return replace(wrong, trouble=gettext("That is your address already."))
        case asking.MoveAsked.TOO_OFTEN:
            words = gettext("That is enough for one day. Please try again tomorrow.")
            return replace(wrong, trouble=words, status=429)
    return None
