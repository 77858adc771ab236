"""Query: an alert as one reader would get it now."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db.models import Q

from digest.audience.core.alert_rules import DIGEST_TOLD, AlertAim, concerns
from digest.audience.core.languages import one_of
from digest.audience.models.addresses import Address
from digest.audience.models.alert_rules import AlertRule
from digest.audience.models.schedules import Slot
from digest.audience.models.subscribers import Subscriber
from digest.audience.models.subscriptions import Subscription
from digest.audience.recipients import places_of
from digest.newsdesk.alerts.models import Alert
from digest.newsdesk.editions.models import Item
from digest.newsdesk.topics.models import Topic
from digest.outbound.channels import registry
from digest.outbound.delivery.foreseen.verdict import (
    ForeseenVerdict,
    addresses_of,
    no,
    reached,
    shut,
    unwanted,
    wish_on,
    yes,
)
from digest.outbound.delivery.models import Delivery, Send
from digest.outbound.delivery.planning.alerted import to_be_alerted
from digest.outbound.delivery.planning.told_lately import WORDS as TOLD

OVER = "They have had as many alerts today as they want."


def verdicts(
    alert: Alert, aim: AlertAim, languages: Sequence[str], reader: Subscriber, *, now: datetime
) -> tuple[ForeseenVerdict, ...]:
    """Of each of the reader's addresses, by the query that the senders use.

    ``languages`` are those it is written in, the newsroom's first.
    """
    wishes = list(
        Subscription.objects.filter(subscriber=reader, alerts=True).select_related(
            "address", "alert_rule"
        )
    )
    found = []
    for address in addresses_of(reader):
        wish = wish_on(wishes, address)
        because = shut(address) or unwanted(wish, now)
        if because:
            found.append(no(address, because))
            continue
        assert wish is not None  # else it is not wanted
        found.append(_verdict(alert, aim, languages, reader, wish, address, now))
    return tuple(found)


def _verdict(
    alert: Alert,
    aim: AlertAim,
    languages: Sequence[str],
    reader: Subscriber,
    wish: Subscription,
    address: Address,
    now: datetime,
) -> ForeseenVerdict:
    row = reached(to_be_alerted(alert.pk, address.channel, aim, now=now), [address.pk])
    if address.pk not in row:
        return no(address, _unconcerned(wish, aim, address))
    if row[address.pk]["over_limit"]:
        return no(address, OVER)
    if not aim.is_biggest and _told_lately(alert, reader, now):
        return no(address, TOLD)
    language = one_of(languages, reader.reads, reader.locale, languages[0])
    held = row[address.pk]["not_before"]
    made = yes(address, "They asked for breaking news.", language)
    if isinstance(held, datetime) and held > now:
        words = "They asked for breaking news; their quiet hours hold it until then."
        return ForeseenVerdict(
            made.address_id, made.address, made.channel, True, words, language, held
        )
    return made


def _unconcerned(wish: Subscription, aim: AlertAim, address: Address) -> str:
    """Which of their rules leaves it out."""
    rule = AlertRule.objects.filter(subscription=wish).first()
    if rule is None:
        return "The senders leave it out."
    rules = rule.rules()
    if rules.biggest_only and not aim.is_biggest:
        return "They want only the biggest stories, and this alert is not marked as one."
    if not concerns(rules, aim):
        names = Topic.objects.filter(pk__in=rules.topics).values_list("name", flat=True)
        return f"They want alerts only on {', '.join(names) or 'topics that are gone'}."
    first = next(
        (each for each in places_of(address.pk, settings.DIGEST_CHANNELS) if each.place.stands),
        None,
    )
    by = registry.by(first.channel) if first else "another channel"
    return f"They are told by {by} first; here only when that does not take it."


def _told_lately(alert: Alert, reader: Subscriber, now: datetime) -> bool:
    """Whether a digest or newsletter with the story went to them minutes ago."""
    held = Item.objects.filter(story_id=alert.story_id, killed=False)
    editions = list(held.values_list("edition_id", flat=True).distinct()[:500])
    sent = Delivery.objects.filter(
        address_id__in=[each.pk for each in addresses_of(reader)],
        state=Delivery.State.SENT,
        sent_at__gt=now - DIGEST_TOLD,
    )
    sends = Send.objects.filter(
        Q(finished_at=None) | Q(finished_at__gt=now - DIGEST_TOLD),
        kind__in=(Send.Kind.EDITION, Send.Kind.SLOTS),
        started_at__isnull=False,
    )
    slots = Slot.objects.filter(schedule__subscriber=reader, edition_id__in=editions)
    in_edition = Send.objects.filter(kind=Send.Kind.EDITION, source_id__in=editions)
    whole = Q(slot_id=None, send_id__in=list(in_edition.values_list("pk", flat=True)))
    own = Q(slot_id__in=list(slots.values_list("pk", flat=True)))
    under_way = list(sends.values_list("pk", flat=True))
    return sent.filter(whole | own, send_id__in=under_way).exists()
