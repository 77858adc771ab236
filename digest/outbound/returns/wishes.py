"""Step: what readers ask for on a channel itself: to join, to drop a thing, to be spoken to so."""

from datetime import datetime

from django.conf import settings

from digest.audience.core import spoken, tokens
from digest.audience.core.spoken import Verb
from digest.audience.joining import by_act
from digest.audience.joining.subscribe import SignUp
from digest.audience.kinds import BadAddress
from digest.audience.leaving.unsubscribe import unsubscribe
from digest.audience.models.addresses import Address
from digest.audience.models.consents import Circumstances
from digest.audience.moving.making import confirm_move_by_act
from digest.audience.preferring import own_links
from digest.outbound.channels.hook import HookTools, Webhook
from digest.outbound.channels.report import Kind, Report
from digest.outbound.channels.spec import ChannelSpec
from digest.outbound.delivery.models import ProviderEvent

# Stored with the address: how it was proven.
_ACT = "inbound"
_MOST_WAITING = 200


def follows(spec: ChannelSpec, webhook: Webhook, tools: HookTools, value: str) -> frozenset[str]:
    """The keys of what an address follows, with what its reader asked for a moment ago.

    Their last wishes may be stored and not yet worked on; a list that knew nothing of them would
    seem to have lost them.
    """
    keys = by_act.followed(spec.name, value)
    waiting = ProviderEvent.objects.filter(provider=webhook.provider, processed_at=None)
    newest = list(waiting.order_by("-pk").values_list("body", flat=True)[:_MOST_WAITING])
    for body in reversed(newest):
        for report in webhook.reports(body, tools):
            if report.recipient == value:
                keys = _after(keys, report)
    return keys


def _after(keys: frozenset[str], report: Report) -> frozenset[str]:
    match report.kind:
        case Kind.JOINED:
            return keys.union(report.wants)
        case Kind.DROPPED:
            return keys.difference(report.wants)
        case Kind.STOPPED:
            return frozenset()
    return keys


def grant(report: Report, spec: ChannelSpec, *, now: datetime) -> bool:
    """Do as the reader wishes; whether anything changed. Their words are kept as the proof."""
    value = _value(report.recipient, spec)
    if not value:
        return False
    at = Circumstances(place=spec.label, text=report.words, text_version=spec.name)
    if report.kind is Kind.DROPPED:
        return bool(by_act.drop(spec.name, value, report.wants, now=now, at=at))
    wants = [each.partition(":") for each in report.wants]
    changed = False
    kinds = {spec.name: spec.address}
    if wants and confirm_move_by_act(spec.name, value, kinds=kinds, now=now, at=at):
        changed = True  # it is where they want to be reached from now on
    elif wants:
        wish = SignUp(
            channel=spec.name,
            address=value,
            newsletters=tuple(slug for kind, _, slug in wants if kind == "newsletters"),
            topics=tuple(slug for kind, _, slug in wants if kind == "topics"),
            alerts=any(kind == "alerts" for kind, _, _ in wants),
            time_zone=by_act.zone_of_newsroom(),
            locale=report.language or "en",
            at=at,
        )
        changed = bool(by_act.join_by_act(wish, act=_ACT, now=now).names)
    if report.language:
        changed = by_act.speak(spec.name, value, report.language) or changed
    return changed


def help_out(address_id: int, report: Report, spec: ChannelSpec, *, now: datetime) -> bool:
    """Answer words that ask for nothing we know by the link to their reader's own page, where all
    there is can be chosen in their language; whether it is asked for.

    The letters' own bounds hold: one an hour and a few a day. Who follows nothing is answered when
    they tried to begin something, and otherwise left alone.
    """
    if not report.words or report.until is None or report.until <= now:
        return False
    value = Address.objects.values_list("value", flat=True).get(pk=address_id)
    begins = any(each.verb is Verb.START for each in spoken.readings(report.words))
    if not begins and not by_act.followed(spec.name, value):
        return False
    own_links.wish_for_link(spec.name, value, spec.address.mailbox(value), now=now)
    return True


def leave(report: Report, spec: ChannelSpec, *, now: datetime) -> bool:
    """End what the reader's mail was addressed to end, as their link would; whether it ended now.

    It counts for ever, whatever the ledger still knows of the mail that they had.
    """
    changed = False
    for name in report.wants:
        try:
            meant = tokens.leaving_named(name)
        except tokens.BadToken:
            continue
        token = tokens.unsubscribe_token(
            settings.SECRET_KEY,
            meant.subscription_id,
            schedule_id=meant.schedule_id,
            note_id=meant.note_id,
            address_id=meant.address_id,
        )
        at = Circumstances(place=f"{spec.label}: {report.words}")
        changed = bool(unsubscribe(token, now=now, at=at).names) or changed
    return changed


def _value(named: str, spec: ChannelSpec) -> str:
    """The address as we know it, or as we would store it; empty when it is none of its kind."""
    spelt = (named, *spec.address.spellings(named))
    values = list(dict.fromkeys(value for each in spelt if (value := _sound(each, spec))))
    known = Address.objects.filter(channel=spec.name, value__in=[*values, *spelt])
    found = set(known.values_list("value", flat=True))
    return next((each for each in (*values, *spelt) if each in found), next(iter(values), ""))


def _sound(named: str, spec: ChannelSpec) -> str:
    try:
        return spec.address.normalise(named)
    except BadAddress:
        return ""
