"""The part of a reader's own page on the channels by which alerts come, one after the other."""

import re
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest

from digest.audience.core import tokens
from digest.audience.preferring import alert_order
from digest.web.public import speech
from digest.web.public.own import standing
from digest.web.public.speech import gettext

_LINK = re.compile(r"/preferences/([\w.~-]{1,200})")
_LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class ChannelShown:
    """One channel in its place: ``to`` as anybody may see it."""

    address_id: int
    to: str
    is_this: bool


@dataclass(frozen=True, slots=True)
class ChannelOrder:
    """What the page shows; ``given`` and ``trouble`` after a link that did not do."""

    channels: tuple[ChannelShown, ...]
    given: str = ""
    trouble: str = ""


def shown(
    own: standing.ReaderChoices, *, given: str = "", trouble: str = ""
) -> ChannelOrder | None:
    """The order as it stands; None for who gets no alerts."""
    if own.alert_rules is None or not own.verified:
        return None
    order = tuple(
        ChannelShown(
            each.address_id,
            speech.address(each.channel, each.value),
            each.address_id == own.address_id,
        )
        for each in alert_order.order_of(own.address_id)
    )
    return ChannelOrder(order, given, trouble)


def act(request: HttpRequest, own: standing.ReaderChoices, what: str) -> ChannelOrder | None:
    """Join, move up or separate; the part to show again where that cannot be done."""
    if what == "join":
        return _join(own, request.POST.get("other", "")[:_LONGEST].strip())
    member = request.POST.get("member", "")
    if member.isascii() and member.isdigit() and len(member) < 19:
        step = alert_order.raise_place if what == "raise" else alert_order.part
        step(own.address_id, int(member))
    return None


def _join(own: standing.ReaderChoices, given: str) -> ChannelOrder | None:
    other = _page_of(given)
    if other is None:
        words = gettext("That is no link to a page of yours, or it no longer counts.")
        return shown(own, given=given, trouble=words)
    try:
        alert_order.join(own.address_id, other.address_id)
    except alert_order.NotJoined as refusal:
        return shown(own, given=given, trouble=_words(refusal.why))
    return None


def _page_of(given: str) -> standing.ReaderChoices | None:
    """The page that a link opens: whoever has it may say what comes there."""
    found = _LINK.search(given)
    try:
        page = tokens.read_preferences(settings.SECRET_KEY, found[1] if found else given)
    except tokens.BadToken:
        return None
    other = standing.of(page.address_id)
    return other if other is not None and other.link_generation == page.generation else None


def _words(why: str) -> str:
    match why:
        case "same":
            return gettext("That is the link to this very page: take one of another channel.")
        case "most":
            return gettext("No more than six channels can stand in an order.")
        case _:
            return gettext("No alerts come there yet: open that page and switch them on first.")
