"""Messages of a send: rendered once per revision, channel and language, and kept for good."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max

from digest.audience.joining.confirm import awaiting_in
from digest.audience.models.letters import Letter
from digest.audience.models.moves import AddressChange
from digest.kit.sql import copy_rows, one_of
from digest.newsdesk.alerts.core.content import AlertContent
from digest.newsdesk.alerts.models import AlertRevision
from digest.newsdesk.editions.core.content import EditionContent
from digest.newsdesk.editions.models import EditionRevision
from digest.outbound.channels import registry
from digest.outbound.channels.rendering import (
    render_alert,
    render_confirmation,
    render_edition,
    render_service,
)
from digest.outbound.delivery.models import Message, Send
from digest.outbound.messages.environment import translations
from digest.outbound.messages.message import Words, content_hash
from digest.outbound.messages.newsroom import (
    ConfirmContent,
    Newsroom,
    ServiceContent,
    ServiceKind,
)
from digest.outbound.messages.theme import theme_of

Kind = Send.Kind
# Personal digests rendered before they are stored together: a few megabytes of words.
_AT_ONCE = 100
# Where a message of several alerts keeps their sends among its words, the one that carries it last.
HELD = "held"


def newsroom() -> Newsroom:
    """The newsroom as its readers see it, from the settings."""
    return Newsroom(
        name=settings.DIGEST_NEWSROOM,
        postal_address=settings.DIGEST_POSTAL_ADDRESS,
        base_url=settings.DIGEST_BASE_URL,
        from_email=settings.DIGEST_FROM_EMAIL,
        list_domain=settings.DIGEST_LIST_DOMAIN,
        theme=theme_of(settings.DIGEST_THEME),
        count_key=settings.SECRET_KEY if settings.DIGEST_COUNT_CLICKS else "",
    )


def of_edition(frozen: EditionRevision, channel: str, *, now: datetime) -> int:
    """The message of an edition's revision; renders it when nobody has yet. Returns its id."""
    found = find(Kind.EDITION, frozen.edition_id, frozen.revision, channel)
    if found is not None:
        return found
    content = EditionContent.from_document(frozen.content)
    words = render_edition(content, channel, newsroom())
    return keep(Kind.EDITION, frozen.edition_id, frozen.revision, words, now)


def of_personal_editions(
    edition_ids: Sequence[int], channel: str, *, now: datetime
) -> dict[int, int]:
    """Message ids by edition id, for the latest revision of each."""
    revisions = EditionRevision.objects.filter(
        one_of("digest_edition_revision.edition_id", edition_ids)
    )
    latest = dict(revisions.values_list("edition_id").annotate(Max("revision")))
    found = _found(latest, channel)
    # In one order: two who word the same at once wait for each other.
    missing = sorted(latest.keys() - found.keys())
    room = newsroom()
    for start in range(0, len(missing), _AT_ONCE):
        part = missing[start : start + _AT_ONCE]
        # Who waited for another's words finds the rest of them made, too.
        done = _found({each: latest[each] for each in part}, channel) if start else {}
        # What they say is read as it is worded: all of a batch is more than one should hold.
        frozen = _frozen([each for each in part if each not in done], latest)
        _store(
            [
                _message(
                    Kind.EDITION,
                    each.edition_id,
                    each.revision,
                    render_edition(EditionContent.from_document(each.content), channel, room),
                    now,
                )
                for each in frozen
            ]
        )
    return _found(latest, channel) if missing else found


def _frozen(edition_ids: Sequence[int], latest: Mapping[int, int]) -> list[EditionRevision]:
    """These editions in their latest revisions, by id; not in one that was published since."""
    rows = EditionRevision.objects.filter(
        one_of("digest_edition_revision.edition_id", edition_ids)
    ).order_by("edition_id")
    return [each for each in rows if each.revision == latest[each.edition_id]]


def _store(made: Sequence[Message]) -> None:
    """Keep messages, but for those that another fan-out stored first."""
    try:
        with transaction.atomic():
            copy_rows("digest_message", _MESSAGE, (_row(each) for each in made))
    except IntegrityError:
        Message.objects.bulk_create(made, ignore_conflicts=True)


_MESSAGE = (
    "kind", "source_id", "revision", "channel", "language", "variant", "template",
    "template_version", "content_hash", "words", "created_at",
)  # fmt: skip


def _row(made: Message) -> tuple[Any, ...]:
    return (
        made.kind, made.source_id, made.revision, made.channel, made.language, made.variant,
        made.template, made.template_version, made.content_hash, json.dumps(made.words),
        made.created_at,
    )  # fmt: skip


def _found(latest: Mapping[int, int], channel: str) -> dict[int, int]:
    """The messages that there are of these revisions, by edition."""
    rows = Message.objects.filter(
        one_of("digest_message.source_id", latest),
        kind=Kind.EDITION,
        channel=channel,
        variant="",
    ).order_by("-pk")
    return {
        source: pk
        for source, revision, pk in rows.values_list("source_id", "revision", "pk")
        if latest[source] == revision
    }


def of_alert(frozen: AlertRevision, channel: str, *, now: datetime, language: str = "") -> int:
    """The message of an alert's revision; renders it when nobody has yet. Returns its id.

    In ``language`` where it is written in that, in the newsroom's otherwise.
    """
    content = AlertContent.from_document(frozen.content).in_language(language)
    which = frozen.alert_id, frozen.revision, channel
    found = find(Kind.ALERT, *which, language=content.language)
    if found is not None:
        return found
    words = render_alert(content, channel, newsroom())
    return keep(Kind.ALERT, frozen.alert_id, frozen.revision, words, now)


def languages_of(message_ids: Iterable[int]) -> dict[int, str]:
    """What language each of these messages is in."""
    rows = Message.objects.filter(pk__in=list(message_ids))
    return dict(rows.values_list("pk", "language"))


def of_held(
    frozen: AlertRevision,
    content: AlertContent,
    channel: str,
    *,
    variant: str,
    sends: Sequence[int],
    now: datetime,
) -> int:
    """The message of several alerts that quiet hours held; ``frozen`` is the newest of them.

    ``sends`` are kept with the words, under :data:`HELD`. Returns its id.
    """
    kind, source, revision = Kind.ALERT, frozen.alert_id, frozen.revision
    found = find(kind, source, revision, channel, variant)
    if found is not None:
        return found
    words = render_alert(content, channel, newsroom())
    told = replace(words, variant=variant, fields=words.fields | {HELD: list(sends)})
    return keep(kind, source, revision, told, now)


def of_trial(send: Send, content: AlertContent, *, now: datetime) -> int:
    """The message of a trial of the alerts' path. Returns its id."""
    words = render_alert(content, send.channel, newsroom())
    return keep(Kind(send.kind), send.source_id, send.revision, words, now)


def of_letter(letter: Letter, channel: str, *, now: datetime) -> int:
    """The message of a letter to one address. Returns its id."""
    found = find(Kind.SERVICE, letter.pk, 1, channel)
    if found is not None:
        return found
    language = letter.address.subscriber.locale
    if letter.kind == Letter.Kind.CONFIRM:
        words = render_confirmation(_confirmation(letter, language), channel, newsroom())
    else:
        content = ServiceContent(language, ServiceKind(letter.kind), _new_address(letter, channel))
        words = render_service(content, channel, newsroom())
    return keep(Kind.SERVICE, letter.pk, 1, words, now)


def _new_address(letter: Letter, channel: str) -> str:
    """The new address that a letter is about, as anybody may see it; else nothing."""
    if letter.kind != Letter.Kind.NOTICE:
        return ""
    rows = AddressChange.objects.filter(pk__in=letter.requests[:1])
    value = rows.values_list("value", flat=True).first()
    return registry.masked(channel, value) if value else ""


def _confirmation(letter: Letter, language: str) -> ConfirmContent:
    """What a letter asks to confirm: of each form the names of what it asked for, and when."""
    held = awaiting_in(letter)
    say = translations(language).gettext
    # What was answered a moment ago is told once more rather than not at all.
    waiting = held.waiting or held.requests[:1]
    numbered = len(waiting) > 1
    questions = [
        ConfirmContent(
            language=language,
            wants=tuple(
                each.name_in(language) if each.topic_id else say(each.name)
                for each in asked.subscriptions
            ),
            when=f"{asked.schedule.local_time:%H:%M}" if asked.schedule else "",
            number=asked.number if numbered else 0,
        )
        for asked in waiting
    ]
    if not questions:
        return ConfirmContent(language=language, wants=())
    return replace(questions[0], further=tuple(questions[1:]))


def find(
    kind: Send.Kind,
    source_id: int,
    revision: int,
    channel: str,
    variant: str = "",
    language: str = "",
) -> int | None:
    """The message that there is of a revision, by its id."""
    found = Message.objects.filter(
        kind=kind, source_id=source_id, revision=revision, channel=channel, variant=variant
    )
    if language:
        found = found.filter(language=language)
    return found.order_by("pk").values_list("pk", flat=True).first()


def keep(kind: Send.Kind, source_id: int, revision: int, words: Words, now: datetime) -> int:
    """Store the words, unless a second fan-out stored them first; returns the id that stands."""
    made = _message(kind, source_id, revision, words, now)
    Message.objects.bulk_create([made], ignore_conflicts=True)
    which = kind, source_id, revision, words.channel, words.variant
    kept = find(*which, language=words.language)
    assert kept is not None  # just stored, by us or by somebody else
    return kept


def _message(
    kind: Send.Kind, source_id: int, revision: int, words: Words, now: datetime
) -> Message:
    return Message(
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
