"""Messages to one reader beside what they chose: what a welcome shows, at the moment it goes."""

from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings

from digest.audience.models.addresses import Address
from digest.audience.models.notes import Note, NoteBatch, SeriesStep
from digest.audience.models.schedules import Schedule
from digest.audience.models.subscriptions import Subscription
from digest.newsdesk.editions.coming.next_out import goes_next
from digest.newsdesk.editions.core.content import EditionContent
from digest.newsdesk.editions.models import Edition, EditionRevision
from digest.newsdesk.editions.sample import sample_of_topic
from digest.newsdesk.newsletters.models import Newsletter
from digest.newsdesk.topics.models import Topic
from digest.outbound.channels import registry
from digest.outbound.channels.rendering import render_question, render_series, render_welcome
from digest.outbound.delivery.models import Delivery, Send
from digest.outbound.delivery.planning import wording
from digest.outbound.messages import hours
from digest.outbound.messages.newsroom import (
    QuestionContent,
    SeriesContent,
    WelcomeContent,
    WelcomePart,
)
from digest.outbound.messages.welcome import alerts_part

# Samples of so many topics: who ticked all of them gets the names of the others.
_SAMPLED = 6


def of_welcome(note: Note, channel: str, *, now: datetime) -> int:
    """The message of a welcome; renders it when nobody has yet. Returns its id."""
    found = wording.find(Send.Kind.WELCOME, note.pk, 1, channel)
    if found is not None:
        return found
    words = render_welcome(welcome_content(note, now=now), channel, wording.newsroom())
    return wording.keep(Send.Kind.WELCOME, note.pk, 1, words, now)


def of_step(step: SeriesStep, channel: str, *, now: datetime) -> int:
    """The message of a series' step, as it stands; renders it when nobody has. Returns its id."""
    found = wording.find(Send.Kind.SERIES, step.pk, step.revision, channel)
    if found is not None:
        return found
    words = render_series(series_content(step), channel, wording.newsroom())
    return wording.keep(Send.Kind.SERIES, step.pk, step.revision, words, now)


def of_question(batch: NoteBatch, language: str, channel: str, *, now: datetime) -> int:
    """The question of a batch in ``language``; renders it when nobody has yet. Returns its id."""
    variant = language[:20]
    found = wording.find(Send.Kind.ASK, batch.pk, 1, channel, variant)
    if found is not None:
        return found
    until = batch.created_at + timedelta(weeks=settings.DIGEST_QUIET_WEEKS)
    content = QuestionContent(language, until.date(), settings.DIGEST_QUIET_THEN == "end")
    words = replace(render_question(content, channel, wording.newsroom()), variant=variant)
    return wording.keep(Send.Kind.ASK, batch.pk, 1, words, now)


def arrived(batch_id: int, addresses: Collection[int]) -> set[int]:
    """Which of ``addresses`` a batch's messages went to, as far as we have heard."""
    sends = Send.objects.filter(kind=Send.Kind.ASK, source_id=batch_id).values_list("pk", flat=True)
    rows = Delivery.objects.filter(
        send_id__in=list(sends), address_id__in=list(addresses), state=Delivery.State.SENT
    )
    bounced = (Delivery.Outcome.SOFT_BOUNCE, Delivery.Outcome.HARD_BOUNCE)
    told = rows.values_list("address_id", "outcome")
    return {address for address, outcome in told if outcome not in bounced}


def carriers_of_questions() -> tuple[str, ...]:
    """The channels in use that carry questions."""
    usable = registry.usable(settings.DIGEST_CHANNELS)
    return tuple(each.name for each in usable if each.words.question is not None)


def series_content(step: SeriesStep) -> SeriesContent:
    """What a step says."""
    series = step.series
    about = ""
    if series.newsletter is not None:
        about = series.newsletter.name
    elif series.topic is not None:
        about = series.topic.name_in(series.language)
    return SeriesContent(
        language=series.language,
        slug=series.slug,
        about=about,
        subject=step.subject,
        body=step.body,
        link_words=step.link_words,
        link_url=step.link_url,
    )


def carriers_of_series() -> tuple[str, ...]:
    """The channels in use that carry series."""
    usable = registry.usable(settings.DIGEST_CHANNELS)
    return tuple(each.name for each in usable if each.words.series is not None)


def had_since(addresses: Collection[int], since: datetime) -> dict[int, int]:
    """How many editions, digests and alerts went, or are to go, to each address since then."""
    sends = Send.objects.filter(
        kind__in=[Send.Kind.EDITION, Send.Kind.SLOTS, Send.Kind.ALERT],
        created_at__gte=since - timedelta(days=1),
        fanned_out_at__isnull=False,
    )
    lost = [Delivery.State.FAILED, Delivery.State.SKIPPED, Delivery.State.CANCELLED]
    rows = (
        Delivery.objects.filter(
            send_id__in=list(sends.values_list("pk", flat=True)), address_id__in=list(addresses)
        )
        .exclude(state__in=lost)
        .exclude(sent_at__lt=since)
    )
    return dict(Counter(rows.values_list("address_id", flat=True)))


def welcome_content(note: Note, *, now: datetime) -> WelcomeContent:
    """What a welcome tells: of each thing that is still wanted its hour and the latest of it."""
    address = note.address
    language = address.subscriber.locale
    rows = Subscription.objects.filter(pk__in=note.about, state=Subscription.State.ACTIVE)
    wanted = sorted(
        rows.select_related("newsletter", "topic"),
        key=lambda each: (each.newsletter_id is None, each.topic_id is None, each.name),
    )
    schedule = Schedule.objects.filter(address=address, is_active=True).first()
    zone = schedule.time_zone if schedule else address.subscriber.time_zone
    parts, sampled = [], 0
    for each in wanted:
        if each.newsletter is not None:
            parts.append(_newsletter(each.newsletter, language, zone, now))
        elif each.topic is not None:
            parts.append(_topic(each.topic, address, schedule, now, sampled < _SAMPLED))
            sampled += 1
        else:
            parts.append(alerts_part(each.name, language))
    return WelcomeContent(language, tuple(parts))


def _newsletter(each: Newsletter, language: str, zone: str, now: datetime) -> WelcomePart:
    edition = _latest(each)
    return WelcomePart(
        each.name,
        hours.cadence(each.days, each.local_time, each.time_zone, language),
        hours.coming(goes_next(each, now), zone, language, is_first=edition is None),
        edition,
    )


def _topic(
    topic: Topic, address: Address, schedule: Schedule | None, now: datetime, with_sample: bool
) -> WelcomePart:
    """Its reader's hour, and what a digest of it would say now in the best language they read."""
    language = address.subscriber.locale
    sample = None
    if with_sample:
        read = (sample_of_topic(topic, each, now=now) for each in address.subscriber.reads)
        sample = next((each for each in read if each is not None), None)
    when = first = ""
    if schedule is not None:
        when = hours.schedule(
            schedule.frequency, schedule.days, schedule.local_time, schedule.time_zone, language
        )
        if schedule.next_due_at is not None:
            first = hours.coming(schedule.next_due_at, schedule.time_zone, language, is_first=True)
    return WelcomePart(topic.name_in(language), when, first, sample)


def _latest(newsletter: Newsletter) -> EditionContent | None:
    """The newest published edition, as it was published last."""
    editions = Edition.objects.filter(newsletter=newsletter, state=Edition.State.PUBLISHED)
    newest = editions.order_by("-slot_at", "-pk").first()
    if newest is None:
        return None
    frozen = EditionRevision.objects.filter(edition=newest).order_by("-revision").first()
    return EditionContent.from_document(frozen.content) if frozen else None
