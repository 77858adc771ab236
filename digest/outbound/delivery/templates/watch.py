"""Runs: ask a channel's provider how our templates stand, and hand one in; note the use of each."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from digest.kit.errors import ActionRefused
from digest.kit.observe import log
from digest.outbound.channels import registry
from digest.outbound.channels.base import ChannelError
from digest.outbound.channels.provider_templates import (
    FoundTemplate,
    OwnTemplate,
    ProviderTemplates,
)
from digest.outbound.channels.spec import ChannelSpec
from digest.outbound.delivery.ledger import channel_facts
from digest.outbound.delivery.models import ChannelFact, Message
from digest.staff.audit import record
from digest.staff.members import Member

LOOKED = "templates:looked"
EVERY = timedelta(hours=1)
# A provider that does not answer is asked again at the next look.
PATIENCE = 60.0
# At the first look: what is older has been used long ago.
_MOST_MESSAGES = 100_000

Answer = TypeVar("Answer")


class CannotSubmit(ActionRefused):
    """A template was not handed in; the text says why."""


@dataclass(frozen=True, slots=True)
class TemplatesLooked:
    """How many channels were looked at, and at how many nobody answered."""

    looked: int = 0
    failed: int = 0


def with_templates() -> tuple[ChannelSpec, ...]:
    """The channels in use whose provider approves words."""
    return tuple(each for each in registry.usable(settings.DIGEST_CHANNELS) if each.templates)


def book_of(spec: ChannelSpec) -> ProviderTemplates:
    """What the channel brings for its templates."""
    made: ProviderTemplates = registry.part(spec.templates)
    return made


def watch_templates(*, now: datetime) -> TemplatesLooked:
    """Look at each channel whose last look is an hour ago."""
    looked = failed = 0
    for spec in with_templates():
        last = ChannelFact.objects.filter(channel=spec.name, name=LOOKED).first()
        if last is not None and now - last.told_at < EVERY:
            continue
        looked += 1
        failed += not look(spec, now=now)
    return TemplatesLooked(looked, failed)


def look(spec: ChannelSpec, *, now: datetime) -> bool:
    """Ask the provider, and keep what it says; whether it answered."""
    config, book = registry.config(spec.name, settings), book_of(spec)
    if book.missing(config):
        return False
    try:
        found = _asked(book.found(config))
    except (ChannelError, TimeoutError) as error:
        log.warning("templates could not be looked at", channel=spec.name, reason=str(error))
        channel_facts.note_all(
            spec.name, {LOOKED: _looked(spec, now, str(error) or "no answer")}, at=now
        )
        return False
    facts = book.facts(found)
    known = channel_facts.of(spec.name)
    there = {f"{each.name}:{each.language}" for each in found}
    for own in book.ours(config):
        # What the provider had and has no more was deleted, or archived for too long.
        if own.key not in there and f"id:{own.key}" in known:
            facts[f"status:{own.key}"] = {"status": "DELETED", "reason": "NONE"}
    channel_facts.note_all(spec.name, facts, at=now)
    newest = _note_use(spec, book, config, now)
    channel_facts.note_all(spec.name, {LOOKED: _looked(spec, now, "", newest)}, at=now)
    return True


def submit(
    spec: ChannelSpec, own: OwnTemplate, *, now: datetime, member: Member | None = None
) -> FoundTemplate:
    """Hand a template in, again where the provider has it. Raises :class:`CannotSubmit`.

    The audit trail holds who did; ``member`` is None on the command line.
    """
    config, book = registry.config(spec.name, settings), book_of(spec)
    if missing := book.missing(config):
        raise CannotSubmit(f"Set {missing} first: see docs/operations.md.")
    facts = channel_facts.of(spec.name)
    told_at = dict(ChannelFact.objects.filter(channel=spec.name).values_list("name", "told_at"))
    line = next(
        each for each in book.lines(facts, told_at, config, now=now) if each.own.key == own.key
    )
    if not line.may_submit:
        raise CannotSubmit(f"{own.key} is {line.state}; it cannot be handed in now.")
    gone = facts.get(f"status:{own.key}", {}).get("status") == "DELETED"
    known = "" if gone else str(facts.get(f"id:{own.key}", {}).get("id", ""))
    try:
        made = _asked(book.submit(config, line.own, known))
    except (ChannelError, TimeoutError) as error:
        words = f"{spec.label} did not take {own.key}: {error or 'no answer'}"
        raise CannotSubmit(words) from error
    channel_facts.note_all(spec.name, book.facts([made]), at=now)
    row = ChannelFact.objects.get(channel=spec.name, name=f"status:{own.key}")
    who = "" if member else "the command line"
    record("submitted", row, now=now, member=member, who=who, template=own.key)
    return made


def _asked(what: Coroutine[Any, Any, Answer]) -> Answer:
    """Outside any transaction, and no longer than somebody waits for it."""

    async def bounded() -> Answer:
        async with asyncio.timeout(PATIENCE):
            return await what

    return asyncio.run(bounded())


def _looked(spec: ChannelSpec, now: datetime, error: str, newest: int = 0) -> dict[str, Any]:
    known = channel_facts.of(spec.name).get(LOOKED, {})
    return {
        "at": now.isoformat(),
        "error": error[:300],
        "message": max(newest, int(known.get("message", 0))),
    }


def _note_use(
    spec: ChannelSpec, book: ProviderTemplates, config: Any, now: datetime
) -> int:  # fmt: skip
    """Note when each template was last used, from the messages made since the last look.

    By their numbers, which are the key: their dates have no index.
    """
    facts = channel_facts.of(spec.name)
    newest = Message.objects.aggregate(found=Max("pk"))["found"] or 0
    since = max(int(facts.get(LOOKED, {}).get("message", 0)), newest - _MOST_MESSAGES)
    made = Message.objects.filter(pk__gt=since, pk__lte=newest, channel=spec.name)
    said = "template", "words__language", "words__link", "words__picture"
    used: dict[str, datetime] = {}
    for template, *told, at in made.values_list(*said).annotate(at=Max("created_at")):
        language, link, picture = (str(each or "") for each in told)
        key = book.goes_as(facts, template, language, link, picture, config)
        used[key] = max(at, used.get(key, at))
    with transaction.atomic():
        for key in sorted(used):
            at = min(used[key], now)
            channel_facts.note(spec.name, f"used:{key}", {"at": at.isoformat()}, at=at)
    return newest
