"""Messages of a send: rendered once per revision, channel and language, and kept for good."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings

from digest.audience.models.addresses import Address
from digest.audience.models.schedules import Schedule
from digest.audience.models.subscriptions import Subscription
from digest.newsdesk.alerts.core.content import AlertContent
from digest.newsdesk.alerts.models import AlertRevision
from digest.newsdesk.editions.core.content import EditionContent
from digest.newsdesk.editions.models import EditionRevision
from digest.outbound.channels.rendering import render_alert, render_confirmation, render_edition
from digest.outbound.delivery.models import Message, Send
from digest.outbound.messages.environment import translations
from digest.outbound.messages.message import Words, content_hash
from digest.outbound.messages.newsroom import ConfirmContent, Newsroom

Kind = Send.Kind


def newsroom() -> Newsroom:
    """The newsroom as its readers see it, from the settings."""
    return Newsroom(
        name=settings.DIGEST_NEWSROOM,
        postal_address=settings.DIGEST_POSTAL_ADDRESS,
        base_url=settings.DIGEST_BASE_URL,
        from_email=settings.DIGEST_FROM_EMAIL,
        list_domain=settings.DIGEST_LIST_DOMAIN,
    )


def of_edition(frozen: EditionRevision, channel: str, *, now: datetime) -> int:
    """The message of an edition's revision; renders it when nobody has yet. Returns its id."""
    found = _find(Kind.EDITION, frozen.edition_id, frozen.revision, channel)
    if found is not None:
        return found
    content = EditionContent.from_document(frozen.content)
    words = render_edition(content, channel, newsroom())
    return _keep(Kind.EDITION, frozen.edition_id, frozen.revision, words, now)


def of_personal_editions(
    edition_ids: Sequence[int], channel: str, *, now: datetime
) -> dict[int, int]:
    """Message ids by edition id, for the latest revision of each."""
    latest: dict[int, EditionRevision] = {}
    for frozen in EditionRevision.objects.filter(edition_id__in=edition_ids).order_by("revision"):
        latest[frozen.edition_id] = frozen
    return {
        edition_id: of_edition(frozen, channel, now=now) for edition_id, frozen in latest.items()
    }


def of_alert(frozen: AlertRevision, channel: str, *, now: datetime) -> int:
    """The message of an alert's revision; renders it when nobody has yet. Returns its id."""
    found = _find(Kind.ALERT, frozen.alert_id, frozen.revision, channel)
    if found is not None:
        return found
    words = render_alert(AlertContent.from_document(frozen.content), channel, newsroom())
    return _keep(Kind.ALERT, frozen.alert_id, frozen.revision, words, now)


def of_confirmation(address_id: int, confirm_round: int, channel: str, *, now: datetime) -> int:
    """The message that asks one address to confirm. Returns its id."""
    found = _find(Kind.SERVICE, address_id, confirm_round, channel)
    if found is not None:
        return found
    words = render_confirmation(_confirmation(address_id), channel, newsroom())
    return _keep(Kind.SERVICE, address_id, confirm_round, words, now)


def _confirmation(address_id: int) -> ConfirmContent:
    """What an address is asked to confirm: the names of what it asked for, and when it comes."""
    address = Address.objects.select_related("subscriber").get(pk=address_id)
    pending = Subscription.objects.filter(
        address_id=address_id, state=Subscription.State.PENDING
    ).select_related("newsletter", "topic")
    language = address.subscriber.locale
    say = translations(language).gettext
    wants = tuple(
        each.name_in(language) if each.topic_id else say(each.name)
        for each in pending.order_by("pk")
    )
    schedule = Schedule.objects.filter(address_id=address_id).first()
    hour = f"{schedule.local_time:%H:%M}" if schedule and any(p.topic_id for p in pending) else ""
    return ConfirmContent(language=language, wants=wants, when=hour)


def _find(kind: Send.Kind, source_id: int, revision: int, channel: str) -> int | None:
    found = Message.objects.filter(
        kind=kind, source_id=source_id, revision=revision, channel=channel, variant=""
    )
    return found.order_by("pk").values_list("pk", flat=True).first()


def _keep(kind: Send.Kind, source_id: int, revision: int, words: Words, now: datetime) -> int:
    """Store the words, unless a second fan-out stored them first; returns the id that stands."""
    Message.objects.bulk_create(
        [
            Message(
                kind=kind,
                source_id=source_id,
                revision=revision,
                channel=words.channel,
                language=words.language,
                variant=words.variant,
                template=words.template,
                template_version=words.template_version,
                content_hash=content_hash(words),
                words=words.fields,
                created_at=now,
            )
        ],
        ignore_conflicts=True,
    )
    kept = _find(kind, source_id, revision, words.channel)
    assert kept is not None  # just stored, by us or by somebody else
    return kept
